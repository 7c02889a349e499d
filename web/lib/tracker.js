/** What a visitor does, told to the shop: in batches, again where the way there was cut, and once more when the page goes. */

import { clickOf, forgetClicks, rememberClick } from "./clicks.js";
import { consentOf, keepConsent } from "./consent.js";
import { Sightings } from "./sightings.js";
import { randomId } from "./visitor.js";

/** @typedef {import("./client.js").Client} Client */
/**
 * @typedef {object} Deed
 * @property {string} type such as view, click, add_to_cart, purchase, impression
 * @property {string} [product_id]
 * @property {string} [recommendation_id]
 * @property {number} [value]
 * @property {string} [query]
 * @property {string} [collection]
 * @property {string} [order_id]
 */

const EVENTS = "/v1/events";
const WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
const BATCH = 50;
/** Kept while the shop cannot be reached; then what was merely shown goes first. */
const MOST = 500;
const MOST_SEEN = 5000;
/** What a click of the last days is credited with, where the deed itself names no list. */
const FOLLOWS = new Set(["add_to_cart", "wishlist", "purchase"]);

export class Tracker extends EventTarget {
  /**
   * @param {Client} client
   * @param {() => string} user whose deeds they are
   * @param {{ask?: boolean}} [options] `ask`: nothing is recorded before the visitor has agreed
   */
  constructor(client, user, { ask = false } = {}) {
    super();
    this.client = client;
    this.user = user;
    this.ask = ask;
    /** @type {object[]} */
    this.queue = [];
    /** Sent, and not answered yet. @type {object[]} */
    this.underway = [];
    /** @type {Promise<void>} */
    this.sending = Promise.resolve();
    this.timer = 0;
    this.delay = 0;
    /** @type {Set<string>} */
    this.seen = new Set();
    this.sightings = new Sightings();
    addEventListener("pagehide", () => this.leave());
    addEventListener("online", () => void this.flush());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.leave());
  }

  /** What the visitor agreed to in this browser, null where nothing was said. To be told to the shop besides. */
  get consent() {
    return consentOf(this.user());
  }

  set consent(choices) {
    keepConsent(this.user(), choices);
    if (!this.silent) return;
    this.queue.length = 0;
    forgetClicks();
  }

  /** Whether nothing is to be recorded: personalisation and statistics are both refused, or not agreed to yet. */
  get silent() {
    const { consent } = this;
    return consent ? !consent.personalise && !consent.analytics : this.ask;
  }

  /** Queue a deed; it is sent within a second. @param {Deed} deed */
  record(deed) {
    if (this.silent) return;
    const { type, product_id = "", recommendation_id = "" } = deed;
    if (type === "click" && product_id && recommendation_id) rememberClick(product_id, recommendation_id);
    const list = recommendation_id || (FOLLOWS.has(type) && clickOf(product_id)) || undefined;
    const head = { event_id: randomId(), user_id: this.user(), occurred_at: new Date().toISOString() };
    this.queue.push({ ...head, ...deed, recommendation_id: list });
    this.bound();
    if (this.queue.length >= BATCH && !this.delay) void this.flush();
    else this.later();
  }

  /**
   * Record a deed that the next list is to follow: sent now, and told to listeners of `deed` once it is stored.
   * @param {Deed} deed
   */
  async tell(deed) {
    this.record(deed);
    await this.flush();
    this.dispatchEvent(new CustomEvent("deed", { detail: deed }));
  }

  /** Resolves when all that was recorded so far has been taken in, or could not be. @returns {Promise<void>} */
  flush() {
    clearTimeout(this.timer);
    this.timer = 0;
    if (this.queue.length) this.sending = this.sending.then(() => this.send());
    return this.sending;
  }

  later() {
    this.timer ||= window.setTimeout(() => void this.flush(), Math.max(WAIT_MS, this.delay));
  }

  /** An id counts once, however often it comes: what got no answer is simply sent again. */
  async send() {
    while (this.queue.length) {
      const events = (this.underway = this.queue.splice(0, BATCH));
      try {
        await this.client.call("POST", EVENTS, { events }, { keepalive: true });
        this.delay = 0;
      } catch (error) {
        if (isLasting(error)) continue;
        this.delay = Math.min(Math.max(2 * this.delay, WAIT_MS), LONGEST_WAIT_MS);
        this.putBack(events);
        return;
      } finally {
        this.underway = [];
      }
    }
  }

  /** The page goes, or may: what is left is handed to the browser, which sends it without the page. */
  leave() {
    const events = [...this.underway, ...this.queue.splice(0)];
    for (let from = 0; from < events.length; from += BATCH) this.hand(events.slice(from, from + BATCH));
  }

  /** A beacon has no headers: a guest's key goes in the address, and who is logged in wants a request that has them. @param {object[]} events */
  hand(events) {
    const { api, key } = this.client;
    const address = `${api}${EVENTS}${key ? `?key=${encodeURIComponent(key)}` : ""}`;
    if (!this.client.token() && navigator.sendBeacon?.(address, JSON.stringify({ events }))) return;
    this.client.call("POST", EVENTS, { events }, { keepalive: true }).catch((error) => isLasting(error) || this.putBack(events));
  }

  /** @param {object[]} events */
  putBack(events) {
    if (this.silent) return;
    this.queue.unshift(...events);
    this.bound();
    this.later();
  }

  bound() {
    while (this.queue.length > MOST) {
      const shown = this.queue.findIndex((event) => /** @type {any} */ (event).type === "impression");
      this.queue.splice(Math.max(shown, 0), 1);
    }
  }

  /** Count `element` as shown when it really is. @param {Element} element @param {Deed} deed */
  watch(element, deed) {
    this.sightings.watch(element, () => {
      const once = `${deed.recommendation_id} ${deed.product_id}`;
      if (this.seen.has(once)) return;
      if (this.seen.size >= MOST_SEEN) this.seen.clear();
      this.seen.add(once);
      this.record({ ...deed, type: "impression" });
    });
  }
}

/** Whether the same again would be refused the same. @param {unknown} error */
function isLasting(error) {
  const { status = 400 } = /** @type {{status?: number}} */ (error);
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}
