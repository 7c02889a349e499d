/** What somebody shared: the same products in the same order, for whoever has the link. */

import { ApiError, part } from "../../lib/client.js";
import { h } from "../../lib/dom.js";
import { grid } from "../parts/cards.js";
import { rail } from "../parts/rail.js";
import { useStyle } from "../parts/style.js";
import { href } from "../routes.js";
import { say } from "../say.js";

const FIRST_SCREEN = 4;

/** @type {import("../app.js").Opener} */
export async function open(shop, route) {
  await useStyle("storefront/collections.css");
  try {
    return view(shop, await shop.client.get(`/v1/shared/${part(route.id)}`));
  } catch (error) {
    if (error instanceof ApiError && [400, 404, 405].includes(error.status)) return damaged(error.status === 400 ? error.message : "");
    throw error;
  }
}

/** @param {import("../shop.js").Shop} shop @param {any} answer */
function view(shop, answer) {
  const { title, story, slug, items, gone } = answer;
  const button = h(
    "button",
    { class: "button primary", type: "button", onclick: () => void addAll(shop, answer, button) },
    "Add all to basket",
  );
  return {
    title,
    content: h(
      "div",
      { class: "stack" },
      h(
        "header",
        { class: "collection-head" },
        h("p", { class: "shared-by" }, "Someone shared this with you"),
        h("h1", {}, title),
        h("p", { class: "collection-story" }, story),
        gone > 0 && h("p", { class: "notice" }, gone === 1 ? "One of them is gone by now." : `${gone} of them are gone by now.`),
        h(
          "p",
          { class: "collection-ways" },
          items.length > 0 && button,
          h("a", { class: "button", href: href("collection", slug) }, "See the collection as it is today"),
        ),
      ),
      items.length
        ? grid(shop, answer, { eager: FIRST_SCREEN })
        : h("p", { class: "notice" }, "All that was shared has found a home. The collection has more of its kind."),
    ),
  };
}

/** @param {import("../shop.js").Shop} shop @param {any} answer @param {HTMLButtonElement} button */
async function addAll(shop, { items, recommendation_id }, button) {
  button.disabled = true;
  for (const { id } of items) await shop.basket.add(id, recommendation_id);
  button.textContent = "All in your basket";
  say(items.length === 1 ? "It is in your basket." : `All ${items.length} are in your basket.`);
}

/** @param {string} sentence what the shop says of the link; empty where it is whole, and leads nowhere any more */
function damaged(sentence) {
  return {
    title: "This link leads nowhere",
    content: h(
      "div",
      { class: "stack" },
      h("h1", {}, "This link leads nowhere"),
      h("p", { class: "notice" }, sentence || "What it led to is no longer in the shop. The other collections may please you as much."),
      h("p", {}, h("a", { class: "button", href: href("collections") }, "To the collections")),
      rail("trending"),
    ),
  };
}
