/** What is known of a product, and the other colours and sizes of its design. */

import { pictureUrl } from "../../lib/cards.js";
import { h } from "../../lib/dom.js";
import { href } from "../routes.js";

/** @typedef {import("../pages/product.js").FullProduct} FullProduct */

const MOST = 12;
const SMALL = 64;

/** @param {FullProduct} product @returns {HTMLElement} */
export function facts(product) {
  const own = [
    ["Colour", product.colour],
    ["Material", product.material],
    ["Size", product.size],
    ["For", product.gender],
    ["Found in", (product.categories ?? []).join(" › ")],
  ];
  const rows = [...own, ...Object.entries(product.attributes ?? {}).map(([name, value]) => [named(name), value])];
  return h(
    "section",
    { class: "product-facts", "aria-label": "Description" },
    product.description && h("p", {}, product.description),
    h("dl", {}, rows.filter(([, value]) => value).slice(0, MOST).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
  );
}

/** @param {string} name as a feed writes it */
const named = (name) => name.slice(0, 1).toUpperCase() + name.slice(1).replaceAll("_", " ");

/**
 * @param {import("../shop.js").Shop} shop
 * @param {{id: string, product: import("../../lib/cards.js").Product}[]} others of the same design
 * @returns {HTMLElement | null}
 */
export function variants(shop, others) {
  if (!others.length) return null;
  return h(
    "section",
    { class: "product-variants", "aria-labelledby": "variants-title" },
    h("h2", { id: "variants-title" }, "Also as"),
    h("ul", { role: "list" }, others.map(({ id, product }) => h("li", {}, h("a", { href: href("product", id), title: product.title }, small(shop, product), h("span", {}, product.colour || product.title))))),
  );
}

/** @param {import("../shop.js").Shop} shop @param {import("../../lib/cards.js").Product} product @returns {HTMLElement} */
export function small(shop, { image }) {
  const src = pictureUrl(image, shop.images);
  if (!src) return h("span", { class: "small card-blank" });
  return h("img", { class: "small", src, alt: "", width: SMALL, height: SMALL, loading: "lazy", decoding: "async" });
}
