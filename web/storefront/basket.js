/** The basket of whoever is looking: in this browser, one for each shopper; the shop is told of every change. */

import { read, write } from "../lib/visitor.js";

/** @typedef {{id: string, quantity: number, recommendation_id: string}} Line */

const MOST = 100;

export class Basket extends EventTarget {
  /** @param {import("../lib/tracker.js").Tracker} tracker @param {() => string} user */
  constructor(tracker, user) {
    super();
    this.tracker = tracker;
    this.user = user;
  }

  get name() {
    return `vitrine.basket.${this.user()}`;
  }

  /** @returns {Line[]} */
  get lines() {
    try {
      const lines = JSON.parse(read(this.name) || "[]");
      return Array.isArray(lines) ? lines.filter((line) => typeof line?.id === "string").slice(0, MOST) : [];
    } catch {
      return [];
    }
  }

  get count() {
    return this.lines.reduce((sum, { quantity }) => sum + quantity, 0);
  }

  /** @param {string} id @param {string} [recommendation_id] of the answer that the product was found in */
  add(id, recommendation_id = "") {
    const lines = this.lines;
    const line = lines.find((each) => each.id === id);
    if (line) line.quantity += 1;
    else lines.push({ id, quantity: 1, recommendation_id });
    this.keep(lines);
    return this.tracker.tell({ type: "add_to_cart", product_id: id, recommendation_id, value: 1 });
  }

  /** @param {string} id */
  remove(id) {
    this.keep(this.lines.filter((each) => each.id !== id));
    return this.tracker.tell({ type: "remove_from_cart", product_id: id });
  }

  /**
   * How many of it there are: what is in the basket stays the same, so the shop is not told before it is bought.
   * @param {string} id @param {number} quantity
   */
  set(id, quantity) {
    this.keep(this.lines.map((line) => (line.id === id ? { ...line, quantity: Math.max(quantity, 1) } : line)));
  }

  /** They are bought, in as many pieces as they stand there; the other lines stay. @param {string[]} ids */
  async buy(ids) {
    const lines = this.lines.filter(({ id }) => ids.includes(id));
    for (const { id, quantity, recommendation_id } of lines) {
      this.tracker.record({ type: "purchase", product_id: id, value: quantity, recommendation_id });
    }
    this.keep(this.lines.filter(({ id }) => !ids.includes(id)));
    await this.tracker.flush();
    this.tracker.dispatchEvent(new CustomEvent("deed", { detail: { type: "purchase" } }));
    return lines;
  }

  /** @param {Line[]} lines */
  keep(lines) {
    write(this.name, lines.length ? JSON.stringify(lines) : "");
    this.dispatchEvent(new Event("change"));
  }
}
