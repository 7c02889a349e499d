/** What the search page shows around its list. */

import { picture, price } from "../../lib/cards.js";
import { h } from "../../lib/dom.js";
import { addressOf } from "./asked.js";
import { itemOf } from "./cards.js";
import { chips } from "./chips.js";
import { photoButtons, photoOf } from "./photo.js";
import { rail } from "./rail.js";

/** @typedef {import("./asked.js").Asked} Asked */
/** @typedef {import("../shop.js").Shop} Shop */
/** @typedef {import("../../lib/cards.js").Item} Item */

const SORTS = {
  relevance: "Best match",
  popular: "Popular",
  newest: "Newest",
  price_asc: "Price, low to high",
  price_desc: "Price, high to low",
  discount: "Largest reduction",
};
const WAITING = 8;

/** @param {Asked} asked @param {string} meant what the words ask for where nothing was chosen @param {(asked: Asked) => void} change */
export function sortSelect(asked, meant, change) {
  const now = asked.sort || meant;
  const choose = (/** @type {Event} */ event) => change({ ...asked, sort: /** @type {HTMLSelectElement} */ (event.target).value });
  const options = Object.entries(SORTS).map(([value, title]) => h("option", { value, selected: value === now }, title));
  return h(
    "label",
    { class: "search-sort" },
    h("span", {}, "Sort by"),
    h("select", { class: "box", "data-key": "sort", onchange: choose }, options),
  );
}

/** Places for the cards that are on their way. */
export const skeleton = () =>
  Array.from({ length: WAITING }, () =>
    h("li", { class: "search-wait", "aria-hidden": "true" }, h("span", { class: "card-picture card-blank" }), h("span", {}), h("span", {})),
  );

/** @param {Asked} asked @param {(asked: Asked) => void} change */
export function photoHead(asked, change) {
  const photo = photoOf(asked.photo);
  return h(
    "div",
    { class: "search-seed" },
    photo && h("img", { src: photo.url, alt: "Your photo", width: 120, height: 120 }),
    h(
      "div",
      {},
      h("p", {}, asked.text ? `Like your photo: ${asked.text}.` : "Tap a change, or type one into the search box."),
      h(
        "button",
        { class: "button", type: "button", "data-key": "no photo", onclick: () => change({ ...asked, photo: "" }) },
        "Remove the photo",
      ),
    ),
  );
}

/** @param {Shop} shop @param {Item} seed */
export function seedHead(shop, seed) {
  const { product } = seed;
  return h(
    "div",
    { class: "search-seed" },
    h(
      "a",
      { href: shop.href(seed), tabindex: -1, "aria-hidden": "true" },
      picture(product, shop.images, true),
    ),
    h(
      "div",
      {},
      h("p", {}, h("a", { class: "seed-title", href: shop.href(seed) }, product.title)),
      price(product),
    ),
  );
}

/** The product that others are to be like; none where the shop does not know it any more. @param {Shop} shop @param {string} id @returns {Promise<Item | null>} */
export async function seedOf(shop, id) {
  const { products } = await shop.client.get("/v1/products", { id: [id] });
  return products.length ? itemOf(products[0]) : null;
}

/** Nothing is asked for yet. @param {Shop} shop @returns {Promise<HTMLElement>} */
export async function firstPage(shop) {
  return h(
    "div",
    { class: "stack search-first" },
    h("h1", {}, "What are you looking for?"),
    h("p", { class: "muted" }, "Say it in your own words: “blue mugs under 25, not white”. Or show a photo of something you like."),
    h("div", { class: "photo-ways" }, ...photoButtons((photo) => (location.hash = addressOf({ photo })))),
    ...(await ideas(shop, "Others look for")),
    rail("trending"),
  );
}

/** What leads on from a search that found nothing. @param {Shop} shop @param {Asked} asked @returns {Node[]} */
export function emptyPage(shop, asked) {
  const place = h("div", { class: "stack" });
  void ideas(shop, "Others look for").then((found) => place.append(...found, rail("trending")));
  const filtered = asked.price || Object.keys(asked.filters).length;
  return [
    h(
      "div",
      { class: "stack search-empty" },
      h("h2", { class: "section-title" }, "Nothing like that is in the shop"),
      h("p", {}, filtered ? "Fewer filters, or other words, may find it." : "Other words may find it, or a photo of what you mean."),
      filtered
        ? h(
            "p",
            {},
            h("a", { class: "button", href: addressOf({ text: asked.text, like: asked.like, photo: asked.photo }) }, "Without filters"),
          )
        : null,
      place,
    ),
  ];
}

/** Searches, categories and brands that are best known. @param {Shop} shop @param {string} title @returns {Promise<Node[]>} */
async function ideas(shop, title) {
  try {
    const { suggestions } = await shop.client.get("/v1/suggest", { limit: 12, user_id: shop.user() });
    const links = suggestions
      .filter((/** @type {{kind: string}} */ { kind }) => kind !== "product")
      .map((/** @type {import("../../lib/suggestions.js").Suggestion} */ { kind, text }) => ({
        text,
        href: addressOf(kind === "search" ? { text } : { filters: { [kind]: [text] } }),
      }));
    return links.length ? [h("section", { class: "stack ideas" }, h("h2", { class: "section-title" }, title), chips(title, links))] : [];
  } catch {
    return []; // the page is of use without them
  }
}

/** A photo is in this page alone: after it was loaded anew, or under somebody else's address, there is none. */
export function lostPhoto() {
  return h(
    "div",
    { class: "stack" },
    h("h1", {}, "Search by photo"),
    h("p", {}, "A photo stays in the page that it was chosen in, and is gone when that is closed. Choose it again to search by it."),
    h("div", { class: "photo-ways" }, ...photoButtons((photo) => (location.hash = addressOf({ photo })))),
  );
}
