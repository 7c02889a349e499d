/** The quiz's screens: a question of pictures, and what may be said in words. */

import { ownTitle, picture } from "../../lib/cards.js";
import { h } from "../../lib/dom.js";
import { money } from "../../lib/money.js";
import { href } from "../routes.js";
import { say, sayTrouble } from "../say.js";
import { KINDS } from "./quiz-run.js";

/** @typedef {import("./quiz-run.js").QuizRun} QuizRun */

/** How many words of a kind are offered; more would be a form. */
const WORDS = 12;

/** The address of a question by its place, from 0. @param {number} place */
const questionHref = (place) => href("quiz", place > 0 ? String(place + 1) : "");

/**
 * @param {import("../shop.js").Shop} shop
 * @param {QuizRun} run
 * @param {number} place
 * @returns {HTMLElement}
 */
export function questionStep(shop, run, place) {
  const question = /** @type {import("./quiz-run.js").Question} */ (run.questions[place]);
  const next = place + 1 < run.questions.length ? questionHref(place + 1) : href("quiz", "words");
  return h(
    "form",
    { class: "quiz", onsubmit: (/** @type {Event} */ event) => take(event, run, question.id, next) },
    progress(place + 1, run.questions.length),
    h(
      "fieldset",
      { class: "quiz-choices" },
      h("legend", {}, h("h1", {}, question.text)),
      h("div", { class: "quiz-pictures" }, ...question.options.map((option) => choice(shop, run, question.id, option))),
    ),
    h(
      "div",
      { class: "quiz-foot" },
      place > 0 && h("a", { class: "button", href: questionHref(place - 1) }, "Back"),
      h("button", { class: "button", type: "button", onclick: () => skip(run, question.id, next) }, "Skip"),
      h("button", { class: "button primary", type: "submit" }, "Next"),
    ),
  );
}

/** @param {number} now @param {number} all */
function progress(now, all) {
  const told = `${now} of ${all}`;
  return h(
    "div",
    { class: "quiz-progress" },
    h("span", { class: "muted" }, told),
    h("progress", { value: now, max: all, "aria-label": `Question ${told}` }),
  );
}

/** @param {import("../shop.js").Shop} shop @param {QuizRun} run @param {string} question @param {import("./quiz-run.js").Option} option */
function choice(shop, run, question, { id, product }) {
  return h(
    "label",
    { class: "quiz-choice" },
    h("input", { type: "radio", name: question, value: id, class: "visually-hidden", checked: run.chosen.get(question) === id }),
    picture(product, shop.images, true),
    h("span", { class: "quiz-title" }, ownTitle(product)),
  );
}

/** @param {Event} event @param {QuizRun} run @param {string} question @param {string} next */
function take(event, run, question, next) {
  event.preventDefault();
  const chosen = new FormData(/** @type {HTMLFormElement} */ (event.target)).get(question);
  if (!chosen) return say("Choose the picture you like best, or skip.");
  run.chosen.set(question, String(chosen));
  location.hash = next;
}

/** @param {QuizRun} run @param {string} question @param {string} next */
function skip(run, question, next) {
  run.chosen.delete(question);
  location.hash = next;
}

/**
 * What may be said in words; all of it may be left out.
 * @param {QuizRun} run
 * @param {() => Promise<void>} finish
 */
export function wordsStep(run, finish) {
  const done = h("button", { class: "button primary", type: "submit" }, "Show my picks");
  return h(
    "form",
    {
      class: "quiz",
      onsubmit: async (/** @type {Event} */ event) => {
        event.preventDefault();
        done.disabled = true;
        await finish().catch(sayTrouble);
        done.disabled = false;
      },
    },
    h("h1", {}, "Anything you know already?"),
    h("p", { class: "muted" }, "Only if you like: it makes the first picks closer to you."),
    ...KINDS.map(([kind, question]) => kindOf(run, kind, question)),
    budgetOf(run),
    h("div", { class: "quiz-foot" }, h("a", { class: "button", href: questionHref(run.questions.length - 1) }, "Back"), done),
  );
}

/** @param {QuizRun} run @param {string} kind @param {string} question */
function kindOf(run, kind, question) {
  const liked = /** @type {Set<string>} */ (run.liked.get(kind));
  const words = (run.words[kind] ?? []).slice(0, WORDS);
  const turn = (/** @type {string} */ word, /** @type {boolean} */ on) => (on ? liked.add(word) : liked.delete(word));
  return words.length > 0 && group(question, words.map((word) => chip("checkbox", kind, word, liked.has(word), (on) => turn(word, on))));
}

/** @param {QuizRun} run */
function budgetOf(run) {
  const said = run.budget?.max;
  const set = (/** @type {import("./quiz-run.js").Budget | null} */ budget) => () => (run.budget = budget);
  const chips = run.budgets.map((each) =>
    chip("radio", "budget", `Up to ${money(each.max ?? 0, each.currency)}`, said === each.max, set(each)),
  );
  return chips.length > 0 && group("A usual price", [chip("radio", "budget", "Any", !said, set(null)), ...chips]);
}

/** @param {string} title @param {HTMLElement[]} chips */
function group(title, chips) {
  return h("fieldset", { class: "quiz-words" }, h("legend", {}, title), h("div", { class: "chips" }, ...chips));
}

/** @param {"radio" | "checkbox"} type @param {string} name @param {string} text @param {boolean} checked @param {(on: boolean) => void} turn */
function chip(type, name, text, checked, turn) {
  const box = h("input", { type, name, value: text, class: "visually-hidden", checked, onchange: () => turn(box.checked) });
  return h("label", { class: "chip quiz-word" }, box, text);
}
