/** "Like this, but …" on a product's page: each leads to a search for it. */

import { h } from "../../lib/dom.js";
import { addressOf, askedOf } from "./asked.js";
import { itemOf } from "./cards.js";
import { changeChips, choicesOf } from "./changes.js";

/** @type {Record<string, string>} */
const WEARERS = { women: "for men", men: "for women", female: "for men", male: "for women" };

/**
 * The chips need to know what there is that is like it; their place is kept until then.
 * @param {import("../shop.js").Shop} shop
 * @param {import("../pages/product.js").Shown} shown
 * @returns {HTMLElement}
 */
export function changesOf(shop, { id, product }) {
  const asked = askedOf(new URLSearchParams({ like: id }));
  const place = h("div", { class: "product-changes-place" });
  const section = h("section", { class: "product-changes", "aria-labelledby": "changes-title" }, h("h2", { id: "changes-title" }, "Like this, but …"), place);
  const item = itemOf({ id, product });
  const others = [product.brand && `also from ${product.brand}`, WEARERS[product.gender?.toLowerCase() ?? ""]].filter(Boolean);
  choicesOf(shop, asked).then(
    (choices) => {
      const list = changeChips(asked, choices, [item], (changed) => (location.hash = addressOf(changed)));
      list.append(...others.map((text) => h("li", {}, h("a", { class: "chip", href: addressOf({ ...asked, text: (text || "").replace(/^also /, "") }) }, text))));
      place.replaceChildren(list);
    },
    () => (section.hidden = true),
  );
  return section;
}
