"""Segments: who is in one, in which order, and that nobody else can read the file."""

import csv
import json
import stat
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from indexer.encode import Encoders
from indexer.segments import Member, Wanted, category_wanted, likeliest, likeness_wanted, product_wanted
from local.cli import app
from local.demo_shop.catalogue import catalogue
from local.demo_shop.sessions import simulate
from local.demo_shop.shoppers import shoppers
from shared import wiring
from shared.domain.errors import InvalidInput, NotFound
from shared.domain.events import Event, EventType
from shared.domain.products import Product
from shared.domain.standing import fold
from shared.domain.taste import Fading
from shared.services.kept_catalogue import catalogue_products
from shared.services.segments import users_of_segment
from shared.settings import Settings
from tests.support import NOW, ColourEncoder, Silent, StillClock, WordEncoder, event, reindex, write_small_feed

VIEW, PURCHASE, DISLIKE = EventType.VIEW, EventType.PURCHASE, EventType.DISLIKE


def did(parts: wiring.Parts, user: str, *deeds: tuple[EventType, str]) -> None:
    parts.events.add(
        [event(user, kind, product, NOW - timedelta(hours=n)) for n, (kind, product) in enumerate(deeds, 1)]
    )


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> wiring.Parts:
    """p1, p7, p13 … are shoes, p2, p8, p14 … shirts; p55 is a variant of p1."""
    folder = tmp_path_factory.mktemp("segments")
    feed, images = write_small_feed(folder / "feed")
    small_shop = wiring.parts(Settings(data=folder / "data"), StillClock())
    reindex(small_shop, feed, folder / "work", images=images)
    did(small_shop, "shirts", (VIEW, "p8"), (VIEW, "p14"))
    did(small_shop, "twin", (VIEW, "p8"), (VIEW, "p14"), (VIEW, "p20"))
    did(small_shop, "runner", (VIEW, "p7"), (VIEW, "p13"), (VIEW, "p19"))
    did(small_shop, "glance", (VIEW, "p7"))
    did(small_shop, "owner", (PURCHASE, "p55"), (VIEW, "p7"), (VIEW, "p13"))
    did(small_shop, "averse", (DISLIKE, "p1"), (VIEW, "p7"), (VIEW, "p13"))
    did(small_shop, "against", (DISLIKE, "p7"), (DISLIKE, "p13"), (DISLIKE, "p19"))
    did(small_shop, "silent", (EventType.SEARCH, ""))
    return small_shop


def products(parts: wiring.Parts) -> list[Product]:
    return list(catalogue_products(parts.blobs, parts.versions.live() or ""))


def ask(parts: wiring.Parts, wanted: Wanted, limit: int = 100) -> list[Member]:
    histories = parts.events.histories(parts.clock.now())
    return likeliest(histories, wanted, parts.clock.now(), Fading(), limit, Silent())


def users(members: list[Member]) -> list[str]:
    return [member.user_id for member in members]


def test_who_turned_to_its_like_may_want_a_product_and_who_has_it_or_dislikes_it_does_not(
    lived_in: wiring.Parts,
) -> None:
    index = wiring.shop(lived_in).live.live()
    members = ask(lived_in, product_wanted(index, products(lived_in), "p1"))
    assert users(members)[:2] == ["runner", "glance"]
    assert members[0].score > members[1].score > members[-1].score > 0
    assert not {"owner", "averse", "against", "silent"} & set(users(members))
    assert users(ask(lived_in, product_wanted(index, products(lived_in), "p1"), 1)) == ["runner"]


def test_a_category_is_wanted_by_its_owners_too(lived_in: wiring.Parts) -> None:
    index = wiring.shop(lived_in).live.live()
    members = users(ask(lived_in, category_wanted(index, products(lived_in), "RUNNING SHOE")))
    assert set(members[:3]) == {"runner", "owner", "glance"}
    assert not {"averse", "against", "silent"} & set(members)


def test_like_a_user_are_those_who_turn_to_the_same_and_not_the_user(lived_in: wiring.Parts) -> None:
    index = wiring.shop(lived_in).live.live()
    wanted = likeness_wanted(index, lived_in.events.recent("shirts", 200, NOW), NOW)
    assert users(ask(lived_in, wanted))[0] == "twin"
    assert "shirts" not in users(ask(lived_in, wanted))


def test_what_is_not_there_is_said(lived_in: wiring.Parts) -> None:
    index = wiring.shop(lived_in).live.live()
    with pytest.raises(NotFound, match="'p99'"):
        product_wanted(index, products(lived_in), "p99")
    with pytest.raises(NotFound, match="'Boats'"):
        category_wanted(index, products(lived_in), "Boats")
    with pytest.raises(NotFound, match="Nothing is known"):
        likeness_wanted(index, [], NOW)


def test_the_command_writes_a_file_for_its_owner_alone_and_says_no_names(
    lived_in: wiring.Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "parts", lambda _: lived_in)
    target = tmp_path / "users.csv"
    target.write_text("old")
    target.chmod(0o644)
    ran = CliRunner().invoke(app, ["segments", "--product", "p1", "--csv", str(target)])
    assert ran.exit_code == 0, ran.output
    assert "runner" not in ran.output
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    rows = list(csv.DictReader(target.open()))
    assert [row["user_id"] for row in rows][:2] == ["runner", "glance"]
    assert all(float(row["score"]) > 0 for row in rows)

    target = tmp_path / "users.json"
    ran = CliRunner().invoke(app, ["segments", "--like-user", "runner", "-n", "1", "--json", str(target)])
    assert ran.exit_code == 0, ran.output
    assert len(json.loads(target.read_text())["users"]) == 1
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".users")]


def test_the_command_keeps_a_segment_and_drops_it(lived_in: wiring.Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "parts", lambda _: lived_in)
    ran = CliRunner().invoke(app, ["segments", "--category", "Running Shoe", "-n", "2", "--keep", "shoe-fans"])
    assert ran.exit_code == 0, ran.output
    assert "runner" not in ran.output
    assert "2026-07-30" in ran.output
    segments = wiring.segments(lived_in)
    wanted = category_wanted(wiring.shop(lived_in).live.live(), products(lived_in), "Running Shoe")
    assert list(users_of_segment(segments, "shoe-fans")) == users(ask(lived_in, wanted, 2))
    ran = CliRunner().invoke(app, ["segments", "--drop", "shoe-fans"])
    assert ran.exit_code == 0, ran.output
    assert lived_in.blobs.names("segments") == []


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--product", "p1", "--csv", "x", "--keep", "y"], "--keep NAME"),
        (["--product", "p1", "--keep", "../y"], "no name of a segment"),
        (["--drop", "y", "--product", "p1"], "--drop NAME alone"),
        (["--csv", "x"], "--product"),
        (["--product", "p1", "--category", "Shoes", "--csv", "x"], "--like-user"),
        (["--product", "p1"], "--csv"),
        (["--product", "p1", "--csv", "x", "--json", "y"], "--json"),
    ],
)
def test_what_cannot_be_asked_is_said(options: list[str], word: str, tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["segments", *options, "--data", str(tmp_path)])
    assert isinstance(ran.exception, InvalidInput)
    assert word in str(ran.exception)


def test_in_the_demo_shop_later_buyers_are_ahead_of_chance_and_of_buyers_of_the_category(tmp_path: Path) -> None:
    """Taught by all but the last weeks, in which some users buy products for the first time."""
    asked_from = NOW - timedelta(days=28)
    people = catalogue()
    histories: dict[str, list[Event]] = {}
    for each in simulate(shoppers(), people, NOW):
        histories.setdefault(each.user_id, []).append(each)
    before = {user: [e for e in own if e.occurred_at < asked_from] for user, own in histories.items()}
    later = {user: {e.product_id for e in own if e.type is PURCHASE} for user, own in histories.items()}
    feed = tmp_path / "feed.jsonl"
    feed.write_text("\n".join(json.dumps(each.row(NOW) | {"image": ""}, default=str) for each in people))
    parts = wiring.parts(Settings(data=tmp_path / "data"), StillClock(asked_from))
    parts.events.add([each for own in before.values() for each in own])
    reindex(parts, feed, tmp_path / "work", Encoders(WordEncoder(), ColourEncoder()))
    index = wiring.shop(parts).live.live()
    shelf = {each.id: each for each in products(parts)}

    known = [own for own in before.values() if own]
    bought = {own[0].user_id: fold(own).bought for own in known}
    ours, same_kind = [], []
    for product_id in sorted(shelf)[::8]:
        others = [user for user, had in bought.items() if product_id not in had]
        buyers = [user for user in others if product_id in later[user]]
        if not buyers:
            continue
        wanted = product_wanted(index, shelf.values(), product_id)
        members = likeliest(known, wanted, asked_from, Fading(), len(known), Silent())
        of_kind = {each.id for each in shelf.values() if each.categories[-1:] == shelf[product_id].categories[-1:]}
        ours.append(ahead({each.user_id: each.score for each in members}, buyers, others))
        same_kind.append(ahead({user: float(len(of_kind & bought[user])) for user in others}, buyers, others))
    assert len(ours) >= 20
    assert np.mean(ours) > 0.6
    assert np.mean(ours) > np.mean(same_kind) + 0.03


def ahead(scores: dict[str, float], buyers: list[str], known: list[str]) -> float:
    """How often a buyer is ahead of another user, ties half: the area under the ROC curve."""
    others = np.array([scores.get(user, 0.0) for user in known if user not in set(buyers)])
    own = [scores.get(user, 0.0) for user in buyers]
    return float(np.mean([np.mean(score > others) + np.mean(score == others) / 2 for score in own]))
