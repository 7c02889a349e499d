/** What one can do with a card: save it, put it away, ask why it is there. */

import { h } from "../../lib/dom.js";
import { say } from "../say.js";
import { icon } from "./icons.js";
import { unsave } from "./unsave.js";
import { why } from "./why.js";

/** @typedef {import("../../lib/cards.js").Item} Item */

/** For cards inside components too: a page's style sheet does not reach them. */
const ACTION_STYLE = `
.card { block-size: 100%; }
.card-brand { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.card-why { display: -webkit-box; -webkit-line-clamp: var(--why-lines, 2); -webkit-box-orient: vertical; overflow: hidden; }
.card-actions { align-items: center; margin-block-start: auto; }
.card-tools { flex: 1 0 100%; display: flex; align-items: center; justify-content: space-between; }
.card-away { margin-inline: auto -.6rem; }
.card-tool { display: inline-grid; place-items: center; min-inline-size: 2.75rem; min-block-size: 2.75rem; padding: 0; border: 0; border-radius: 999px; background: none; color: var(--muted); font: inherit; font-size: .8125rem; cursor: pointer; }
.card-tool:hover { color: var(--text); }
.card-tool:focus-visible { outline: 3px solid var(--accent); outline-offset: -3px; }
.card-tool .icon { inline-size: 1.25rem; block-size: 1.25rem; fill: none; stroke: currentColor; stroke-width: 1.7; stroke-linecap: round; stroke-linejoin: round; }
.card-unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.card-ask { text-decoration: underline; text-decoration-color: var(--line); text-underline-offset: .25em; }
.card-save { position: absolute; inset-block-start: .35rem; inset-inline-end: .35rem; background: color-mix(in srgb, var(--raised) 82%, transparent); color: var(--text); }
.card-save[aria-pressed="true"] { color: var(--accent); }
.card-save[aria-pressed="true"] .icon { fill: currentColor; }
`;

const sheet = new CSSStyleSheet();
sheet.replaceSync(ACTION_STYLE);

/** Let a component's cards look as the page's do. @param {Document | ShadowRoot} root */
export function useActionStyle(root) {
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}

/**
 * The tools of a card.
 * @param {import("../shop.js").Shop} shop
 * @param {Item} item
 * @param {string} recommendation_id
 * @returns {HTMLElement[]}
 */
export function cardActions(shop, item, recommendation_id) {
  const { title } = item.product;
  const away = (/** @type {MouseEvent} */ event) => putAway(shop, item, recommendation_id, event);
  return [
    saveButton(shop, item.id, title, recommendation_id),
    h(
      "span",
      { class: "card-tools" },
      item.reason && h("button", { class: "card-tool card-ask", type: "button", onclick: () => why(item) }, "Why this?", hidden(` ${title}`)),
      h("button", { class: "card-tool card-away", type: "button", title: "Not for me", onclick: away }, icon("no"), hidden(`Not for me: ${title}`)),
    ),
  ];
}

/** @param {import("../shop.js").Shop} shop @param {string} id @param {string} title @param {string} recommendation_id */
function saveButton(shop, id, title, recommendation_id) {
  const button = h(
    "button",
    { class: "card-tool card-save", type: "button", title: "Save", "aria-label": `Save ${title}`, "aria-pressed": String(shop.saved.has(id)), onclick: () => save(shop, id, recommendation_id, button) },
    icon("heart"),
  );
  return button;
}

/**
 * A second press takes it back.
 * @param {import("../shop.js").Shop} shop @param {string} id @param {string} recommendation_id @param {HTMLElement} button
 */
export function save(shop, id, recommendation_id, button) {
  if (shop.saved.has(id)) {
    void unsave(shop, id, button);
    return;
  }
  shop.saved.add(id);
  button.setAttribute("aria-pressed", "true");
  say("Saved. What comes next follows it.");
  void shop.tracker.tell({ type: "wishlist", product_id: id, recommendation_id });
}

/**
 * The card goes at once; the shop is told when the visitor has not called it back, and goes on to something else.
 * @param {import("../shop.js").Shop} shop @param {Item} item @param {string} recommendation_id @param {MouseEvent} event
 */
function putAway(shop, item, recommendation_id, event) {
  const button = /** @type {HTMLElement} */ (event.currentTarget);
  const place = /** @type {HTMLElement} */ (button.closest("li") ?? button.closest(".card"));
  const next = /** @type {HTMLElement | null} */ ((place.nextElementSibling ?? place.previousElementSibling)?.querySelector("a, button"));
  const byKey = event.detail === 0;
  const mark = document.createComment("");
  place.replaceWith(mark);
  say(`${item.product.title} is put away.`, {
    button: "Undo",
    focus: byKey,
    onpress: () => {
      mark.replaceWith(place);
      place.querySelector("a")?.focus();
    },
    onend: (leaving) => {
      mark.remove();
      if (byKey) next?.focus();
      const deed = { type: "dislike", product_id: item.id, recommendation_id };
      if (leaving) shop.tracker.record(deed);
      else void shop.tracker.tell(deed);
    },
  });
}

/** @param {string} text read out, not shown */
const hidden = (text) => h("span", { class: "card-unseen" }, text);
