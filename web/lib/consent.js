/** What a visitor agreed to, as far as this browser was told. The shop keeps it too, and has the last word. */

import { read, write } from "./visitor.js";

const CONSENT = "vitrine.consent";

/** @typedef {{personalise: boolean, analytics: boolean}} Choices */

/** @param {string} user @returns {Choices | null} null where nothing was said */
export function consentOf(user) {
  try {
    const { personalise, analytics } = JSON.parse(read(nameOf(user)));
    return { personalise: personalise === true, analytics: analytics === true };
  } catch {
    return null;
  }
}

/** @param {string} user @param {Choices | null} choices null takes back what was said */
export function keepConsent(user, choices) {
  write(nameOf(user), choices ? JSON.stringify({ personalise: choices.personalise, analytics: choices.analytics }) : "");
}

/** All guests of a browser are one: who said no is not to be asked again under the next random id. @param {string} user */
function nameOf(user) {
  return user.startsWith("anon:") ? CONSENT : `${CONSENT}.${user}`;
}
