/** What a page does with Vitrine besides placing its elements. */

import { clickOf } from "../lib/clicks.js";
import { part } from "../lib/client.js";
import { forgetGuest } from "../lib/visitor.js";
import { ShopWindow, useShop } from "../lib/window.js";
import { VitrineCollection } from "./collection.js";
import { Person } from "./person.js";
import { VitrineRail } from "./rail.js";
import { VitrineSearch } from "./search.js";

export { VitrineCollection, VitrineRail, VitrineSearch };

const ELEMENTS = { "vitrine-rail": VitrineRail, "vitrine-search": VitrineSearch, "vitrine-collection": VitrineCollection };
/** A guest's events move a thousand at a time. */
const MOST_MOVES = 20;

/**
 * Defines the elements, once, and gives what `window.vitrine` is.
 * @param {import("./types.js").VitrineOptions} options
 * @returns {import("./types.js").Vitrine}
 */
export function defineVitrine({ api = "", key = "", images = "", href = "", words = {}, consent = "assumed", user = "", token = "" }) {
  const person = new Person(consent === "required");
  const shop = new ShopWindow({
    api,
    key,
    images,
    words,
    ask: person.ask,
    user: () => person.id(),
    token: () => person.token,
    renew: () => person.renew(),
    href: (item) => (href ? href.replaceAll("{id}", part(item.id)) : item.product.link),
  });
  const vitrine = speaker(shop, person);
  const ready = user ? vitrine.identify(user, token).catch(() => {}) : Promise.resolve(); // then as a guest
  void ready.then(() => useShop(shop));
  for (const [name, element] of Object.entries(ELEMENTS)) {
    if (!customElements.get(name)) customElements.define(name, element);
  }
  return vitrine;
}

/** @param {ShopWindow} shop @param {Person} person @returns {import("./types.js").Vitrine} */
function speaker(shop, person) {
  const { tracker, client } = shop;
  const refresh = () => void tracker.dispatchEvent(new CustomEvent("deed", { detail: { type: "refresh" } }));
  return {
    async identify(user, token = "", { merge = true } = {}) {
      const { guest } = person;
      await tracker.flush();
      if (!(await person.become(user, token))) return;
      if (guest && merge && !tracker.silent) await move(client, guest, user);
      refresh();
    },
    async forget() {
      await tracker.flush();
      person.forget();
      refresh();
    },
    async track(deed) {
      for (const each of [deed].flat()) tracker.record(each);
      await tracker.flush();
      refresh();
    },
    clicked: clickOf,
    refresh,
    get consent() {
      return tracker.consent;
    },
    async setConsent({ personalise, analytics, email }) {
      const user = person.id();
      tracker.consent = { personalise, analytics };
      const path = `/v1/users/${part(user)}/consent`;
      const mails = email ?? (person.user ? (await client.get(path)).email : false);
      await client.call("PUT", path, { personalise, analytics, email: mails });
      if (!person.user && tracker.silent) forgetGuest();
      refresh();
    },
  };
}

/** What the guest did is the user's from now on; where that fails, the next login tries again. @param {import("../lib/client.js").Client} client @param {string} guest @param {string} user */
async function move(client, guest, user) {
  try {
    for (let turn = 0; turn < MOST_MOVES; turn += 1) {
      const { more } = await client.post("/v1/users/merge", { anonymous_id: guest, user_id: user });
      if (!more) break;
    }
    forgetGuest();
  } catch {
    // Its id is kept, and so is all that it did.
  }
}
