/** Style sheets that only some pages need: fetched when the first of those is opened. */

import { h } from "../../lib/dom.js";

/** @type {Map<string, Promise<void>>} */
const asked = new Map();

/**
 * Resolves when `path`'s style sheet applies, so that a page is not shown before it; at once from the second time on. One
 * that cannot be had leaves the page plain.
 * @param {string} path relative to the page, such as `storefront/quiz.css`
 * @returns {Promise<void>}
 */
export function useStyle(path) {
  const known = asked.get(path);
  if (known) return known;
  /** @type {Promise<void>} */
  const loaded = new Promise((resolve) => {
    document.head.append(h("link", { rel: "stylesheet", href: path, onload: () => resolve(), onerror: () => resolve() }));
  });
  asked.set(path, loaded);
  return loaded;
}
