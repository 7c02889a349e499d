/** A visitor's own page: what is made of their deeds, what is kept of them, and their lists. */

import { h } from "../../lib/dom.js";
import { consents } from "../parts/consents.js";
import { grid, itemOf } from "../parts/cards.js";
import { interests, known } from "../parts/interests.js";
import { kept } from "../parts/kept.js";
import { railLater } from "../parts/rail.js";
import { useStyle } from "../parts/style.js";

/** How many of what was saved is shown, the last first. */
const SAVED = 24;

/** @type {import("../app.js").Opener} */
export async function open(shop) {
  const [liked, switches, saved] = await Promise.all([interests(shop), consents(shop), savedOf(shop), useStyle("storefront/you.css")]);
  return {
    title: "You",
    content: h(
      "div",
      { class: "stack you" },
      h("h1", {}, shop.shopper ? shop.shopper.name : "You"),
      h("div", { class: "you-parts" }, liked, keptOf(shop, switches)),
      h("section", { class: "rails", "aria-label": "Your lists" }, saved, railLater("recently-viewed"), railLater("buy-again")),
    ),
  };
}

/** @param {import("../shop.js").Shop} shop @param {HTMLElement} switches */
function keptOf(shop, switches) {
  return h(
    "section",
    { class: "you-kept", "aria-labelledby": "kept" },
    h("h2", { class: "section-title", id: "kept" }, "What is kept"),
    h("p", { class: "muted" }, "No name, no address: only what you did here, under a random number."),
    switches,
    kept(shop),
  );
}

/** @param {import("../shop.js").Shop} shop */
async function savedOf(shop) {
  const ids = shop.saved.ids.slice(-SAVED).reverse();
  const products = await known(shop, ids);
  const items = ids.flatMap((id) => {
    const product = products.get(id);
    return product ? [itemOf({ id, product })] : [];
  });
  if (!items.length) return null;
  return h("section", {}, h("h2", { class: "section-title" }, "Saved"), grid(shop, { recommendation_id: "", items }, { actions: false }));
}
