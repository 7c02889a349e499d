/** The shop's collections, as cards. */

import { h } from "../../lib/dom.js";
import { rail } from "../parts/rail.js";
import { themeCard } from "../parts/themes.js";

const MOST = 50;
/** Cards on a first screen: their pictures are wanted at once. */
const FIRST_SCREEN = 2;

/** @type {import("../app.js").Opener} */
export async function open(shop) {
  const { collections } = await shop.client.get("/v1/collections", { user_id: shop.user(), limit: MOST });
  const cards = collections.map((/** @type {import("../parts/themes.js").Theme} */ each, /** @type {number} */ place) =>
    h("li", {}, themeCard(shop, each, { title: "h2", eager: place < FIRST_SCREEN })),
  );
  return {
    title: "Collections",
    content: h(
      "div",
      { class: "stack" },
      h(
        "header",
        { class: "page-head" },
        h("h1", {}, "Collections"),
        h("p", { class: "muted" }, "A few things that belong together, picked for whoever is looking."),
      ),
      cards.length
        ? h("ul", { class: "themes", role: "list" }, cards)
        : h("div", { class: "stack" }, h("p", { class: "notice" }, "There are no collections at the moment."), rail("trending")),
    ),
  };
}
