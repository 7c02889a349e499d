/** The lines of a basket: what it is, what it costs now, how many. */

import { picture, price } from "../../lib/cards.js";
import { h } from "../../lib/dom.js";
import { money } from "../../lib/money.js";
import { href } from "../routes.js";
import { say } from "../say.js";
import { icon } from "./icons.js";

/** @typedef {import("../basket.js").Line} Line */
/** @typedef {import("../../lib/cards.js").Product} Product */

/** What one can be asked to pay for at most, of a thing. */
const MOST = 99;

/** @param {Product | undefined} product none where it has left the catalogue */
export function canBeBought(product) {
  return !!product && product.availability !== "out_of_stock";
}

/** What a piece costs now. @param {Product} product @returns {number} */
export function costs(product) {
  return product.sale_price ?? product.price ?? 0;
}

/** What the lines that can be bought cost, by currency. @param {Line[]} lines @param {Map<string, Product>} products @returns {Map<string, number>} */
export function totals(lines, products) {
  const sums = new Map();
  for (const { id, quantity } of lines) {
    const product = products.get(id);
    if (!product || !canBeBought(product)) continue;
    sums.set(product.currency, (sums.get(product.currency) ?? 0) + quantity * costs(product));
  }
  return sums;
}

/**
 * One line, made once and updated when its number changes, so that the button that was pressed keeps the focus.
 * @param {import("../shop.js").Shop} shop
 * @param {string} id
 * @param {Product | undefined} product
 */
export function basketLine(shop, id, product) {
  const title = product?.title ?? id;
  const number = h("output", { class: "many" });
  const each = h("p", { class: "line-each" });
  const sum = h("span", { class: "line-sum" });
  const fewer = step("−", `One less of ${title}`, () => shop.basket.set(id, quantityOf(shop, id) - 1));
  const more = step("+", `One more of ${title}`, () => shop.basket.set(id, quantityOf(shop, id) + 1));
  const element = h(
    "li",
    { class: "line", "data-product": id },
    h("a", { class: "line-picture", href: href("product", id), tabindex: -1, "aria-hidden": "true" }, product && picture(product, shop.images, true)),
    h(
      "div",
      { class: "line-about" },
      h("a", { class: "line-title", href: href("product", id) }, title),
      each,
      !product && h("p", { class: "line-gone" }, "This has left the shop."),
      product && !canBeBought(product) && h("p", { class: "line-gone" }, "Sold out for now: it stays here, and is not bought."),
    ),
    canBeBought(product) && h("div", { class: "line-many", role: "group", "aria-label": `How many of ${title}` }, fewer, number, more),
    sum,
    h("button", { class: "round", type: "button", "aria-label": `Remove ${title}`, onclick: (/** @type {MouseEvent} */ event) => takeOut(shop, id, title, event.detail === 0) }, icon("close")),
  );

  /** @param {number} quantity */
  function update(quantity) {
    number.textContent = String(quantity);
    fewer.disabled = quantity <= 1;
    more.disabled = quantity >= MOST;
    if (!product) return;
    const bought = canBeBought(product);
    each.replaceChildren(...(bought ? eachOf(product, quantity) : [price(product) ?? ""]));
    if (bought) sum.textContent = money(quantity * costs(product), product.currency);
  }

  return { element, update };
}

/** What the line's sum does not say already. @param {Product} product @param {number} quantity */
function eachOf(product, quantity) {
  if (quantity > 1) return [price(product) ?? "", " each"];
  return product.sale_price === null || product.price === null ? [] : [h("span", { class: "card-was" }, "instead of ", h("s", {}, money(product.price, product.currency)))];
}

/** @param {import("../shop.js").Shop} shop @param {string} id */
const quantityOf = (shop, id) => shop.basket.lines.find((each) => each.id === id)?.quantity ?? 1;

/** @param {string} sign @param {string} name @param {() => void} onclick */
function step(sign, name, onclick) {
  return h("button", { class: "round", type: "button", "aria-label": name, onclick }, sign);
}

/**
 * The line goes at once; the shop is told when the visitor has not called it back: a change of mind is no dislike.
 * @param {import("../shop.js").Shop} shop @param {string} id @param {string} title @param {boolean} byKey
 */
function takeOut(shop, id, title, byKey) {
  const { basket } = shop;
  const place = basket.lines.findIndex((each) => each.id === id);
  const [line] = basket.lines.slice(place);
  if (place < 0 || !line) return;
  basket.keep(basket.lines.filter((each) => each.id !== id));
  say(`${title} is out of your basket.`, {
    button: "Undo",
    focus: byKey,
    onpress: () => {
      const lines = basket.lines.filter((each) => each.id !== id);
      basket.keep([...lines.slice(0, place), line, ...lines.slice(place)]);
      requestAnimationFrame(() => /** @type {HTMLElement | null} */ (document.querySelector(`.line[data-product="${CSS.escape(id)}"] button`))?.focus());
    },
    onend: () => void shop.tracker.tell({ type: "remove_from_cart", product_id: id }),
  });
}
