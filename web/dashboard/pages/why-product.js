/** What is known of a product: as it is now and as it was indexed, its vectors, its neighbours, what speaks for it. */

import { h } from "../../lib/dom.js";
import { money } from "../../lib/money.js";
import { named } from "../names.js";
import { count, date, decimal, score, when } from "../numbers.js";
import { empty, fold, panel, product as link, stat, stats, table, tally, thumb } from "../parts.js";

/** @typedef {any} Known as `GET /v1/products/{id}/inspection` answers */
/** @typedef {{id: string, weight?: number, score?: number, product: {title: string, image: string} | null}} Other a product that has left the catalogue is null */

/** @param {Known} known @param {string} images */
export function aboutProduct(known, images) {
  return [
    head(known, images),
    known.degraded.length > 0 && h("p", { class: "notice" }, `Made without: ${known.degraded.join(", ")}.`),
    differences(known),
    h("div", { class: "columns" }, counts(known), h("div", { class: "stack" }, speaking(known), vectors(known), movements(known))),
    h("div", { class: "columns" }, ...neighbours(known, images), facts(known)),
  ].filter((each) => each !== false && each !== null);
}

/** @param {Known} known @param {string} images */
function head({ product_id, now, indexed, cold, borrowed, variants, version }, images) {
  const it = now ?? indexed;
  const missing = !now ? "It is in the index, and no longer in the catalogue." : !indexed ? "It is in the catalogue, and not in the live version: it is found by no vector until the next reindex." : "";
  return h(
    "section",
    { class: "panel verdict-panel" },
    thumb(it.image, images),
    h(
      "div",
      {},
      h("h2", {}, it.title),
      h("p", { class: "muted" }, `${product_id} · version ${version}`),
      missing && h("p", { class: "notice bad" }, missing),
    ),
    stats(
      stat("Price", it.price === null ? "–" : money(it.sale_price ?? it.price, it.currency), it.sale_price === null ? null : `instead of ${money(it.price, it.currency)}`),
      stat("Availability", named(it.availability), it.stock === null || it.stock === undefined ? null : `${count(it.stock)} in stock`, it.availability === "out_of_stock"),
      stat("Behaviour", cold ? (borrowed ? "borrowed" : "none") : "its own", cold ? "nobody has touched it in 90 days" : "learnt of what people did"),
      stat("Variants", count(variants.length)),
    ),
  );
}

/** @param {Known} known */
function differences({ differences: rows, now, indexed }) {
  if (!now || !indexed || rows.length === 0) return null;
  return panel(
    "Now, and as it was indexed",
    "Lists are filtered by, and show, what is true now; vectors are of what was indexed.",
    table(
      "Differences",
      [
        { title: "Field", value: ({ field }) => named(field) },
        { title: "Now", value: ({ now: value }) => value },
        { title: "Indexed", value: ({ indexed: value }) => value },
      ],
      /** @type {any[]} */ (rows),
    ),
  );
}

/** @param {Known} known */
function counts({ counts: by, counts_since }) {
  const rows = Object.entries(by).map(([type, many]) => /** @type {[string, number]} */ ([type, Number(many)]));
  return panel(
    "What visitors did with it",
    `Since ${date(counts_since)}.`,
    rows.length === 0
      ? empty("Nobody has seen or touched it since.")
      : tally(rows),
  );
}

/** @param {Known} known */
function speaking({ rules, collections }) {
  const met = rules.map((/** @type {any} */ { id, kind, note, scenarios }) =>
    h("li", {}, h("code", {}, id), ` ${named(kind)} in ${scenarios.length ? scenarios.map(named).join(", ") : "every list"}`, note && h("small", {}, ` ${note}`)),
  );
  const titles = collections.map((/** @type {any} */ { title }) => title).join(", ");
  return panel(
    "Rules and collections",
    null,
    met.length > 0 ? h("ul", {}, ...met) : h("p", {}, "No rule speaks of it."),
    h("p", {}, titles ? `Collections that admit it: ${titles}.` : "No collection admits it."),
  );
}

/** @param {Known} known @param {string} images */
function neighbours({ nearest, next }, images) {
  const groups = nearest.map((/** @type {any} */ { space, items }) => others(`Nearest in ${named(space).toLowerCase()}`, ABOUT[space] ?? null, items, images));
  const after = others("What people go on to", "Products that an event on this one speaks for, and how much.", next, images);
  return [...groups, after];
}

/** @type {Record<string, string>} */
const ABOUT = { text: "By meaning.", image: "By look.", keywords: "By words.", behaviour: "By who else was interested in them." };

/** @param {string} title @param {string | null} note @param {Other[]} rows @param {string} images */
function others(title, note, rows, images) {
  if (rows.length === 0) return panel(title, note, h("p", { class: "muted" }, "None."));
  const worth = (/** @type {Other} */ each) => each.score ?? each.weight ?? 0;
  const most = Math.max(...rows.map(worth), 0.0001);
  return panel(
    title,
    note,
    table(
      title,
      [
        { title: "Product", value: ({ id, product }) => link({ id, title: product?.title ?? "", image: product?.image ?? "" }, images) },
        { title: "Score", value: (each) => score(worth(each)), bar: (each) => worth(each) / most, number: true },
      ],
      rows,
    ),
  );
}

/** @param {Known} known */
function facts({ now, indexed }) {
  const { title, image, link: address, ...rest } = now ?? indexed;
  const rows = Object.entries(rest).filter(([, value]) => value !== null && value !== "" && !(typeof value === "object" && Object.keys(value).length === 0));
  const text = (/** @type {unknown} */ value) =>
    value instanceof Array ? value.join(" › ") : typeof value === "object" && value ? Object.entries(value).map(([name, each]) => `${name}: ${String(each)}`).join(", ") : String(value);
  const all = /** @type {[string, unknown][]} */ ([["title", title], ["image", image], ["link", address], ...rows]);
  return panel("All its fields", null, fold("fields", `${count(all.length)} fields`, table("Fields", [{ title: "Field", value: ([name]) => named(name) }, { title: "Value", value: ([, value]) => text(value) }], all)));
}

/** @param {Known} known */
function vectors({ vectors: rows }) {
  return panel(
    "Vectors",
    null,
    rows.length === 0
      ? empty("It has none: it is not in the live version.")
      : table(
          "Vectors",
          [
            { title: "Space", value: ({ space }) => h("code", {}, space) },
            { title: "Kind", value: ({ kind }) => kind },
            { title: "Dimensions", value: ({ dimensions }) => count(dimensions), number: true },
            { title: "Not 0", value: ({ nonzeros }) => count(nonzeros), number: true },
          ],
          /** @type {any[]} */ (rows),
        ),
  );
}

/** @param {Known} known */
function movements({ movements: rows }) {
  if (rows.length === 0) return null;
  return panel(
    "Movements",
    null,
    table(
      "Movements",
      [
        { title: "What", value: ({ kind }) => named(kind) },
        { title: "When", value: ({ at }) => when(at) },
        { title: "Before", value: ({ before }) => (typeof before === "number" ? decimal(before) : before), number: true },
        { title: "After", value: ({ after }) => (typeof after === "number" ? decimal(after) : after), number: true },
      ],
      /** @type {any[]} */ (rows),
    ),
  );
}
