/** Looks into one user, one product, or both: why it is, or is not, in their list. */

import { h } from "../../lib/dom.js";
import { part } from "../../lib/client.js";
import { empty, redraw } from "../parts.js";
import { aboutProduct } from "./why-product.js";
import { aboutBoth } from "./why-trace.js";
import { aboutUser } from "./why-user.js";

/** Who was looked at last, while the page is open: an id of a person is never in an address or in the browser's storage. */
let lastUser = "";

/** @type {import("../app.js").Opener} */
export function open(desk, query, again) {
  const user = field("user", "User", lastUser, "as your events have it");
  const product = field("product", "Product", query.get("product") ?? "", "an id of your feed");
  let wanted = { user: "", product: query.get("product") ?? "" };
  const place = h("div", { class: "stack", "aria-live": "off" });

  /** @param {string} userId @param {string} productId */
  function look(userId, productId) {
    wanted = { user: userId, product: productId };
    product.input.value = productId;
    again();
  }

  async function ask() {
    const now = wanted;
    const content = now.user || now.product ? await answer(desk, now, (productId) => look(now.user, productId)) : nobody(desk.shoppers, lookAt);
    return () => {
      redraw(place, ...content);
      place.querySelector("h2")?.scrollIntoView({ block: "nearest" });
    };
  }

  function submit(/** @type {Event} */ event) {
    event.preventDefault();
    lastUser = user.input.value.trim();
    look(lastUser, product.input.value.trim());
  }

  /** @param {string} userId */
  function lookAt(userId) {
    lastUser = user.input.value = userId;
    look(userId, "");
  }

  const form = h("form", { class: "why-form", onsubmit: submit }, user.label, product.label, h("button", { class: "button primary" }, "Look"));
  place.addEventListener("click", (event) => sameAddress(event, (id) => look("", id)));
  return { title: "Why", about: "A user alone, a product alone, or both: why it is, or is not, in their list.", content: [form, place], ask, still: true };
}

/** A link to the product that the address names already changes no address. @param {Event} event @param {(id: string) => void} look */
function sameAddress(event, look) {
  const link = /** @type {Element} */ (event.target).closest("a[href^='#/why']");
  if (link?.getAttribute("href") !== location.hash) return;
  event.preventDefault();
  look(new URLSearchParams(location.hash.split("?")[1]).get("product") ?? "");
}

/** @param {import("../desk.js").Desk} desk @param {{user: string, product: string}} wanted @param {(productId: string) => void} why */
async function answer(desk, { user, product }, why) {
  if (user && product) return aboutBoth(await desk.get(`/v1/users/${part(user)}/why`, { product_id: product }), desk.images);
  if (user) return aboutUser(await desk.get(`/v1/users/${part(user)}/inspection`), desk.images, why);
  return aboutProduct(await desk.get(`/v1/products/${part(product)}/inspection`), desk.images);
}

/** @param {{id: string, name: string}[]} shoppers of a demo, to begin with @param {(userId: string) => void} look */
function nobody(shoppers, look) {
  const people = shoppers.map(({ id, name }) => h("button", { type: "button", class: "chip", onclick: () => look(id) }, name));
  return [
    empty("Type a user's id, a product's, or both. What you type stands in no address. Reading what is kept of a user is written into the audit log."),
    people.length > 0 && h("div", { class: "chips", role: "group", "aria-label": "Shoppers of the demo" }, h("span", { class: "muted" }, "Or begin with"), ...people),
  ].filter((each) => each !== false);
}

/** @param {string} id @param {string} name @param {string} value @param {string} hint */
function field(id, name, value, hint) {
  const input = h("input", { id, name: id, value, placeholder: hint, autocomplete: "off", autocapitalize: "off", spellcheck: "false", maxlength: 200 });
  return { input, label: h("label", { class: "field" }, h("span", {}, name), input) };
}
