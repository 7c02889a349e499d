/** What is suggested while somebody types: a combobox with a list (WAI-ARIA 1.2, editable, list autocomplete). */

import { h } from "./dom.js";
import { marked } from "./marks.js";
import { word } from "./words.js";

const PAUSE_MS = 120;
/** What the API takes. */
const LONGEST = 100;
const MOST = 8;

/** @typedef {{kind: "search" | "category" | "brand" | "product", text: string, filter: string | null, product_id: string | null, typed: [number, number][]}} Suggestion */

export class Suggestions {
  /**
   * @param {HTMLInputElement} input becomes a combobox; {@link list} is to stand beside it
   * @param {() => import("./window.js").ShopWindow | null} shop
   * @param {(suggestion: Suggestion) => void} choose
   */
  constructor(input, shop, choose) {
    this.input = input;
    this.shop = shop;
    this.choose = choose;
    this.list = h("ul", { id: "suggestions", class: "suggestions", part: "suggestions", role: "listbox", "aria-label": "Suggestions", hidden: true });
    /** @type {Suggestion[]} */
    this.offered = [];
    this.at = -1;
    this.timer = 0;
    this.asking = new AbortController();
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": "suggestions", "aria-expanded": "false" })) {
      input.setAttribute(name, value);
    }
    input.addEventListener("input", () => this.typed());
    input.addEventListener("focus", () => this.typed());
    input.addEventListener("keydown", (event) => this.press(event));
    input.addEventListener("blur", () => this.close());
  }

  typed() {
    clearTimeout(this.timer);
    this.asking.abort();
    this.timer = window.setTimeout(() => void this.look(), PAUSE_MS);
  }

  async look() {
    const shop = this.shop();
    if (!shop) return;
    const { signal } = (this.asking = new AbortController());
    const typed = Array.from(this.input.value.trim()).slice(0, LONGEST).join("");
    const query = new URLSearchParams({ q: typed, limit: String(MOST), user_id: shop.user() });
    try {
      const { suggestions } = await shop.client.call("GET", `/v1/suggest?${query}`, undefined, { signal });
      if (!signal.aborted) this.show(suggestions);
    } catch {
      if (!signal.aborted) this.close(); // who types can do without
    }
  }

  /** @param {Suggestion[]} found */
  show(found) {
    this.offered = found;
    this.list.replaceChildren(
      ...found.map(({ kind, text, typed }, place) =>
        h(
          "li",
          {
            id: `suggestion-${place}`,
            class: "suggestion",
            part: "suggestion",
            role: "option",
            "aria-selected": "false",
            onpointerdown: (/** @type {Event} */ event) => event.preventDefault(), // the field keeps the focus
            onclick: () => this.take(place),
          },
          h("span", { class: "suggestion-text" }, ...marked(text, typed)),
          kind !== "search" && h("small", { class: "suggestion-kind" }, word(this.shop(), kind)),
        ),
      ),
    );
    this.move(-1);
    this.list.hidden = found.length === 0;
    this.input.setAttribute("aria-expanded", String(found.length > 0));
  }

  /** No question that is on its way opens it again. */
  close() {
    clearTimeout(this.timer);
    this.asking.abort();
    this.show([]);
  }

  /** @param {number} place -1 for none */
  move(place) {
    this.at = place;
    [...this.list.children].forEach((option, each) => option.setAttribute("aria-selected", String(each === place)));
    this.list.children[place]?.scrollIntoView({ block: "nearest" });
    if (place < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", `suggestion-${place}`);
  }

  /** @param {number} place */
  take(place) {
    const chosen = this.offered[place];
    this.close();
    if (chosen) this.choose(chosen);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const { length } = this.offered;
    if (event.isComposing) return;
    if (event.key === "ArrowDown" && !length) void this.look();
    else if (event.key === "ArrowDown" || (event.key === "ArrowUp" && length)) this.move(around(this.at + (event.key === "ArrowDown" ? 1 : -1), length));
    else if (event.key === "Enter" && this.at >= 0) this.take(this.at);
    else if (event.key === "Escape" && length) this.close();
    else return;
    event.preventDefault();
  }
}

/** After the last comes none, then the first again. @param {number} place @param {number} length */
function around(place, length) {
  return place >= length ? -1 : place < -1 ? length - 1 : place;
}
