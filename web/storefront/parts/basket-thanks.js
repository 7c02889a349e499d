/** After an order: what was bought, and what comes next, of which that is no longer a part. */

import { ownTitle, picture } from "../../lib/cards.js";
import { part } from "../../lib/client.js";
import { h } from "../../lib/dom.js";
import { href } from "../routes.js";
import { addButton } from "./add-button.js";
import { liveGrid } from "./live-grid.js";

const NEXT = 12;
const AGAIN = 6;

/**
 * @param {import("../shop.js").Shop} shop
 * @param {{line: import("../basket.js").Line, product: import("../../lib/cards.js").Product}[]} order
 */
export async function thanks(shop, order) {
  const just = new Set(order.map(({ line }) => line.id));
  const own = (/** @type {string} */ list, /** @type {number} */ limit) => shop.client.get(`/v1/users/${part(shop.user())}/${list}`, { limit });
  const options = (/** @type {import("./live-grid.js").Answer} */ { recommendation_id }) => ({
    actions: (/** @type {import("../../lib/cards.js").Item} */ item) => [addButton(shop, item, recommendation_id)],
  });
  const forYou = liveGrid(shop, { title: "For you, after this", ask: () => own("recommendations", NEXT), options });
  const again = liveGrid(shop, { title: "Time to buy again", ask: async () => without(await own("buy-again", AGAIN + just.size), just), options });
  await Promise.all([forYou.refresh(), again.refresh()]);
  return h(
    "div",
    { class: "stack basket-page" },
    h("h1", {}, "Thank you"),
    h("p", {}, "Your order is noted. This is a shop window for trying out: nothing was paid for, and nothing will be sent."),
    h(
      "ul",
      { class: "bought", role: "list" },
      order.map(({ line, product }) =>
        h("li", {}, picture(product, shop.images, true), h("span", {}, line.quantity > 1 && `${line.quantity} × `, ownTitle(product))),
      ),
    ),
    h("p", {}, h("a", { class: "button primary", href: href("home") }, "Look around")),
    forYou.section,
    again.section,
  );
}

/** @param {import("./live-grid.js").Answer} answer @param {Set<string>} ids */
function without(answer, ids) {
  return { ...answer, items: answer.items.filter(({ id }) => !ids.has(id)).slice(0, AGAIN) };
}
