/** Charts over time, drawn by uPlot in the page's colours, light and dark. */

import { h } from "../lib/dom.js";
import { decimal } from "./numbers.js";
import uPlot from "./vendor/uPlot.js";

/** @typedef {{title: string, colour: string, bars?: boolean}} Line `colour` is a custom property, such as `--accent` */

const HEIGHT = 190;
const DAY = 86_400;
const FONT = "12px system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif";
/** @type {Set<Chart>} */
const open = new Set();
const probe = document.createElement("span");

/** What a custom property comes to now: a canvas cannot read `light-dark()`. @param {string} property */
function colour(property) {
  if (!probe.isConnected) document.body.append(probe);
  probe.hidden = true;
  probe.style.color = `var(${property})`;
  return getComputedStyle(probe).color;
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => open.forEach((chart) => chart.plot?.redraw()));

/** The page that held them has gone. */
export function closeCharts() {
  for (const chart of open) chart.close();
}

export class Chart {
  /**
   * @param {object} options
   * @param {string} options.label what it shows, for who cannot see it; the numbers stand in a table beside it
   * @param {Line[]} options.lines
   * @param {(seconds: number) => string} options.time how a moment is written
   * @param {(value: number) => string} [options.write] how a value is written
   */
  constructor({ label, lines, time, write = decimal }) {
    this.lines = lines;
    this.time = time;
    this.write = write;
    /** @type {uPlot | null} */
    this.plot = null;
    /** @type {uPlot.AlignedData} */
    this.data = [[]];
    this.values = lines.map(() => h("b", {}));
    this.moment = h("span", { class: "chart-time" });
    this.place = h("div", { class: "chart-plot", role: "img", "aria-label": label });
    this.element = h("div", { class: "chart" }, this.place, this.legend());
    this.sizes = new ResizeObserver(() => this.fit());
    this.sizes.observe(this.place);
    open.add(this);
  }

  legend() {
    const keys = this.lines.map(({ title, colour: property }, at) => {
      const mark = h("i", { "aria-hidden": "true" });
      mark.style.background = `var(${property})`;
      return h("span", {}, mark, title, " ", this.values[at]);
    });
    return h("p", { class: "chart-legend", "aria-hidden": "true" }, ...keys, this.moment);
  }

  /** @param {number[]} times seconds since 1970, rising @param {(number | null)[][]} values of each line */
  show(times, values) {
    this.data = [times, ...values];
    if (this.plot) this.plot.setData(this.data);
    else this.fit();
    this.read(null);
  }

  fit() {
    const width = Math.floor(this.place.clientWidth);
    if (!width || !this.data[0].length) return;
    if (!this.plot) this.plot = new uPlot(this.options(width), this.data, this.place);
    else if (this.plot.width !== width) this.plot.setSize({ width, height: HEIGHT });
  }

  /** @param {number} width @returns {uPlot.Options} */
  options(width) {
    const axis = { font: FONT, stroke: () => colour("--muted"), grid: { stroke: () => colour("--line"), width: 1 }, ticks: { show: false } };
    return {
      width,
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: { x: { time: true, range: (_, from, to) => spread(from, to, this.data[0]) }, y: { range: (_, __, most) => [0, most > 0 ? most * 1.08 : 1] } },
      axes: [
        { ...axis, grid: { show: false }, size: 30, space: 64, values: (_, marks) => marks.map((mark) => this.time(mark)), incrs: steps(this.data[0]) },
        { ...axis, size: (_, labels) => room(labels), values: (_, marks) => marks.map(this.write) },
      ],
      series: [{}, ...this.lines.map((line) => series(line))],
      hooks: { setCursor: [(plot) => this.read(plot.cursor.idx ?? null)] },
    };
  }

  /** The values under the pointer beside the legend, or the last that are known. @param {number | null} at */
  read(at) {
    const times = this.data[0];
    const place = at ?? times.findLastIndex((_, each) => this.data.slice(1).some((line) => line[each] !== null));
    const moment = times[place];
    this.moment.textContent = moment === undefined ? "" : this.time(moment);
    this.values.forEach((text, line) => {
      const value = this.data[line + 1]?.[place];
      text.textContent = value === null || value === undefined ? "" : this.write(value);
    });
  }

  close() {
    this.sizes.disconnect();
    this.plot?.destroy();
    open.delete(this);
  }
}

/** @param {Line} line @returns {uPlot.Series} */
function series({ colour: property, bars }) {
  const stroke = () => colour(property);
  if (!bars) return { stroke, width: 2, points: { size: 5, fill: stroke } };
  return { stroke, fill: stroke, width: 0, points: { show: false }, paths: uPlot.paths.bars?.({ size: [0.8, 48], radius: 0.15 }) };
}

/** Pixels for the longest label: 7 a letter in this font, and some air. @param {string[] | null} labels none before there are any */
const room = (labels) => Math.max(40, 14 + 7 * Math.max(...(labels ?? [""]).map(({ length }) => length)));

/** Half a step of room on either side, so that the first and the last bar are whole. @param {number} from @param {number} to @param {ArrayLike<number>} times @returns {[number, number]} */
function spread(from, to, times) {
  const step = times.length > 1 ? (to - from) / (times.length - 1) : DAY;
  return [from - step / 2, to + step / 2];
}

/** Days are not divided. @param {ArrayLike<number>} times */
function steps(times) {
  const daily = times.length < 2 || Number(times[1]) - Number(times[0]) >= DAY;
  return daily ? [1, 2, 7, 14].map((days) => days * DAY) : [1, 2, 5, 10, 15, 30, 60, 120, 360].map((minutes) => minutes * 60);
}
