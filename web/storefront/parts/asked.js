/** What is searched for: read from the address, changed, put back into it, and sent. */

import { photoOf } from "./photo.js";

/**
 * @typedef {object} Asked
 * @property {string} text
 * @property {string} like id of the product that it is to be like; empty for none
 * @property {string} photo the number under which this page keeps a photo; empty for none. The photo is in no address
 * @property {Record<string, string[]>} filters by field the values chosen
 * @property {string} price `from-below` in figures, either may be empty; empty for any price
 * @property {string} sort empty for what the words ask for, else the best match
 * @property {boolean} literal whether no conditions are to be read out of the words
 */

/** The fields whose values can be chosen, in the order of the panel; the price stands between them. */
const FIELDS = ["category", "brand", "colour", "size"];
const PAGE = 24;
/** What the API takes of each. */
const LONGEST = 500;
const MOST_VALUES = 50;

/** @param {URLSearchParams} query @returns {Asked} */
export function askedOf(query) {
  const get = (/** @type {string} */ name) => query.get(name) ?? "";
  const chosen = FIELDS.map((field) => [field, query.getAll(field).filter(Boolean).slice(0, MOST_VALUES)]);
  return {
    text: Array.from(get("q").trim()).slice(0, LONGEST).join(""),
    like: get("like"),
    photo: get("photo"),
    filters: Object.fromEntries(chosen.filter(([, values]) => values?.length)),
    price: /^(\d+(\.\d+)?)?-(\d+(\.\d+)?)?$/.test(get("price")) && get("price") !== "-" ? get("price") : "",
    sort: get("sort"),
    literal: get("literal") === "1",
  };
}

/** @param {Partial<Asked>} asked @returns {string} the page's address */
export function addressOf({ text, like, photo, filters = {}, price, sort, literal }) {
  const query = new URLSearchParams();
  const set = (/** @type {string} */ name, /** @type {string | undefined} */ value) => value && query.set(name, value);
  set("q", text);
  set("like", like);
  set("photo", photo);
  for (const field of FIELDS) for (const value of filters[field] ?? []) query.append(field, value);
  set("price", price);
  set("sort", sort);
  set("literal", literal ? "1" : "");
  return query.size ? `#/search?${query}` : "#/search";
}

/** @param {Asked} asked */
export const isEmpty = ({ text, like, photo, filters, price }) => !text && !like && !photo && !price && !Object.keys(filters).length;

/** @param {string} price as in the address @returns {{from?: number, below?: number}} */
function rangeOf(price) {
  const [from, below] = price.split("-");
  return { ...(from && { from: Number(from) }), ...(below && { below: Number(below) }) };
}

/**
 * The body to send: JSON, or a form where a photo goes with it.
 * @param {Asked} asked
 * @param {{user: string, facets?: string[], cursor?: string, limit?: number}} more
 * @returns {object | FormData}
 */
export function bodyOf(asked, { user, facets = [], cursor = "", limit = PAGE }) {
  const filters = { ...asked.filters, ...(asked.price && { price: rangeOf(asked.price) }) };
  /** @type {Record<string, any>} */
  const body = {
    ...(asked.text && { text: asked.text }),
    ...(asked.like && { like: asked.like }),
    ...(Object.keys(filters).length && { filters }),
    ...(asked.sort && { sort: asked.sort }),
    ...(asked.literal && { understand: false }),
    ...(facets.length && { facets }),
    ...(cursor && { cursor }),
    user_id: user,
    limit,
  };
  const photo = photoOf(asked.photo);
  return photo ? formOf(body, photo.blob) : body;
}

/** @param {Record<string, any>} body @param {Blob} image */
function formOf(body, image) {
  const form = new FormData();
  for (const [name, value] of Object.entries(body)) {
    if (Array.isArray(value)) value.forEach((each) => form.append(name, each));
    else form.append(name, typeof value === "object" ? JSON.stringify(value) : String(value));
  }
  form.append("image", image, "photo");
  return form;
}

/** Go to another search, as a new entry of the history, while the page stays as it is. @param {Asked} asked */
export function note(asked) {
  history.pushState(null, "", addressOf(asked));
  dispatchEvent(new Event("vitrine-asked"));
}
