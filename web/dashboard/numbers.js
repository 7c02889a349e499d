/** Numbers, shares and times as a reader writes them, and how sure a share is. */

const LANGUAGE = document.documentElement.lang || "en";
/** What stands where nothing is known. */
const NOTHING = "–";
/** Impressions below which a rate says more of chance than of what was shown. */
export const ENOUGH = 100;
/** The quantile of the normal distribution that leaves 2.5 % on either side. */
const Z95 = 1.959964;
/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];

const counts = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 0 });
const decimals = new Intl.NumberFormat(LANGUAGE, { maximumSignificantDigits: 3 });
const scores = new Intl.NumberFormat(LANGUAGE, { minimumFractionDigits: 3, maximumFractionDigits: 3 });
const changes = new Intl.NumberFormat(LANGUAGE, { minimumFractionDigits: 3, maximumFractionDigits: 3, signDisplay: "exceptZero" });
const shares = new Intl.NumberFormat(LANGUAGE, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const relative = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "always" });
const clock = new Intl.DateTimeFormat(LANGUAGE, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const moment = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
const dates = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium" });
const days = new Intl.DateTimeFormat(LANGUAGE, { day: "numeric", month: "short", timeZone: "UTC" });

/** @typedef {number | null | undefined} Known */

/** @param {Known} value @param {(value: number) => string} write */
const known = (value, write) => (value === null || value === undefined || Number.isNaN(value) ? NOTHING : write(value));

/** @param {Known} value a whole number */
export const count = (value) => known(value, (it) => counts.format(it));
/** @param {Known} value to three digits */
export const decimal = (value) => known(value, (it) => decimals.format(it));
/** @param {Known} value to three places */
export const score = (value) => known(value, (it) => scores.format(it));
/** @param {Known} value with its sign */
export const change = (value) => known(value, (it) => changes.format(it));
/** @param {Known} value between 0 and 1 */
export const share = (value) => known(value, (it) => shares.format(it));
/** @param {Known} value */
export const milliseconds = (value) => known(value, (it) => `${decimals.format(it >= 100 ? Math.round(it) : it)} ms`);
/** @param {number} seconds since 1970 */
export const timeOfDay = (seconds) => known(seconds, (it) => clock.format(it * 1000));
/** @param {number} seconds since 1970 */
export const dayOf = (seconds) => known(seconds, (it) => days.format(it * 1000));
/** @param {string | null | undefined} iso */
export const when = (iso) => known(momentOf(iso), moment.format);

/** @param {string | null | undefined} iso */
export const date = (iso) => known(momentOf(iso), dates.format);

/** @param {string | null | undefined} iso not a number where it is none */
const momentOf = (iso) => Date.parse(iso ?? "");

/** @param {number} seconds how long ago @returns {string} such as "3 hours ago" */
export function ago(seconds) {
  const [unit, length] = UNITS.find(([, each]) => seconds >= each) ?? ["second", 1];
  return relative.format(-Math.floor(Math.max(seconds, 0) / length), unit);
}

/** @param {string | null | undefined} iso @param {number} [now] milliseconds */
export const since = (iso, now = Date.now()) => known(momentOf(iso), (at) => ago((now - at) / 1000));

/**
 * Within which bounds a share truly lies, with 95 % confidence (Wilson, 1927): right for small numbers, too.
 * @param {number} hits
 * @param {number} of
 * @returns {[number, number] | null} none where the share cannot be one
 */
export function bounds(hits, of) {
  if (of <= 0 || hits < 0 || hits > of) return null;
  const rate = hits / of;
  const weight = Z95 ** 2 / of;
  const centre = rate + weight / 2;
  const spread = Z95 * Math.sqrt((rate * (1 - rate) + weight / 4) / of);
  return [Math.max(0, (centre - spread) / (1 + weight)), Math.min(1, (centre + spread) / (1 + weight))];
}
