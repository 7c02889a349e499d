/** All that is kept of a visitor: to take away, or to have erased. */

import { part } from "../../lib/client.js";
import { h } from "../../lib/dom.js";
import { href } from "../routes.js";
import { say, sayTrouble } from "../say.js";
import { dialog } from "./dialog.js";

/** @typedef {import("../shop.js").Shop} Shop */

const A_MINUTE_MS = 60_000;

/** @param {Shop} shop @returns {HTMLElement} */
export function kept(shop) {
  const download = h("button", { class: "button", type: "button", onclick: () => busy(download, () => takeAway(shop)) }, "Download all that is kept of me");
  return h(
    "div",
    { class: "kept" },
    download,
    h("button", { class: "button danger", type: "button", onclick: () => confirmErasure(shop) }, "Erase everything"),
  );
}

/** @param {HTMLButtonElement} button @param {() => Promise<void>} work */
async function busy(button, work) {
  button.disabled = true;
  await work().catch(sayTrouble);
  button.disabled = false;
}

/** @param {Shop} shop */
async function takeAway(shop) {
  await shop.tracker.flush();
  const content = JSON.stringify(await wholeExport(shop), null, 2);
  const link = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  const anchor = h("a", { download: "all-that-is-kept-of-me.json" });
  anchor.href = link;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(link), A_MINUTE_MS); // a browser may read it after the click only
  say("It is in your downloads.");
}

/** All its pages as one. @param {Shop} shop */
async function wholeExport(shop) {
  const path = `/v1/users/${part(shop.user())}/export`;
  let page = await shop.client.get(path);
  const { kept, profile, not_included } = page;
  const sends = [...page.sends];
  const events = [...page.events];
  while (page.cursor) {
    page = await shop.client.get(path, { cursor: page.cursor });
    sends.push(...page.sends);
    events.push(...page.events);
  }
  return { kept, profile, sends, events, not_included };
}

/** @param {Shop} shop */
function confirmErasure(shop) {
  const yes = h("button", { class: "button danger", type: "button", onclick: () => busy(yes, () => erase(shop, asked)) }, "Erase everything");
  const asked = dialog(
    "Erase everything?",
    h("p", {}, "What you looked at, searched for, saved and bought, what you told us and what we made of it: all of it is deleted, and cannot be brought back. Your basket is emptied. What you have refused stays refused."),
    h("p", {}, "You can go on looking around, as somebody we have never met."),
    h("div", { class: "kept" }, h("button", { class: "button", type: "button", onclick: () => asked.close() }, "Keep it"), yes),
  );
}

/** @param {Shop} shop @param {HTMLDialogElement} asked */
async function erase(shop, asked) {
  const { shopper, user } = shop;
  const path = `/v1/users/${part(user())}`;
  const all = async () => {
    while ((await shop.client.call("DELETE", path)).more);
  };
  await shop.tracker.flush();
  if (shopper) {
    await all();
    shop.forget();
    shop.become("");
  } else await shop.startOver(all);
  asked.close();
  say("It is erased. Welcome, stranger.");
  location.hash = href("home");
}
