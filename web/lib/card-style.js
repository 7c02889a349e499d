/** How cards look, in a page and inside a web component alike. A page sets the `--vitrine-…` properties. */

export const CARD_STYLE = `
.card { position: relative; display: flex; flex-direction: column; gap: .2rem; min-inline-size: 0; color: var(--vitrine-text, inherit); }
.card-link { display: flex; flex-direction: column; gap: .5rem; color: inherit; text-decoration: none; }
.card-name { display: flex; flex-direction: column; }
.card-title mark { background: none; color: inherit; text-decoration: underline; text-decoration-color: color-mix(in srgb, var(--vitrine-accent, currentColor) 55%, transparent); text-decoration-thickness: .14em; text-underline-offset: .18em; }
.card-link:focus-visible { outline: 3px solid var(--vitrine-accent, currentColor); outline-offset: 3px; border-radius: var(--vitrine-radius, 12px); }
.card-picture { display: block; inline-size: 100%; block-size: auto; aspect-ratio: 1; object-fit: cover; border-radius: var(--vitrine-radius, 12px); background: var(--vitrine-surface, color-mix(in srgb, currentColor 7%, transparent)); }
.card-title { font-weight: 550; line-height: 1.3; display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; overflow-wrap: anywhere; }
.card-link:hover .card-title { text-decoration: underline; text-underline-offset: .2em; }
.card-brand, .card-why { font-size: .8125rem; line-height: 1.35; color: var(--vitrine-muted, color-mix(in srgb, currentColor 80%, transparent)); overflow-wrap: anywhere; }
.card-price { font-variant-numeric: tabular-nums; font-size: .9375rem; }
.card-sale { color: var(--vitrine-sale, light-dark(#a3261b, #ff9d8c)); font-weight: 600; }
.card-was { color: var(--vitrine-muted, color-mix(in srgb, currentColor 80%, transparent)); font-size: .8125rem; }
.card-actions { display: flex; flex-wrap: wrap; gap: .5rem; }
`;
