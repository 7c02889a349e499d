/** What a visitor agrees to: three switches, saved at once. */

import { part } from "../../lib/client.js";
import { h } from "../../lib/dom.js";
import { say, sayTrouble } from "../say.js";
import { changed } from "./interests.js";

/** @typedef {{personalise: boolean, email: boolean, analytics: boolean}} Consent */

/** @type {{name: keyof Consent, title: string, about: string, on: string, off: string}[]} */
const CHOICES = [
  {
    name: "personalise",
    title: "A shop window of my own",
    about: "What you do here is kept, and your lists follow it. Switched off, it is erased at once.",
    on: "Your lists follow what you do, from now on.",
    off: "Your lists are nobody's now, and what was kept for them is erased.",
  },
  {
    name: "email",
    title: "Picks by email",
    about: "Products may be picked for you and sent.",
    on: "Picks may be sent to you.",
    off: "No picks will be sent to you.",
  },
  {
    name: "analytics",
    title: "Count me in",
    about: "What you do counts, without your name, in what others are shown.",
    on: "What you do counts for others too.",
    off: "What you do no longer counts for others.",
  },
];

/** @param {import("../shop.js").Shop} shop @returns {Promise<HTMLElement>} */
export async function consents(shop) {
  const path = `/v1/users/${part(shop.user())}/consent`;
  const stated = await shop.client.get(path);
  /** @type {Consent} */
  const consent = { personalise: stated.personalise, email: stated.email, analytics: stated.analytics };
  if (stated.said) tell(shop, consent);

  /** @param {(typeof CHOICES)[number]} choice @param {HTMLInputElement} box */
  async function change({ name, on, off }, box) {
    const wanted = { ...consent, [name]: box.checked };
    box.disabled = true;
    try {
      await shop.tracker.flush();
      await shop.client.call("PUT", path, wanted);
      Object.assign(consent, wanted);
      tell(shop, consent);
      say(box.checked ? on : off);
      changed(shop, "consent");
    } catch (error) {
      box.checked = !box.checked;
      sayTrouble(error);
    }
    box.disabled = false;
    box.focus({ preventScroll: true });
  }

  return h(
    "ul",
    { class: "consents", role: "list" },
    CHOICES.map((choice) => {
      const about = `consent-${choice.name}`;
      const box = h("input", { type: "checkbox", role: "switch", class: "switch", checked: consent[choice.name], "aria-describedby": about, onchange: () => void change(choice, box) });
      return h("li", {}, h("label", { class: "consent" }, h("strong", {}, choice.title), box), h("p", { class: "muted", id: about }, choice.about));
    }),
  );
}

/** So that the page sends nothing where nothing is to be kept. @param {import("../shop.js").Shop} shop @param {Consent} consent */
function tell(shop, { personalise, analytics }) {
  shop.tracker.consent = { personalise, analytics };
}
