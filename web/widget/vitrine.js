/** The one script tag: reads its own attributes, and leaves `window.vitrine` to the page. */

import { defineVitrine } from "./define.js";

/** @typedef {(vitrine: import("./types.js").Vitrine) => void} Call */

const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
/** @type {any} */
const before = window.vitrine;

if (before?.identify) console.warn("vitrine.js is in this page twice: the first one counts.");
else start();

function start() {
  const { key, api, images, href, user, token, words, consent } = script?.dataset ?? {};
  const own = new URL(script?.src || location.href).origin;
  const vitrine = defineVitrine({
    api: api ?? own,
    key,
    images,
    href,
    user,
    token,
    words: read(words),
    consent: consent === "required" ? consent : "assumed",
  });
  const queue = { push: (/** @type {Call} */ call) => call(vitrine) };
  window.vitrine = Object.assign(vitrine, { queue });
  for (const call of before?.queue ?? []) call(vitrine);
}

/** @param {string} [json] @returns {Record<string, string>} */
function read(json) {
  try {
    return JSON.parse(json || "{}");
  } catch {
    console.warn("data-words is no JSON: the English words stay.");
    return {};
  }
}
