/** What is offered beside a basket: what goes with it, what brings it to free shipping, and bundles. */

import { part } from "../../lib/client.js";
import { h } from "../../lib/dom.js";
import { addButton } from "./add-button.js";
import { liveGrid } from "./live-grid.js";
import { bundleCard } from "./product-sets.js";

/** @typedef {import("../shop.js").Shop} Shop */
/** @typedef {import("./product-sets.js").Bundle} Bundle */

/** How many products the API takes a basket with. */
const MOST = 100;
const GOES_WITH = 6;
const FILLERS = 4;
const BUNDLES = 3;

/** @param {Shop} shop @param {() => string[]} pieces what the basket holds and can be bought, a product as often as it is in it */
export function goesWith(shop, pieces) {
  return liveGrid(shop, {
    title: "Goes with your basket",
    ask: () => ofBasket(shop, [...new Set(pieces())], { limit: GOES_WITH }),
    options: ({ recommendation_id }) => ({ actions: (item) => [addButton(shop, item, recommendation_id)] }),
  });
}

/** Products that alone bring the basket to what ships free. @param {Shop} shop @param {() => string[]} pieces @param {() => number} missing */
export function fillers(shop, pieces, missing) {
  return liveGrid(shop, {
    title: "Brings you to free shipping",
    ask: async () => (missing() > 0 ? ofBasket(shop, pieces(), { limit: FILLERS, target_total: shop.config.free_shipping }) : null),
    options: ({ recommendation_id }) => ({ actions: (item) => [addButton(shop, item, recommendation_id)] }),
  });
}

/** @param {Shop} shop @param {string[]} product_ids @param {object} wish */
async function ofBasket(shop, product_ids, wish) {
  if (!product_ids.length) return null;
  return shop.client.post("/v1/baskets/recommendations", { product_ids: product_ids.slice(0, MOST), user_id: shop.user(), ...wish });
}

/** The bundles around one product of the basket that it does not hold whole. @param {Shop} shop */
export function bundleOffers(shop) {
  const section = h("section", { hidden: true });
  let asked = 0;

  /** @param {string} id empty where there is none to ask about */
  async function refresh(id) {
    const turn = ++asked;
    const asking = { user_id: shop.user(), discount: shop.config.bundle_discount, limit: BUNDLES };
    const answer = id ? await shop.client.get(`/v1/products/${part(id)}/bundles`, asking).catch(() => null) : null;
    if (turn !== asked) return;
    const held = new Set(shop.basket.lines.map((line) => line.id));
    /** @type {Bundle[]} */
    const bundles = (answer?.bundles ?? []).filter((/** @type {Bundle} */ { products }) => products.some((each) => !held.has(each.id)));
    const cards = bundles.map((each) => h("li", {}, bundleCard(shop, each, answer.recommendation_id)));
    section.hidden = !cards.length;
    section.replaceChildren(h("h2", { class: "section-title" }, "Better together"), h("ul", { class: "bundles", role: "list" }, cards));
  }

  return { section, refresh };
}
