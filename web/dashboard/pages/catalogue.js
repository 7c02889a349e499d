/** How much of the catalogue visitors get to see: what is shown most, and what never is. */

import { h } from "../../lib/dom.js";
import { ENOUGH, count, date, share } from "../numbers.js";
import { empty, fold, lastDays, panel, product, redraw, stat, stats, table } from "../parts.js";

/**
 * @typedef {{id: string, title: string, image: string}} Named
 * @typedef {Named & {impressions: number, clicks: number, add_to_cart: number, purchases: number, ctr: number | null}} Top
 */

/** How many of the never shown stand there at once; the rest is folded away. */
const AT_ONCE = 12;

/** @type {import("../app.js").Opener} */
export function open(desk, _, again) {
  const period = lastDays(again);
  const place = h("div", { class: "stack" });

  async function ask() {
    const { days } = period;
    const said = await desk.get("/v1/dashboard/catalogue", { days });
    return () => redraw(place, ...drawn(said, desk.images, Number(days)));
  }

  return { title: "Catalogue", about: "How much of the catalogue visitors get to see.", content: [period.element, place], ask };
}

/** @param {any} said @param {string} images @param {number} days */
function drawn(said, images, days) {
  return [
    stats(
      stat("Products", count(said.products), `${count(said.can_be_bought)} can be bought`),
      stat("Shown", count(said.shown), `in ${days === 1 ? "one day" : `${count(days)} days`}`),
      stat("Coverage", share(said.coverage), "of what can be bought was shown"),
      stat("Cold", share(said.cold_share), `${count(said.cold_products)} products that nobody has touched`),
    ),
    top(said.top, images),
    never(said, images),
  ];
}

/** @param {Top[]} rows @param {string} images */
function top(rows, images) {
  if (rows.length === 0) return panel("Shown most", null, empty("No impressions yet: put the widget in, docs/embed.md."));
  const most = Math.max(...rows.map(({ impressions }) => impressions), 1);
  return panel(
    "Shown most",
    "A title leads to all that is known of the product.",
    table(
      "Products shown most",
      [
        { title: "Product", value: (each) => product(each, images) },
        { title: "Shown", value: ({ impressions }) => count(impressions), bar: ({ impressions }) => impressions / most, number: true },
        { title: "Clicks", value: ({ clicks }) => count(clicks), number: true },
        { title: "Click rate", value: (each) => (each.impressions >= ENOUGH || each.ctr === null ? share(each.ctr) : h("small", {}, "too few to tell")), number: true },
        { title: "Baskets", value: (each) => count(each.add_to_cart), number: true },
        { title: "Bought", value: ({ purchases }) => count(purchases), number: true },
      ],
      rows,
    ),
  );
}

/** @param {{never_shown_count: number, never_shown: (Named & {added_at: string | null})[]}} said @param {string} images */
function never({ never_shown_count, never_shown }, images) {
  const title = "Never shown";
  if (never_shown_count === 0) return panel(title, null, h("p", {}, "Everything that can be bought was shown to somebody."));
  const items = never_shown.map((each) => h("li", {}, product(each, images, each.added_at ? `since ${date(each.added_at)}` : "")));
  const rest = items.splice(AT_ONCE);
  return panel(
    title,
    `${count(never_shown_count)} can be bought, and no visitor has seen them in this period. Exploration brings them forward: docs/rules.md.`,
    h("ul", { class: "products" }, ...items),
    rest.length > 0 && fold("never-more", `${count(rest.length)} more`, h("ul", { class: "products" }, ...rest)),
    never_shown.length < never_shown_count && h("p", { class: "muted" }, `The first ${count(never_shown.length)} are listed.`),
  );
}
