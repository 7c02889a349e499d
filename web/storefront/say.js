/** A short sentence at the foot of the page, which screen readers read too. */

import { h } from "../lib/dom.js";

const LONG_MS = 4000;
const TO_ANSWER_MS = 6000;
const AGAIN_MS = 1000;

/**
 * @typedef {object} Offer something that may be done about what was said
 * @property {string} button
 * @property {() => void} onpress
 * @property {(leaving: boolean) => void} [onend] it was not pressed: another sentence came, something else was clicked, the time
 *   is over, or the page is being left
 * @property {boolean} [focus] whether the button takes the focus: whoever works by keyboard could not reach it in time else
 */

/** @type {(how?: {pressed?: boolean, leaving?: boolean}) => void} */
let end = () => {};

/** @param {unknown} error in its own sentence */
export const sayTrouble = (error) => say(error instanceof Error ? error.message : String(error));

/** @param {string} sentence @param {Offer} [offer] */
export function say(sentence, offer) {
  end();
  const place = /** @type {HTMLElement} */ (document.getElementById("said"));
  const gone = new AbortController();
  const { signal } = gone;
  const close = ({ pressed = false, leaving = false } = {}) => {
    if (signal.aborted) return;
    gone.abort();
    place.replaceChildren();
    if (pressed) offer?.onpress();
    else offer?.onend?.(leaving);
  };
  end = close;
  place.replaceChildren(h("span", {}, sentence));
  let timer = setTimeout(function over() {
    if (place.matches(":focus-within, :hover")) timer = setTimeout(over, AGAIN_MS);
    else close();
  }, offer ? TO_ANSWER_MS : LONG_MS);
  signal.addEventListener("abort", () => clearTimeout(timer));
  if (!offer) return;
  const button = h("button", { type: "button", onclick: () => close({ pressed: true }), onblur: () => close() }, offer.button);
  place.append(button);
  place.addEventListener("keydown", (event) => event.key === "Escape" && close(), { signal });
  // Whatever is done next may want to build on it, so it is settled before.
  document.addEventListener("click", (event) => place.contains(/** @type {Node} */ (event.target)) || close(), { signal, capture: true });
  addEventListener("hashchange", () => close(), { signal });
  addEventListener("pagehide", () => close({ leaving: true }), { signal, capture: true });
  if (offer.focus) button.focus();
}
