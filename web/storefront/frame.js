/** What stands around every page: the shop's name, the search box, the pages, and who is looking. */

import { h } from "../lib/dom.js";
import { dialog } from "./parts/dialog.js";
import { icon } from "./parts/icons.js";
import { searchBox } from "./parts/search-box.js";
import { href } from "./routes.js";
import { sayTrouble } from "./say.js";

/** @typedef {import("./shop.js").Shop} Shop */

const TABS = /** @type {const} */ ([
  ["home", "Home"],
  ["search", "Search"],
  ["collections", "Collections"],
  ["basket", "Basket"],
  ["you", "You"],
]);

/** Pages that belong to another page's tab. @type {Record<string, string>} */
const UNDER = { collection: "collections", shared: "collections", quiz: "you" };

/** @param {Shop} shop */
function build(shop) {
  const top = /** @type {HTMLElement} */ (document.getElementById("top"));
  // Its address is a place on the page, and would be taken for a page of the shop.
  document.querySelector(".skip")?.addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById("main")?.focus();
  });
  top.replaceChildren(
    h("a", { class: "brand", href: href("home") }, shop.config.name),
    searchBox(shop),
    h("nav", { class: "tabs", "aria-label": "Pages" }, TABS.map(([name, title]) => tab(shop, name, title))),
    who(shop),
  );
}

/** @param {Shop} shop @param {typeof TABS[number][0]} name @param {string} title */
function tab(shop, name, title) {
  const link = h("a", { href: href(name), "data-tab": name }, icon(name), h("span", {}, title));
  if (name !== "basket") return link;
  const count = h("span", { class: "count" });
  const show = () => {
    const many = shop.basket.count;
    count.replaceChildren(many ? String(many) : "", h("span", { class: "visually-hidden" }, many === 1 ? " thing in it" : many ? " things in it" : ""));
    count.hidden = many === 0;
  };
  shop.basket.addEventListener("change", show);
  shop.tracker.addEventListener("shopper", show);
  show();
  link.append(count);
  return link;
}

/** Where the demo lets one look as one of its shoppers. @param {Shop} shop */
function who(shop) {
  if (!shop.config.shoppers.length) return "";
  const name = h("span", { class: "who-name" });
  const show = () => (name.textContent = shop.shopper?.name ?? "A guest");
  shop.tracker.addEventListener("shopper", show);
  show();
  return h(
    "button",
    { class: "who", type: "button", "aria-haspopup": "dialog", onclick: () => choose(shop) },
    h("span", { class: "who-as" }, "Look as "),
    name,
    icon("down"),
  );
}

/** @param {Shop} shop */
function choose(shop) {
  const now = shop.shopper?.id ?? "";
  /** @param {string} name @param {string} about @param {boolean} current @param {() => void} become */
  const choice = (name, about, current, become) =>
    h(
      "li",
      {},
      h(
        "button",
        {
          class: "choice",
          type: "button",
          "aria-current": current ? "true" : null,
          onclick: () => {
            shown.close();
            become();
          },
        },
        h("span", { class: "face", "aria-hidden": "true" }, name.slice(0, 1)),
        h("span", {}, h("strong", {}, name), h("span", { class: "muted" }, about)),
        current && icon("check"),
      ),
    );
  const shown = dialog(
    "Look as",
    h("p", { class: "muted" }, "Each of them has done other things in this shop, and so sees another window."),
    h(
      "ul",
      { class: "choices", role: "list" },
      choice("A guest", "in this browser, by what you click", now === "", () => shop.become("")),
      shop.config.shoppers.map(({ id, name, about }) => choice(name, about, id === now, () => shop.become(id))),
      choice("New guest", "start over as somebody the shop has never seen", false, () => void shop.startOver().catch(sayTrouble)),
    ),
  );
}

/** Show which page is open. @param {import("./routes.js").Route} route */
function mark(route) {
  const open = UNDER[route.name] ?? route.name;
  for (const link of document.querySelectorAll("[data-tab]")) {
    if (link.getAttribute("data-tab") === open) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

export const frame = { build, mark };
