/** What the three components have in common: the shop, their cards, and that they ask again when the visitor does something. */

import { card } from "../lib/cards.js";
import { h } from "../lib/dom.js";
import { shopWindow } from "../lib/window.js";
import { word } from "../lib/words.js";

/** @typedef {import("../lib/cards.js").Item} Item */
/** @typedef {import("../lib/window.js").ShopWindow} ShopWindow */

/** Servers that render pages may import this: there are no elements there, and none are made. */
const Element = globalThis.HTMLElement ?? class {};
/** @type {Map<string, CSSStyleSheet>} all elements of a kind share one, which no security policy forbids */
const sheets = new Map();

/** @param {string} css */
function sheet(css) {
  const made = sheets.get(css) ?? new CSSStyleSheet();
  if (!sheets.has(css)) made.replaceSync(css);
  sheets.set(css, made);
  return made;
}

/** @abstract */
export class VitrineElement extends Element {
  /** @param {string} style */
  constructor(style) {
    super();
    this.root = this.attachShadow({ mode: "open" });
    this.root.adoptedStyleSheets = [sheet(style)];
    /** @type {ShopWindow | null} */
    this.shop = null;
    /** Answers that others have overtaken are told by it. */
    this.asked = 0;
    this.due = false;
    this.refresh = this.refresh.bind(this);
    this.state = h("p", { class: "unseen", role: "status", part: "status" });
  }

  async connectedCallback() {
    this.shop ??= await shopWindow();
    if (!this.isConnected) return;
    if (this.follows) this.shop.tracker.addEventListener("deed", this.refresh);
    await this.refresh();
  }

  disconnectedCallback() {
    this.shop?.tracker.removeEventListener("deed", this.refresh);
  }

  /** Several attributes are often set in a row: they are one question. */
  attributeChangedCallback() {
    if (!this.shop || !this.isConnected || this.due) return;
    this.due = true;
    queueMicrotask(() => {
      this.due = false;
      void this.refresh();
    });
  }

  /** Whether what it shows follows what the visitor does. */
  get follows() {
    return true;
  }

  /** Ask, and show the answer. @returns {Promise<void>} */
  async refresh() {}

  /** @param {string} name @param {Record<string, string | number>} [values] */
  word(name, values) {
    return word(this.shop, name, values);
  }

  /** Read out by screen readers. @param {string} sentence */
  say(sentence) {
    this.state.textContent = sentence;
  }

  /** An attribute that is a number from 1 to 100. @param {string} name @param {number} otherwise */
  number(name, otherwise) {
    const number = Math.round(Number(this.getAttribute(name)));
    return number > 0 ? Math.min(number, 100) : otherwise;
  }

  /** @param {string} name @returns {string} */
  text(name) {
    return this.getAttribute(name) ?? "";
  }

  /** @param {string} name @param {object} detail @param {CustomEventInit} [how] @returns {boolean} false where a listener took it over */
  emit(name, detail, how) {
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, ...how }));
  }

  /** A card that tells when it was seen and opened. @param {Item} item @param {string} recommendation_id */
  card(item, recommendation_id) {
    const { shop } = this;
    if (!shop) return h("article");
    const template = this.getAttribute("href");
    const href = template ? template.replaceAll("{id}", encodeURIComponent(item.id)) : shop.href(item);
    const element = card(item, { href, images: shop.images, actions: shop.actions(item, recommendation_id) });
    const link = element.querySelector("a");
    for (const type of ["click", "auxclick"]) {
      link?.addEventListener(type, (event) => this.open(/** @type {MouseEvent} */ (event), item, recommendation_id));
    }
    if (this.tracks) shop.tracker.watch(element, { type: "impression", product_id: item.id, recommendation_id });
    return element;
  }

  get tracks() {
    return !this.hasAttribute("no-track");
  }

  /** @param {MouseEvent} event @param {Item} item @param {string} recommendation_id */
  open(event, item, recommendation_id) {
    if (event.button > 1) return;
    if (this.tracks) this.shop?.tracker.record({ type: "click", product_id: item.id, recommendation_id });
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return; // goes into a tab of its own, as was asked
    if (!this.emit("vitrine-open", { item, recommendation_id }, { cancelable: true })) event.preventDefault();
  }

  /**
   * Put cards in the place of others, without losing the reader's place or letting pictures flicker.
   * @param {HTMLElement} list @param {HTMLElement[]} cards
   */
  replace(list, cards) {
    const held = this.root.activeElement?.closest("[data-product]");
    const place = held && list.contains(held) ? [...list.children].findIndex((each) => each.contains(held)) : -1;
    for (const old of list.querySelectorAll("img")) {
      const id = old.closest("[data-product]")?.getAttribute("data-product");
      const fresh = cards.find((each) => each.getAttribute("data-product") === id)?.querySelector("img");
      if (fresh?.getAttribute("src") === old.getAttribute("src")) fresh?.replaceWith(old);
    }
    list.replaceChildren(...cards.map((each) => h("li", {}, each)));
    if (place < 0) return;
    const same = cards.findIndex((each) => each.getAttribute("data-product") === held?.getAttribute("data-product"));
    list.children[same < 0 ? Math.min(place, cards.length - 1) : same]?.querySelector("a")?.focus();
  }
}
