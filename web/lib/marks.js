/** A text with some of it marked: ranges and never markup, so that what a feed wrote stays text. */

import { h } from "./dom.js";

/**
 * @param {string} text
 * @param {[number, number][]} ranges first character and one past the last, in code points, ascending
 * @returns {(Node | string)[]}
 */
export function marked(text, ranges) {
  const signs = Array.from(text);
  /** @type {(Node | string)[]} */
  const parts = [];
  let done = 0;
  for (const [from, to] of ranges) {
    parts.push(signs.slice(done, from).join(""), h("mark", {}, signs.slice(from, to).join("")));
    done = to;
  }
  return [...parts, signs.slice(done).join("")].filter((part) => part !== "");
}
