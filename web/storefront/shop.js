/** The shop as its pages know it: its settings, who is looking, the basket, what was clicked. */

import { ApiError, part } from "../lib/client.js";
import { clickOf, forgetClicks, rememberClick } from "../lib/clicks.js";
import { forgetGuest, guestId, read, write } from "../lib/visitor.js";
import { ShopWindow, useShop } from "../lib/window.js";
import { Basket } from "./basket.js";
import { cardActions } from "./parts/card-actions.js";
import { href } from "./routes.js";
import { Saved } from "./saved.js";

const WHO = "vitrine.shopper";

/**
 * @typedef {object} Config what `config.json` beside the page says
 * @property {string} name of the shop
 * @property {string} api address of the API; empty for the server that the page came from
 * @property {string} key a publishable key; empty where keys are off
 * @property {boolean} keys whether the API asks for one
 * @property {string} images address that pictures' relative references are put behind
 * @property {number | null} [free_shipping] the total from which shipping is free; left out where it never is
 * @property {number} [bundle_discount] percent that the shop takes off bundles at its checkout
 * @property {{id: string, name: string, about: string}[]} shoppers whom the demo lets one be
 */

export class Shop extends ShopWindow {
  /** @param {Config} config */
  constructor(config) {
    super({
      api: config.api,
      key: config.key,
      images: config.images,
      user: () => this.shopper?.id ?? guestId(),
      href: (item) => href("product", item.id),
      actions: (item, recommendation_id) => cardActions(this, item, recommendation_id),
    });
    this.config = config;
    this.basket = new Basket(this.tracker, this.user);
    this.saved = new Saved(this.user);
    /** By product, the answer in which it was clicked last: what is bought of it speaks for that answer. */
    this.clicked = { get: clickOf, set: rememberClick, clear: forgetClicks };
  }

  /** The demo's shopper that the visitor has chosen to be; none for a guest. */
  get shopper() {
    const id = read(WHO);
    return this.config.shoppers.find((each) => each.id === id) ?? null;
  }

  /** @param {string} id empty for a guest */
  become(id) {
    write(WHO, id);
    this.clicked.clear();
    this.tracker.dispatchEvent(new CustomEvent("shopper"));
  }

  /** What this browser keeps of whoever is looking is gone; what the shop keeps is not. */
  forget() {
    this.basket.keep([]);
    this.saved.clear();
    this.clicked.clear();
  }

  /**
   * The visitor is a stranger from here on, of whom the shop knows nothing, but for what this browser's guest has refused.
   * @param {() => Promise<unknown>} [first] what is to be done before the guest is forgotten, such as an erasure
   */
  async startOver(first) {
    const path = () => `/v1/users/${part(guestId())}/consent`;
    const { said, personalise, email, analytics } = await this.client.get(path());
    await first?.();
    write(WHO, "");
    this.forget();
    forgetGuest();
    try {
      if (said && !(personalise && email && analytics)) await this.client.call("PUT", path(), { personalise, email, analytics });
    } finally {
      this.become("");
    }
  }
}

/** @returns {Promise<Shop>} */
export async function openShop() {
  const answer = await fetch("config.json", { credentials: "same-origin" });
  if (!answer.ok) throw new ApiError(answer.status, "The shop's config.json is missing: see docs/storefront.md.");
  const config = { name: "Vitrine", api: "", key: "", keys: false, images: "", shoppers: [], ...(await answer.json()) };
  if (config.keys && !config.key) throw new ApiError(401, unkeyed());
  const shop = new Shop(config);
  useShop(shop);
  return shop;
}

/** What the shop's people are to do. */
function unkeyed() {
  return `This shop's API has keys, and its pages have none yet: make one by vitrine keys create --publishable --origin ${location.origin}, and start vitrine serve --storefront-key with it.`;
}
