/** Facets: how many of what is found are of which brand, colour, price; a tick narrows the list down. */

import { h } from "../lib/dom.js";
import { money } from "../lib/money.js";

/**
 * @typedef {{from: number | null, below: number | null, count: number}} PriceRange
 * @typedef {{field: string, values: {value: string, count: number}[],
 *   prices: {currency: string, ranges: PriceRange[]}[]}} Facet
 * @typedef {{from?: number, below?: number}} Bounds
 * @typedef {Record<string, string[] | Bounds>} Filters as POST /v1/search takes them
 */

/**
 * @param {Facet[]} facets
 * @param {Filters} chosen
 * @param {(name: string, values?: Record<string, string | number>) => string} word
 * @param {(filters: Filters) => void} change
 * @returns {HTMLElement[]}
 */
export function facetBoxes(facets, chosen, word, change) {
  return facets
    .map(({ field, values, prices }) => ({ field, options: field === "price" ? ranges(prices, chosen, word) : names(field, values, chosen) }))
    .filter(({ options }) => options.length > 1 || options.some(({ on }) => on))
    .map(({ field, options }) =>
      h(
        "fieldset",
        { part: "facet" },
        h("legend", { part: "facet-name" }, word(field)),
        ...options.map(({ label, count, on, turn }) =>
          h("label", { part: "facet-value" }, h("input", { type: "checkbox", checked: on, "data-facet": `${field} ${label}`, onchange: () => change(turn()) }), h("span", {}, `${label} `, h("small", { class: "quiet" }, `${count}`))),
        ),
      ),
    );
}

/** @param {string} field @param {{value: string, count: number}[]} values @param {Filters} chosen */
function names(field, values, chosen) {
  const known = chosen[field];
  const now = Array.isArray(known) ? known : [];
  return values.map(({ value, count }) => {
    const on = now.includes(value);
    return { label: value, count, on, turn: () => without(chosen, field, on ? now.filter((each) => each !== value) : [...now, value]) };
  });
}

/** One range at a time. @param {Facet["prices"]} prices @param {Filters} chosen @param {(name: string, values?: Record<string, string | number>) => string} word */
function ranges([prices], chosen, word) {
  const known = /** @type {Bounds | undefined} */ (chosen.price);
  return (prices?.ranges ?? []).map(({ from, below, count }) => {
    const on = !!known && (known.from ?? null) === from && (known.below ?? null) === below;
    const [low, high] = [from, below].map((amount) => (amount === null ? "" : money(amount, prices?.currency ?? "")));
    const label = word(!low ? "below" : high ? "between" : "from", { from: low ?? "", to: high ?? "" });
    const bounds = { ...(from !== null && { from }), ...(below !== null && { below }) };
    return { label, count, on, turn: () => without(chosen, "price", on ? [] : bounds) };
  });
}

/** @param {Filters} chosen @param {string} field @param {string[] | Bounds} values an empty list takes the field out @returns {Filters} */
function without(chosen, field, values) {
  const { [field]: _, ...others } = chosen;
  return Array.isArray(values) && !values.length ? others : { ...others, [field]: values };
}
