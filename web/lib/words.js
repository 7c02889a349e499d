/** What the components say themselves. All else that is read comes from the shop. */

/** @type {Record<string, string>} */
const WORDS = {
  forward: "Show what comes next",
  back: "Show what came before",
  more: "Show more",
  added: "{count} more products",
  search: "Search",
  placeholder: "What are you looking for?",
  suggestions: "Suggestions",
  found: "{count} products found",
  foundMore: "More than {count} products found",
  nothing: "Nothing was found. Try fewer or other words.",
  understood: "Understood as",
  corrected: "Shown for {to} instead of {from}",
  relaxed: "Nothing meets all of that, so this was left out",
  facets: "Narrow down",
  below: "up to {to}",
  from: "from {from}",
  between: "{from} to {to}",
  share: "Share",
  copied: "The link is copied.",
  link: "The link to share",
  shared: "Shared with you",
  gone: "{count} of these can no longer be bought",
  trouble: "This could not be shown.",
  again: "Try again",
};

/**
 * @param {{words: Record<string, string>} | null} shop whose own words go first
 * @param {string} name
 * @param {Record<string, string | number>} [values] for what stands in braces
 * @returns {string}
 */
export function word(shop, name, values = {}) {
  const text = [shop?.words, WORDS].find((words) => words && Object.hasOwn(words, name))?.[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (_, key) => String(values[key] ?? ""));
}
