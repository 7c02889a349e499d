/** "Why this?": the reason of a card, and what of the engine speaks for it. */

import { h } from "../../lib/dom.js";
import { href } from "../routes.js";
import { dialog } from "./dialog.js";

/** What an answer's sources are in a shopper's words; docs/api.md has them all. @type {Record<string, string>} */
const SOURCES = {
  text: "Close in meaning to what you turned to",
  image: "Looks like what you turned to",
  keywords: "Shares words with what you turned to",
  behaviour: "Others went on to it from what you turned to",
  complement: "Often taken together with it",
  complement_alike: "Taken together with products like it",
  complement_map: "Of a kind that goes with it",
  basket: "Orders like your basket hold it",
  basket_alike: "Orders of baskets like yours hold it",
  filler: "Brings your basket to the total",
  declared: "Fits what you told us you like",
  context: "Popular where, when or how you are looking",
  taste: "Your taste raised it",
  shared: "Part of what was shared with you",
  given: "In the shop's own order",
  boost: "The shop raised it",
  pin: "The shop put it here",
  freshness: "Raised because it is new",
  exploration: "Shown so that somebody sees it at all",
  lately: "Popular in the shop these days",
  popular: "Popular in the shop",
  catalogue: "From the shop's range: nothing is known of you yet",
};

/** @param {import("../../lib/cards.js").Item} item @returns {HTMLDialogElement} */
export function why(item) {
  const seed = item.reason.product_id;
  const sources = item.source.split("+").filter(Boolean).map((source) => SOURCES[source] ?? source.replaceAll("_", " "));
  return dialog(
    "Why this?",
    h("p", { class: "why-sentence" }, `${item.reason.sentence}.`),
    seed && seed !== item.id && h("p", {}, h("a", { href: href("product", seed) }, "Look at what led here")),
    sources.length > 0 && h("h3", {}, "What speaks for it"),
    h("ul", { class: "why-sources" }, sources.map((source) => h("li", {}, source))),
    h("p", { class: "muted" }, "What we think you like, and how to take something out of it: ", h("a", { href: href("you") }, "You"), "."),
  );
}
