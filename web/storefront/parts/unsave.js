/** Taking back that a product was saved. */

import { ApiError, part } from "../../lib/client.js";
import { say, sayTrouble } from "../say.js";
import { changed } from "./interests.js";

/** The first bytes of a digest that stand for a product. */
const BYTES = 6;

/**
 * There is no event that says so: what was done with the product until now is taken out of the taste, as a whole interest
 * can be. Where the shop cannot be told, the product stays saved.
 * @param {import("../shop.js").Shop} shop @param {string} id @param {HTMLElement} button the heart that was pressed
 */
export async function unsave(shop, id, button) {
  try {
    const user = shop.user();
    await shop.tracker.flush();
    await shop.client.call("DELETE", `/v1/users/${part(user)}/profile/interests/${await interestOf(user, id)}`).catch(unknown);
    shop.saved.remove(id);
    button.setAttribute("aria-pressed", "false");
    say("Taken back. From here on it counts no longer.");
    changed(shop, "interest-removed");
  } catch (error) {
    sayTrouble(error);
  }
}

/** Where the shop keeps nothing of it, there is nothing to take out. @param {unknown} error */
function unknown(error) {
  if (!(error instanceof ApiError && error.status === 404)) throw error;
}

/** The id of the interest in this product alone, as docs/privacy.md says. @param {string} user @param {string} id */
async function interestOf(user, id) {
  if (!window.isSecureContext) throw new Error("This page is not encrypted, so nothing can be taken back here: open it by https.");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${user}\0${id}`));
  return btoa(String.fromCharCode(...new Uint8Array(digest, 0, BYTES))).replaceAll("+", "-").replaceAll("/", "_");
}
