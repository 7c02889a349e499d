/** The shop's collections as large cards. */

import { picture } from "../../lib/cards.js";
import { h } from "../../lib/dom.js";
import { href } from "../routes.js";

/** @typedef {{slug: string, title: string, story: string, social_proof: string, shares: number | null, items: import("../../lib/cards.js").Item[]}} Theme */

const MOST = 6;
const PICTURES = 3;

/** The collections that this visitor would like most; hidden where there are none. @param {import("../shop.js").Shop} shop @returns {HTMLElement} */
export function themes(shop) {
  const list = h("ul", { class: "themes", role: "list" });
  const section = h("section", { class: "themes-part", "aria-labelledby": "themes-title", "aria-busy": "true" }, h("h2", { class: "section-title", id: "themes-title" }, "Collections"), list);
  shop.client.get("/v1/collections", { user_id: shop.user(), limit: MOST }).then(
    ({ collections }) => {
      section.hidden = collections.length === 0;
      section.removeAttribute("aria-busy");
      list.replaceChildren(...collections.map((/** @type {Theme} */ each) => h("li", {}, themeCard(shop, each))));
    },
    () => (section.hidden = true),
  );
  return section;
}

/** How well a collection is known; empty where nobody has shared it yet. @param {Pick<Theme, "social_proof" | "shares">} theme */
export const knownBy = ({ social_proof, shares }) => [social_proof, shares && `Shared ${shares} times`].filter(Boolean).join(" · ");

/**
 * @param {import("../shop.js").Shop} shop
 * @param {Theme} theme
 * @param {{title?: "h2" | "h3", eager?: boolean}} [how] its title's place in the page; whether it is on the first screen
 * @returns {HTMLElement}
 */
export function themeCard(shop, theme, { title = "h3", eager = false } = {}) {
  const known = knownBy(theme);
  return h(
    "a",
    { class: "theme", href: href("collection", theme.slug) },
    h("span", { class: "theme-pictures" }, theme.items.slice(0, PICTURES).map(({ product }) => picture(product, shop.images, eager))),
    h(title, {}, theme.title),
    h("span", { class: "theme-story" }, theme.story),
    known && h("span", { class: "theme-known" }, known),
  );
}
