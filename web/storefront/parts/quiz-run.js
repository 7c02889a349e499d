/** One walk through the quiz: its questions, and what was answered so far. */

/** @typedef {import("../shop.js").Shop} Shop */
/** @typedef {{id: string, product: import("../../lib/cards.js").Product}} Option */
/** @typedef {{id: string, text: string, most_choices: number, options: Option[]}} Question */
/** @typedef {{min?: number, max?: number, currency: string}} Budget */
/** @typedef {{taste: Record<string, any>, ignored: {field: string, value: string}[], kept: boolean}} Understood as the API says it */

/** The kinds of words that one may say to like, and how they are asked for. @type {[kind: string, question: string][]} */
export const KINDS = [
  ["categories", "What are you looking for?"],
  ["colours", "Your colours"],
  ["brands", "Makers you like"],
];

export class QuizRun {
  /** @param {string} user @param {{questions: Question[], likes: Record<string, string[]>}} quiz */
  constructor(user, quiz) {
    this.user = user;
    this.questions = quiz.questions;
    /** What may be said to be liked, the catalogue's most frequent words first. */
    this.words = quiz.likes;
    /** By question, the product whose picture was chosen. @type {Map<string, string>} */
    this.chosen = new Map();
    /** @type {Map<string, Set<string>>} */
    this.liked = new Map(KINDS.map(([kind]) => [kind, new Set()]));
    /** @type {Budget | null} */
    this.budget = null;
    /** @type {Understood | null} */
    this.understood = null;
  }

  /** @param {Shop} shop @returns {Promise<QuizRun>} */
  static async begin(shop) {
    return new QuizRun(shop.user(), await shop.client.get("/v1/quiz"));
  }

  /** What the API takes. A budget is left out where none was said; words are named even so, to take earlier ones back. */
  get body() {
    const words = Object.fromEntries([...this.liked].map(([kind, chosen]) => [kind, [...chosen]]));
    return {
      answers: [...this.chosen].map(([question, id]) => ({ question, chosen: [id] })),
      likes: this.budget ? { ...words, budget: this.budget } : words,
    };
  }

  /** Ends it; every list follows from then on. @param {Shop} shop */
  async answer(shop) {
    this.understood = await shop.client.post("/v1/quiz/answers", { user_id: this.user, ...this.body });
    shop.tracker.dispatchEvent(new CustomEvent("deed", { detail: { type: "quiz" } }));
  }

  /** Prices that part what the pictures cost into a cheap, a middle and a dear third, as round numbers. @returns {Budget[]} */
  get budgets() {
    const products = this.questions.flatMap(({ options }) => options.map(({ product }) => product));
    const currency = products.find((each) => each.currency)?.currency ?? "";
    const prices = products
      .filter((each) => each.currency === currency && each.price !== null)
      .map((each) => Number(each.sale_price ?? each.price))
      .sort((a, b) => a - b);
    const thirds = [1 / 3, 2 / 3].map((share) => rounded(prices[Math.floor(share * prices.length)] ?? 0));
    return [...new Set(thirds)].filter((max) => max > 0).map((max) => ({ max, currency }));
  }
}

/** Two figures of it, the second a 0 or a 5. @param {number} price */
function rounded(price) {
  if (price <= 0) return 0;
  const step = 10 ** Math.floor(Math.log10(price)) / 2;
  return Math.round(price / step) * step;
}
