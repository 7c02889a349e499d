/** A headed grid of products that asks anew whenever the visitor does something. */

import { h } from "../../lib/dom.js";
import { grid } from "./cards.js";
import { follow } from "./follow.js";

/** @typedef {{recommendation_id: string, items: import("../../lib/cards.js").Item[]}} Answer */

/**
 * @typedef {object} Wish
 * @property {string} title
 * @property {() => Promise<Answer | null>} ask null where there is nothing to ask for
 * @property {(answer: Answer) => import("./cards.js").GridOptions} [options] of the grid
 */

/**
 * A section that is hidden while it has nothing to show. Refresh it once before it is shown, so that nothing moves when it
 * comes, and whenever what it asks for changes; it follows deeds by itself for as long as it is on the page.
 * @param {import("../shop.js").Shop} shop
 * @param {Wish} wish
 * @returns {{section: HTMLElement, refresh: () => Promise<Answer | null>}} `refresh` gives what is shown
 */
export function liveGrid(shop, { title, ask, options = () => ({}) }) {
  const list = h("div", {});
  const heading = h("h2", { class: "section-title", tabindex: -1 }, title);
  const section = h("section", { hidden: true }, heading, list);
  let asked = 0;

  async function refresh() {
    const turn = ++asked;
    await shop.tracker.flush();
    const answer = await ask().catch(() => null);
    if (turn !== asked) return answer;
    section.hidden = !answer?.items.length;
    const held = list.contains(document.activeElement);
    list.replaceChildren(...(answer ? [grid(shop, answer, options(answer))] : []));
    if (held) heading.focus({ preventScroll: true });
    return answer;
  }

  follow(section, shop.tracker, "deed", () => void refresh());
  return { section, refresh };
}
