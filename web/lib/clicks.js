/** Which list led to a product: kept for a week, so that what is bought tomorrow still speaks for the list of today. */

import { read, write } from "./visitor.js";

const CLICKS = "vitrine.clicks";
const KEPT_MS = 7 * 24 * 3_600_000;
const MOST = 100;

/** @typedef {[product: string, recommendation: string, at: number]} Click */

/** @param {string} product @param {string} recommendation of the answer that it was found in */
export function rememberClick(product, recommendation, now = Date.now()) {
  const others = kept(now).filter(([known]) => known !== product);
  write(CLICKS, JSON.stringify([...others, [product, recommendation, now]].slice(-MOST)));
}

/** @param {string} product @returns {string} the recommendation_id of its last click; empty where there was none */
export function clickOf(product, now = Date.now()) {
  return kept(now).find(([known]) => known === product)?.[1] ?? "";
}

export function forgetClicks() {
  write(CLICKS, "");
}

/** @param {number} now @returns {Click[]} the last one last */
function kept(now) {
  try {
    const clicks = JSON.parse(read(CLICKS) || "[]");
    return Array.isArray(clicks) ? clicks.filter((click) => now - click?.[2] < KEPT_MS) : [];
  } catch {
    return [];
  }
}
