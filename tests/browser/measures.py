"""What is measured of a page as it stands: axe's findings, what runs over, what is too small to tap, what has focus."""

import json
from typing import TYPE_CHECKING, Any

from shared.settings import PROJECT

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = PROJECT / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAP = 44
"""Pixels: the least height and width of what is tapped (WCAG 2.2, 2.5.5)."""
_GRAVE = ("serious", "critical")

# Everything of the page in the order that it is read in, shadow roots where their hosts stand; and how to name it.
IN_READING_ORDER = """
const inside = each => each.shadowRoot ? [each, ...all(each.shadowRoot)] : [each];
const all = root => [...root.querySelectorAll("*")].flatMap(inside);
const seen = each => {
  const box = each.getBoundingClientRect();
  return box.width > 1 && box.height > 1 && each.checkVisibility({ visibilityProperty: true, opacityProperty: true });
};
const said = each =>
  (each.getAttribute("aria-label") || each.textContent.trim() || each.alt || each.id || each.tagName).slice(0, 80);
const deepest = (x, y) => {
  let hit = document.elementFromPoint(x, y), next = hit;
  while ((next = hit?.shadowRoot?.elementFromPoint(x, y)) && next !== hit) hit = next;
  return hit;
};
const short = each =>
  `${each.tagName.toLowerCase()}.${each.className || each.getAttribute("part") || ""} "${said(each)}"`;
"""

_AXE = """rules => axe.run(document, {
  resultTypes: ["violations"],
  ...(rules.length ? { runOnly: { type: "rule", values: rules } } : {}),
}).then(({ violations }) => violations.map(({ id, impact, help, nodes }) => ({
  id, impact, help,
  nodes: nodes.slice(0, 3).map(({ target, any }) => `${target.flat().join(" ")} ${any[0]?.message ?? ""}`),
})))"""

_RUNS_OVER = (
    "() => {"
    + IN_READING_ORDER
    + """
  const wide = document.documentElement.scrollWidth;
  if (wide <= innerWidth) return [];
  const shows = each => getComputedStyle(each).overflowX === "visible";
  const over = all(document.body).filter(each => seen(each) && (each.getBoundingClientRect().right > innerWidth + 1
    || (shows(each) && each.clientWidth && each.scrollWidth > innerWidth)));
  return [`${wide - innerWidth} px over`, ...over.slice(-4).map(short)];
}"""
)

# A link within a sentence is as high as its line (the criterion's own exception). What a label says may be tapped too,
# and so may what a link has laid over its whole card: what is small by its box is probed where a thumb may come down.
_TOO_SMALL = (
    "least => {"
    + IN_READING_ORDER
    + """
  const WAYS = "a[href], button, input, select, textarea, summary, [role=button], [role=tab], [role=option]";
  const hidden = each => each.closest(".visually-hidden, .skip, [inert]") || each.type === "hidden";
  const within = each => getComputedStyle(each).display === "inline"
    && each.parentElement && each.parentElement.textContent.trim() !== each.textContent.trim();
  const boxes = each => [each, ...(each.labels ?? []), each.closest("label")].filter(Boolean)
    .map(one => one.getBoundingClientRect());
  const reached = each => {
    each.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    const { left, top, width, height } = each.getBoundingClientRect(), off = least / 2 - 1;
    const [x, y] = [left + width / 2, top + height / 2];
    const ways = [...(width < least ? [[-off, 0], [off, 0]] : []), ...(height < least ? [[0, -off], [0, off]] : [])];
    return ways.filter(([right, down]) => each.contains(deepest(x + right, y + down))).length >= ways.length / 2;
  };
  return all(document.body).filter(each => each.matches(WAYS) && seen(each) && !within(each)).flatMap(each => {
    const [wide, high] = ["width", "height"].map(side => Math.round(Math.max(...boxes(each).map(box => box[side]))));
    const fine = hidden(each) || (wide >= least && high >= least) || reached(each);
    return fine ? [] : [`${wide}×${high} ${short(each)}`];
  });
}"""
)

_NAMED = (
    "() => {"
    + IN_READING_ORDER
    + """
  return all(document.querySelector("main")).filter(each => each.matches("h1, h2, h3, a[href]") && seen(each))
    .map(each => (each.getAttribute("aria-label") || each.textContent).replace(/\\s+/g, " ").trim())
    .filter(Boolean);
}"""
)

_FOCUSED = (
    "() => {"
    + IN_READING_ORDER
    + """
  let each = document.activeElement;
  while (each?.shadowRoot?.activeElement) each = each.shadowRoot.activeElement;
  if (!each || each === document.body) return null;
  const box = each.getBoundingClientRect();
  const hit = deepest(box.left + Math.min(box.width, innerWidth) / 2, box.top + Math.min(box.height, 60) / 2);
  const rung = one => {
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  };
  return {
    name: short(each),
    place: all(document.body).indexOf(each),
    ring: rung(each) || rung(each.parentElement),
    inSight: Boolean(hit) && (each.contains(hit) || hit.contains(each)),
  };
}"""
)


def axe_findings(page: "Page", rules: tuple[str, ...] = ()) -> list[str]:
    """What axe-core finds that is serious or critical; of ``rules`` alone, where there are any."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE.read_text("utf-8"))
    found: list[dict[str, Any]] = page.evaluate(_AXE, list(rules))
    return [f"{each['id']}: {each['help']} {json.dumps(each['nodes'])}" for each in found if each["impact"] in _GRAVE]


def runs_over(page: "Page") -> list[str]:
    """Empty where nothing is wider than the window; else by how much, and what."""
    over: list[str] = page.evaluate(_RUNS_OVER)
    return over


def too_small_to_tap(page: "Page") -> list[str]:
    small: list[str] = page.evaluate(_TOO_SMALL, TAP)
    return small


def named(page: "Page") -> set[str]:
    """What can be read of the main part's headings and links."""
    return set(page.evaluate(_NAMED))


def focused(page: "Page") -> dict[str, Any] | None:
    """What has the focus: its ``name``, its ``place`` in reading order, if it has a ``ring``, if it is ``in_sight``."""
    found: dict[str, Any] | None = page.evaluate(_FOCUSED)
    return found and {**found, "in_sight": found.pop("inSight")}
