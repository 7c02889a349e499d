/** Filters by what the products are: check boxes with counts, in a panel beside the list or in a sheet over it. */

import { h } from "../../lib/dom.js";
import { money } from "../../lib/money.js";

/** @typedef {import("./asked.js").Asked} Asked */
/** @typedef {{from: number | null, below: number | null, count: number}} Range */
/** @typedef {{field: string, values: {value: string, count: number}[], more: number, prices: {currency: string, lowest: number, highest: number, ranges: Range[]}[]}} Facet */

/** In the order of the panel. */
export const FACETS = ["category", "colour", "price", "size", "brand"];
const TITLES = { category: "Category", colour: "Colour", price: "Price", size: "Size", brand: "Brand" };
/** How many values of a field are shown before the rest is asked for. */
const FIRST = 8;
/** Colours that the style sheet has a swatch for: names of CSS, and what shops call these. */
const SWATCHES = new Set(
  "beige black blue brown burgundy coral cream cyan gold green grey indigo ivory khaki lavender lime magenta maroon mint mustard navy olive orange pink purple red rose silver tan teal turquoise violet white yellow".split(
    " ",
  ),
);

/** @param {string} colour @returns {HTMLElement} */
export function swatch(colour) {
  const words = colour
    .toLowerCase()
    .replace("gray", "grey")
    .split(/[^a-z]+/);
  const name = words.filter((word) => SWATCHES.has(word)).at(-1) ?? "unknown";
  return h("span", { class: `swatch swatch-${name}`, "aria-hidden": "true" });
}

/**
 * @param {Asked} asked
 * @param {Facet[]} facets as answered
 * @param {(asked: Asked) => void} change
 * @param {Set<string>} opened fields of which all values are shown; kept by the page
 * @returns {HTMLElement[]} a fieldset for each field in which there is a choice
 */
export function facetFields(asked, facets, change, opened) {
  return facets.flatMap((facet) => {
    const lines = facet.field === "price" ? priceLines(asked, facet, change) : valueLines(asked, facet, change);
    if (!lines.length || (lines.length < 2 && !isChosen(asked, facet.field))) return [];
    return [
      h(
        "fieldset",
        { class: `facet facet-${facet.field}` },
        h("legend", {}, TITLES[/** @type {keyof typeof TITLES} */ (facet.field)] ?? facet.field),
        ...folded(facet, lines, opened),
      ),
    ];
  });
}

/** @param {Asked} asked @param {string} field */
const isChosen = (asked, field) => (field === "price" ? Boolean(asked.price) : Boolean(asked.filters[field]));

/** @param {Facet} facet @param {HTMLElement[]} lines @param {Set<string>} opened */
function folded({ field, more }, lines, opened) {
  const list = (/** @type {HTMLElement[]} */ part) => h("ul", { role: "list" }, part);
  const rest = lines.slice(FIRST);
  const besides = more > 0 && h("p", { class: "muted" }, `And ${more} more: search by name.`);
  if (!rest.length) return [list(lines), besides];
  const toggle = (/** @type {Event} */ event) =>
    /** @type {HTMLDetailsElement} */ (event.currentTarget).open ? opened.add(field) : opened.delete(field);
  const all = h(
    "details",
    { open: opened.has(field), ontoggle: toggle },
    h("summary", { "data-key": `more ${field}` }, `${rest.length} more`),
    list(rest),
    besides,
  );
  return [list(lines.slice(0, FIRST)), all];
}

/** @param {Asked} asked @param {Facet} facet @param {(asked: Asked) => void} change */
function valueLines(asked, { field, values }, change) {
  const chosen = asked.filters[field] ?? [];
  return values.map(({ value, count }) => {
    const path = value.split(" > ");
    const meant = chosen.filter((each) => same(each, value) || (field === "category" && same(each, path.at(-1) ?? "")));
    const toggle = () => {
      const rest = chosen.filter((each) => !meant.includes(each));
      const filters = { ...asked.filters, [field]: meant.length ? rest : [...rest, value] };
      change({ ...asked, filters: Object.fromEntries(Object.entries(filters).filter(([, left]) => left.length)) });
    };
    const deep = field === "category" ? ` deep-${Math.min(path.length - 1, 3)}` : "";
    const box = h("input", {
      type: "checkbox",
      name: field,
      value,
      checked: meant.length > 0,
      "data-key": `${field} ${value}`,
      onchange: toggle,
    });
    return h(
      "li",
      {},
      h(
        "label",
        { class: `facet-line${deep}` },
        box,
        field === "colour" && swatch(value),
        h("span", { class: "facet-value" }, path.at(-1) ?? value),
        counted(count),
      ),
    );
  });
}

/** @param {string} one @param {string} other */
const same = (one, other) => one.toLowerCase() === other.toLowerCase();

/** @param {number} count */
const counted = (count) =>
  h(
    "span",
    { class: "facet-count" },
    h("span", { "aria-hidden": "true" }, count),
    h("span", { class: "visually-hidden" }, `, ${count} found`),
  );

/** One range at a time: in the currency that most of the products have. @param {Asked} asked @param {Facet} facet @param {(asked: Asked) => void} change */
function priceLines(asked, { prices }, change) {
  const [first] = prices;
  if (!first) return [];
  const ranges = first.ranges.filter(({ from, below }) => from !== null || below !== null);
  return ranges.map(({ from, below, count }) => {
    const price = `${from ?? ""}-${below ?? ""}`;
    const checked = asked.price === price;
    const box = h("input", {
      type: "checkbox",
      name: "price",
      value: price,
      checked,
      "data-key": `price ${price}`,
      onchange: () => change({ ...asked, price: checked ? "" : price }),
    });
    return h(
      "li",
      {},
      h(
        "label",
        { class: "facet-line" },
        box,
        h("span", { class: "facet-value" }, rangeTitle(from, below, first.currency)),
        counted(count),
      ),
    );
  });
}

/** @param {number | null} from @param {number | null} below @param {string} currency */
function rangeTitle(from, below, currency) {
  const amount = (/** @type {number} */ value) => money(value, currency).replace(/[.,]00(?=\D*$)/, "");
  if (from === null) return `Under ${amount(below ?? 0)}`;
  return below === null ? `${amount(from)} and more` : `${amount(from)} to ${amount(below)}`;
}
