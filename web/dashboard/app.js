/** The dashboard: reads the address, shows the page that it names, and asks again while somebody looks. */

import { h } from "../lib/dom.js";
import { closeCharts } from "./chart.js";
import { openDesk, wantsKey } from "./desk.js";
import { keyForm } from "./key-form.js";
import { timeOfDay } from "./numbers.js";
import { warning } from "./parts.js";

/**
 * @typedef {object} View
 * @property {string} title
 * @property {string} about one sentence on what it shows
 * @property {Node[]} content
 * @property {() => Promise<() => void>} ask asks the API; what it resolves to draws the answer
 * @property {boolean} [still] whether it is asked when the reader says so, and not again and again
 * @typedef {(desk: import("./desk.js").Desk, query: URLSearchParams, again: () => void) => View} Opener `again` has the view ask now
 */

/** A page's code is fetched when it is first wanted. @type {[string, string, () => Promise<{open: Opener}>][]} */
const VIEWS = [
  ["now", "Now", () => import("./pages/now.js")],
  ["results", "Results", () => import("./pages/results.js")],
  ["catalogue", "Catalogue", () => import("./pages/catalogue.js")],
  ["index", "Index", () => import("./pages/versions.js")],
  ["drift", "Drift", () => import("./pages/drift.js")],
  ["why", "Why", () => import("./pages/why.js")],
];
const EVERY_MS = 15_000;

/** @param {string} id */
const place = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const main = place("main");
const updated = h("p", { class: "updated muted" });
const trouble = h("div", { role: "alert" });
const forget = h("button", { type: "button", class: "button quiet" }, "Forget the key");
/** @type {View | null} */
let view = null;
let turn = 0;
let question = 0;
let asked = 0;

const desk = await openDesk();

function frame() {
  const tabs = VIEWS.map(([name, title]) => h("a", { href: `#/${name}`, "data-tab": name }, title));
  forget.addEventListener("click", () => {
    desk.useKey("");
    show();
  });
  place("head").replaceChildren(
    h("div", { class: "head-top" }, h("a", { class: "brand", href: "../" }, desk.name), h("span", { class: "muted where" }, "Dashboard"), updated, forget),
    h("nav", { class: "views", "aria-label": "Views" }, ...tabs),
  );
}

/** @param {boolean} [focus] whether the reader came from another view */
async function show(focus = false) {
  const mine = ++turn;
  const [name = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [chosen, title, load] = VIEWS.find(([each]) => each === name) ?? /** @type {typeof VIEWS[0]} */ (VIEWS[0]);
  for (const tab of document.querySelectorAll("[data-tab]")) {
    if (tab.getAttribute("data-tab") === chosen) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  const { open } = await load();
  if (mine !== turn) return;
  closeCharts();
  view = open(desk, new URLSearchParams(query), () => void refresh());
  document.title = `${title} · ${desk.name}`;
  const content = h("div", { class: "view", "aria-busy": "true" }, ...view.content);
  trouble.replaceChildren();
  main.replaceChildren(h("div", { class: "title" }, h("h1", {}, view.title), h("p", { class: "muted" }, view.about)), trouble, content);
  if (focus) {
    scrollTo(0, 0);
    main.focus({ preventScroll: true });
  }
  await refresh();
  content.removeAttribute("aria-busy");
}

/** Ask, and draw, unless something else has been asked meanwhile: a late answer is none. */
async function refresh() {
  const mine = ++question;
  asked = Date.now();
  try {
    const draw = await view?.ask();
    if (mine !== question) return;
    draw?.();
    updated.textContent = `As of ${timeOfDay(Date.now() / 1000)}`;
    trouble.replaceChildren();
  } catch (error) {
    if (mine !== question) return;
    if (wantsKey(error)) askForKey(/** @type {Error} */ (error));
    else trouble.replaceChildren(warning(error instanceof Error ? error.message : String(error)));
  }
  forget.hidden = !desk.hasKey;
}

/** @param {Error} refused */
function askForKey(refused) {
  turn += 1;
  question += 1;
  view = null;
  closeCharts();
  updated.textContent = "";
  const form = keyForm(desk.hasKey ? refused.message : "", (key) => {
    desk.useKey(key);
    show();
  });
  desk.useKey("");
  main.replaceChildren(form);
  form.querySelector("input")?.focus();
}

function again() {
  const late = Date.now() - asked >= EVERY_MS;
  if (view && !view.still && late && document.visibilityState === "visible") void refresh();
}

frame();
forget.hidden = !desk.hasKey;
addEventListener("hashchange", () => show(true));
document.addEventListener("visibilitychange", again);
setInterval(again, 1000);
await show();
