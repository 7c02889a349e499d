/** What is put together with a product: a look, and bundles. */

import { price } from "../../lib/cards.js";
import { h } from "../../lib/dom.js";
import { part } from "../../lib/client.js";
import { money } from "../../lib/money.js";
import { href } from "../routes.js";
import { say } from "../say.js";
import { small } from "./product-facts.js";

/** @typedef {import("../shop.js").Shop} Shop */
/** @typedef {import("../../lib/cards.js").Item & {slot?: string}} Piece */
/** @typedef {{products: Piece[], currency: string, total: number, discount: number, total_with_discount: number, reason: {sentence: string}}} Bundle */

const SLOTS = 4;

/** "Complete the look", with the total; hidden where nothing has been put together yet. @param {Shop} shop @param {string} id @returns {HTMLElement} */
export function look(shop, id) {
  return filled("Complete the look", async () => {
    const { recommendation_id, items, totals } = await shop.client.get(`/v1/products/${part(id)}/look`, { slots: SLOTS, user_id: shop.user() });
    if (!items.length) return [];
    const total = totals.map((/** @type {{amount: number, currency: string}} */ { amount, currency }) => money(amount, currency)).join(" + ");
    return [
      h("ul", { class: "pieces look", role: "list" }, items.map((/** @type {Piece} */ item) => piece(shop, item, recommendation_id))),
      h(
        "p",
        { class: "set-total" },
        h("span", {}, "Together ", h("strong", {}, total)),
        h("button", { class: "button primary", type: "button", onclick: () => addAll(shop, items, recommendation_id) }, "Add the whole look"),
      ),
    ];
  });
}

/** @param {Shop} shop @param {string} id @returns {HTMLElement} */
export function bundles(shop, id) {
  return filled("Often bought as a set", async () => {
    const discount = shop.config.bundle_discount;
    const { recommendation_id, bundles } = await shop.client.get(`/v1/products/${part(id)}/bundles`, { user_id: shop.user(), discount });
    if (!bundles.length) return [];
    return [h("ul", { class: "bundles", role: "list" }, bundles.map((/** @type {Bundle} */ bundle) => h("li", {}, bundleCard(shop, bundle, recommendation_id))))];
  });
}

/** @param {string} title @param {() => Promise<Node[]>} fill nothing for a section that is not to be shown @returns {HTMLElement} */
function filled(title, fill) {
  const section = h("section", { class: "set-later", "aria-busy": "true" }, h("h2", { class: "section-title" }, title));
  fill().then(
    (content) => {
      section.hidden = content.length === 0;
      section.append(...content);
      section.className = "set";
      section.removeAttribute("aria-busy");
    },
    () => (section.hidden = true),
  );
  return section;
}

/** @param {Shop} shop @param {Piece} item @param {string} recommendation_id */
function piece(shop, item, recommendation_id) {
  const element = h(
    "a",
    { class: "piece", href: href("product", item.id), "data-product": item.id, onclick: () => clicked(shop, item.id, recommendation_id) },
    small(shop, item.product),
    h("span", { class: "piece-words" }, item.slot && h("span", { class: "piece-slot" }, item.slot), h("span", { class: "piece-title" }, item.product.title), price(item.product), item.reason && h("span", { class: "piece-why" }, item.reason.sentence)),
  );
  shop.tracker.watch(element, { type: "impression", product_id: item.id, recommendation_id });
  return h("li", {}, element);
}

/** What of it lies in the basket already is not added again. @param {Shop} shop @param {Bundle} bundle @param {string} recommendation_id */
export function bundleCard(shop, { products, currency, total, discount, total_with_discount, reason }, recommendation_id) {
  return h(
    "article",
    { class: "bundle" },
    h("ul", { class: "pieces", role: "list" }, products.map((item) => piece(shop, { ...item, reason: /** @type {any} */ (null) }, recommendation_id))),
    h("p", { class: "muted bundle-why" }, reason.sentence),
    h(
      "p",
      { class: "set-total" },
      h("span", {}, h("strong", {}, money(total_with_discount, currency)), discount > 0 && h("span", { class: "muted" }, " instead of ", h("s", {}, money(total, currency)))),
      h("button", { class: "button", type: "button", onclick: () => addAll(shop, outside(shop, products), recommendation_id) }, "Add bundle"),
    ),
  );
}

/** @param {Shop} shop @param {string} id @param {string} recommendation_id */
function clicked(shop, id, recommendation_id) {
  shop.tracker.record({ type: "click", product_id: id, recommendation_id });
  shop.clicked.set(id, recommendation_id);
}

/** @param {Shop} shop @param {Piece[]} items @returns {Piece[]} those that the basket does not hold */
function outside(shop, items) {
  const held = new Set(shop.basket.lines.map(({ id }) => id));
  return items.filter(({ id }) => !held.has(id));
}

/** @param {Shop} shop @param {Piece[]} items @param {string} recommendation_id */
function addAll(shop, items, recommendation_id) {
  say(items.length > 1 ? `${items.length} things are in your basket.` : "It is in your basket.");
  for (const { id } of items) void shop.basket.add(id, recommendation_id);
}
