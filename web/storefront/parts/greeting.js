/** The first words of the home page: what is known of the visitor, and no more. */

import { h } from "../../lib/dom.js";
import { href } from "../routes.js";

/** @typedef {import("../../lib/cards.js").Item} Item */

/** Reasons that name what the visitor did or said, and can stand alone; docs/api.md has them all. */
const NAMING = new Set(["because_of", "searched", "picked", "liked"]);
/** Reasons that speak of the visitor. */
const PERSONAL = new Set([...NAMING, "often_after", "new_from_brand", "for_you", "seen_before"]);

/** Whether any of it is there for who is looking. @param {Item[]} items */
export const isPersonal = (items) => items.some(({ reason }) => PERSONAL.has(reason?.kind));

/**
 * @param {import("../shop.js").Shop} shop
 * @returns {{element: HTMLElement, follow: (items: Item[]) => void, trouble: (error: unknown) => void}} `follow` is to be told what is
 *   shown for the visitor, `trouble` that nothing could be
 */
export function greeting(shop) {
  const { name, about } = shop.shopper ?? {};
  const title = h("h1", {}, name ? `Picked for ${name}` : "Come in, look around");
  const why = h("p", { class: "greeting-why" });
  const ways = h("p", { class: "greeting-ways" });
  /** @param {Item[]} items */
  const follow = (items) => {
    const because = items.filter(({ reason }) => PERSONAL.has(reason?.kind));
    if (!name) title.textContent = because.length ? "Picked for you" : "Come in, look around";
    why.textContent = about ? `${sentence(about)} Each click changes what comes next.` : because.length ? known(because) : "New here? Five pictures tell us your taste. Or just look around: each click changes what comes next.";
    ways.replaceChildren(
      because.length
        ? h("a", { class: "button", href: href("you") }, "What we think you like")
        : h("a", { class: "button primary", href: href("quiz") }, "Show me the five pictures"),
    );
  };
  /** @param {unknown} error */
  const trouble = (error) => {
    why.textContent = error instanceof Error ? error.message : String(error);
    ways.replaceChildren(h("button", { class: "button", type: "button", onclick: () => location.reload() }, "Try again"));
  };
  return { element: h("header", { class: about ? "greeting greeting-brief" : "greeting" }, title, why, ways), follow, trouble };
}

/** The shortest of the reasons that name something: it is read at a glance. @param {Item[]} items each with a reason that is about the visitor */
function known(items) {
  const named = items.filter(({ reason }) => NAMING.has(reason.kind)).map(({ reason }) => reason.sentence);
  return sentence(named.sort((one, other) => one.length - other.length)[0] ?? "From what you have looked at so far");
}

/** @param {string} words */
const sentence = (words) => `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`;
