/** What a basket comes to: totals, how far free shipping is, and the button that buys. */

import { h } from "../../lib/dom.js";
import { money } from "../../lib/money.js";

/**
 * What is missing to free shipping; 0 where the shop grants none, or where the basket has another total than one.
 * @param {Map<string, number>} sums by currency
 * @param {number | null | undefined} free
 */
export function missing(sums, free) {
  const [total] = sums.values();
  return free && total && sums.size === 1 ? Math.max(free - total, 0) : 0;
}

/** @param {Map<string, number>} sums @param {import("../shop.js").Config} config @param {() => void} buy */
export function summary(sums, { free_shipping, bundle_discount }, buy) {
  const lines = [...sums].map(([currency, sum]) => h("p", { class: "sum" }, h("span", {}, "Total"), h("strong", {}, money(sum, currency))));
  return [
    h("h2", { class: "visually-hidden" }, "Your order"),
    ...(lines.length ? lines : [h("p", {}, "Nothing of this can be bought now.")]),
    shipping(sums, free_shipping),
    bundle_discount ? h("p", { class: "muted demo" }, `Bundles: ${bundle_discount} % off, taken off at the checkout.`) : null,
    h("button", { class: "button primary", type: "button", disabled: !sums.size, onclick: buy }, "Buy now"),
    h("p", { class: "muted demo" }, "A shop window for trying out: nothing is paid for, and nothing is sent."),
  ];
}

/** @param {Map<string, number>} sums @param {number | null | undefined} free */
function shipping(sums, free) {
  const [[currency = "", total = 0] = []] = sums;
  if (!free || sums.size !== 1) return null;
  const left = missing(sums, free);
  if (left <= 0) return h("p", { class: "shipping" }, "Shipping is free.");
  const told = `${money(left, currency)} to free shipping`;
  return h("div", { class: "shipping" }, h("p", {}, told), h("progress", { value: total, max: free, "aria-label": told }));
}
