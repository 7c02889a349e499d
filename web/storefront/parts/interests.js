/** "What we think you like", and taking something out of it. */

import { ownTitle, picture } from "../../lib/cards.js";
import { part } from "../../lib/client.js";
import { h } from "../../lib/dom.js";
import { money } from "../../lib/money.js";
import { href } from "../routes.js";
import { say, sayTrouble } from "../say.js";
import { follow } from "./follow.js";
import { icon } from "./icons.js";

/** @typedef {import("../shop.js").Shop} Shop */
/** @typedef {import("../../lib/cards.js").Product} Product */
/** @typedef {{id: string, weight: number, product_id: string, sentence: string, members: {id: string, title: string}[]}} Interest */
/** @typedef {{interests: Interest[], searches: {query: string, weight: number}[], declared: Record<string, any>}} Profile */

const WORDS = ["categories", "colours", "brands", "sizes"];
/** How many products the API tells of at a time. */
const MOST = 100;

/**
 * The section; it follows what the visitor does for as long as it is on the page.
 * @param {Shop} shop
 * @returns {Promise<HTMLElement>}
 */
export async function interests(shop) {
  const place = h("div", { class: "stack" });
  const heading = h("h2", { class: "section-title", id: "liked", tabindex: -1 }, "What we think you like");
  const section = h("section", { "aria-labelledby": "liked" }, heading, place);
  let asked = 0;

  async function refresh() {
    const turn = ++asked;
    await shop.tracker.flush();
    /** @type {Profile} */
    const profile = await shop.client.get(`/v1/users/${part(shop.user())}/profile`);
    const products = await known(shop, [...new Set([...profile.interests.map((each) => each.product_id), ...(profile.declared.picked ?? [])])]);
    if (turn !== asked) return;
    const held = place.contains(document.activeElement);
    place.replaceChildren(...content(shop, profile, products));
    if (held) heading.focus({ preventScroll: true });
  }

  await refresh();
  follow(section, shop.tracker, "deed", () => void refresh().catch(sayTrouble));
  return section;
}

/** @param {Shop} shop @param {string[]} ids @returns {Promise<Map<string, Product>>} without those that have left the catalogue */
export async function known(shop, ids) {
  if (!ids.length) return new Map();
  const { products } = await shop.client.get("/v1/products", { id: ids.slice(0, MOST) });
  return new Map(products.map((/** @type {{id: string, product: Product}} */ { id, product }) => [id, product]));
}

/** @param {Shop} shop @param {Profile} profile @param {Map<string, Product>} products */
function content(shop, profile, products) {
  const said = declared(shop, profile.declared, products);
  if (!profile.interests.length && !profile.searches.length && !said) {
    return [
      h("p", {}, "Nothing yet. Look around a little, or tell us in a minute what you like."),
      h("p", {}, h("a", { class: "button", href: href("quiz") }, "Take the quiz")),
    ];
  }
  const searches = profile.searches.map(({ query }) => h("li", {}, h("a", { class: "chip", href: href("search", "", { q: query }) }, query)));
  return [
    profile.interests.length > 0 && h("ul", { class: "interests", role: "list" }, profile.interests.map((each) => interest(shop, each, products.get(each.product_id)))),
    searches.length > 0 && h("div", {}, h("h3", {}, "Searches that led somewhere"), h("ul", { class: "chips", role: "list" }, searches)),
    said,
  ].filter((each) => each !== false && each !== null);
}

/** @param {Shop} shop @param {Interest} interest @param {Product | undefined} product */
function interest(shop, { id, weight, product_id, sentence, members }, product) {
  const title = product?.title ?? product_id;
  const share = `${Math.max(Math.round(weight * 100), 1)} %`;
  const others = members.length - 1;
  return h(
    "li",
    { class: "interest", "data-product": product_id },
    h("a", { class: "interest-picture", href: href("product", product_id), "aria-label": title }, product ? picture(product, shop.images, true) : title),
    h(
      "div",
      { class: "interest-about" },
      h("p", {}, sentence, others > 0 && h("span", { class: "muted" }, ` and ${others} more like it`)),
      h("div", { class: "interest-weight" }, h("meter", { min: 0, max: 1, value: weight, "aria-label": `Its share of your taste: ${share}` }), h("span", { class: "muted", "aria-hidden": "true" }, share)),
    ),
    h("button", { class: "round", type: "button", title: "Remove", "aria-label": `Remove what we make of ${title}`, onclick: () => remove(shop, id) }, icon("close")),
  );
}

/** @param {Shop} shop @param {string} id */
async function remove(shop, id) {
  try {
    await shop.tracker.flush();
    await shop.client.call("DELETE", `/v1/users/${part(shop.user())}/profile/interests/${part(id)}`);
    say("Removed. From here on it counts no longer.");
    changed(shop, "interest-removed");
  } catch (error) {
    sayTrouble(error);
  }
}

/** What was said to be liked, while it has a part still. @param {Shop} shop @param {Record<string, any>} likes @param {Map<string, Product>} products */
function declared(shop, likes, products) {
  const words = WORDS.flatMap((kind) => (likes[kind] ?? []).map((/** @type {string} */ word) => wordChip(shop, likes, kind, word)));
  const picked = (likes.picked ?? []).flatMap((/** @type {string} */ id) => products.get(id) ?? []);
  const { most, currency } = likes.budget ?? {};
  if (!words.length && !picked.length && !most) return null;
  return h(
    "div",
    { class: "declared" },
    h("h3", {}, "What you told us"),
    picked.length > 0 && h("ul", { class: "told", role: "list" }, picked.map((/** @type {Product} */ product) => h("li", {}, picture(product, shop.images, true), h("span", {}, ownTitle(product))))),
    words.length > 0 && h("ul", { class: "chips", role: "list" }, words),
    most && h("p", { class: "muted" }, `Up to ${money(most, currency)}`),
    h("p", {}, h("a", { class: "button", href: href("quiz") }, "Take the quiz again")),
  );
}

/** @param {Shop} shop @param {Record<string, any>} likes @param {string} kind @param {string} word */
function wordChip(shop, likes, kind, word) {
  const rest = likes[kind].filter((/** @type {string} */ each) => each !== word);
  const takeBack = async () => {
    try {
      await shop.client.post("/v1/quiz/answers", { user_id: shop.user(), likes: { [kind]: rest } });
      say(`${word} is taken back.`);
      changed(shop, "quiz");
    } catch (error) {
      sayTrouble(error);
    }
  };
  return h("li", {}, h("button", { class: "chip", type: "button", "aria-label": `Take back ${word}`, onclick: takeBack }, word, icon("close")));
}

/** Every list of the page is asked for anew. @param {Shop} shop @param {string} type */
export function changed(shop, type) {
  shop.tracker.dispatchEvent(new CustomEvent("deed", { detail: { type } }));
}
