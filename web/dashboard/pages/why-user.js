/** What is known of a user: consent, taste, standing, last events, and the list that they get, each with its why. */

import { h } from "../../lib/dom.js";
import { named } from "../names.js";
import { count, score, share, when } from "../numbers.js";
import { bar, empty, fold, panel, stat, stats, table, thumb } from "../parts.js";

/** @typedef {any} User as `GET /v1/users/{id}/inspection` answers */

/** @param {User} user @param {string} images @param {(productId: string) => void} why */
export function aboutUser(user, images, why) {
  return [
    head(user),
    user.degraded.length > 0 && h("p", { class: "notice" }, `Made without: ${user.degraded.join(", ")}.`),
    h("div", { class: "columns" }, h("div", { class: "stack" }, taste(user), standing(user)), list(user, images, why)),
    events(user),
  ].filter((each) => each !== false);
}

/** @param {User} user */
function head({ user_id, consent, events_counted, events_more }) {
  const said = consent.said ? `said ${when(consent.changed_at)}` : "nothing said: the shop's default";
  return panel(
    user_id,
    "That you looked is written into the audit log, which names no person.",
    stats(
      stat("Personalised", consent.personalise ? "yes" : "no", said, !consent.personalise),
      stat("Emails", consent.email ? "yes" : "no"),
      stat("Counted", consent.analytics ? "yes" : "no"),
      stat("Events", `${count(events_counted)}${events_more ? " and more" : ""}`),
    ),
  );
}

/** @param {User} user */
function taste({ profile }) {
  const title = "Taste";
  if (!profile || (profile.interests.length === 0 && profile.searches.length === 0)) {
    return panel(title, null, empty("Nothing is known of this user: the list is made of what is popular and new."));
  }
  const words = profile.searches.map((/** @type {any} */ { query }) => `“${query}”`).join(", ");
  const interests = profile.interests.map((/** @type {any} */ { weight, sentence, members }) =>
    h(
      "li",
      {},
      h("span", {}, sentence),
      h("b", {}, share(weight)),
      bar(weight),
      h("small", {}, members.map((/** @type {any} */ each) => each.title || each.id).join(" · ")),
    ),
  );
  return panel(title, "Interests, the heaviest first.", h("ol", { class: "interests" }, ...interests), words && h("p", { class: "muted" }, `Searched for: ${words}.`));
}

/** @param {User} user @param {string} images @param {(productId: string) => void} why */
function list({ for_you }, images, why) {
  if (for_you.length === 0) return panel("For you", null, empty("The list is empty: nothing is published, or nothing can be bought."));
  const items = for_you.map((/** @type {any} */ { id, score: points, source, reason, product }) =>
    h(
      "li",
      {},
      thumb(product.image, images),
      h("span", {}, h("span", {}, product.title), h("small", {}, reason?.sentence ?? ""), h("small", {}, `${score(points)} · ${source.replaceAll("+", ", ")}`)),
      h("button", { type: "button", class: "button", id: `why-${id}`, "aria-label": `Why ${product.title}?`, onclick: () => why(id) }, "Why?"),
    ),
  );
  return panel("For you", "As it would be answered now.", h("ol", { class: "list" }, ...items));
}

/** @param {User} user */
function standing({ standing: { bought, in_cart, disliked } }) {
  const parts = [["Bought", bought], ["In the basket", in_cart], ["Disliked", disliked]].map(([title, products]) => group(String(title), /** @type {any[]} */ (products)));
  return panel("Standing", "What is kept out of their lists, with its variants.", ...parts);
}

/** @param {string} title @param {{id: string, title: string}[]} products */
function group(title, products) {
  if (products.length === 0) return h("p", { class: "muted" }, `${title}: nothing.`);
  const items = products.map(({ id, title: name }) => h("li", {}, h("a", { class: "row-link", href: `#/why?product=${encodeURIComponent(id)}` }, name || id)));
  return fold(`standing-${title}`, `${title}: ${count(products.length)}`, h("ul", { class: "plain" }, ...items));
}

/** @param {User} user */
function events({ last_events, events: counts }) {
  const kinds = Object.entries(counts).map(([type, many]) => `${named(type)} ${count(Number(many))}`);
  return panel(
    "Last events",
    kinds.join(" · ") || null,
    last_events.length === 0
      ? empty("No event of this user is kept.")
      : table(
          "Last events",
          [
            { title: "What", value: ({ type, title, product_id, query }) => [`${named(type)} `, h("small", {}, title || product_id || (query ? `“${query}”` : ""))] },
            { title: "When", value: ({ at }) => when(at) },
            { title: "From the list", value: ({ scenario }) => (scenario ? named(scenario) : "") },
          ],
          /** @type {any[]} */ (last_events),
        ),
  );
}
