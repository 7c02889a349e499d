/** "Like this, but …": one tap each, written into the words, where the shop reads them. */

import { h } from "../../lib/dom.js";
import { bodyOf } from "./asked.js";
import { swatch } from "./facets.js";
import { useStyle } from "./style.js";

/** @typedef {import("./asked.js").Asked} Asked */
/** @typedef {import("../../lib/cards.js").Item} Item */
/** @typedef {{colours: string[], below: number[]}} Choices */
/** @typedef {{phrase: string, group: string}} Change a phrase takes the place of another one of its group */

const MOST_COLOURS = 6;
/** What a title may speak of that somebody may not want, and what one says then. @type {[RegExp, string][]} */
const PATTERNS = [
  [/\bstrip(e|es|ed|y)\b/i, "without stripes"],
  [/\b(polka|dots?|dotted)\b/i, "without dots"],
  [/\b(floral|flowers?|flowery)\b/i, "without flowers"],
  [/\b(check(s|ed)?|checkered|plaid|tartan)\b/i, "without checks"],
  [/\bzig-?zags?\b/i, "without zigzag"],
  [/\bleather\b/i, "non-leather"],
];
/** By product and photo: what the words ask for narrows the counts, yet not what one may ask for. @type {Map<string, Choices>} */
const known = new Map();

/**
 * What one may change of a product or a photo: the colours and prices of what is like it, whatever the words say now.
 * @param {import("../shop.js").Shop} shop
 * @param {Asked} asked
 * @returns {Promise<Choices>}
 */
export async function choicesOf(shop, asked) {
  const name = `${asked.like} ${asked.photo}`;
  const had = known.get(name);
  if (had) return had;
  const alone = { ...asked, text: "", filters: {}, price: "", sort: "", literal: false };
  const body = bodyOf(alone, { user: shop.user(), facets: ["colour", "price"], limit: 1 });
  const [answer] = await Promise.all([shop.client.post("/v1/search", body), useStyle("storefront/changes.css")]);
  const [colour, price] = answer.facets;
  const choices = {
    colours: colour.values.map((/** @type {{value: string}} */ { value }) => value),
    below: (price.prices[0]?.ranges ?? []).map((/** @type {{below: number | null}} */ { below }) => below).filter(Boolean),
  };
  known.set(name, choices);
  return choices;
}

/**
 * @param {Asked} asked
 * @param {Choices} choices
 * @param {Item[]} items what is shown, with the product that it is to be like first, if that is known
 * @param {(asked: Asked) => void} change
 * @returns {HTMLElement}
 */
export function changeChips(asked, { colours, below }, items, change) {
  const own = asked.like ? items[0]?.product.colour.toLowerCase() : "";
  const titles = items.map(({ product }) => product.title).join(" · ");
  const patterns = PATTERNS.filter(([pattern]) => pattern.test(titles)).map(([, phrase]) => ({ phrase, group: phrase }));
  const prices = asked.like
    ? [{ phrase: "cheaper", group: "price" }]
    : below.slice(0, 2).map((amount) => ({ phrase: `under ${amount}`, group: "price" }));
  const others = colours.filter((colour) => colour.toLowerCase() !== own).slice(0, MOST_COLOURS);
  const all = [
    ...others.map((colour) => ({ phrase: `but ${colour}`, group: "colour", colour })),
    ...prices,
    ...(asked.like && items[0]?.product.brand ? [{ phrase: "from another brand", group: "brand" }] : []),
    ...patterns.slice(0, 3),
  ];
  return h(
    "ul",
    { class: "chips changes", role: "list", "aria-label": "Like this, but …" },
    all.map((each) => chip(asked, each, all, change)),
  );
}

/** @param {Asked} asked @param {Change & {colour?: string}} mine @param {Change[]} all @param {(asked: Asked) => void} change */
function chip(asked, mine, all, change) {
  const said = phrasesOf(asked.text);
  const pressed = said.some((each) => same(each, mine.phrase));
  const press = () => {
    const rivals = all.filter(({ group }) => group === mine.group);
    const rest = said.filter((each) => !rivals.some(({ phrase }) => same(each, phrase)));
    change({ ...asked, text: (pressed ? rest : [...rest, mine.phrase]).join(", ") });
  };
  return h(
    "li",
    {},
    h(
      "button",
      { class: "chip", type: "button", "aria-pressed": String(pressed), "data-key": `change ${mine.phrase}`, onclick: press },
      mine.colour && swatch(mine.colour),
      mine.phrase,
    ),
  );
}

/** What is pressed, in the words that it is understood from. @param {HTMLElement} chips @returns {Set<string>} */
export const pressedIn = (chips) => new Set([...chips.querySelectorAll("[aria-pressed=true]")].map((each) => bare(each.textContent ?? "")));

/** @param {string} text */
const phrasesOf = (text) =>
  text
    .split(",")
    .map((phrase) => phrase.trim())
    .filter(Boolean);

/** @param {string} phrase */
const bare = (phrase) => phrase.toLowerCase().replace(/^but\s+/, "");

/** @param {string} one @param {string} other */
const same = (one, other) => bare(one) === bare(other);
