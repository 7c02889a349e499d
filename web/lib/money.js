/** Prices, as a reader writes them. */

/** By language and currency: a formatter takes longer to make than a card. @type {Map<string, Intl.NumberFormat>} */
const kept = new Map();

/** @param {number} amount @param {string} currency ISO 4217, or empty @returns {string} */
export function money(amount, currency) {
  const language = document.documentElement.lang || "en";
  const name = `${language} ${currency}`;
  try {
    const format = kept.get(name) ?? new Intl.NumberFormat(language, { style: "currency", currency });
    kept.set(name, format);
    return format.format(amount);
  } catch {
    return `${amount.toFixed(2)} ${currency}`.trim();
  }
}
