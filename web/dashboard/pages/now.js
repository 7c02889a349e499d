/** What is being asked this hour, how fast it is answered, and what the answers are made of. */

import { Chart } from "../chart.js";
import { named } from "../names.js";
import { count, decimal, milliseconds, share, timeOfDay } from "../numbers.js";
import { choice, empty, figure, panel, redraw, stat, stats, table } from "../parts.js";
import { h } from "../../lib/dom.js";

/** @typedef {{at: string, requests: number, errors: number | null, p50_ms: number | null, p99_ms: number | null}} Step */

const HOUR_MS = 3_600_000;

/** @type {import("../app.js").Opener} */
export function open(desk, _, again) {
  let minutes = "60";
  const traffic = new Chart({
    label: "Requests and errors a minute, over time",
    time: timeOfDay,
    lines: [
      { title: "Requests", colour: "--first", bars: true },
      { title: "Errors", colour: "--wrong", bars: true },
    ],
  });
  const latency = new Chart({
    label: "Latency over time: half of the answers, and all but one in a hundred, took less",
    time: timeOfDay,
    write: milliseconds,
    lines: [
      { title: "p50", colour: "--first" },
      { title: "p99", colour: "--second" },
    ],
  });
  const place = h("div", { class: "stack" });

  async function ask() {
    const said = await desk.get("/v1/dashboard/traffic", { minutes });
    return () => draw(said);
  }

  /** @param {any} said */
  function draw(said) {
    const scale = 60 / said.step_seconds;
    /** @type {Step[]} */
    const series = said.series;
    const times = series.map(({ at }) => Date.parse(at) / 1000);
    traffic.show(times, [series.map((each) => each.requests * scale), series.map(({ errors }) => (errors === null ? null : errors * scale))]);
    latency.show(times, [series.map((each) => each.p50_ms), series.map((each) => each.p99_ms)]);
    redraw(place, ...drawn(said, traffic, latency));
  }

  const periods = choice("Period", [["60", "1 hour"], ["360", "6 hours"], ["1440", "1 day"]], () => minutes, (value) => {
    minutes = value;
    again();
  });
  return { title: "Now", about: "What is asked, how fast it is answered, and what the answers are made of.", content: [periods, place], ask };
}

/** @param {any} said @param {Chart} traffic @param {Chart} latency */
function drawn(said, traffic, latency) {
  if (!said.requests) return [empty("Nobody has asked anything in this period. Open the shop window, or put the widget in: docs/embed.md.")];
  /** @type {import("../parts.js").Column<Step>[]} */
  const columns = [
    { title: "Time", value: ({ at }) => timeOfDay(Date.parse(at) / 1000) },
    { title: "Requests", value: ({ requests }) => count(requests), number: true },
    { title: "Errors", value: ({ errors }) => count(errors), number: true },
    { title: "p50", value: ({ p50_ms }) => milliseconds(p50_ms), number: true },
    { title: "p99", value: ({ p99_ms }) => milliseconds(p99_ms), number: true },
  ];
  const busy = said.series.filter((/** @type {Step} */ each) => each.requests > 0);
  return [
    summary(said),
    said.partial && h("p", { class: "muted" }, unknown(said)),
    h(
      "div",
      { class: "columns" },
      figure("Traffic", "Requests a minute.", traffic, table("Traffic by time", columns.slice(0, 3), busy)),
      figure("Latency", "From the request to its answer.", latency, table("Latency by time", [columns[0], ...columns.slice(3)].filter((each) => each !== undefined), busy)),
      stages(said.stages),
      sources(said),
    ),
    routes(said.routes),
  ].filter((each) => each !== false);
}

/** A server that measures itself counts errors, and knows of nothing before it was started. @param {any} said */
const unknown = ({ errors, since, until }) =>
  errors === null ? "Some of the period is not known of." : `Measured since the server was started, less than ${span(Date.parse(until) - Date.parse(since))} ago.`;

/** @param {number} ms */
const span = (ms) => (ms < 2 * HOUR_MS ? "an hour" : `${Math.round(ms / HOUR_MS)} hours`);

/** @param {any} said */
function summary(said) {
  const minutes = Math.max((Date.parse(said.until) - Date.parse(said.since)) / 60_000, 1);
  const answers = `of ${count(said.answers)} lists`;
  return stats(
    stat("Requests", count(said.requests), `${decimal(said.requests / minutes)} a minute`),
    stat("Errors", count(said.errors), share(said.requests && said.errors !== null ? said.errors / said.requests : null), said.errors > 0),
    stat("Filled up", share(said.fallback_share), `with what is popular, ${answers}`),
    stat("Degraded", share(said.degraded_share), `made without a part, ${answers}`, said.degraded_share > 0.01),
    stat("New people", share(said.cold_share), "of whom nothing is known, of the lists for you"),
  );
}

/** @param {{stage: string, p50_ms: number | null, p99_ms: number | null, total_ms: number | null}[]} stages */
function stages(stages) {
  const longest = [...stages].sort((one, other) => (other.total_ms ?? 0) - (one.total_ms ?? 0));
  const all = stages.reduce((sum, each) => sum + (each.total_ms ?? 0), 0);
  return panel(
    "Where the time goes",
    "By stage of an answer; the bar is the stage's share of all the time spent.",
    stages.length === 0
      ? empty("No stage was measured in this period.")
      : table(
          "Latency by stage",
          [
            { title: "Stage", value: (each) => named(each.stage), bar: (each) => (all ? (each.total_ms ?? 0) / all : null) },
            { title: "Share", value: (each) => share(all && each.total_ms !== null ? each.total_ms / all : null), number: true },
            { title: "p50", value: (each) => milliseconds(each.p50_ms), number: true },
            { title: "p99", value: (each) => milliseconds(each.p99_ms), number: true },
          ],
          longest,
        ),
  );
}

/** @param {{sources: {source: string, items: number, share: number}[], answers: number}} said */
function sources({ sources, answers }) {
  return panel(
    "What the items come from",
    "A product that several sources speak for counts for each.",
    sources.length === 0
      ? empty(answers ? "No items were shown in this period." : "No list was asked for in this period.")
      : table(
          "Sources of items",
          [
            { title: "Source", value: ({ source }) => named(source), bar: ({ share: part }) => part },
            { title: "Share", value: ({ share: part }) => share(part), number: true },
            { title: "Items", value: ({ items }) => count(items), number: true },
          ],
          sources,
        ),
  );
}

/** @param {{route: string, requests: number, errors: number | null, p50_ms: number | null, p99_ms: number | null}[]} routes */
function routes(routes) {
  const most = Math.max(...routes.map(({ requests }) => requests), 1);
  return panel(
    "Routes",
    null,
    table(
      "Requests by route",
      [
        { title: "Route", value: ({ route }) => h("code", {}, route) },
        { title: "Requests", value: ({ requests }) => count(requests), bar: ({ requests }) => requests / most, number: true },
        { title: "Errors", value: ({ errors }) => count(errors), number: true },
        { title: "p50", value: ({ p50_ms }) => milliseconds(p50_ms), number: true },
        { title: "p99", value: ({ p99_ms }) => milliseconds(p99_ms), number: true },
      ],
      routes,
    ),
  );
}
