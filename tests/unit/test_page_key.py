"""The key that pages are told is one that everybody may read."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from local.cli import app
from local.commands import serve
from shared.domain.errors import InvalidInput

SECRET = "vt_sk_0123456789ab_abcdef"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The sites that would have been served."""
    sites: list[Any] = []
    monkeypatch.setattr(serve, "serve_shop", lambda *arguments: sites.append(arguments[-1]))
    return sites


@pytest.mark.parametrize("key", [SECRET, f" {SECRET}", f"Bearer {SECRET}"])
@pytest.mark.parametrize("way", [("serve", "--storefront-key"), ("site", "--api", "https://api.example", "--key")])
def test_a_secret_key_is_put_on_no_page(way: tuple[str, ...], key: str, tmp_path: Path, served: list[Any]) -> None:
    to = ("--to", str(tmp_path / "site")) if way[0] == "site" else ()
    ran = CliRunner().invoke(app, [*way, key, *to, "--data", str(tmp_path / "data")])
    assert isinstance(ran.exception, InvalidInput)
    assert "revoke it" in str(ran.exception)
    assert SECRET not in str(ran.exception)
    assert served == []
    assert not (tmp_path / "site").exists()


def test_a_publishable_one_is(tmp_path: Path, served: list[Any]) -> None:
    CliRunner().invoke(app, ["serve", "--storefront-key", "vt_pk_1_2 ", "--data", str(tmp_path / "data")])
    assert [each.key for each in served] == ["vt_pk_1_2"]
