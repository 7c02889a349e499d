/** What the three components look like, but for their cards. Colours follow the page, unless it sets the properties. */

import { CARD_STYLE } from "../lib/card-style.js";

export const STYLE = `
:host { display: block; position: relative; color: var(--vitrine-text, inherit); --vt-muted: var(--vitrine-muted, color-mix(in srgb, currentColor 80%, transparent)); --vt-surface: var(--vitrine-surface, color-mix(in srgb, currentColor 7%, transparent)); --vt-line: color-mix(in srgb, currentColor 45%, transparent); --vt-radius: var(--vitrine-radius, 12px); }
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; }
h2 { margin: 0; font: inherit; font-size: 1.25rem; font-weight: 650; overflow-wrap: anywhere; }
p { margin: 0; }
ul { list-style: none; margin: -4px; padding: 4px; scroll-padding-inline: 4px; }
li { min-inline-size: 0; }
.head { display: flex; align-items: center; gap: .75rem; margin-block-end: .75rem; min-block-size: 2.75rem; }
.head h2, .head ::slotted(*) { flex: 1; min-inline-size: 0; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(var(--vitrine-card, 10.5rem), 45%), 1fr)); gap: 1.5rem 1rem; }
button, .button { min-block-size: 2.75rem; min-inline-size: 2.75rem; padding: .35rem 1.1rem; border: 1px solid var(--vt-line); border-radius: 999px; background: transparent; color: inherit; font: inherit; font-weight: 550; cursor: pointer; }
button:hover { background: var(--vt-surface); }
:focus-visible { outline: 3px solid var(--vitrine-accent, currentColor); outline-offset: 2px; }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.quiet { color: var(--vt-muted); }
.wait { aspect-ratio: 1; border-radius: var(--vt-radius); background: var(--vt-surface); margin-block-end: 7.5rem; }
${CARD_STYLE}`;
