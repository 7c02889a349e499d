/** Who is looking, as the page says: a guest until it names somebody, and can prove it. */

import { forgetClicks } from "../lib/clicks.js";
import { consentOf } from "../lib/consent.js";
import { forgetGuest, guestId, knownGuest } from "../lib/visitor.js";

/** @typedef {import("./types.js").Proof} Proof */

export class Person {
  /** @param {boolean} ask whether guests are drawn a lasting id only once they have agreed */
  constructor(ask) {
    this.ask = ask;
    this.user = "";
    this.token = "";
    /** @type {Proof} */
    this.proof = "";
    /** @type {Promise<void> | null} */
    this.asking = null;
    this.turn = 0;
  }

  /** @returns {string} */
  id() {
    return this.user || guestId(this.lasts);
  }

  /** Whether the guest's id may outlive the page: not for who refused, nor, where that is asked, for who has not agreed. */
  get lasts() {
    const said = consentOf("anon:");
    return said ? said.personalise || said.analytics : !this.ask;
  }

  /** @returns {string} the guest of before, where there was one */
  get guest() {
    return this.user ? "" : knownGuest();
  }

  /**
   * Resolves to whether `user` is who is looking now: not where another one was named meanwhile.
   * @param {string} user @param {Proof} proof
   */
  async become(user, proof) {
    const turn = ++this.turn;
    const token = await tokenOf(user, proof);
    if (turn !== this.turn) return false;
    Object.assign(this, { user, proof, token });
    return true;
  }

  /** Another token, asked for once however many calls want it. */
  renew() {
    const { user, proof, turn } = this;
    this.asking ??= tokenOf(user, proof)
      .then((token) => {
        if (turn === this.turn) this.token = token;
      })
      .finally(() => (this.asking = null));
    return this.asking;
  }

  /** A guest again, and a stranger. */
  forget() {
    this.turn += 1;
    Object.assign(this, { user: "", proof: "", token: "" });
    forgetGuest();
    forgetClicks();
  }
}

/** @param {string} user @param {Proof} proof @returns {Promise<string>} */
async function tokenOf(user, proof) {
  return String((typeof proof === "function" ? await proof(user) : proof) ?? "");
}
