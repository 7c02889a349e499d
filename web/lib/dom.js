/** Elements made without markup: what comes from a feed is text, whatever it holds. */

/** @typedef {Node | string | number | null | undefined | false} Child */

const LINKS = new Set(["href", "src", "action"]);
/** What would run, or load, whatever stands in it. */
const REFUSED = /^(srcdoc|style|srcset|formaction|data|xlink:href)$/i;

/**
 * An element with attributes, listeners (`onclick`) and children. Strings become text; false, null and undefined are left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [attributes] `true` sets an empty attribute; false, null and undefined set none
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (REFUSED.test(name)) throw new TypeError(`h() sets no ${name}: use a class, or a checked href or src.`);
    else if (LINKS.has(name)) set(element, name, safeUrl(String(value), name === "src"));
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...nodes(children));
  return element;
}

/** @param {Element} element @param {string} name @param {string} value */
function set(element, name, value) {
  if (value) element.setAttribute(name, value);
}

/** @param {(Child | Child[])[]} children @returns {(Node | string)[]} */
function nodes(children) {
  return children
    .flat()
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/**
 * The address where a browser may follow it: http and https, and what is relative to the page. Anything else, such as
 * `javascript:` and `data:`, is none; a picture may also be one that this page made itself.
 * @param {string} url
 * @param {boolean} [own] whether `blob:` will do
 * @returns {string} empty where it is not to be followed
 */
export function safeUrl(url, own = false) {
  try {
    const { protocol } = new URL(url, document.baseURI);
    return protocol === "http:" || protocol === "https:" || (own && protocol === "blob:") ? url : "";
  } catch {
    return "";
  }
}
