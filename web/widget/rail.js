/** `<vitrine-rail scenario="for-you">`: a row of products that follows what the visitor does. */

import { h } from "../lib/dom.js";
import { SCENARIOS } from "../lib/rails.js";
import { VitrineElement } from "./element.js";
import { STYLE } from "./style.js";

const RAIL = `${STYLE}
:host { --card-width: var(--vitrine-card, clamp(9.5rem, 42vw, 13rem)); }
ul { display: grid; grid-auto-flow: column; grid-auto-columns: var(--card-width); gap: 1rem; overflow-x: auto; overscroll-behavior-x: contain; scroll-snap-type: x proximity; scrollbar-width: thin; }
li { scroll-snap-align: start; }
.arrow { padding: 0; font-size: 1.25rem; line-height: 1; }
.arrow[aria-disabled="true"] { opacity: .35; cursor: default; }
:host(:dir(rtl)) .arrow { scale: -1 1; }
@media (hover: none) { .arrow { display: none; } }
@media (prefers-reduced-motion: no-preference) { ul { scroll-behavior: smooth; } }
`;
/** One can scroll for long; nobody looks at more. */
const MOST = 60;

/** @typedef {import("../lib/cards.js").Item} Item */
/** @typedef {{recommendation_id: string, items: Item[], cursor?: string | null}} Answer */

export class VitrineRail extends VitrineElement {
  static observedAttributes = ["scenario", "product", "basket", "limit", "filter", "heading", "href"];

  constructor() {
    super(RAIL);
    this.headline = h("h2", { part: "heading" });
    this.list = h("ul", { part: "list", role: "list", onscroll: () => this.scrolled(), onkeydown: this.step.bind(this), onfocusin: this.reveal.bind(this) });
    this.arrows = [-1, 1].map((way) =>
      h("button", { class: "arrow", part: "arrow", type: "button", hidden: true, onclick: () => this.slide(way) }, way < 0 ? "‹" : "›"),
    );
    this.empty = h("slot", { name: "empty", hidden: true });
    this.root.append(h("div", { class: "head" }, h("slot", { name: "heading" }, this.headline), ...this.arrows), this.list, this.empty, this.state);
    this.cursor = "";
    this.loading = false;
    this.placing = 0;
    new ResizeObserver(() => this.place()).observe(this.list);
  }

  async connectedCallback() {
    this.name();
    if (!this.list.childElementCount) this.list.replaceChildren(...Array.from({ length: 6 }, () => h("li", { "aria-hidden": "true" }, h("div", { class: "wait" }))));
    if (this.hasAttribute("lazy")) await near(this);
    await super.connectedCallback();
  }

  get scenario() {
    return this.getAttribute("scenario") ?? "for-you";
  }

  name() {
    const { scenario } = this;
    this.headline.textContent = this.getAttribute("heading") ?? this.shop?.words[scenario] ?? SCENARIOS[scenario]?.title ?? "";
    this.headline.hidden = !this.headline.textContent;
    this.list.setAttribute("aria-label", this.headline.textContent ?? "");
    this.arrows.forEach((arrow, place) => arrow.setAttribute("aria-label", this.word(place ? "forward" : "back")));
  }

  /** Ask again; what is shown stays until the answer is there. */
  async refresh() {
    const { shop } = this;
    const scenario = SCENARIOS[this.scenario];
    if (!shop || !scenario) return;
    const turn = ++this.asked;
    this.name();
    await shop.tracker.flush();
    try {
      const answer = await scenario.ask(shop.client, this.wish());
      if (turn === this.asked) this.show(answer);
    } catch (error) {
      if (turn === this.asked && !this.list.querySelector("[data-product]")) this.nothing();
      this.emit("vitrine-error", { error });
    }
  }

  wish() {
    return {
      user: this.shop?.user() ?? "",
      product: this.text("product"),
      basket: this.text("basket").split(",").filter(Boolean),
      limit: this.number("limit", 12),
      filter: this.text("filter"),
      cursor: "",
    };
  }

  /** @param {Answer} answer */
  show(answer) {
    const { recommendation_id, items } = answer;
    this.cursor = answer.cursor ?? "";
    this.empty.hidden = true;
    this.hidden = this.list.hidden = false;
    if (items.length) this.replace(this.list, items.map((item) => this.card(item, recommendation_id)));
    else this.nothing();
    this.place();
    this.emit("vitrine-shown", { recommendation_id, items });
  }

  /** What the page put into `slot="empty"` stands there then; without that, the rail takes no room. */
  nothing() {
    this.list.replaceChildren();
    this.hidden = !this.querySelector('[slot="empty"]');
    this.empty.hidden = false;
    this.list.hidden = true;
  }

  /** The next page, put behind what is there. */
  async more() {
    const { shop, cursor } = this;
    const scenario = SCENARIOS[this.scenario];
    if (!shop || !scenario || !cursor || this.loading || this.list.childElementCount >= MOST) return;
    this.loading = true;
    const turn = this.asked;
    try {
      const { recommendation_id, items, cursor: next } = await scenario.ask(shop.client, { ...this.wish(), cursor });
      if (turn !== this.asked) return;
      this.cursor = next === cursor ? "" : (next ?? "");
      this.list.append(...items.map((/** @type {Item} */ item) => h("li", {}, this.card(item, recommendation_id))));
      if (items.length) this.say(this.word("added", { count: items.length }));
      this.place();
    } catch (error) {
      this.cursor = ""; // such as one that is too old: what is shown stays good
      this.emit("vitrine-error", { error });
    } finally {
      this.loading = false;
    }
  }

  scrolled() {
    const { list } = this;
    this.place();
    if (Math.abs(list.scrollLeft) + 2 * list.clientWidth > list.scrollWidth) void this.more();
  }

  /** The arrows are looked at once a frame, when the browser has laid the row out anyway. */
  place() {
    this.placing ||= requestAnimationFrame(() => this.turnable());
  }

  /** The arrows, where there is something to turn to. */
  turnable() {
    this.placing = 0;
    const { scrollLeft, clientWidth, scrollWidth } = this.list;
    const at = Math.abs(scrollLeft);
    const ends = [at < 8, at + clientWidth > scrollWidth - 8 && !this.cursor];
    this.arrows.forEach((arrow, side) => {
      arrow.hidden = scrollWidth <= clientWidth + 8;
      arrow.setAttribute("aria-disabled", String(ends[side]));
    });
  }

  /** @param {number} way */
  slide(way) {
    const side = getComputedStyle(this).direction === "rtl" ? -way : way;
    this.list.scrollBy({ left: side * this.list.clientWidth * 0.85 });
  }

  /** Snapping would leave a card that the keyboard has reached half outside of the row. @param {Event} event */
  reveal(event) {
    const reached = /** @type {Element} */ (event.target);
    const item = reached.closest("li")?.getBoundingClientRect();
    const row = this.list.getBoundingClientRect();
    if (item && reached.matches(":focus-visible") && (item.left < row.left || item.right > row.right)) {
      reached.closest("li")?.scrollIntoView({ block: "nearest", inline: "start" });
    }
  }

  /** The arrow keys go from card to card. @param {KeyboardEvent} event */
  step(event) {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const links = [...this.list.querySelectorAll("a")];
    const here = links.findIndex((link) => link === this.root.activeElement);
    if (!way || here < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = links[here + (getComputedStyle(this).direction === "rtl" ? -way : way)];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}

/** Resolves once `element` is less than a screen away. @param {Element} element @returns {Promise<void>} */
function near(element) {
  return new Promise((resolve) => {
    const watch = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        watch.disconnect();
        resolve();
      },
      { rootMargin: "100%" },
    );
    watch.observe(element);
  });
}
