/** What the pages are put together of: numbers, panels, tables, bars. */

import { pictureUrl } from "../lib/cards.js";
import { h } from "../lib/dom.js";
import { named } from "./names.js";
import { count } from "./numbers.js";

/** @typedef {import("../lib/dom.js").Child} Child */
/**
 * @template Row
 * @typedef {object} Column
 * @property {string} title
 * @property {(row: Row) => Child | Child[]} value
 * @property {(row: Row) => number | null | undefined} [bar] 0 to 1, drawn below the value
 * @property {boolean} [number] numbers stand at the end of their column
 * @property {"bars" | "words"} [holds] what wants more room than a number does
 */

/** Columns for which a phone has room, and those for which half a screen has. */
const FEW = 3;
const MANY = 6;

/** A number with its name and what is to be known of it. @param {string} name @param {Child} value @param {Child} [note] @param {boolean} [bad] */
export function stat(name, value, note, bad = false) {
  return h("div", { class: bad ? "stat bad" : "stat" }, h("dt", {}, name), h("dd", {}, h("b", {}, value), note && h("small", {}, note)));
}

/** @param {...HTMLElement} each of {@link stat} */
export const stats = (...each) => h("dl", { class: "stats" }, ...each);

/** @param {string} title @param {Child | Child[]} note one sentence below it @param {...Child} content */
export function panel(title, note, ...content) {
  return h("section", { class: "panel" }, h("h2", {}, title), note && h("p", { class: "muted" }, ...[note].flat()), ...content);
}

/** A chart with what it shows and its numbers. @param {string} title @param {Child} note @param {import("./chart.js").Chart} chart @param {HTMLElement} numbers */
export function figure(title, note, chart, numbers) {
  return h(
    "figure",
    { class: "panel" },
    h("figcaption", {}, h("h2", {}, title), note && h("p", { class: "muted" }, note)),
    chart.element,
    fold(`numbers-${title}`, "The numbers", numbers),
  );
}

/** @param {string} name by which it stays open when its content is drawn again @param {string} title @param {...Child} content */
export function fold(name, title, ...content) {
  return h("details", { id: idOf(name) }, h("summary", { id: idOf(`${name}-summary`) }, title), ...content);
}

/**
 * Where there is no room for its columns, each row is a block of named values: the roles keep it a table all the same.
 * @template Row
 * @param {string} caption for who cannot see it
 * @param {Column<Row>[]} columns the first one names the row
 * @param {Row[]} rows
 */
export function table(caption, columns, rows) {
  const titles = columns.map((each) => h("th", { scope: "col", role: "columnheader", class: each.number && "number" }, each.title));
  return h(
    "div",
    { class: "scroll" },
    h(
      "table",
      { role: "table", class: columns.length > MANY ? "wide widest" : columns.length > FEW && "wide" },
      h("caption", { class: "visually-hidden" }, caption),
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...titles)),
      h("tbody", { role: "rowgroup" }, ...rows.map((row) => h("tr", { role: "row" }, ...columns.map((column, at) => cell(column, row, at === 0))))),
    ),
  );
}

/** @template Row @param {Column<Row>} column @param {Row} row @param {boolean} first */
function cell(column, row, first) {
  const part = column.bar?.(row);
  const inside = [column.value(row), part !== undefined && part !== null && bar(part)].flat();
  const attributes = { class: column.number ? "number" : column.holds, "data-title": column.title };
  return first ? h("th", { scope: "row", role: "rowheader", ...attributes }, ...inside) : h("td", { role: "cell", ...attributes }, ...inside);
}

/** @param {number} part 0 to 1 @param {string} [kind] a class that says its colour */
export function bar(part, kind = "") {
  const filled = h("i", {});
  filled.style.inlineSize = `${(Math.min(Math.max(part, 0), 1) * 100).toFixed(2)}%`;
  return h("span", { class: `bar ${kind}`.trim(), "aria-hidden": "true" }, filled);
}

/** @param {...Child} sentence what is missing, and what to do */
export const empty = (...sentence) => h("p", { class: "notice" }, ...sentence);

/** @param {Child} sentence */
export const warning = (sentence) => h("p", { class: "notice bad" }, sentence);

/** @param {string} image the feed's reference @param {string} images */
export function thumb(image, images) {
  const src = pictureUrl(image, images);
  if (!src) return h("span", { class: "thumb", "aria-hidden": "true" });
  return h("img", { class: "thumb", src, alt: "", width: 48, height: 48, loading: "lazy", decoding: "async", onerror: blank });
}

/** A picture that is not there leaves its place empty. @param {Event} event */
const blank = (event) => /** @type {Element} */ (event.target).removeAttribute("src");

/** A product, with its way to the inspector. @param {{id: string, title: string, image: string}} product @param {string} images @param {string} [note] */
export function product({ id, title, image }, images, note = "") {
  const href = `#/why?product=${encodeURIComponent(id)}`;
  return h("a", { class: "product", href }, thumb(image, images), h("span", {}, h("span", {}, title || id), h("small", {}, note ? `${id} · ${note}` : id)));
}

/** One of several, as buttons. @param {string} label @param {[string, string][]} choices value and name @param {() => string} chosen @param {(value: string) => void} choose */
export function choice(label, choices, chosen, choose) {
  const buttons = choices.map(([value, name]) => {
    const press = () => {
      choose(value);
      mark();
    };
    return h("button", { type: "button", class: "chip", id: idOf(`${label}-${value}`), "data-value": value, onclick: press }, name);
  });
  const mark = () => buttons.forEach((each) => each.setAttribute("aria-pressed", String(each.dataset.value === chosen())));
  mark();
  return h("div", { class: "chips", role: "group", "aria-label": label }, ...buttons);
}

/** Over which days a view is: one, seven or 28, and seven at first. @param {() => void} again asks for the others */
export function lastDays(again) {
  let days = "7";
  const element = choice("Period", [["1", "1 day"], ["7", "7 days"], ["28", "28 days"]], () => days, (value) => {
    days = value;
    again();
  });
  return { element, get days() { return days; } };
}

/** How many events of each type. @param {[string, number][]} rows */
export function tally(rows) {
  const most = Math.max(...rows.map(([, many]) => many), 1);
  return table(
    "Events by type",
    [
      { title: "Event", value: ([type]) => named(type), bar: ([, many]) => many / most },
      { title: "How many", value: ([, many]) => count(many), number: true },
    ],
    rows,
  );
}

/** Draw anew, and leave the reader where they were: with the same focus, and the same things unfolded. @param {HTMLElement} place @param {...Child} content */
export function redraw(place, ...content) {
  const focus = document.activeElement?.id;
  const unfolded = [...place.querySelectorAll("details[open]")].map((each) => each.id);
  place.replaceChildren(...h("div", {}, ...content).childNodes);
  unfolded.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
  if (focus && document.activeElement?.id !== focus) document.getElementById(focus)?.focus({ preventScroll: true });
}

/** @param {string} name */
const idOf = (name) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
