/**
 * Puts the chart library where the dashboard's page finds it: `node vendor.js`, after `npm ci`.
 *
 * The files are the package's own, byte for byte, so that a reader can compare them; package.json says of which version.
 */

import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FROM = join(import.meta.dirname, "node_modules", "uplot");
const TO = join(import.meta.dirname, "dashboard", "vendor");

/** Under which name each file is found beside the page. @type {Record<string, string>} */
const FILES = {
  "dist/uPlot.esm.js": "uPlot.js",
  "dist/uPlot.d.ts": "uPlot.d.ts",
  "dist/uPlot.min.css": "uPlot.css",
  LICENSE: "uPlot.LICENSE",
};

mkdirSync(TO, { recursive: true });
for (const [name, here] of Object.entries(FILES)) copyFileSync(join(FROM, name), join(TO, here));
const { name, version, license } = JSON.parse(readFileSync(join(FROM, "package.json"), "utf8"));
console.log(`${name} ${version} (${license}): ${Object.values(FILES).join(", ")}`);
