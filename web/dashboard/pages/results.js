/** What came of what was shown: clicks, baskets, purchases, by the list that showed it. */

import { h } from "../../lib/dom.js";
import { Chart } from "../chart.js";
import { named } from "../names.js";
import { ENOUGH, bounds, count, dayOf, decimal, share } from "../numbers.js";
import { choice, empty, figure, lastDays, panel, redraw, stat, stats, table, tally } from "../parts.js";

/**
 * @typedef {{impressions: number, clicks: number, add_to_cart: number, purchases: number}} Counts
 * @typedef {Counts & {scenario: string, ctr: number | null, add_to_cart_rate: number | null, purchase_rate: number | null}} Outcome
 * @typedef {Counts & {day: string, scenario: string}} OfDay
 */

const DAY_MS = 86_400_000;
const ALL = "";

/** @type {import("../app.js").Opener} */
export function open(desk, _, again) {
  const period = lastDays(again);
  let scenario = ALL;
  /** @type {any} */
  let said = null;
  const shown = chart("Shown, by day", [{ title: "Shown", colour: "--first", bars: true }]);
  const deeds = chart("Clicks, products put into baskets, and purchases, by day", [
    { title: "Clicks", colour: "--first" },
    { title: "Put into the basket", colour: "--second" },
    { title: "Bought", colour: "--third" },
  ]);
  const place = h("div", { class: "stack" });

  async function ask() {
    const answer = await desk.get("/v1/dashboard/outcomes", { days: period.days });
    return () => {
      said = { ...answer, scenarios: [...answer.scenarios].sort((one, other) => other.impressions - one.impressions) };
      draw();
    };
  }

  function draw() {
    const rows = byDay(said, scenario);
    const times = rows.map(({ day }) => Date.parse(day) / 1000);
    shown.show(times, [rows.map((each) => each.impressions)]);
    deeds.show(times, [rows.map((each) => each.clicks), rows.map((each) => each.add_to_cart), rows.map((each) => each.purchases)]);
    const lists = said.scenarios.map((/** @type {Outcome} */ each) => each.scenario);
    redraw(place, ...drawn(said, lists.length > 1 && choice("List", [[ALL, "All lists"], ...names(lists)], () => scenario, choose), rows, shown, deeds));
  }

  /** @param {string} value */
  function choose(value) {
    scenario = value;
    draw();
  }

  return { title: "Results", about: "What came of what was shown, by the list that showed it.", content: [period.element, place], ask };
}

/** @param {string} label @param {import("../chart.js").Line[]} lines */
const chart = (label, lines) => new Chart({ label, lines, time: dayOf, write: decimal });

/** @param {string[]} lists @returns {[string, string][]} */
const names = (lists) => lists.map((each) => [each, named(each)]);

/** @param {any} said @param {HTMLElement | false} lists @param {OfDay[]} rows @param {Chart} shown @param {Chart} deeds */
function drawn(said, lists, rows, shown, deeds) {
  /** @type {Outcome[]} */
  const scenarios = said.scenarios;
  if (!scenarios.some((each) => each.impressions || each.clicks || each.add_to_cart || each.purchases)) {
    return [empty("Nothing that was recommended has been shown in this period. Put the widget into your pages, or send impressions with the answers' recommendation_id: docs/embed.md."), events(said.events)];
  }
  const days = table("Results by day", dayColumns(), rows);
  return [
    summary(scenarios),
    panel("By list", "The click rate is of what was shown, the other two are of the clicks; below each, where it truly lies with 95\u00a0% confidence.", table("Results by list", outcomeColumns(scenarios), scenarios)),
    lists || null,
    h("div", { class: "columns" }, figure("Shown", "By day, in UTC.", shown, days), figure("What came of it", "By day, in UTC.", deeds, table("Deeds by day", dayColumns(), rows))),
    events(said.events),
  ];
}

/** @param {Outcome[]} scenarios */
function summary(scenarios) {
  const all = total(scenarios);
  const rate = all.impressions >= ENOUGH ? share(all.clicks / all.impressions) : "too few to tell";
  return stats(
    stat("Shown", count(all.impressions)),
    stat("Clicked", count(all.clicks), all.impressions ? `click rate ${rate}` : null),
    stat("Put into the basket", count(all.add_to_cart)),
    stat("Bought", count(all.purchases)),
  );
}

/** @param {Counts[]} rows @returns {Counts} */
function total(rows) {
  const sum = { impressions: 0, clicks: 0, add_to_cart: 0, purchases: 0 };
  for (const row of rows) {
    sum.impressions += row.impressions;
    sum.clicks += row.clicks;
    sum.add_to_cart += row.add_to_cart;
    sum.purchases += row.purchases;
  }
  return sum;
}

/** @param {Outcome[]} scenarios @returns {import("../parts.js").Column<Outcome>[]} */
function outcomeColumns(scenarios) {
  const most = Math.max(...scenarios.map(({ impressions }) => impressions), 1);
  return [
    { title: "List", value: (each) => named(each.scenario) },
    { title: "Shown", value: (each) => count(each.impressions), bar: (each) => each.impressions / most, number: true },
    { title: "Clicks", value: (each) => count(each.clicks), number: true },
    rateColumn("Click rate", scenarios, (each) => each.ctr, (each) => [each.clicks, each.impressions]),
    { title: "Baskets", value: (each) => count(each.add_to_cart), number: true },
    rateColumn("Basket rate", scenarios, (each) => each.add_to_cart_rate, (each) => [each.add_to_cart, each.clicks]),
    { title: "Bought", value: (each) => count(each.purchases), number: true },
    rateColumn("Purchase rate", scenarios, (each) => each.purchase_rate, (each) => [each.purchases, each.clicks]),
  ];
}

/**
 * @param {string} title
 * @param {Outcome[]} scenarios
 * @param {(row: Outcome) => number | null} rate
 * @param {(row: Outcome) => [number, number]} parts hits, and of how many
 * @returns {import("../parts.js").Column<Outcome>}
 */
function rateColumn(title, scenarios, rate, parts) {
  const tells = (/** @type {Outcome} */ each) => rate(each) !== null && each.impressions >= ENOUGH;
  const most = Math.max(...scenarios.filter(tells).map((each) => rate(each) ?? 0), 0.0001);
  return {
    title,
    number: true,
    value: (each) => {
      if (rate(each) === null) return share(null);
      if (!tells(each)) return h("small", {}, "too few to tell");
      const within = bounds(...parts(each));
      return [share(rate(each)), within && h("small", {}, `${share(within[0])} to ${share(within[1])}`)];
    },
    bar: (each) => (tells(each) ? (rate(each) ?? 0) / most : null),
  };
}

/** @returns {import("../parts.js").Column<OfDay>[]} */
function dayColumns() {
  return [
    { title: "Day", value: ({ day }) => dayOf(Date.parse(day) / 1000) },
    { title: "Shown", value: (each) => count(each.impressions), number: true },
    { title: "Clicks", value: (each) => count(each.clicks), number: true },
    { title: "Baskets", value: (each) => count(each.add_to_cart), number: true },
    { title: "Bought", value: (each) => count(each.purchases), number: true },
  ];
}

/** A row for every day of the period, also for those without any. @param {any} said @param {string} scenario @returns {OfDay[]} */
function byDay(said, scenario) {
  /** @type {OfDay[]} */
  const rows = said.days.filter((/** @type {OfDay} */ each) => scenario === ALL || each.scenario === scenario);
  const result = [];
  const last = Date.parse(said.until.slice(0, 10));
  for (let at = Date.parse(said.since.slice(0, 10)); at <= last; at += DAY_MS) {
    const day = new Date(at).toISOString().slice(0, 10);
    result.push({ day, scenario, ...total(rows.filter((each) => each.day === day)) });
  }
  return result;
}

/** @param {Record<string, number>} events */
function events(events) {
  const rows = Object.entries(events).sort(([, one], [, other]) => other - one);
  return panel(
    "All events of the period",
    "Also those that no list led to.",
    rows.length === 0
      ? empty("No event has come in. Send what visitors do to POST /v1/events: docs/api.md.")
      : tally(rows),
  );
}
