"""The three templates in a real browser: nothing runs over, everything can be read and tapped, in light and in dark."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from local.email_samples import ABOUT, sample_rows
from shared.emails.colours import READABLE
from shared.emails.rendering import render
from shared.emails.sources import TEMPLATES
from tests.browser.email_pictures import SCHEMES, WIDTHS, email_page
from tests.browser.measures import TAP

# For each piece of text that can be seen: its contrast with the nearest background that is painted, and the text.
_MEASURE = """() => {
  const channels = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
  const linear = c => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
  const luminance = c => .2126 * linear(c[0]) + .7152 * linear(c[1]) + .0722 * linear(c[2]);
  const behind = node => {
    for (; node; node = node.parentElement) {
      const c = channels(getComputedStyle(node).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + .05) / (low + .05);
  };
  const texts = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, box = node.parentElement.getBoundingClientRect();
    if (!node.data.trim() || box.width < 2 || box.height < 2) continue;
    const style = getComputedStyle(node.parentElement);
    if (style.opacity === '0') continue;
    texts.push([contrast(channels(style.color), behind(node.parentElement)), node.data.trim()]);
  }
  const tall = element => element.getBoundingClientRect().height;
  const height = link => Math.max(...[link, ...link.querySelectorAll('img')].map(tall));
  return {
    overflow: document.documentElement.scrollWidth - innerWidth,
    texts,
    images: [...document.images].map(image => [image.alt, image.naturalWidth, image.getBoundingClientRect().width]),
    links: [...document.links].map(link => [height(link), link.textContent.trim() || link.href]),
    page: getComputedStyle(document.body).backgroundColor,
  };
}"""


def measured(browser: Any, html: str, width: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """In light, and then in dark."""
    with email_page(browser, html, width) as page:
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            yield scheme, page.evaluate(_MEASURE)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("template", TEMPLATES)
def test_can_be_read_and_tapped(chrome: Any, template: str, width: int) -> None:
    rows = sample_rows(template)
    for scheme, found in measured(chrome, render(template, rows, ABOUT).html, width):
        assert found["overflow"] <= 0
        assert {row.title for row in rows} <= {text for _, text in found["texts"]}
        assert not [each for each in found["texts"] if each[0] < READABLE]
        assert [alt for alt, natural, shown in found["images"] if natural and shown > 100] == [
            row.title for row in rows
        ]
        assert not [each for each in found["links"] if each[0] < TAP]
        assert found["page"] == {"light": "rgb(243, 243, 241)", "dark": "rgb(16, 18, 20)"}[scheme]


@pytest.mark.parametrize("width", WIDTHS)
def test_words_without_an_end_and_no_pictures(chrome: Any, width: int) -> None:
    """What a mail program that blocks pictures shows of a feed that nobody has looked at."""
    words = ("W" * 300, "<b>" * 40, "&nbsp;" * 60, "שלום " * 30, "\u202e" + "a/b" * 90, "🧦" * 70)
    rows = [
        replace(sample_rows("picks")[0], title=word, reason=word, image="https://down.example/x.jpg", block=f"{place}")
        for place, word in enumerate(words)
    ]
    about = replace(ABOUT, shop="S" * 100, titles={"1": "T" * 200})
    for _, found in measured(chrome, render("back_in_stock", rows, about).html, width):
        assert found["overflow"] <= 0
        assert not [each for each in found["texts"] if each[0] < READABLE]
        assert all(alt for alt, _, _ in found["images"])
        assert len(found["images"]) == len(words)
        assert {"W" * 119 + "…", "<b>" * 40} <= {text for _, text in found["texts"]}
