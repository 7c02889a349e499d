/** What every component of a page shares: the shop's address and key, who is looking, and where clicks are told. */

import { Client } from "./client.js";
import { Tracker } from "./tracker.js";
import { guestId } from "./visitor.js";

/** @typedef {import("./cards.js").Item} Item */

export class ShopWindow {
  /**
   * @param {object} options
   * @param {string} [options.api] the API's address; empty for the page's own server
   * @param {string} [options.key] a publishable key
   * @param {string} [options.images] the address that pictures' relative references are put behind
   * @param {() => string} [options.user] who is looking; a guest where it is left out
   * @param {() => string} [options.token] the proof of who that is, made by the shop's server; empty for a guest
   * @param {() => Promise<void>} [options.renew] gets another token, where there is one to be had
   * @param {(item: Item) => string} [options.href] where a card leads
   * @param {(item: Item, recommendation_id: string) => (Node | false | null)[]} [options.actions] buttons on every card
   * @param {Record<string, string>} [options.words] in the place of those of lib/words.js
   * @param {boolean} [options.ask] whether nothing is recorded before the visitor has agreed
   */
  constructor({ user = guestId, token = () => "", href = (item) => item.product.link, actions = () => [], ...rest } = {}) {
    const { api = "", key = "", images = "", words = {}, ask = false, renew } = rest;
    this.client = new Client({ api, key, token, renew });
    this.images = images;
    this.user = user;
    this.href = href;
    this.actions = actions;
    this.words = words;
    this.tracker = new Tracker(this.client, user, { ask });
  }
}

/** @type {ShopWindow | null} */
let current = null;
/** @type {((shop: ShopWindow) => void)[]} */
const waiting = [];

/** The window that components of this page use. @param {ShopWindow} shop */
export function useShop(shop) {
  current = shop;
  waiting.splice(0).forEach((tell) => tell(shop));
}

/** @returns {Promise<ShopWindow>} resolved once {@link useShop} was called */
export function shopWindow() {
  return current ? Promise.resolve(current) : new Promise((resolve) => waiting.push(resolve));
}
