/** The shop that the dashboard looks at: its address, its secret key, its pictures. */

import { ApiError, Client } from "../lib/client.js";

/** The key is kept for this tab alone, and is gone with it. */
const KEY = "vitrine.dashboard.key";

export class Desk {
  /** @param {{name: string, api: string, images: string, shoppers: {id: string, name: string}[]}} config `images` as an address of its own, or empty; `shoppers` are those of a demo */
  constructor({ name, api, images, shoppers }) {
    this.name = name;
    this.images = images;
    this.shoppers = shoppers;
    this.client = new Client({ api, key: stored() });
  }

  get hasKey() {
    return Boolean(this.client.key);
  }

  /** @param {string} key empty forgets it */
  useKey(key) {
    this.client.key = key;
    try {
      if (key) sessionStorage.setItem(KEY, key);
      else sessionStorage.removeItem(KEY);
    } catch {
      // A browser that stores nothing: the key holds until the page is loaded again.
    }
  }

  /** @param {string} path @param {import("../lib/client.js").Params} [params] */
  get(path, params) {
    return this.client.get(path, params);
  }
}

/** Whether an answer means that a key is missing, or not good for this. @param {unknown} error */
export const wantsKey = (error) => error instanceof ApiError && (error.status === 401 || error.status === 403);

/** The settings are the storefront's, one folder up; without them it is the page's own server. @returns {Promise<Desk>} */
export async function openDesk() {
  const root = new URL("..", document.baseURI);
  /** @type {{name?: string, api?: string, images?: string, shoppers?: {id: string, name: string}[]}} */
  const said = await fetch(new URL("config.json", root), { credentials: "same-origin" })
    .then((answer) => (answer.ok ? answer.json() : {}))
    .catch(() => ({}));
  const images = said.images ? new URL(said.images, root).href : "";
  return new Desk({ name: said.name || "Vitrine", api: said.api || "", images, shoppers: said.shoppers ?? [] });
}

function stored() {
  try {
    return sessionStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}
