/** Products in a grid, as search, collections and others show them. */

import { card } from "../../lib/cards.js";
import { CARD_STYLE } from "../../lib/card-style.js";
import { h } from "../../lib/dom.js";
import { cardActions, useActionStyle } from "./card-actions.js";

/** @typedef {import("../../lib/cards.js").Item} Item */
/**
 * @typedef {object} GridOptions
 * @property {boolean | ((item: Item) => (Node | false | null)[])} [actions] `false` for cards without tools; a function for buttons of the page's own
 *   beside them
 * @property {number} [eager] how many pictures are on the first screen, and so are wanted at once
 */

const sheet = new CSSStyleSheet();
sheet.replaceSync(CARD_STYLE);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
useActionStyle(document);

/** A product that nothing recommends: its page, or what one has saved. @param {{id: string, product: import("../../lib/cards.js").Product}} known @returns {Item} */
export const itemOf = ({ id, product }) => ({ id, source: "", reason: { kind: "", sentence: "", product_id: "" }, product });

/**
 * An answer's products; their clicks and that they were seen are told with the answer's id.
 * @param {import("../shop.js").Shop} shop
 * @param {{recommendation_id: string, items: Item[]}} answer
 * @param {GridOptions} [options]
 * @returns {HTMLUListElement}
 */
export function grid(shop, answer, options = {}) {
  return h("ul", { class: "grid", role: "list" }, gridItems(shop, answer, options));
}

/** The same without the list around them: what another page of an answer appends to its grid. @type {(...given: Parameters<typeof grid>) => HTMLLIElement[]} */
export function gridItems(shop, { recommendation_id, items }, { actions = true, eager = 0 } = {}) {
  return items.map((item, place) => {
    const own = typeof actions === "function" ? actions(item) : [];
    const tools = actions === false ? [] : [...own, ...cardActions(shop, item, recommendation_id)];
    const element = card(item, { href: shop.href(item), images: shop.images, eager: place < eager, actions: tools });
    const deed = { product_id: item.id, recommendation_id };
    element.querySelector("a")?.addEventListener("click", () => {
      shop.tracker.record({ type: "click", ...deed });
      shop.clicked.set(item.id, recommendation_id);
    });
    shop.tracker.watch(element, { type: "impression", ...deed });
    return h("li", {}, element);
  });
}
