/** `<vitrine-search>`: a field with suggestions, and below it what was found, what was understood, and facets. */

import { h } from "../lib/dom.js";
import { Suggestions } from "../lib/suggestions.js";
import { VitrineElement } from "./element.js";
import { facetBoxes } from "./facets.js";
import { STYLE } from "./style.js";

const SEARCH = `${STYLE}
:host { container-type: inline-size; }
form { position: relative; display: flex; gap: .5rem; margin-block-end: 1rem; }
input[type="search"] { flex: 1; min-inline-size: 0; min-block-size: 2.75rem; padding: .45rem 1rem; border: 1px solid var(--vt-line); border-radius: 999px; background: transparent; color: inherit; font: inherit; }
::placeholder { color: var(--vt-muted); opacity: 1; }
.suggestions { position: absolute; z-index: 5; inset-block-start: calc(100% + .35rem); inset-inline: 0; margin: 0; padding: .35rem; border: 1px solid var(--vt-line); border-radius: var(--vt-radius); background: var(--vitrine-raised, Canvas); color: var(--vitrine-text, CanvasText); box-shadow: 0 8px 24px rgb(0 0 0 / .18); max-block-size: 60vh; overflow-y: auto; }
[role="option"] { display: flex; align-items: center; justify-content: space-between; gap: 1rem; min-block-size: 2.75rem; padding: .25rem .75rem; border-radius: 8px; cursor: pointer; overflow-wrap: anywhere; }
[role="option"]:hover, [aria-selected="true"] { background: color-mix(in srgb, currentColor 12%, transparent); }
[aria-selected="true"] { outline: 2px solid var(--vitrine-accent, currentColor); outline-offset: -2px; }
.understood { display: grid; gap: .25rem; margin-block-end: 1rem; font-size: .9375rem; }
.understood:empty, .facets:empty { display: none; }
.facets { display: grid; gap: 1rem; align-content: start; margin-block-end: 1rem; }
fieldset { display: flex; flex-wrap: wrap; gap: 0 1.25rem; margin: 0; padding: 0; border: 0; min-inline-size: 0; }
legend { padding: 0; font-weight: 600; }
legend::first-letter { text-transform: uppercase; }
label { display: flex; align-items: center; gap: .5rem; min-block-size: 2.75rem; cursor: pointer; overflow-wrap: anywhere; }
[type="checkbox"] { inline-size: 1.15rem; block-size: 1.15rem; accent-color: var(--vitrine-accent, auto); }
@container (min-width: 48rem) { .body { display: grid; grid-template-columns: 14rem minmax(0, 1fr); gap: 2rem; } .body:not(:has(.facets > *)) { display: block; } fieldset { flex-direction: column; flex-wrap: nowrap; } }
.more { display: block; margin: 1.25rem auto; }
small { flex: none; }
.suggestion mark { background: none; color: inherit; font-weight: 700; }
`;

/** @typedef {import("../lib/cards.js").Item} Item */
/** @typedef {{words: string, field: string, filter: string, negated: boolean, applied: boolean}} Constraint */
/**
 * @typedef {{recommendation_id: string, items: Item[], cursor: string | null, relaxed: Constraint[], facets: import("./facets.js").Facet[],
 *   interpreted: {constraints: Constraint[], corrections: Record<string, string>}}} Found
 */

export class VitrineSearch extends VitrineElement {
  static observedAttributes = ["query", "filter", "facets", "limit", "sort", "href", "placeholder"];

  constructor() {
    super(SEARCH);
    this.input = h("input", { type: "search", part: "input", autocomplete: "off", autocapitalize: "none", enterkeyhint: "search", maxlength: 300 });
    this.suggestions = new Suggestions(this.input, () => this.shop, (chosen) => this.take(chosen));
    this.button = h("button", { type: "submit", part: "button" });
    this.understood = h("div", { class: "understood quiet", part: "understood" });
    this.facets = h("div", { class: "facets", part: "facets" });
    this.list = h("ul", { class: "grid", part: "list", role: "list", hidden: true });
    this.next = h("button", { type: "button", class: "more", part: "more", hidden: true, onclick: () => void this.more() });
    this.root.append(
      h("form", { part: "form", role: "search", onsubmit: this.submit.bind(this) }, this.input, this.button, this.suggestions.list),
      this.understood,
      h("div", { class: "body" }, this.facets, h("div", {}, this.list, this.next)),
      this.state,
    );
    this.query = "";
    /** That of a suggested category or brand. */
    this.filter = "";
    /** @type {import("./facets.js").Filters} */
    this.filters = {};
    this.cursor = "";
    /** The attribute's last words: what the visitor typed since stays, whatever else of the page changes. */
    this.given = "";
  }

  get follows() {
    return false; // a list that somebody reads does not change under the eyes
  }

  async refresh() {
    this.input.placeholder = this.getAttribute("placeholder") ?? this.word("placeholder");
    this.input.setAttribute("aria-label", this.word("search"));
    this.suggestions.list.setAttribute("aria-label", this.word("suggestions"));
    this.button.textContent = this.word("search");
    this.next.textContent = this.word("more");
    const given = this.text("query");
    if (given !== this.given) {
      this.given = this.query = this.input.value = given;
      this.filter = "";
      this.filters = {};
    }
    if (this.query || this.filter) await this.search();
  }

  /** @param {import("../lib/suggestions.js").Suggestion} chosen */
  take({ text, filter }) {
    this.input.value = text;
    this.begin(filter ? "" : text, filter ?? "");
  }

  /** @param {Event} event */
  submit(event) {
    event.preventDefault();
    this.suggestions.close();
    this.begin(this.input.value.trim(), "");
  }

  /** @param {string} query @param {string} filter */
  begin(query, filter) {
    this.query = query;
    this.filter = filter;
    this.filters = {};
    if (query || filter) void this.search();
    else this.clear();
  }

  clear() {
    this.asked += 1;
    this.cursor = "";
    this.list.hidden = this.next.hidden = true;
    for (const part of [this.list, this.understood, this.facets]) part.replaceChildren();
    this.say("");
  }

  body() {
    const filter = [this.text("filter"), this.filter].filter(Boolean).map((each) => `(${each})`).join(" and ");
    const facets = this.text("facets").split(/[\s,]+/).filter(Boolean);
    const sort = this.getAttribute("sort") || "relevance";
    return { text: this.query, filter, filters: this.filters, facets, sort, limit: this.number("limit", 24), user_id: this.shop?.user() ?? "" };
  }

  async search() {
    const { shop } = this;
    if (!shop) return;
    const turn = ++this.asked;
    this.list.setAttribute("aria-busy", "true");
    try {
      const found = await shop.client.post("/v1/search", this.body());
      if (turn === this.asked) this.show(found);
    } catch (error) {
      if (turn !== this.asked) return;
      this.clear();
      this.understood.replaceChildren(h("p", { part: "error" }, error instanceof Error ? error.message : this.word("trouble")));
      this.say(this.understood.textContent ?? "");
      this.emit("vitrine-error", { error });
    } finally {
      this.list.removeAttribute("aria-busy");
    }
  }

  /** @param {Found} found */
  show(found) {
    const { recommendation_id, items, cursor } = found;
    const sentence = this.word(!items.length ? "nothing" : cursor ? "foundMore" : "found", { count: items.length });
    if (this.query && this.tracks) this.shop?.tracker.record({ type: "search", query: this.query, recommendation_id });
    this.understood.replaceChildren(...this.explain(found), ...(items.length ? [] : [h("p", { part: "nothing" }, sentence)]));
    this.narrow(found.facets);
    this.list.setAttribute("aria-label", sentence);
    this.list.hidden = !items.length;
    this.replace(this.list, items.map((item) => this.card(item, recommendation_id)));
    this.page(cursor);
    this.say(sentence);
    this.emit("vitrine-shown", { recommendation_id, items, query: this.query });
  }

  /** @param {Found} found @returns {HTMLElement[]} */
  explain({ interpreted, relaxed }) {
    const lines = Object.entries(interpreted.corrections).map(([from, to]) => this.word("corrected", { from, to }));
    const given = new Set(relaxed.map(({ words }) => words));
    const held = interpreted.constraints.filter(({ words, applied }) => applied && words && !given.has(words));
    if (held.length) lines.push(`${this.word("understood")}: ${held.map(({ words }) => words).join(" · ")}`);
    const left = relaxed.filter(({ words }) => words);
    if (left.length) lines.push(`${this.word("relaxed")}: ${left.map(({ words }) => words).join(" · ")}`);
    return lines.map((line) => h("p", {}, line));
  }

  /** @param {import("./facets.js").Facet[]} facets */
  narrow(facets) {
    const held = this.root.activeElement?.getAttribute("data-facet");
    const change = (/** @type {import("./facets.js").Filters} */ filters) => {
      this.filters = filters;
      void this.search();
    };
    this.facets.replaceChildren(...facetBoxes(facets, this.filters, (name, values) => this.word(name, values), change));
    if (held) [...this.facets.querySelectorAll("input")].find((box) => box.getAttribute("data-facet") === held)?.focus();
  }

  /** @param {string | null} cursor */
  page(cursor) {
    this.cursor = cursor ?? "";
    this.next.hidden = !cursor;
  }

  async more() {
    const { shop, cursor } = this;
    if (!shop || !cursor) return;
    const turn = this.asked;
    this.cursor = "";
    try {
      const { recommendation_id, items, cursor: next } = await shop.client.post("/v1/search", { ...this.body(), cursor });
      if (turn !== this.asked) return;
      const fresh = items.map((/** @type {Item} */ item) => h("li", {}, this.card(item, recommendation_id)));
      this.list.append(...fresh);
      this.page(next === cursor ? null : next);
      fresh[0]?.querySelector("a")?.focus({ preventScroll: true });
      this.say(this.word("added", { count: items.length }));
    } catch (error) {
      this.cursor = cursor; // the button tries the same again
      this.say(error instanceof Error ? error.message : this.word("trouble"));
    }
  }
}
