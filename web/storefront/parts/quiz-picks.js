/** The quiz's last screen: what was understood, and the first picks made of it. */

import { ownTitle, picture } from "../../lib/cards.js";
import { part } from "../../lib/client.js";
import { h } from "../../lib/dom.js";
import { money } from "../../lib/money.js";
import { href } from "../routes.js";
import { addButton } from "./add-button.js";
import { liveGrid } from "./live-grid.js";

/** @typedef {import("./quiz-run.js").QuizRun} QuizRun */

const PICKS = 12;
const WORDS = ["categories", "colours", "brands", "sizes"];

/**
 * @param {import("../shop.js").Shop} shop
 * @param {QuizRun} run which has been answered
 * @param {() => void} again
 */
export async function picksOf(shop, run, again) {
  const understood = /** @type {import("./quiz-run.js").Understood} */ (run.understood);
  const picks = liveGrid(shop, {
    title: "Your first picks",
    ask: () => (understood.kept ? forYou(shop) : forNobody(shop, run)),
    options: (answer) => ({ eager: 4, actions: (item) => [addButton(shop, item, answer.recommendation_id)] }),
  });
  const answer = await picks.refresh();
  const heard = answer?.items.some(({ source }) => source.split("+").includes("declared"));
  return h(
    "div",
    { class: "stack quiz-end" },
    h("h1", {}, "Thank you: this is what we understood"),
    said(shop, run, understood),
    !understood.kept && h("p", { class: "notice" }, "You have asked us to keep nothing about you: these picks are for this page alone."),
    !heard && h("p", { class: "notice" }, "What you have done here so far says more than these answers: the picks follow that."),
    picks.section,
    h(
      "div",
      { class: "quiz-foot" },
      h("button", { class: "button", type: "button", onclick: again }, "Take it again"),
      h("a", { class: "button primary", href: href("home") }, "To the shop window"),
    ),
  );
}

/** @param {import("../shop.js").Shop} shop */
function forYou(shop) {
  return shop.client.get(`/v1/users/${part(shop.user())}/recommendations`, { limit: PICKS });
}

/** Where nothing may be kept, the answers travel with the question. @param {import("../shop.js").Shop} shop @param {QuizRun} run */
function forNobody(shop, run) {
  return shop.client.post("/v1/recommendations", { session: [], declared: run.body, limit: PICKS });
}

/** @param {import("../shop.js").Shop} shop @param {QuizRun} run @param {import("./quiz-run.js").Understood} understood */
function said(shop, run, { taste, ignored }) {
  const options = new Map(run.questions.flatMap((question) => question.options.map((option) => [option.id, option.product])));
  const chosen = [...new Set(run.chosen.values())].flatMap((id) => options.get(id) ?? []);
  const words = WORDS.flatMap((kind) => taste[kind] ?? []);
  if (taste.budget?.max) words.push(`Up to ${money(taste.budget.max, taste.budget.currency)}`);
  if (!chosen.length && !words.length) return h("p", {}, "You chose nothing, and that is fine: here is what others like.");
  return h(
    "div",
    { class: "quiz-said" },
    h(
      "ul",
      { class: "quiz-liked", role: "list" },
      chosen.map((product) => h("li", {}, picture(product, shop.images, true), h("span", {}, ownTitle(product)))),
    ),
    words.length > 0 && h("p", {}, h("span", { class: "muted" }, "And you like: "), words.join(", ")),
    ignored.length > 0 && h("p", { class: "muted" }, `Not in this shop: ${ignored.map(({ value }) => value).join(", ")}.`),
  );
}
