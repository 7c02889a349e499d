/** The shop window itself: what is for this visitor, what moves the others, what is new. */

import { pictureUrl } from "../../lib/cards.js";
import { part } from "../../lib/client.js";
import { h } from "../../lib/dom.js";
import { greeting, isPersonal } from "../parts/greeting.js";
import { later, rail, railLater } from "../parts/rail.js";
import { themes } from "../parts/themes.js";
import { href } from "../routes.js";

/** Of rows below the first screen, those that a shop may have nothing for: they are asked for when they come near. */
const FURTHER = /** @type {const} */ ([
  ["new-arrivals", "New in the shop"],
  ["price-drops", "Now for less"],
  ["back-in-stock", "Back on the shelf"],
  ["best-sellers", "Best sellers of the month"],
]);
/** Of those, the ones that a stranger has nothing in. */
const OWN = /** @type {const} */ ([
  ["recently-viewed", "Where you left off"],
  ["buy-again", "Time for more of it?"],
]);
/** Cards of the first row to begin with, a screen's and some: the next ones come when one scrolls. */
const AT_FIRST = 8;
/** As many of them as a phone's screen shows, or a larger one. */
const IN_SIGHT = { narrow: 3, wide: 6 };

/**
 * The first row is asked for while the page around it is made, and its pictures are fetched while its cards are.
 * @param {import("../shop.js").Shop} shop
 */
export function ahead(shop) {
  shop.client.ahead(`/v1/users/${part(shop.user())}/recommendations`, { limit: AT_FIRST }, ({ items }) => {
    for (const { product } of items.slice(0, inSight())) h("img", { src: pictureUrl(product.image, shop.images), fetchpriority: "high" });
  });
}

const inSight = () => (matchMedia("(min-width: 40rem)").matches ? IN_SIGHT.wide : IN_SIGHT.narrow);

/** @type {import("../app.js").Opener} */
export function open(shop) {
  const { element, follow, trouble } = greeting(shop);
  const mine = rail("for-you", { heading: "For you", limit: AT_FIRST });
  const first = seen(mine);
  const own = h("div", { class: "rails", hidden: true });
  const showOwn = () => {
    own.hidden = false;
    own.append(...OWN.map(([scenario, heading]) => railLater(scenario, { heading }, first)));
  };
  if (shop.shopper) showOwn(); // whoever is known has some: their place is kept from the beginning
  mine.addEventListener("vitrine-shown", (event) => {
    const { items } = /** @type {CustomEvent} */ (event).detail;
    follow(items);
    hurry(mine);
    if (own.hidden && isPersonal(items)) showOwn();
  });
  mine.addEventListener("vitrine-error", (event) => trouble(/** @type {CustomEvent} */ (event).detail.error));
  return {
    title: "For you",
    content: h(
      "div",
      { class: "rails" },
      element,
      mine,
      railLater("trending", { heading: "Trending now" }, first),
      later(() => themes(shop), "themes-later", first),
      own,
      FURTHER.map(([scenario, heading]) => railLater(scenario, { heading }, first)),
      h(
        "footer",
        { class: "foot" },
        h("p", {}, "Every card says why it is here. ", h("a", { href: href("you") }, "What we think you like, and your choice"), "."),
      ),
    ),
  };
}

/** Resolves when the row is on the screen, or will not be: until then nothing else is to take a slow phone's time. @param {HTMLElement} row @returns {Promise<void>} */
function seen(row) {
  return new Promise((resolve) => {
    const painted = () => requestAnimationFrame(() => setTimeout(resolve));
    for (const ended of ["vitrine-shown", "vitrine-error"]) row.addEventListener(ended, painted, { once: true });
  });
}

/** The pictures of the first screen are here already, and need not wait until it is known where they stand. @param {HTMLElement} row */
function hurry(row) {
  for (const picture of [...(row.shadowRoot?.querySelectorAll("img") ?? [])].slice(0, inSight())) picture.loading = "eager";
}
