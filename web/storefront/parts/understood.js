/** What was understood of the words, and what became of it: said in sentences, and taken back by a tap. */

import { h } from "../../lib/dom.js";
import { icon } from "./icons.js";

/** @typedef {import("./asked.js").Asked} Asked */
/** @typedef {{words: string, field: string, filter: string, negated: boolean, applied: boolean}} Constraint */
/** @typedef {{words: string, constraints: Constraint[], corrections: Record<string, string>, sort: string}} Interpreted */

const TITLES = { category: "Category", brand: "Brand", colour: "Colour", size: "Size" };

/**
 * @param {Asked} asked
 * @param {{items: object[], interpreted: Interpreted, relaxed: Constraint[], degraded: string[]}} answer
 * @param {(asked: Asked) => void} change
 * @param {Set<string>} elsewhere words that the page shows as chips already
 * @returns {(Node | false)[]}
 */
export function understood(asked, { items, interpreted, relaxed, degraded }, change, elsewhere) {
  const gone = new Set(relaxed.map(nameOf));
  const held = interpreted.constraints.filter((each) => !gone.has(nameOf(each)) && !elsewhere.has(each.words.toLowerCase()));
  const kept = held.filter(({ words }) => !words).map(titleOf);
  const typed = held.filter(({ words }) => words);
  const entries = [
    ...chosen(asked, change),
    ...typed.map((each) => read(asked, each, interpreted, change)),
    ...(kept.length ? [h("li", { class: "chip-still" }, `As it is: ${kept.join(", ")}`)] : []),
  ];
  return [
    corrected(asked, interpreted),
    entries.length > 0 && h("ul", { class: "chips understood", role: "list", "aria-label": "What you asked for" }, entries),
    relaxed.length > 0 &&
      items.length > 0 &&
      h("p", { class: "notice relaxed" }, `Nothing meets all of it, so this gave way: ${listed(relaxed.map(titleOf))}.`),
    typed.length + relaxed.length > 0 && !asked.literal && literally(asked, change),
    asked.literal &&
      h(
        "p",
        { class: "muted" },
        "Your words are taken literally. ",
        h(
          "button",
          { class: "plain", type: "button", onclick: () => change({ ...asked, literal: false }) },
          "Read conditions out of them again",
        ),
      ),
    degraded.length > 0 &&
      h("p", { class: "notice" }, "A part of the shop cannot be reached at the moment, so this list may lack something."),
  ];
}

/** @param {Constraint} constraint */
const nameOf = ({ words, field, filter }) => `${words} ${field} ${filter}`;

/** The words it was read from; where nobody typed it, the value that stays as the product has it. @param {Constraint} constraint */
function titleOf({ words, filter }) {
  return words || (/"((?:[^"\\]|\\.)*)"/.exec(filter)?.[1] ?? filter).replace(/\\(.)/g, "$1");
}

/** @param {string[]} titles @param {"conjunction" | "disjunction"} [type] */
const listed = (titles, type = "conjunction") =>
  new Intl.ListFormat(document.documentElement.lang || "en", { type }).format(titles.map((title) => `“${title}”`));

/** @param {Asked} asked @param {Interpreted} interpreted */
function corrected(asked, { words, corrections }) {
  const mended = Object.entries(corrections);
  if (!mended.length) return false;
  return h(
    "p",
    { class: "corrected" },
    "Showing results for ",
    h("strong", {}, mend(asked.text, corrections) || words),
    `. The shop has no ${listed(
      mended.map(([typed]) => typed),
      "disjunction",
    )}.`,
  );
}

/** @param {string} text @param {Record<string, string>} corrections */
function mend(text, corrections) {
  const known = new Map(Object.entries(corrections).map(([typed, meant]) => [typed.toLowerCase(), meant]));
  return text.replace(/[\p{L}\p{N}\p{M}]+/gu, (word) => known.get(word.toLowerCase()) ?? word);
}

/** Filters chosen in the panel. @param {Asked} asked @param {(asked: Asked) => void} change */
function chosen(asked, change) {
  const entries = Object.entries(asked.filters).flatMap(([field, values]) =>
    values.map((value) => {
      const rest = { ...asked.filters, [field]: values.filter((each) => each !== value) };
      const title = `${TITLES[/** @type {keyof typeof TITLES} */ (field)]}: ${value.split(" > ").at(-1)}`;
      return chip(title, () => change({ ...asked, filters: Object.fromEntries(Object.entries(rest).filter(([, left]) => left.length)) }));
    }),
  );
  if (asked.price) entries.push(chip(`Price: ${priceTitle(asked.price)}`, () => change({ ...asked, price: "" })));
  return entries;
}

/** @param {string} price */
function priceTitle(price) {
  const [from, below] = price.split("-");
  return from && below ? `${from} to ${below}` : from ? `from ${from}` : `under ${below}`;
}

/** @param {Asked} asked @param {Constraint} constraint @param {Interpreted} interpreted @param {(asked: Asked) => void} change */
function read(asked, constraint, { corrections }, change) {
  const title = mend(titleOf(constraint), corrections);
  if (!constraint.applied) return h("li", { class: "chip-still" }, `Cannot be told: ${title}`);
  return chip(title, () => change(without(asked, constraint.words)));
}

/** @param {string} title @param {() => void} remove */
function chip(title, remove) {
  return h(
    "li",
    {},
    h(
      "button",
      { class: "chip chip-gone", type: "button", "data-key": `chip ${title}`, onclick: remove },
      h("span", { class: "visually-hidden" }, "Remove "),
      title,
      icon("close"),
    ),
  );
}

/** @param {Asked} asked @param {(asked: Asked) => void} change */
function literally(asked, change) {
  return h(
    "p",
    { class: "muted literally" },
    "Not what you meant? ",
    h("button", { class: "plain", type: "button", onclick: () => change({ ...asked, literal: true }) }, "Take my words literally"),
  );
}

/**
 * The search without the words of one condition, and without what only tied them to the others. Where they are not found
 * as they stand, no condition is read out of the text any more.
 * @param {Asked} asked @param {string} words @returns {Asked}
 */
export function without(asked, words) {
  const spaced = words
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("\\s+");
  const found = new RegExp(`(^|[\\s,;])(?:(?:and|but)\\s+)?${spaced}(?=$|[\\s,;.!?])`, "iu").exec(asked.text);
  if (!found) return { ...asked, literal: true };
  const text = `${asked.text.slice(0, found.index)} ${asked.text.slice(found.index + found[0].length)}`;
  return {
    ...asked,
    text: text
      .replace(/\s+/g, " ")
      .replace(/\s*,(\s*,)*/g, ",")
      .replace(/^[\s,;]+|[\s,;]+$/g, ""),
  };
}
