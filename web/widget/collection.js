/** `<vitrine-collection slug="gifts">`: a themed set of products with its story, and a link to share it. */

import { h, safeUrl } from "../lib/dom.js";
import { part } from "../lib/client.js";
import { VitrineElement } from "./element.js";
import { STYLE } from "./style.js";

const COLLECTION = `${STYLE}
.head { margin-block-end: .25rem; }
.story { margin-block-end: 1rem; max-inline-size: 65ch; overflow-wrap: anywhere; }
.shared { font-size: .9375rem; margin-block-end: .5rem; overflow-wrap: anywhere; }
.shared:empty { display: none; }
`;
const FRAGMENT = "vitrine-shared=";

/** @typedef {import("../lib/cards.js").Item} Item */
/** @typedef {{slug: string, title: string, story: string, items: Item[], recommendation_id: string, share?: string, gone?: number}} Set */

export class VitrineCollection extends VitrineElement {
  static observedAttributes = ["slug", "token", "limit", "href", "heading"];

  constructor() {
    super(COLLECTION);
    this.headline = h("h2", { part: "heading" });
    this.story = h("p", { class: "story quiet", part: "story" });
    this.note = h("p", { class: "shared", part: "note" });
    this.list = h("ul", { class: "grid", part: "list", role: "list" });
    this.button = h("button", { type: "button", part: "share", hidden: true, onclick: () => void this.share() });
    this.root.append(h("div", { class: "head" }, h("slot", { name: "heading" }, this.headline), this.button), this.story, this.note, this.list, this.state);
    this.token = "";
    this.slugShown = "";
    this.headline.hidden = true;
  }

  async connectedCallback() {
    if (!this.list.childElementCount) this.list.replaceChildren(...Array.from({ length: 4 }, () => h("li", { "aria-hidden": "true" }, h("div", { class: "wait" }))));
    await super.connectedCallback();
  }

  get follows() {
    return false; // nor does what is read change under the eyes
  }

  async refresh() {
    const { shop } = this;
    const slug = this.text("slug");
    const token = this.text("token") || sharedIn(location.hash, slug);
    if (!shop || (!slug && !token)) return;
    const turn = ++this.asked;
    try {
      const set = token ? await shop.client.get(`/v1/shared/${part(token)}`) : await this.own(slug);
      if (turn === this.asked) this.show(set, token);
    } catch (error) {
      if (turn === this.asked && !this.list.querySelector("[data-product]")) this.hidden = true;
      this.emit("vitrine-error", { error });
    }
  }

  /** @param {string} slug @returns {Promise<Set>} */
  async own(slug) {
    const user_id = this.shop?.user();
    return this.shop?.client.get(`/v1/collections/${part(slug)}`, { user_id, limit: Math.min(this.number("limit", 12), 12) });
  }

  /** @param {Set} set @param {string} token of a set that came by a link */
  show({ slug, title, story, items, recommendation_id, share = "", gone = 0 }, token) {
    this.hidden = items.length === 0;
    this.slugShown = slug;
    this.token = share || token;
    this.headline.textContent = this.getAttribute("heading") ?? title;
    this.headline.hidden = !this.headline.textContent;
    this.story.textContent = story;
    this.note.replaceChildren([token && this.word("shared"), gone > 0 && this.word("gone", { count: gone })].filter(Boolean).join(". "));
    this.list.setAttribute("aria-label", title);
    this.button.textContent = this.word("share");
    this.button.setAttribute("aria-label", `${this.word("share")}: ${title}`);
    this.button.hidden = !this.token;
    this.replace(this.list, items.map((item) => this.card(item, recommendation_id)));
    this.emit("vitrine-shown", { recommendation_id, items, slug });
  }

  /** The link to exactly what is on the screen. @returns {string} */
  get link() {
    const template = this.getAttribute("share-href");
    const named = { slug: part(this.slugShown), token: part(this.token) };
    const here = `${location.href.split("#")[0]}#${FRAGMENT}${named.slug}.${named.token}`;
    const link = template?.replaceAll("{token}", named.token).replaceAll("{slug}", named.slug) ?? here;
    return new URL(safeUrl(link), location.href).href;
  }

  async share() {
    const { link } = this;
    const told = { title: this.headline.textContent ?? "", url: link };
    if (this.tracks) this.shop?.tracker.record({ type: "share", collection: this.slugShown });
    if (!this.emit("vitrine-share", { ...told, slug: this.slugShown }, { cancelable: true })) return;
    try {
      if (navigator.share && matchMedia("(pointer: coarse)").matches) await navigator.share(told);
      else {
        await navigator.clipboard.writeText(link);
        this.note.textContent = this.word("copied");
        this.say(this.word("copied"));
      }
    } catch (error) {
      if (/** @type {Error} */ (error).name === "AbortError") return; // the visitor thought better of it
      this.note.replaceChildren(h("a", { href: link }, this.word("link")));
    }
  }
}

/** The token that a shared link brought for this collection. @param {string} hash @param {string} slug */
function sharedIn(hash, slug) {
  const [, named = "", token = ""] = hash.match(/vitrine-shared=([^.&]*)\.([^&]+)/) ?? [];
  try {
    return slug && decodeURIComponent(named) === slug ? decodeURIComponent(token) : "";
  } catch {
    return "";
  }
}
