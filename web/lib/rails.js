/** Which call answers which rail, and what a rail is called where the page says nothing. */

import { part } from "./client.js";

/** @typedef {import("./client.js").Client} Client */
/** @typedef {{user: string, product: string, basket: string[], limit: number, filter: string, cursor: string}} Wish */

/** @type {Record<string, {title: string, ask: (client: Client, wish: Wish) => Promise<any>}>} */
export const SCENARIOS = {
  "for-you": {
    title: "For you",
    ask: (client, { user, limit, filter, cursor }) => client.get(`/v1/users/${part(user)}/recommendations`, { limit, filter, cursor }),
  },
  similar: { title: "More like this", ask: (client, wish) => about(client, "similar", wish) },
  "looks-alike": { title: "Looks alike", ask: (client, wish) => about(client, "similar", wish, { by: "image" }) },
  complements: { title: "Goes with it", ask: (client, wish) => about(client, "complements", wish) },
  look: {
    title: "Complete the look",
    ask: (client, { product, user, limit }) => client.get(`/v1/products/${part(product)}/look`, { slots: Math.min(limit, 8), user_id: user }),
  },
  basket: {
    title: "Goes with your basket",
    ask: (client, { basket, user, limit, filter, cursor }) =>
      client.post("/v1/baskets/recommendations", { product_ids: basket, user_id: user, limit, filter, cursor }),
  },
  trending: list("trending", "Trending now"),
  "best-sellers": list("best-sellers", "Best sellers"),
  "most-viewed": list("most-viewed", "Most viewed"),
  "new-arrivals": list("new-arrivals", "New in the shop"),
  "back-in-stock": list("back-in-stock", "Back in stock"),
  "price-drops": list("price-drops", "Price drops"),
  "recently-viewed": own("recently-viewed", "Recently viewed"),
  "buy-again": own("buy-again", "Buy again"),
};

/** @param {string} name @param {string} title */
function list(name, title) {
  return {
    title,
    /** @param {Client} client @param {Wish} wish */
    ask: (client, { user, limit, filter, cursor }) => client.get(`/v1/lists/${name}`, { user_id: user, limit, filter, cursor }),
  };
}

/** @param {string} name @param {string} title */
function own(name, title) {
  return {
    title,
    /** @param {Client} client @param {Wish} wish */
    ask: (client, { user, limit, filter, cursor }) => client.get(`/v1/users/${part(user)}/${name}`, { limit, filter, cursor }),
  };
}

/** @param {Client} client @param {string} what @param {Wish} wish @param {object} [more] */
function about(client, what, { product, user, limit, filter, cursor }, more = {}) {
  return client.get(`/v1/products/${part(product)}/${what}`, { user_id: user, limit, filter, cursor, ...more });
}
