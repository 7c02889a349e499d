/** Pass an address on: by the device's own way, or else by the clipboard. */

import { h } from "../../lib/dom.js";
import { say } from "../say.js";
import { dialog } from "./dialog.js";

/** @param {string} title @param {string} url @returns {Promise<boolean>} whether it was passed on */
export async function shareLink(title, url) {
  if (navigator.share) {
    try {
      await navigator.share({ title, url });
      return true;
    } catch (error) {
      if (/** @type {Error} */ (error).name === "AbortError") return false; // thought better of it
    }
  }
  try {
    await navigator.clipboard.writeText(url);
    say("The link is copied.");
  } catch {
    const field = h("input", { class: "box", readonly: true, value: url, "aria-label": "Link" });
    dialog("Share", h("p", {}, "Copy this link:"), field);
    field.select();
  }
  return true;
}
