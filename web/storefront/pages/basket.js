/** The basket: its lines at today's prices, what goes with them, and the order. */

import { h } from "../../lib/dom.js";
import { basketLine, canBeBought, totals } from "../parts/basket-lines.js";
import { bundleOffers, fillers, goesWith } from "../parts/basket-offers.js";
import { missing, summary } from "../parts/basket-summary.js";
import { thanks } from "../parts/basket-thanks.js";
import { follow } from "../parts/follow.js";
import { rail } from "../parts/rail.js";
import { useStyle } from "../parts/style.js";
import { href } from "../routes.js";
import { say, sayTrouble } from "../say.js";

/** @typedef {import("../../lib/cards.js").Product} Product */
/** @typedef {import("../basket.js").Line} Line */

/** What was bought last, for the page that says thank you. @type {{line: Line, product: Product}[]} */
let bought = [];

/** @type {import("../app.js").Opener} */
export async function open(shop, route) {
  await useStyle("storefront/basket-page.css");
  if (route.id === "thanks" && bought.length) return { title: "Thank you", content: await thanks(shop, bought) };
  const page = new BasketPage(shop);
  await page.refresh();
  follow(page.content, shop.basket, "change", () => void page.refresh().catch(sayTrouble));
  return { title: "Basket", content: page.content };
}

class BasketPage {
  /** @param {import("../shop.js").Shop} shop */
  constructor(shop) {
    this.shop = shop;
    /** As they are now. @type {Map<string, Product>} */
    this.products = new Map();
    /** @type {Map<string, ReturnType<typeof basketLine>>} */
    this.views = new Map();
    const pieces = () => this.pieces;
    this.companions = goesWith(shop, pieces);
    this.fillers = fillers(shop, pieces, () => missing(this.sums, shop.config.free_shipping));
    this.bundles = bundleOffers(shop);
    this.list = h("ul", { class: "lines", role: "list" });
    this.order = h("section", { class: "order" });
    this.full = h("div", { class: "basket" }, this.list, this.order);
    this.empty = h("div", { class: "stack", hidden: true });
    this.heading = h("h1", { tabindex: -1 }, "Your basket");
    this.content = h("div", { class: "stack basket-page" }, this.heading, this.full, this.empty, this.fillers.section, this.companions.section, this.bundles.section);
  }

  get lines() {
    return this.shop.basket.lines;
  }

  get sums() {
    return totals(this.lines, this.products);
  }

  /** Every piece that can be bought. */
  get pieces() {
    return this.lines.flatMap(({ id, quantity }) => (canBeBought(this.products.get(id)) ? Array.from({ length: quantity }, () => id) : []));
  }

  /** Show what the basket holds now, and ask for what goes with it. */
  async refresh() {
    await this.look(this.lines.map(({ id }) => id).filter((id) => !this.views.has(id)));
    this.draw();
    const newest = [...this.lines].reverse().find(({ id }) => canBeBought(this.products.get(id)));
    await Promise.all([this.companions.refresh(), this.fillers.refresh(), this.bundles.refresh(newest?.id ?? "")]);
  }

  /** @param {string[]} ids what is to be known of as it is now */
  async look(ids) {
    if (!ids.length) return;
    const { products } = await this.shop.client.get("/v1/products", { id: ids });
    for (const id of ids) {
      this.products.delete(id);
      this.views.delete(id);
    }
    for (const { id, product } of products) this.products.set(id, product);
  }

  draw() {
    const { lines, shop } = this;
    const held = document.activeElement?.closest("[data-product]");
    for (const { id, quantity } of lines) {
      const view = this.views.get(id) ?? basketLine(shop, id, this.products.get(id));
      this.views.set(id, view);
      view.update(quantity);
    }
    const shown = lines.map(({ id }) => /** @type {HTMLElement} */ (this.views.get(id)?.element));
    if (shown.length !== this.list.children.length || shown.some((each, place) => each !== this.list.children[place])) this.list.replaceChildren(...shown);
    this.full.hidden = lines.length === 0;
    this.empty.hidden = lines.length > 0;
    if (!lines.length && !this.empty.childElementCount) this.empty.append(...nothing());
    this.order.replaceChildren(...summary(this.sums, shop.config, () => void this.buy()).filter((each) => each !== null));
    if (held && !held.isConnected) this.heading.focus({ preventScroll: true });
  }

  /** What can be bought, at this moment: prices and stock are looked at once more. */
  async buy() {
    try {
      const before = [...this.sums].join();
      await this.look(this.lines.map(({ id }) => id));
      if ([...this.sums].join() !== before) {
        this.draw();
        return say("Something has changed in your basket: please look once more.");
      }
      const order = this.lines.flatMap((line) => ofOrder(line, this.products.get(line.id)));
      await this.shop.basket.buy(order.map(({ line }) => line.id));
      bought = order;
      location.hash = href("basket", "thanks");
    } catch (error) {
      sayTrouble(error);
    }
  }
}

/** @param {Line} line @param {Product | undefined} product */
const ofOrder = (line, product) => (product && canBeBought(product) ? [{ line, product }] : []);

function nothing() {
  return [
    h("p", {}, "It is empty, and waits for something you like."),
    h("p", {}, h("a", { class: "button primary", href: href("home") }, "Look around")),
    rail("trending"),
    rail("recently-viewed"),
  ];
}
