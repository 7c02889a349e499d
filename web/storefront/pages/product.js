/** One product: what it is, what it costs, what is like it and what goes with it. */

import { ownTitle, pictureUrl, price } from "../../lib/cards.js";
import { h } from "../../lib/dom.js";
import { save } from "../parts/card-actions.js";
import { facts, variants } from "../parts/product-facts.js";
import { changesOf } from "../parts/product-changes.js";
import { bundles, look } from "../parts/product-sets.js";
import { icon } from "../parts/icons.js";
import { later, rail, railLater } from "../parts/rail.js";
import { shareLink } from "../parts/share.js";
import { href } from "../routes.js";
import { say } from "../say.js";

/** @typedef {import("../shop.js").Shop} Shop */
/** @typedef {import("../../lib/cards.js").Product & {description: string, material: string, gender: string, size: string, attributes: Record<string, string>}} FullProduct */
/** @typedef {{id: string, product: FullProduct, variants: {id: string, product: import("../../lib/cards.js").Product}[]}} Shown */

const SIDE = 640;
/** @type {Record<string, string>} */
const STANDS = { in_stock: "In stock", out_of_stock: "Sold out", preorder: "Can be ordered ahead", backorder: "Ordered for you, and so takes longer" };

/** @type {import("../app.js").Opener} */
export async function open(shop, { id }) {
  const { products } = await shop.client.get("/v1/products", { id });
  const shown = /** @type {Shown | undefined} */ (products[0]);
  if (!shown) return unknown();
  // Rows ask when what was recorded before is stored: so they follow this view already.
  shop.tracker.record({ type: "view", product_id: id, recommendation_id: shop.clicked.get(id) });
  const { product } = shown;
  const soldOut = product.availability === "out_of_stock";
  return {
    title: product.title,
    content: h(
      "div",
      { class: "rails" },
      h("article", { class: "product" }, photo(shop, product), h("div", { class: "product-words" }, heading(product), buy(shop, shown, soldOut), facts(product), variants(shop, shown.variants), changesOf(shop, shown))),
      rail("similar", { product: id, heading: soldOut ? "Like it, and in stock" : "More like this" }),
      later(() => look(shop, id), "set-later"),
      railLater("complements", { product: id, heading: "Goes with it" }),
      soldOut ? "" : later(() => bundles(shop, id), "set-later"),
      railLater("looks-alike", { product: id, heading: "Looks alike" }),
    ),
  };
}

function unknown() {
  return {
    title: "No longer here",
    content: h(
      "div",
      { class: "rails" },
      h("header", { class: "stack" }, h("h1", {}, "This product is no longer here"), h("p", {}, "It may have left the shop, or the link is not quite right. Here is what others like these days."), h("p", {}, h("a", { class: "button", href: href("home") }, "To the shop window"))),
      rail("trending"),
    ),
  };
}

/** @param {Shop} shop @param {FullProduct} product */
function photo(shop, { image, title }) {
  const src = pictureUrl(image, shop.images);
  if (!src) return h("div", { class: "product-photo card-blank", role: "img", "aria-label": `There is no picture of ${title}` });
  return h("img", {
    class: "product-photo",
    src,
    alt: title,
    width: SIDE,
    height: SIDE,
    fetchpriority: "high",
    onerror: (/** @type {Event} */ event) => /** @type {HTMLElement} */ (event.target).classList.add("card-blank"),
  });
}

/** @param {FullProduct} product */
function heading(product) {
  const stands = STANDS[product.availability] ?? "";
  return h(
    "header",
    { class: "product-heading" },
    h("h1", {}, product.brand && h("span", { class: "product-brand" }, product.brand, " "), ownTitle(product)),
    h("p", { class: "product-price" }, price(product)),
    h("p", { class: `stands stands-${product.availability}` }, stands),
  );
}

/** @param {Shop} shop @param {Shown} shown @param {boolean} soldOut */
function buy(shop, { id, product }, soldOut) {
  const list = () => shop.clicked.get(id) ?? "";
  const add = h("button", {
    class: "button primary product-add",
    type: "button",
    disabled: soldOut,
    onclick: () => {
      void shop.basket.add(id, list());
      say("It is in your basket.");
      label();
    },
  });
  const label = () => {
    const inIt = shop.basket.lines.some((line) => line.id === id);
    add.textContent = soldOut ? "Sold out" : inIt ? "In your basket · add one more" : "Add to basket";
  };
  label();
  const heart = h("button", { class: "button", type: "button", "aria-pressed": String(shop.saved.has(id)), onclick: () => save(shop, id, list(), heart) }, icon("heart"), "Save");
  return h(
    "div",
    { class: "product-buttons" },
    add,
    heart,
    h("button", { class: "button", type: "button", onclick: () => shareProduct(shop, id, product.title) }, icon("share"), "Share"),
    h("button", { class: "button", type: "button", onclick: () => notForMe(shop, id, list()) }, icon("no"), "Not for me"),
  );
}

/** @param {Shop} shop @param {string} id @param {string} title */
async function shareProduct(shop, id, title) {
  const shared = await shareLink(title, new URL(href("product", id), document.baseURI).href);
  if (shared) shop.tracker.record({ type: "share", product_id: id });
}

/** @param {Shop} shop @param {string} id @param {string} recommendation_id */
function notForMe(shop, id, recommendation_id) {
  void shop.tracker.tell({ type: "dislike", product_id: id, recommendation_id });
  say("You will not be shown it again.");
}
