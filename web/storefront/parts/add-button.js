/** "Add to basket", on a card. */

import { h } from "../../lib/dom.js";
import { say } from "../say.js";
import { icon } from "./icons.js";

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
.card-actions:has(.add) { margin-block-start: auto; padding-block-start: .3rem; }
.card-actions .add { inline-size: 100%; padding-inline: .5rem; font-size: .9375rem; }
.add .icon { flex: none; inline-size: 1.1rem; block-size: 1.1rem; }
.grid > li:has(.add) .card { block-size: 100%; }
.card:has(.add) .card-tools { margin-block-start: 0; }
`);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

/**
 * @param {import("../shop.js").Shop} shop
 * @param {import("../../lib/cards.js").Item} item
 * @param {string} recommendation_id of the answer that it stands in
 * @returns {HTMLButtonElement}
 */
export function addButton(shop, { id, product }, recommendation_id) {
  return h(
    "button",
    {
      class: "button add",
      type: "button",
      "aria-label": `Add to basket: ${product.title}`,
      onclick: () => {
        say(`${product.title} is in your basket.`);
        void shop.basket.add(id, recommendation_id);
      },
    },
    icon("plus"),
    "Add to basket",
  );
}
