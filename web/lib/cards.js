/** A product as a card: picture, title, price, and why it is here. */

import { h, safeUrl } from "./dom.js";
import { marked } from "./marks.js";
import { money } from "./money.js";

/** @typedef {{title: string, brand: string, price: number | null, sale_price: number | null, currency: string,
 *   availability: string, image: string, link: string, colour: string, categories: string[]}} Product */
/** @typedef {{id: string, source: string, reason: {kind: string, sentence: string, product_id: string}, product: Product,
 *   highlights?: {title: [number, number][]}}} Item what was searched for is marked in the title */

/**
 * The title without the brand that it begins with: where that stands above, what the thing is comes first.
 * @param {Pick<Product, "title" | "brand">} product
 */
export function ownTitle({ title, brand }) {
  const rest = brand && title.startsWith(`${brand} `) ? title.slice(brand.length + 1) : "";
  return rest.trim() ? rest : title;
}

/**
 * @param {Item} item
 * @param {object} options
 * @param {string} options.href where the card leads
 * @param {string} options.images the address that pictures' relative references are put behind
 * @param {boolean} [options.eager] whether its picture is on the first screen
 * @param {(Node | false | null)[]} [options.actions] buttons beside the text
 * @returns {HTMLElement}
 */
export function card(item, { href, images, eager = false, actions = [] }) {
  const { product, reason } = item;
  return h(
    "article",
    { class: "card", part: "card", "data-product": item.id },
    h(
      "a",
      { class: "card-link", part: "link", href },
      picture(product, images, eager),
      h("span", { class: "card-name" }, product.brand && h("span", { class: "card-brand", part: "brand" }, product.brand), titleOf(item)),
    ),
    price(product),
    reason?.sentence && h("span", { class: "card-why", part: "reason" }, reason.sentence),
    actions.length > 0 && h("span", { class: "card-actions", part: "actions" }, ...actions),
  );
}

/** @param {Item} item */
function titleOf({ product, highlights }) {
  const shown = ownTitle(product);
  const cut = Array.from(product.title).length - Array.from(shown).length;
  const ranges = (highlights?.title ?? []).map(([from, to]) => /** @type {[number, number]} */ ([Math.max(from - cut, 0), Math.max(to - cut, 0)]));
  return h("span", { class: "card-title", part: "title" }, ...marked(shown, ranges.filter(([from, to]) => from < to)));
}

/** @param {Product} product @param {string} images @param {boolean} [eager] @returns {HTMLElement} */
export function picture(product, images, eager = false) {
  const src = pictureUrl(product.image, images);
  if (!src) return h("span", { class: "card-picture card-blank", part: "picture", "aria-hidden": "true" });
  return h("img", {
    class: "card-picture",
    part: "picture",
    src,
    alt: "",
    width: 320,
    height: 320,
    loading: eager ? "eager" : "lazy",
    decoding: "async",
    onerror: (/** @type {Event} */ event) => /** @type {HTMLElement} */ (event.target).classList.add("card-blank"),
  });
}

/** @param {string} image the feed's reference @param {string} images @returns {string} empty where there is none to show */
export function pictureUrl(image, images) {
  if (!image) return "";
  if (/^https?:\/\//i.test(image)) return safeUrl(image);
  if (/^[a-z][a-z0-9+.-]*:/i.test(image) || !images) return "";
  return safeUrl(images + image.split("/").map(encodeURIComponent).join("/"));
}

/** @param {Product} product @returns {HTMLElement | null} */
export function price({ price: regular, sale_price: sale, currency }) {
  if (regular === null || regular === undefined) return null;
  if (sale === null || sale === undefined) return h("span", { class: "card-price", part: "price" }, money(regular, currency));
  return h(
    "span",
    { class: "card-price", part: "price" },
    h("span", { class: "card-sale", part: "sale-price" }, money(sale, currency)),
    " ",
    h("s", { class: "card-was", part: "regular-price", "aria-label": `instead of ${money(regular, currency)}` }, money(regular, currency)),
  );
}
