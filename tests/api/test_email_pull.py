"""A sending service that fetches picks when it sends: its template, our API, and the email that comes of both."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from fastapi.testclient import TestClient

from local.email_samples import ABOUT
from shared import wiring
from shared.domain.choices import Consent
from shared.domain.events import EventType
from shared.emails.kept import keep
from shared.emails.services import Api, export
from shared.services.choices import change
from shared.services.popularity import refresh_popularity
from tests.email_engines import API, USER, as_braze
from tests.html_shape import shape
from tests.support import NOW, event, opened, picks_app


def test_braze_fetches_what_it_says(small_shop: wiring.Parts) -> None:
    crowd = [event(f"crowd{n}", EventType.PURCHASE, f"p{3 + n % 20}") for n in range(40)]
    small_shop.events.add([event(USER, EventType.VIEW, "p7", NOW - timedelta(days=1)), *crowd])
    refresh_popularity(small_shop.events, small_shop.blobs, NOW)
    keep(small_shop.blobs, ABOUT, {})
    client = TestClient(opened(picks_app(small_shop)))
    exported = export("picks", "braze", ABOUT, Api(API, "autumn"))
    asked = []

    def answer(path: str) -> Any:
        asked.append(path)
        got = client.get(path)
        assert got.status_code == 200, got.text
        return got.json()

    page, text, subject = (as_braze(part, answer) for part in (exported.html, exported.text, exported.subject))
    ours = client.get(asked[0]).json()["email"]
    assert set(asked) == {asked[0]}
    assert ours["variables"]["blocks"]
    assert shape(page, words=True) == shape(ours["html"], words=True)
    assert (text.split(), subject) == (ours["text"].split(), ours["subject"])

    change(small_shop.state, USER, NOW, lambda choices: replace(choices, consent=Consent(email=False)))
    assert "ABORTED: Vitrine has no picks for this user" in as_braze(exported.html, answer)
