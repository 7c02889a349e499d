/** Makes what a page loads out of widget/, storefront/ and lib/: `node build.js [folder]`, into dist/ where none is named. */

import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = import.meta.dirname;
const out = process.argv[2] ?? join(here, "dist");
const NOTICE = "/*! Vitrine, Apache-2.0 */";
const MADE = [
  { entry: "widget/vitrine.js", format: "iife", file: "vitrine.js" },
  { entry: "widget/define.js", format: "esm", file: "vitrine.mjs" },
  { entry: "storefront/app.js", format: "esm", file: "storefront.js" },
  { entry: "storefront/first.css", format: "esm", file: "storefront.css" },
];

mkdirSync(out, { recursive: true });
for (const { entry, format, file } of MADE) {
  const outfile = join(out, file);
  await build({
    entryPoints: [join(here, entry)],
    outfile,
    format: /** @type {"iife" | "esm"} */ (format),
    bundle: true,
    minify: true,
    target: "es2022",
    legalComments: "none",
    banner: { js: NOTICE, css: NOTICE },
    logLevel: "warning",
  });
  const made = readFileSync(outfile);
  console.log(`${file}: ${made.length} bytes, ${gzipSync(made, { level: 9 }).length} gzipped`);
}
copyFileSync(join(here, "widget", "types.d.ts"), join(out, "vitrine.d.ts"));
