/** A row of choices, each a small button. */

import { h } from "../../lib/dom.js";

/** @typedef {{text: string, pressed?: boolean, onclick?: (event: Event) => void, href?: string}} Chip */

/**
 * @param {string} label what the choices are about, for screen readers
 * @param {Chip[]} chips one with `pressed` stays down until it is pressed again; one with `href` is a link
 * @returns {HTMLUListElement}
 */
export function chips(label, chips) {
  return h(
    "ul",
    { class: "chips", role: "list", "aria-label": label },
    chips.map(({ text, pressed, onclick, href }) =>
      h(
        "li",
        {},
        href
          ? h("a", { class: "chip", href, onclick }, text)
          : h("button", { class: "chip", type: "button", "aria-pressed": pressed === undefined ? null : String(pressed), onclick }, text),
      ),
    ),
  );
}
