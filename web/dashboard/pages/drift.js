/** Whether visitors' tastes, or the catalogue, are no longer what the live version was learnt from. */

import { h } from "../../lib/dom.js";
import { count, decimal, share } from "../numbers.js";
import { bar, empty, lastDays, panel, redraw, stat, stats, table } from "../parts.js";

/** @typedef {{kind: string, before: number, now: number}} Kind the share of the events that are of products of this kind */

/** How many times as many days the time before has. */
const BEFORE = 4;

/** @type {import("../app.js").Opener} */
export function open(desk, _, again) {
  const period = lastDays(again);
  const place = h("div", { class: "stack" });

  async function ask() {
    const { days } = period;
    const said = await desk.get("/v1/dashboard/drift", { days });
    return () => redraw(place, tastes(said.tastes, Number(days)), catalogue(said.catalogue));
  }

  return { title: "Drift", about: "Whether tastes, or the catalogue, have moved away from what the shop window has learnt.", content: [period.element, place], ask };
}

/** @param {{distance: number | null, chance: number | null, verdict: string, before_events: number, now_events: number, kinds: Kind[]}} said @param {number} days */
function tastes({ distance, chance, verdict, before_events, now_events, kinds }, days) {
  const period = days === 1 ? "day" : `${count(days)} days`;
  const most = Math.max(...kinds.flatMap(({ before, now }) => [before, now]), 0.0001);
  return panel(
    "Tastes",
    `What visitors turn to, by kind of product: the last ${period} beside the ${count(days * BEFORE)} days before.`,
    h("p", { class: "verdict" }, verdict),
    stats(
      stat("Distance", decimal(distance), "0 is the same, 1 has nothing in common"),
      stat("By chance", share(chance), "so far apart are days that do not differ"),
      stat("Events before", count(before_events)),
      stat("Events now", count(now_events)),
    ),
    kinds.length === 0
      ? empty("There is nothing to compare yet: both periods need events of products in the catalogue.")
      : h("div", {}, legend(), table("Shares of kinds, before and now", columns(most), kinds)),
  );
}

function legend() {
  const key = (/** @type {string} */ kind, /** @type {string} */ name) => h("span", {}, h("i", { class: kind }), name);
  return h("p", { class: "chart-legend", "aria-hidden": "true" }, key("before", "Before"), key("now", "Now"));
}

/** @param {number} most @returns {import("../parts.js").Column<Kind>[]} */
function columns(most) {
  return [
    { title: "Kind", value: ({ kind }) => kind },
    { title: "Before and now", holds: "bars", value: ({ before, now }) => [bar(before / most, "before"), bar(now / most, "now")] },
    { title: "Before", value: ({ before }) => share(before), number: true },
    { title: "Now", value: ({ now }) => share(now), number: true },
  ];
}

/** @param {{previous: string | null, added: number | null, removed: number | null, changed: number | null, text_shift: number | null, image_shift: number | null, verdict: string}} said */
function catalogue(said) {
  return panel(
    "Catalogue",
    said.previous ? h("span", {}, "The live version beside the one before it, ", h("code", {}, said.previous), ".") : null,
    h("p", { class: "verdict" }, said.verdict),
    said.previous
      ? stats(
          stat("Added", count(said.added)),
          stat("Removed", count(said.removed)),
          stat("Changed", count(said.changed)),
          stat("Text", decimal(said.text_shift), "how far its middle moved, against its spread"),
          stat("Pictures", decimal(said.image_shift), "how far their middle moved, against their spread"),
        )
      : null,
  );
}
