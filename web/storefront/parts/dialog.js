/** Something that is said or asked on top of the page. */

import { h } from "../../lib/dom.js";
import { icon } from "./icons.js";

let drawn = 0;

/**
 * A modal dialog over the page, open at once: Escape, its button and a click beside it close it, and the focus goes back
 * to where it was. It leaves the page when it closes, or when another page is opened.
 * @param {string} title
 * @param {...(import("../../lib/dom.js").Child | import("../../lib/dom.js").Child[])} content
 * @returns {HTMLDialogElement}
 */
export function dialog(title, ...content) {
  const back = /** @type {HTMLElement | null} */ (focused(document));
  const id = `dialog-${++drawn}`;
  const shown = h(
    "dialog",
    { class: "dialog", "aria-labelledby": id },
    h(
      "div",
      { class: "dialog-page" },
      h(
        "div",
        { class: "dialog-top" },
        h("h2", { id }, title),
        h("button", { class: "round", type: "button", "aria-label": "Close", onclick: () => shown.close() }, icon("close")),
      ),
      ...content,
    ),
  );
  const leave = () => shown.close();
  shown.addEventListener("click", (event) => event.target === shown && shown.close());
  shown.addEventListener("close", () => {
    removeEventListener("hashchange", leave);
    shown.remove();
    if (back?.isConnected) back.focus({ preventScroll: true });
  });
  addEventListener("hashchange", leave);
  document.body.append(shown);
  shown.showModal();
  return shown;
}

/** What has the focus, also inside a component. @param {Document | ShadowRoot} root @returns {Element | null} */
function focused(root) {
  const { activeElement } = root;
  return activeElement?.shadowRoot ? focused(activeElement.shadowRoot) : activeElement;
}
