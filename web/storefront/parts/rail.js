/** Rows of products, with what the storefront adds to them. */

import { h } from "../../lib/dom.js";
import { useActionStyle } from "./card-actions.js";

/** How far below the screen a part may be when it begins to ask, so that it is there when it is reached. */
const NEAR = "800px";

/** @typedef {Record<string, string | number | boolean | null | undefined>} Attributes as `vitrine-rail` takes them */

/**
 * A row of products whose cards can be saved, put away and asked for their reason: that they can, the shop says.
 * @param {string} scenario one of lib/rails.js
 * @param {Attributes} [attributes]
 * @returns {HTMLElement} a `vitrine-rail`
 */
export function rail(scenario, attributes = {}) {
  const element = h(/** @type {any} */ ("vitrine-rail"), { scenario, ...attributes });
  if (element.shadowRoot) useActionStyle(element.shadowRoot);
  return element;
}

/** The same, which asks when the reader comes near to it. @param {string} scenario @param {Attributes} [attributes] @param {Promise<void>} [first] */
export const railLater = (scenario, attributes = {}, first) => later(() => rail(scenario, attributes), "rail-later", first);

/**
 * Something that is made when the reader comes near; where it then has nothing to show, its place goes while it is still
 * below the screen.
 * @param {() => HTMLElement} make what takes the place
 * @param {string} kind a class that says how large the place is kept
 * @param {Promise<void>} [first] what goes before it, wherever the reader is
 * @returns {HTMLElement}
 */
export function later(make, kind, first = Promise.resolve()) {
  const place = h("div", { class: kind });
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      place.replaceWith(make());
    },
    { rootMargin: `0px 0px ${NEAR} 0px` },
  );
  void first.then(() => observer.observe(place));
  return place;
}
