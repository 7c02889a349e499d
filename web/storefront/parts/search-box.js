/** Where one types what one looks for, or shows a photo of it: in the frame of every page. */

import { h } from "../../lib/dom.js";
import { Suggestions } from "../../lib/suggestions.js";
import { href, parse } from "../routes.js";
import { addressOf, askedOf } from "./asked.js";
import { icon } from "./icons.js";
import { photoButtons, photoOf, takePastedAndDropped } from "./photo.js";

/** @param {import("../shop.js").Shop} shop @returns {HTMLElement} made once: it listens to the page as long as that is open */
export function searchBox(shop) {
  const input = h("input", {
    type: "search",
    name: "q",
    class: "search-input",
    maxlength: 500,
    enterkeyhint: "search",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    "aria-label": "Search the shop",
  });
  const suggestions = new Suggestions(input, () => shop, take);
  const shown = h("span", { class: "search-with" });
  const camera = byPhoto((photo) => go({ photo }));
  const form = h(
    "form",
    { class: "search-form", onsubmit: submit },
    shown,
    input,
    suggestions.list,
    camera,
    h("button", { class: "search-go", "aria-label": "Search" }, icon("search")),
  );

  /** What the words are added to: the photo or the product that the page shows. */
  const beside = () => {
    const route = parse(location.hash);
    const { photo, like } = askedOf(route.query);
    return route.name === "search" ? { photo: photoOf(photo) ? photo : "", like } : { photo: "", like: "" };
  };
  /** @param {Event} event */
  function submit(event) {
    event.preventDefault();
    suggestions.close();
    const text = input.value.trim();
    const { photo, like } = beside();
    if (text || photo || like) go({ text, photo, like });
    else input.focus();
  }
  /** @param {Partial<import("./asked.js").Asked>} asked */
  function go(asked) {
    camera.open = false;
    input.blur(); // a phone's keyboard would cover what was found
    location.hash = addressOf(asked);
  }
  /** @param {import("../../lib/suggestions.js").Suggestion} suggestion */
  function take({ kind, text, product_id }) {
    if (kind === "product" && product_id) location.hash = href("product", product_id);
    else if (kind === "search") go({ ...beside(), text: (input.value = text) });
    else go({ filters: { [kind]: [text] } });
  }
  function follow() {
    const route = parse(location.hash);
    const asked = askedOf(route.name === "search" ? route.query : new URLSearchParams());
    input.value = asked.text;
    const { photo, like } = beside();
    input.placeholder = photo ? "… but blue, under 30" : like ? "… but blue, cheaper" : "Search, or show a photo";
    shown.replaceChildren(...(photo ? [withPhoto(photo, () => go({ text: input.value.trim() }))] : []));
  }

  takePastedAndDropped((photo) => go({ photo }));
  addEventListener("hashchange", follow);
  addEventListener("vitrine-asked", follow);
  follow();
  return h("search", { class: "search-box" }, form);
}

/** @param {string} photo @param {() => void} remove */
function withPhoto(photo, remove) {
  const picture = h("img", { src: photoOf(photo)?.url, alt: "Your photo", width: 32, height: 32 });
  return h(
    "button",
    { type: "button", class: "search-photo", "aria-label": "Remove the photo", onclick: remove },
    picture,
    h("span", { "aria-hidden": "true" }, "×"),
  );
}

/** @param {(photo: string) => void} chosen @returns {HTMLDetailsElement} */
function byPhoto(chosen) {
  const menu = h(
    "details",
    { class: "search-camera" },
    h("summary", { "aria-label": "Search by photo", title: "Search by photo" }, icon("camera")),
    h(
      "div",
      { class: "search-photo-ways" },
      ...photoButtons(chosen),
      h("p", { class: "muted" }, "Or paste or drop one anywhere on the page."),
    ),
  );
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
  });
  return menu;
}
