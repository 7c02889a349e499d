/** The storefront's icons: strokes in the colour of the text around them, on a field of 24 × 24. */

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  home: ["M4 11.2 12 4.5l8 6.7", "M6 9.8V19.5h12V9.8", "M10 19.5v-5.5h4v5.5"],
  search: ["M10.8 4.5a6.3 6.3 0 1 1 0 12.6 6.3 6.3 0 0 1 0-12.6z", "m15.4 15.4 4.4 4.4"],
  collections: ["M4.5 7.5h9v12h-9z", "m13.5 9.2 5.8 1.6-3 10-2.8-.8", "M8 4.5h6l2.5.7"],
  basket: ["M4.5 9.5h15l-1.6 9.5H6.1z", "m8 9.5 3-5", "m16 9.5-3-5", "M9.6 13v3", "M14.4 13v3"],
  you: ["M12 4.2a3.9 3.9 0 1 1 0 7.8 3.9 3.9 0 0 1 0-7.8z", "M4.8 20c.7-3.6 3.5-5.6 7.2-5.6s6.5 2 7.2 5.6"],
  heart: ["M12 19.6C6.4 15.7 4 12.6 4 9.4 4 7 5.8 5.2 8.1 5.2c1.6 0 3.1.9 3.9 2.4.8-1.5 2.3-2.4 3.9-2.4C18.2 5.2 20 7 20 9.4c0 3.2-2.4 6.3-8 10.2z"],
  no: ["M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16z", "M6.4 6.4 17.6 17.6"],
  share: ["M12 14.5V4", "m8 7.6 4-3.9 4 3.9", "M5.5 12v7.5h13V12"],
  close: ["m6 6 12 12", "M18 6 6 18"],
  down: ["m6.5 9.5 5.5 5.5 5.5-5.5"],
  plus: ["M12 5v14", "M5 12h14"],
  camera: ["M4 8.2h3.2L9 5.5h6l1.8 2.7H20v10.6H4z", "M12 10a3.4 3.4 0 1 1 0 6.8 3.4 3.4 0 0 1 0-6.8z"],
  check: ["m5 12.6 4.6 4.6L19 7.4"],
};

/** @param {keyof typeof PATHS} name @returns {SVGSVGElement} hidden from screen readers: what it stands on has a name */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", width: 24, height: 24, class: `icon icon-${name}`, "aria-hidden": "true" })) {
    svg.setAttribute(key, String(value));
  }
  for (const drawn of PATHS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", drawn);
    svg.append(path);
  }
  return svg;
}
