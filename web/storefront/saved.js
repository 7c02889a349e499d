/** What whoever is looking has saved, so that a heart stays filled; in this browser, for each shopper. */

import { read, write } from "../lib/visitor.js";

const MOST = 500;

export class Saved {
  /** @param {() => string} user */
  constructor(user) {
    this.user = user;
  }

  get name() {
    return `vitrine.saved.${this.user()}`;
  }

  /** @returns {string[]} the last one last */
  get ids() {
    return read(this.name).split("\n").filter(Boolean);
  }

  /** @param {string} id */
  has(id) {
    return this.ids.includes(id);
  }

  /** @param {string} id */
  add(id) {
    write(this.name, [...this.ids.filter((each) => each !== id), id].slice(-MOST).join("\n"));
  }

  /** @param {string} id */
  remove(id) {
    write(this.name, this.ids.filter((each) => each !== id).join("\n"));
  }

  clear() {
    write(this.name, "");
  }
}
