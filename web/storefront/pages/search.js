/** Search: words, a photo, a product that it is to be like, filters, or any of these together. */

import { h } from "../../lib/dom.js";
import { addressOf, askedOf, bodyOf, isEmpty, note } from "../parts/asked.js";
import { gridItems } from "../parts/cards.js";
import { changeChips, choicesOf, pressedIn } from "../parts/changes.js";
import { dialog } from "../parts/dialog.js";
import { FACETS, facetFields } from "../parts/facets.js";
import { photoOf } from "../parts/photo.js";
import { emptyPage, firstPage, lostPhoto, photoHead, seedHead, seedOf, skeleton, sortSelect } from "../parts/search-views.js";
import { useStyle } from "../parts/style.js";
import { understood } from "../parts/understood.js";
import { sayTrouble } from "../say.js";

/** @typedef {import("../parts/asked.js").Asked} Asked */
/** @typedef {import("../../lib/cards.js").Item} Found */

const FIRST_SCREEN = 4;
const PATIENCE_MS = 600;
/** The words that were told as a search last: a filter or another page of the same is no second one. */
let told = "";

/** @type {import("../app.js").Opener} */
export async function open(shop, route) {
  await Promise.all([useStyle("storefront/search.css"), useStyle("storefront/changes.css")]);
  const asked = askedOf(route.query);
  if (asked.photo && !photoOf(asked.photo)) return { title: "Search by photo", content: lostPhoto() };
  if (isEmpty(asked)) return { title: "Search", content: await firstPage(shop) };
  const page = new SearchPage(shop, asked);
  // Shown at once, the places of the cards would move as soon as it is known what was understood.
  await Promise.race([page.search(), new Promise((late) => setTimeout(late, PATIENCE_MS))]);
  return { title: page.title, content: page.content };
}

class SearchPage {
  /** @param {import("../shop.js").Shop} shop @param {Asked} asked */
  constructor(shop, asked) {
    this.shop = shop;
    this.asked = asked;
    this.turn = 0;
    this.cursor = "";
    /** @type {Set<string>} */
    this.opened = new Set();
    /** @type {Found | null} */
    this.seed = null;
    this.change = this.change.bind(this);
    this.head = h("header", { class: "search-head" }, h("h1", {}, this.heading));
    this.read = h("div", { class: "search-read" });
    this.fields = h("form", { class: "facets", "aria-label": "Filters", onsubmit: (/** @type {Event} */ event) => event.preventDefault() });
    this.side = h("aside", { class: "search-side", "aria-label": "Filters" }, this.fields);
    this.number = h("p", { class: "muted search-count", role: "status" });
    this.bar = h("div", { class: "search-bar" }, this.number);
    this.list = h("ul", { class: "grid", role: "list", "aria-label": "Found", "aria-busy": "true" }, skeleton());
    this.foot = h("div", { class: "search-foot" });
    this.content = h(
      "div",
      { class: "search-page" },
      this.head,
      this.read,
      h("div", { class: "search-body" }, this.side, h("div", { class: "search-found" }, this.bar, this.list, this.foot)),
    );
  }

  get title() {
    const { text, like, photo, filters } = this.asked;
    if (like) return "Like this, but …";
    if (photo) return "What looks like your photo";
    const values = Object.values(filters).flat();
    return text || values.map((value) => value.split(" > ").at(-1)).join(", ") || "Search";
  }

  /** Words that somebody typed stand in quotes. */
  get heading() {
    return this.title === this.asked.text ? `“${this.title}”` : this.title;
  }

  /** Another search in the same page: what has the focus keeps it. @param {Asked} asked */
  change(asked) {
    note(asked);
    if (isEmpty(asked)) return void dispatchEvent(new HashChangeEvent("hashchange"));
    this.asked = asked;
    const title = this.head.querySelector("h1");
    if (title) title.textContent = this.heading;
    document.title = `${this.title} · ${this.shop.config.name}`;
    void this.search();
  }

  async search() {
    const mine = ++this.turn;
    const { shop, asked } = this;
    this.list.setAttribute("aria-busy", "true");
    this.tell();
    try {
      const body = bodyOf(asked, { user: shop.user(), facets: FACETS });
      const [answer, choices, seed] = await Promise.all([
        shop.client.post("/v1/search", body),
        asked.like || asked.photo ? choicesOf(shop, asked) : null,
        asked.like ? (this.seed ?? seedOf(shop, asked.like)) : null,
      ]);
      if (mine !== this.turn) return;
      this.seed = seed;
      this.keepFocus(() => this.show(answer, choices));
    } catch (error) {
      if (mine === this.turn) this.fail(error);
    }
  }

  /** Words are told once, whatever is filtered or sorted afterwards. */
  tell() {
    const { text } = this.asked;
    if (text && text !== told) this.shop.tracker.record({ type: "search", query: text });
    told = text;
  }

  /** @param {any} answer @param {import("../parts/changes.js").Choices | null} choices */
  show(answer, choices) {
    const { shop, asked, change } = this;
    this.cursor = answer.cursor ?? "";
    const items = [...(this.seed ? [this.seed] : []), ...answer.items];
    const changes = choices && changeChips(asked, choices, items, change);
    this.head.replaceChildren(
      h("h1", {}, this.heading),
      ...(asked.photo ? [photoHead(asked, change)] : []),
      ...(this.seed ? [seedHead(shop, this.seed)] : []),
      ...(changes ? [changes] : []),
    );
    this.read.replaceChildren(
      ...understood(asked, answer, change, changes ? pressedIn(changes) : new Set()).filter((each) => each instanceof Node),
    );
    const fields = facetFields(asked, answer.facets, change, this.opened);
    this.fields.replaceChildren(...fields);
    this.side.hidden = fields.length === 0;
    this.content.classList.toggle("unfiltered", fields.length === 0);
    this.number.textContent = this.count(answer.items.length);
    this.number.classList.toggle("visually-hidden", !answer.items.length); // the page says it at length
    this.bar.replaceChildren(
      this.number,
      this.filterButton(fields.length),
      answer.items.length ? sortSelect(asked, answer.interpreted.sort, change) : "",
    );
    this.list.replaceChildren(...this.cards(answer, FIRST_SCREEN));
    this.list.removeAttribute("aria-busy");
    this.foot.replaceChildren(...(answer.items.length ? this.more() : emptyPage(shop, asked)));
  }

  /** What is known of the number: the shop counts no further than what it shows. @param {number} shown */
  count(shown) {
    if (!shown) return "Nothing found";
    if (this.cursor) return `The best ${shown} are shown, and there are more`;
    return shown === 1 ? "1 product" : `${shown} products`;
  }

  /** @param {{recommendation_id: string, items: Found[]}} answer @param {number} eager */
  cards(answer, eager) {
    const likeThis = (/** @type {Found} */ { id, product }) => [
      h(
        "a",
        { class: "card-like", href: addressOf({ like: id }) },
        "Like this, but …",
        h("span", { class: "visually-hidden" }, ` ${product.title}`),
      ),
    ];
    return gridItems(this.shop, answer, { eager, actions: likeThis });
  }

  more() {
    if (!this.cursor) return [];
    const button = h("button", { class: "button", type: "button", onclick: () => void this.next(button) }, "Show more");
    return [button];
  }

  /** The next page, behind what is shown; the focus goes to its first product. @param {HTMLButtonElement} button */
  async next(button) {
    const mine = this.turn;
    button.disabled = true;
    try {
      const answer = await this.shop.client.post("/v1/search", bodyOf(this.asked, { user: this.shop.user(), cursor: this.cursor }));
      if (mine !== this.turn) return;
      this.cursor = answer.cursor ?? "";
      const cards = this.cards(answer, 0);
      this.list.append(...cards);
      this.foot.replaceChildren(...this.more());
      this.number.textContent = this.count(this.list.childElementCount);
      /** @type {HTMLElement | null | undefined} */ (cards[0]?.querySelector("a") ?? this.foot.querySelector("button"))?.focus({
        preventScroll: true,
      });
    } catch (error) {
      button.disabled = false;
      sayTrouble(error);
    }
  }

  /** On phones the panel opens as a sheet, and goes back to its place when that closes. @param {number} fields */
  filterButton(fields) {
    const chosen = Object.values(this.asked.filters).flat().length + (this.asked.price ? 1 : 0);
    if (!fields) return "";
    const open = () => {
      const sheet = dialog(
        "Filters",
        this.fields,
        h("button", { class: "button primary sheet-done", type: "button", onclick: () => sheet.close() }, "Show what is found"),
      );
      sheet.classList.add("filter-sheet");
      sheet.addEventListener("close", () => {
        this.side.append(this.fields);
        this.bar.querySelector("button")?.focus({ preventScroll: true });
      });
    };
    return h(
      "button",
      { class: "button filter-open", type: "button", "data-key": "filters", onclick: open },
      chosen ? `Filters (${chosen})` : "Filters",
    );
  }

  /** What had the focus before has it after, or the page where it is gone. @param {() => void} render */
  keepFocus(render) {
    const focused = document.activeElement;
    const within = focused && focused !== document.body && (this.content.contains(focused) || this.fields.contains(focused));
    const key = within ? focused.getAttribute("data-key") : null;
    render();
    if (!within || focused.isConnected) return;
    const again = key
      ? [...this.content.querySelectorAll("[data-key]"), ...this.fields.querySelectorAll("[data-key]")].find(
          (each) => each.getAttribute("data-key") === key,
        )
      : null;
    const target = /** @type {HTMLElement} */ (again ?? document.getElementById("main"));
    target.focus({ preventScroll: true });
  }

  /** @param {unknown} error */
  fail(error) {
    const sentence = error instanceof Error ? error.message : String(error);
    this.list.replaceChildren();
    this.list.removeAttribute("aria-busy");
    this.number.textContent = "";
    this.bar.replaceChildren(this.number);
    this.fields.replaceChildren();
    this.side.hidden = true;
    this.content.classList.add("unfiltered");
    if (this.asked.photo) this.head.replaceChildren(h("h1", {}, this.title), photoHead(this.asked, this.change));
    this.read.replaceChildren(h("p", { class: "notice bad", role: "alert" }, sentence));
    this.foot.replaceChildren(h("button", { class: "button", type: "button", onclick: () => void this.search() }, "Try again"));
  }
}
