/** One collection, as its reader has it now. */

import { part } from "../../lib/client.js";
import { h } from "../../lib/dom.js";
import { grid, gridItems } from "../parts/cards.js";
import { icon } from "../parts/icons.js";
import { shareLink } from "../parts/share.js";
import { useStyle } from "../parts/style.js";
import { knownBy } from "../parts/themes.js";
import { href } from "../routes.js";
import { sayTrouble } from "../say.js";

const FIRST_SCREEN = 4;

/** @type {import("../app.js").Opener} */
export async function open(shop, route) {
  const path = `/v1/collections/${part(route.id)}`;
  const [answer] = await Promise.all([shop.client.get(path, { user_id: shop.user() }), useStyle("storefront/collections.css")]);
  const known = knownBy(answer);
  const list = grid(shop, answer, { eager: FIRST_SCREEN });
  const send = async () => {
    if (await shareLink(answer.title, sharedUrl(answer.share))) shop.tracker.record({ type: "share", collection: answer.slug });
  };
  return {
    title: answer.title,
    content: h(
      "div",
      { class: "stack" },
      h(
        "header",
        { class: "collection-head" },
        h("p", {}, h("a", { class: "to-collections", href: href("collections") }, "All collections")),
        h("h1", {}, answer.title),
        h("p", { class: "collection-story" }, answer.story),
        known && h("p", { class: "collection-known" }, known),
        answer.share && h("button", { class: "button primary", type: "button", onclick: () => void send() }, icon("share"), "Share"),
      ),
      answer.items.length
        ? list
        : h("p", { class: "notice" }, "Nothing of this collection can be bought at the moment. Look in again soon."),
      more(shop, path, list, answer.cursor),
    ),
  };
}

/** @param {string} token @returns {string} the whole address of exactly these products */
function sharedUrl(token) {
  const url = new URL(location.href);
  url.search = "";
  url.hash = href("shared", token);
  return url.href;
}

/** @param {import("../shop.js").Shop} shop @param {string} path @param {HTMLUListElement} list @param {string | null} cursor @returns {HTMLElement | null} */
function more(shop, path, list, cursor) {
  if (!cursor) return null;
  const next = async () => {
    button.disabled = true;
    try {
      const answer = await shop.client.get(path, { user_id: shop.user(), cursor });
      const cards = gridItems(shop, answer);
      list.append(...cards);
      const later = more(shop, path, list, answer.cursor);
      if (later) button.replaceWith(later);
      else button.remove();
      cards[0]?.querySelector("a")?.focus({ preventScroll: true });
    } catch (error) {
      button.disabled = false;
      sayTrouble(error);
    }
  };
  const button = h("button", { class: "button collection-more", type: "button", onclick: () => void next() }, "Show more");
  return button;
}
