/** The index that answers now: its age, how it was made, what was left out, whether it is better than the one before. */

import { h } from "../../lib/dom.js";
import { ago, change, count, score, since, when } from "../numbers.js";
import { empty, fold, panel, redraw, stat, stats, table, warning } from "../parts.js";

/** @typedef {{id: string, state: string, asked_at: string | null, ended_at: string | null, feed: string, version: string, products: number | null, rejected: number | null, reject_reasons: {reason: string, count: number, example_line: number | null}[], error: string}} Reindex */

/** Older than this, a version has missed the nightly reindex and half a day's grace. */
const STALE_SECONDS = 36 * 3600;

/** @type {Record<string, string>} */
const METRICS = { ndcg_at_10: "How near the top (NDCG@10)", hit_rate_at_10: "Among the first ten (hit rate@10)" };

/** @type {import("../app.js").Opener} */
export function open(desk) {
  const place = h("div", { class: "stack" });

  async function ask() {
    const said = await desk.get("/v1/dashboard/versions");
    return () => redraw(place, ...drawn(said));
  }

  return { title: "Index", about: "What answers now, how it came about, and whether it is better than what was there before.", content: [place], ask };
}

/** @param {any} said */
function drawn(said) {
  if (!said.live) return [empty("Nothing is published yet. Make an index of your feed: vitrine index FEED."), reindexes(said.reindexes)];
  return [live(said.live), said.live.age_seconds > STALE_SECONDS && warning("The live version is older than 36 hours: look below whether reindexes fail, or ask for one with vitrine reindex."), evaluation(said.evaluation, said.evaluated), reindexes(said.reindexes), versions(said)].filter(Boolean);
}

/** @param {{version: string, as_of: string, made_at: string, age_seconds: number, products: number, encoders: Record<string, any>}} live */
function live({ version, as_of, made_at, age_seconds, products, encoders }) {
  const rows = Object.entries(encoders ?? {});
  return h(
    "div",
    { class: "stack" },
    stats(
      stat("Age", ago(age_seconds), `its feed was read ${when(as_of)}`, age_seconds > STALE_SECONDS),
      stat("Products", count(products), `indexed ${when(made_at)}`),
      stat("Live version", h("code", {}, version)),
      ...rows.map(([space, encoder]) => stat(`Encoder of ${space}`, h("code", {}, nameOf(encoder)), encoder?.dimensions && `${count(encoder.dimensions)} dimensions`)),
    ),
  );
}

/** @param {any} encoder */
const nameOf = (encoder) => (typeof encoder === "string" ? encoder : [encoder?.name, encoder?.revision].filter(Boolean).join(" "));

/** @param {{live: Record<string, number>, previous: Record<string, number> | null, measured_on: string, verdict: string} | null} said @param {string} reason why there is none */
function evaluation(said, reason) {
  const title = "Live against the one before";
  if (!said) return panel(title, null, empty(reason));
  const { live, previous, measured_on, verdict } = said;
  const rows = Object.entries(live);
  return panel(
    title,
    measured_on || null,
    verdict && h("p", { class: "verdict" }, verdict),
    table(
      "Evaluation",
      [
        { title: "Measure", value: ([metric]) => METRICS[metric] ?? h("code", {}, metric) },
        { title: "Live", value: ([, value]) => score(value), bar: ([, value]) => value, number: true },
        { title: "Before", value: ([metric]) => score(previous?.[metric]), bar: ([metric]) => previous?.[metric], number: true },
        { title: "Difference", value: ([metric, value]) => change(value - (previous?.[metric] ?? NaN)), number: true },
      ],
      rows,
    ),
  );
}

/** @param {Reindex[]} rows */
function reindexes(rows) {
  const last = rows.find(({ ended_at }) => ended_at) ?? rows[0];
  if (!last) return panel("Reindexes", null, empty("No reindex was run yet. Ask for one with vitrine reindex FEED, or POST /v1/reindex."));
  const waiting = rows.filter(({ ended_at }) => !ended_at).map(({ state, asked_at }) => `One is ${state}, asked for ${since(asked_at)}.`);
  return panel(
    "Last reindex",
    waiting.join(" ") || null,
    stats(
      stat("Outcome", last.state, last.ended_at ? since(last.ended_at) : last.asked_at && `asked for ${since(last.asked_at)}`, last.state === "failed" || last.state === "killed"),
      stat("Products", count(last.products), last.version && h("code", {}, last.version)),
      stat("Left out", count(last.rejected), last.rejected ? "rows of the feed that cannot be used" : null, Boolean(last.rejected)),
      stat("Feed", h("code", {}, last.feed)),
    ),
    last.error && warning(last.error),
    last.reject_reasons.length > 0 &&
      table(
        "Rows that were left out",
        [
          { title: "Reason", value: ({ reason }) => reason },
          { title: "Rows", value: (each) => count(each.count), number: true },
          { title: "Such as line", value: ({ example_line }) => count(example_line), number: true },
        ],
        last.reject_reasons,
      ),
    rows.length > 1 && fold("reindexes", `The ${count(rows.length)} last reindexes`, history(rows)),
  );
}

/** @param {Reindex[]} rows */
const history = (rows) =>
  table(
    "Reindexes",
    [
      { title: "Asked for", value: ({ asked_at }) => when(asked_at) },
      { title: "Outcome", value: ({ state, error }) => [state, error && h("small", {}, error)] },
      { title: "Products", value: ({ products }) => count(products), number: true },
      { title: "Left out", value: ({ rejected }) => count(rejected), number: true },
      { title: "Version", value: ({ version }) => h("code", {}, version) },
    ],
    rows,
  );

/** @param {{live: {version: string}, versions: any[]}} said */
function versions({ live, versions }) {
  if (versions.length === 0) return null;
  return panel(
    "Versions",
    h("span", {}, "What can be made live again: ", h("code", {}, "vitrine rollback"), "."),
    table(
      "Versions",
      [
        { title: "Version", value: ({ version }) => [h("code", {}, version), version === live.version && h("small", {}, "live")] },
        { title: "Made", value: ({ made_at }) => [when(made_at), h("small", {}, since(made_at))] },
        { title: "Products", value: ({ products }) => count(products), number: true },
      ],
      versions,
    ),
  );
}
