/** The quiz for newcomers: one question a screen, each with an address of its own, so that the browser's back goes back. */

import { h } from "../../lib/dom.js";
import { picksOf } from "../parts/quiz-picks.js";
import { QuizRun } from "../parts/quiz-run.js";
import { questionStep, wordsStep } from "../parts/quiz-steps.js";
import { useStyle } from "../parts/style.js";
import { href } from "../routes.js";

/** @type {QuizRun | null} */
let run = null;

/** @type {import("../app.js").Opener} */
export async function open(shop, route) {
  const styled = useStyle("storefront/quiz.css");
  const begins = !route.id && !!run?.understood;
  if (!run || run.user !== shop.user() || begins) run = await QuizRun.begin(shop);
  const now = run;
  await styled;
  if (!now.questions.length) return { title: "Quiz", content: none() };
  if (route.id === "picks" && now.understood) return { title: "Your picks", content: await picksOf(shop, now, again) };
  if (route.id === "words") return { title: "Your likes", content: wordsStep(now, () => finish(shop, now)) };
  const place = Math.min(Math.max(Number(route.id) || 1, 1), now.questions.length) - 1;
  const content = questionStep(shop, now, place);
  if (place > 0) atTheChoices(content);
  return { title: `Question ${place + 1} of ${now.questions.length}`, content };
}

/** @param {import("../shop.js").Shop} shop @param {QuizRun} now */
async function finish(shop, now) {
  await now.answer(shop);
  location.hash = href("quiz", "picks");
}

function again() {
  run = null;
  location.hash = href("quiz");
}

/** Who has just answered goes on with the arrows, without going through the page from its top. @param {HTMLElement} content */
function atTheChoices(content) {
  requestAnimationFrame(() => {
    const choice = content.querySelector("input:checked") ?? content.querySelector("input");
    /** @type {HTMLElement | null} */ (choice)?.focus({ preventScroll: true });
  });
}

function none() {
  return h(
    "div",
    { class: "stack" },
    h("h1", {}, "No quiz here yet"),
    h("p", {}, "This shop has too few pictures to ask about. Look around instead: every click tells us what you like."),
    h("p", {}, h("a", { class: "button primary", href: href("home") }, "To the shop window")),
  );
}
