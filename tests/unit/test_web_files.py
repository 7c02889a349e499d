"""What every file of the pages keeps to, so that what a feed holds stays text and nobody else is asked for anything."""

import re
from pathlib import Path

import pytest

from local.site import FOLDERS, WEB

_OTHERS = ("node_modules", "dist", "vendor")
"""Made, or written by others."""

PUT_TOGETHER = "storefront/first.css"
_LONGEST = 250
_MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setHTMLUnsafe|\.srcdoc|\.style *="
)
_IMPORTED = re.compile(
    r"""(?:^import .*?from |^import |^export .*?from |[^.\w]import\()["']([^"']+)["']""", re.MULTILINE
)


def files(*kinds: str) -> list[Path]:
    found = (path for kind in kinds for path in WEB.rglob(f"*.{kind}"))
    return sorted(path for path in found if not set(_OTHERS) & set(path.relative_to(WEB).parts))


def code_of(path: Path) -> str:
    """Without comments, whose types are for the checker alone."""
    return re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)


def named(path: Path) -> str:
    return str(path.relative_to(WEB))


@pytest.mark.parametrize("path", files("js"), ids=named)
def test_scripts_make_no_markup_out_of_text(path: Path) -> None:
    assert _MARKUP.findall(code_of(path)) == []
    assert len(path.read_text("utf-8").splitlines()) <= _LONGEST


@pytest.mark.parametrize("path", [path for path in files("js") if path.parent != WEB], ids=named)
def test_what_a_script_imports_is_there_and_is_served(path: Path) -> None:
    for name in _IMPORTED.findall(code_of(path)):
        target = (path.parent / name).resolve()
        assert name.startswith(".")
        assert target.is_file()
        assert target.relative_to(WEB).parts[0] in FOLDERS


@pytest.mark.parametrize("path", files("html"), ids=named)
def test_pages_run_nothing_but_their_own_files(path: Path) -> None:
    page = path.read_text("utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    rules = {words[0]: words[1:] for words in (rule.split() for rule in policy[1].split(";"))}
    assert rules["default-src"] == ["'none'"]
    assert rules["script-src"] == rules["style-src"] == ["'self'"]
    assert rules["base-uri"] == rules["form-action"] == ["'none'"]
    assert rules["require-trusted-types-for"] == ["'script'"]
    assert page.index("Content-Security-Policy") < page.index("<script")
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", page) == []
    assert re.findall(r"""(?:src|href)=["'](?:https?:)?//""", page) == []
    assert '<html lang="' in page
    assert "width=device-width" in page


@pytest.mark.parametrize("path", files("css"), ids=named)
def test_styles_fetch_nothing_from_elsewhere(path: Path) -> None:
    assert re.findall(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", path.read_text("utf-8")) == []
    assert named(path) == PUT_TOGETHER or "@import" not in path.read_text("utf-8")


def test_no_page_loads_the_sheet_that_the_build_puts_together() -> None:
    name = Path(PUT_TOGETHER).name
    assert [named(path) for path in files("html", "js") if f'/{name}"' in code_of(path)] == ["build.js"]
    assert "@import" not in (WEB / "dist" / "storefront.css").read_text("utf-8")
