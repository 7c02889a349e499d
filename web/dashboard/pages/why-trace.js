/** Why a product is at its place in a user's list, or what kept it out: the stages of the making, in their order. */

import { h } from "../../lib/dom.js";
import { named } from "../names.js";
import { count, score, share } from "../numbers.js";
import { fold, panel, table, thumb } from "../parts.js";

/** @typedef {any} Trace as `GET /v1/users/{id}/why` answers */

/** @type {Record<string, string>} */
const STAGES = {
  retrieval: "Found",
  sum: "Added up",
  ranker: "Learned order",
  interests: "Shared among interests",
  declared: "With what was declared",
  reranking: "Re-ranked",
  final: "In the list",
};

/** @param {Trace} trace @param {string} images */
export function aboutBoth(trace, images) {
  return [
    verdict(trace, images),
    trace.degraded.length > 0 && h("p", { class: "notice" }, `Made without: ${trace.degraded.join(", ")}.`),
    path(trace),
    deeds(trace),
    rules(trace),
    sum(trace),
    found(trace),
    taste(trace),
  ].filter((each) => each !== null && each !== false);
}

/** @param {Trace} trace @param {string} images */
function verdict({ product_id, product: it, shown, sentence, reason, causes }, images) {
  const [first, ...more] = causes;
  return h(
    "section",
    { class: shown ? "panel verdict-panel" : "panel verdict-panel out", "aria-live": "polite", "data-cause": first?.kind },
    thumb(it?.image ?? "", images),
    h(
      "div",
      {},
      h("h2", {}, sentence),
      shown && reason && h("p", { class: "reason" }, "On the card: ", h("q", {}, reason.sentence)),
      first?.rule && h("p", {}, "By the rule ", h("code", {}, first.rule), "."),
      more.length > 0 && h("p", {}, "Were it not for that:"),
      more.length > 0 && h("ul", { class: "causes" }, ...more.map(cause)),
      h("p", { class: "muted" }, it && !sentence.includes(it.title) ? `${it.title} (${product_id})` : product_id),
    ),
  );
}

/** @param {any} cause */
const cause = ({ kind, sentence, rule }) => h("li", { "data-cause": kind }, sentence, rule && [" ", h("code", {}, rule)]);

/** @param {Trace} trace */
function path({ places }) {
  if (places.length === 0) return null;
  const steps = places.map((/** @type {any} */ { stage, place, of }) =>
    h(
      "li",
      { class: place === null ? "gone" : "" },
      h("span", {}, STAGES[stage] ?? named(stage)),
      h("b", {}, place === null ? "not there" : `place ${count(place)}`),
      of !== null && h("small", {}, `of ${count(of)}`),
    ),
  );
  return panel("Its way through the stages", "The place after each stage that took part.", h("ol", { class: "path" }, ...steps));
}

/** @param {Trace} trace */
function found({ found: rows, taste: { interests } }) {
  if (rows.length === 0) return null;
  return panel(
    "How it was found",
    "Each space is asked for the whole taste, and for each interest. What scores below the cut-off is no candidate by that question.",
    table(
      "Questions of retrieval",
      [
        { title: "Space", value: ({ space }) => named(space) },
        { title: "Asked for", holds: "words", value: ({ interest }) => (interest === null ? "the whole taste" : interests[interest]?.title || `interest ${interest + 1}`) },
        { title: "Place", value: ({ place, asked }) => (place === null ? h("small", {}, `not in the first ${count(asked)}`) : count(place)), number: true },
        { title: "Score", value: (each) => score(each.score), number: true },
        { title: "Cut-off", value: ({ last_score }) => score(last_score), number: true },
      ],
      /** @type {any[]} */ (rows),
    ),
  );
}

/** @param {Trace} trace */
function sum({ parts, sum: total, learned, lost_to_dislikes, raised }) {
  if (parts.length === 0 && raised.length === 0) return null;
  const rows = [
    ...parts.map((/** @type {any} */ each) => ({ ...each, name: named(each.space) })),
    ...raised.map((/** @type {any} */ { source, adds }) => ({ name: named(source), raw: null, background: null, weight: null, adds })),
  ];
  const most = Math.max(...rows.map(({ adds }) => Math.abs(adds)), 0.0001);
  const ends = [
    total !== null && `The sum is ${score(total)}.`,
    learned !== null && `The learned ranker gives it ${score(learned)} of the best one's, and its order counts.`,
    lost_to_dislikes > 0 && `It lost ${share(lost_to_dislikes)} of its score to what was disliked.`,
  ].filter(Boolean);
  return panel(
    "What it adds up to",
    ends.join(" "),
    table(
      "Parts of the score",
      [
        { title: "Source", value: ({ name }) => name },
        { title: "Adds", value: ({ adds }) => score(adds), bar: ({ adds }) => Math.max(adds, 0) / most, number: true },
        { title: "Score", value: ({ raw }) => score(raw), number: true },
        { title: "Anybody's", value: ({ background }) => score(background), number: true },
        { title: "Tenth best", value: ({ tenth_best }) => score(tenth_best), number: true },
        { title: "Weight", value: ({ weight }) => score(weight), number: true },
      ],
      rows,
    ),
  );
}

/** @param {Trace} trace */
function deeds({ deeds: rows }) {
  if (rows.length === 0) return null;
  const most = Math.max(...rows.map((/** @type {any} */ { adds }) => adds), 0.0001);
  return panel(
    "What the user did that speaks for it",
    null,
    table(
      "Deeds by what they add",
      [
        { title: "Deed", value: ({ type, title, product_id }) => [`${type ? named(type) : "Declared"}: `, h("a", { href: `#/why?product=${encodeURIComponent(product_id)}` }, title || product_id)] },
        { title: "Adds", value: ({ adds }) => score(adds), bar: ({ adds }) => adds / most, number: true },
        { title: "Weight now", value: ({ weight }) => score(weight), number: true },
        { title: "By", holds: "words", value: ({ spaces }) => spaces.map((/** @type {any} */ { space, adds }) => `${named(space)} ${score(adds)}`).join(", ") },
      ],
      /** @type {any[]} */ (rows),
    ),
  );
}

/** @param {Trace} trace */
function rules({ rules: met, settings }) {
  const set = Object.entries(settings);
  if (met.length === 0 && set.length === 0) return null;
  const items = met.map((/** @type {any} */ { id, kind, note, decides }) =>
    h("li", {}, h("code", {}, id), ` ${named(kind)}${decides ? ", which decides" : ""}`, note && h("small", {}, ` ${note}`)),
  );
  return panel(
    "Rules and re-ranking",
    met.length === 0 ? "No rule in force speaks of it." : null,
    items.length > 0 && h("ul", {}, ...items),
    set.length > 0 && h("p", { class: "muted" }, `Re-ranking: ${set.map(([name, value]) => `${name.replaceAll("_", " ")} ${String(value)}`).join(", ")}.`),
  );
}

/** @param {Trace} trace */
function taste({ taste: { events, interests, searches, turned_away_from, declared_share }, version, interest: own }) {
  const rows = interests.map((/** @type {any} */ each, /** @type {number} */ at) => ({ ...each, own: at === own }));
  const words = searches.map((/** @type {any} */ { query }) => `“${query}”`).join(", ");
  const said = [
    `Made of ${count(events)} events, by version ${version}.`,
    declared_share > 0 && `What was declared has a share of ${share(declared_share)}.`,
    turned_away_from > 0 && `${count(turned_away_from)} products were turned away from.`,
    words && `Searched for: ${words}.`,
  ].filter(Boolean);
  return panel(
    "The taste that was asked with",
    said.join(" "),
    rows.length > 0 &&
      fold(
        "taste",
        `${count(rows.length)} interests`,
        table(
          "Interests",
          [
            { title: "Stands for it", value: (each) => [h("a", { class: "row-link", href: `#/why?product=${encodeURIComponent(each.product_id)}` }, each.title || each.product_id), each.own && h("small", {}, "this product's")] },
            { title: "Weight", value: ({ weight }) => share(weight), bar: ({ weight }) => weight, number: true },
            { title: "Products", value: ({ members }) => count(members), number: true },
          ],
          /** @type {any[]} */ (rows),
        ),
      ),
  );
}
