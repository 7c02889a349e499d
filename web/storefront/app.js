/** The storefront: reads the address, and shows the page that it names. */

import { h } from "../lib/dom.js";
import { VitrineRail } from "../widget/rail.js";
import { frame } from "./frame.js";
import { ahead } from "./pages/home.js";
import { href, parse } from "./routes.js";
import { openShop } from "./shop.js";

/**
 * @typedef {{title: string, content: Node | Node[]}} Page
 * @typedef {(shop: import("./shop.js").Shop, route: import("./routes.js").Route) => Page | Promise<Page>} Opener
 */

/** By the address's first word; a page's code is fetched when it is first wanted. @type {Record<string, () => Promise<{open: Opener}>>} */
const PAGES = {
  home: () => import("./pages/home.js"),
  product: () => import("./pages/product.js"),
  search: () => import("./pages/search.js"),
  collections: () => import("./pages/collections.js"),
  collection: () => import("./pages/collection.js"),
  shared: () => import("./pages/shared.js"),
  basket: () => import("./pages/basket.js"),
  quiz: () => import("./pages/quiz.js"),
  you: () => import("./pages/you.js"),
};

customElements.define("vitrine-rail", VitrineRail);

if ("scrollRestoration" in history) history.scrollRestoration = "manual";

const main = /** @type {HTMLElement} */ (document.getElementById("main"));
/** A page that takes longer shows that it is on its way. */
const NOTICED_MS = 250;
let turn = 0;
/** How far down each page of the browser's history was read; who goes back goes on there. @type {Map<string, number>} */
const read = new Map();
let here = "";

/** @param {import("./shop.js").Shop} shop @param {boolean} [focus] whether the reader came from another page */
async function show(shop, focus = true) {
  const mine = ++turn;
  if (here) read.set(here, scrollY); // asked before the first page, it would lay out an empty one, and the lists would wait
  here = history.state?.page ?? "";
  if (!here) history.replaceState({ page: (here = String(mine)) }, "");
  const route = parse(location.hash);
  frame.mark(route);
  document.body.dataset.page ||= route.name;
  const waiting = setTimeout(() => main.setAttribute("aria-busy", "true"), NOTICED_MS);
  /** @type {Page} */
  let page;
  try {
    const { open } = await (Object.hasOwn(PAGES, route.name) ? (PAGES[route.name] ?? missing) : missing)();
    page = await open(shop, route);
  } catch (error) {
    page = trouble(error);
  }
  clearTimeout(waiting);
  if (mine !== turn) return;
  main.removeAttribute("aria-busy");
  document.body.dataset.page = route.name;
  document.title = `${page.title} · ${shop.config.name}`;
  main.setAttribute("aria-label", page.title);
  main.replaceChildren(...[page.content].flat());
  scrollTo(0, read.get(here) ?? 0);
  // A screen reader then says what the page is called.
  if (focus) main.focus({ preventScroll: true });
}

async function missing() {
  return {
    open: () => ({
      title: "Not here",
      content: h("div", { class: "stack" }, h("h1", {}, "There is no such page"), h("p", {}, h("a", { class: "button", href: href("home") }, "To the shop window"))),
    }),
  };
}

/** @param {unknown} error @returns {Page} */
function trouble(error) {
  console.error(error);
  const sentence = error instanceof Error ? error.message : String(error);
  return {
    title: "Something went wrong",
    content: h(
      "div",
      { class: "stack" },
      h("h1", {}, "This could not be shown"),
      h("p", { class: "notice bad" }, sentence),
      h("p", {}, h("button", { class: "button", onclick: () => location.reload() }, "Try again")),
    ),
  };
}

try {
  const shop = await openShop();
  if (parse(location.hash).name === "home") ahead(shop);
  frame.build(shop);
  addEventListener("hashchange", () => show(shop));
  shop.tracker.addEventListener("shopper", () => show(shop, false));
  // A click on a card is remembered, so that what is bought of it later speaks for the list it came from.
  addEventListener("vitrine-open", (event) => {
    const { item, recommendation_id } = /** @type {CustomEvent} */ (event).detail;
    shop.clicked.set(item.id, recommendation_id);
  });
  await show(shop, false);
} catch (error) {
  main.replaceChildren(...[trouble(error).content].flat());
}
