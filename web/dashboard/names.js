/** What the API's words are called on the page. */

/** @param {string} word such as `for_you` @returns {string} such as "For you" */
export function named(word) {
  const text = NAMES[word] ?? word.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** @type {Record<string, string>} */
const NAMES = {
  similar: "more like this",
  complements: "goes with it",
  look: "complete the look",
  basket: "goes with the basket",
  rerank: "the shop's own list",
  picks: "emails",
  add_to_cart: "add to basket",
  remove_from_cart: "taken out of the basket",
  rate: "rating",
  keywords: "keywords",
  lately: "popular lately",
  newness: "newness",
};
