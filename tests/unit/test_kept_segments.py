"""Kept segments: read to the end in pages, replaced as a whole, without whoever may not be in them any more."""

import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from shared import wiring
from shared.domain.choices import NONE, Choices, Consent
from shared.domain.deadline import deadline
from shared.domain.errors import Busy, CursorExpired, InvalidInput, NotFound, TurnLost, Unavailable
from shared.ports import BlobStore, Turns
from shared.services import segment_files as files
from shared.services.campaign_turn import turn_at
from shared.services.choices import change
from shared.services.consent import set_consent, settle
from shared.services.export import export
from shared.services.privacy import erase
from shared.services.segment_erasure import forget_in_segments, segments_with
from shared.services.segments import (
    Segments,
    drop_segment,
    expire_segments,
    find_segment,
    keep_segment,
    page_of,
    users_of_segment,
)
from tests.support import NOW, StillClock

USERS = [f"user-{(number * 7919) % 25_000:05d}" for number in range(25_000)]
FEW = USERS[:40]


@pytest.fixture
def segments(parts: wiring.Parts) -> Segments:
    return wiring.segments(parts)


@pytest.fixture
def turns(parts: wiring.Parts) -> Turns:
    return parts.campaign_turns


def kept(segments: Segments, turns: Turns, users: list[str] = FEW, name: str = "vip") -> None:
    keep_segment(segments, turns, name, users, segments.clock.now(), chunk_users=15)


def pages(segments: Segments, name: str = "vip", most: int = 6, done: int = 1_000) -> Iterator[list[str]]:
    """Page by page, of each the first ``done`` users, as an email generator that runs out of time."""
    mark, place = "", 0
    while True:
        page = page_of(segments, name, mark, place, most)
        users = [user_id for _, user_id in page.users][:done]
        yield users
        after = page.after(len(users))
        if after is None:
            return
        mark, place = page.segment.mark, after


def all_of(segments: Segments, name: str = "vip") -> list[str]:
    return [user_id for page in pages(segments, name) for user_id in page]


def chunks_with(segments: Segments, user_id: str) -> list[str]:
    """The blobs that name the user, wherever."""
    blobs = segments.blobs
    return [name for name in blobs.names("") if user_id.encode() in (blobs.get(name) or b"")]


class KilledAt:
    """Blobs whose write or removal of that number fails, and all after it."""

    def __init__(self, blobs: BlobStore, number: int) -> None:
        self._blobs, self._left = blobs, number

    def put(self, name: str, content: bytes) -> None:
        self._step()
        self._blobs.put(name, content)

    def remove(self, name: str) -> None:
        self._step()
        self._blobs.remove(name)

    def _step(self) -> None:
        if self._left == 0:
            raise Unavailable("killed here")
        self._left -= 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self._blobs, name)


def killed(blobs: BlobStore, number: int) -> BlobStore:
    return cast(BlobStore, KilledAt(blobs, number))


class Beside:
    """Blobs beside which something happens, once, before the call of that number of a method."""

    def __init__(self, blobs: BlobStore, method: str, number: int, happens: Callable[[], object]) -> None:
        self._blobs, self._method, self._left, self._happens = blobs, method, number, happens

    def __getattr__(self, name: str) -> Any:
        if name == self._method:
            self._left -= 1
            if self._left == -1:
                self._happens()
        return getattr(self._blobs, name)


def beside(segments: Segments, method: str, number: int, happens: Callable[[], object]) -> Segments:
    return replace(segments, blobs=cast(BlobStore, Beside(segments.blobs, method, number, happens)))


class Free:
    """A turn for whoever asks."""

    def take(self, job: str) -> Any:
        return nullcontext(self)

    def check(self) -> None: ...


class TestPages:
    def test_they_skip_and_repeat_nobody_whatever_is_done_of_each(self, segments: Segments, turns: Turns) -> None:
        keep_segment(segments, turns, "all", [*USERS, *FEW, "anon:guest", "nobody:1"], NOW)
        assert find_segment(segments, "all").chunks == range(3)
        sizes = [len(json.loads(segments.blobs.get(name) or b"")) for name in files.chunk_names(segments.blobs)]
        assert sizes == [10_000, 10_000, 5_000]
        found = list(pages(segments, "all", most=500))
        assert max(map(len, found)) == 500
        assert [user for page in found for user in page] == USERS
        assert [user for page in pages(segments, "all", most=500, done=333) for user in page] == USERS
        assert list(users_of_segment(segments, "all")) == USERS

    def test_one_of_nobody_has_an_end(self, segments: Segments, turns: Turns) -> None:
        kept(segments, turns, [])
        assert list(pages(segments)) == [[]]

    def test_where_nobody_is_left_the_search_ends_with_the_time(self, segments: Segments, turns: Turns) -> None:
        kept(segments, turns)
        for user_id in FEW[:20]:
            change(segments.state, user_id, NOW, lambda each: replace(each, consent=NONE))
        assert [user for _, user in page_of(segments, "vip", most=6).users] == FEW[20:21]
        with deadline(0.5):
            page = page_of(segments, "vip", most=6)
        assert (list(page.users), page.after(0)) == ([], 6)

    def test_it_is_replaced_between_two_pages(self, segments: Segments, turns: Turns, clock: StillClock) -> None:
        kept(segments, turns)
        page = page_of(segments, "vip", most=6)
        clock.forward(minutes=1)
        kept(segments, turns, FEW[::-1])
        with pytest.raises(CursorExpired, match="'vip' was kept anew"):
            page_of(segments, "vip", page.segment.mark, page.end)
        assert all_of(segments) == FEW[::-1]
        assert len(files.chunk_names(segments.blobs)) == 3, "those of the old one are gone"

    def test_it_is_replaced_while_a_page_is_read(self, segments: Segments, turns: Turns, clock: StillClock) -> None:
        kept(segments, turns)
        clock.forward(minutes=1)
        with pytest.raises(CursorExpired):
            page_of(beside(segments, "get", 1, lambda: kept(segments, turns, FEW[::-1])), "vip")
        assert all_of(segments) == FEW[::-1]


class TestKeeping:
    def test_killed_at_any_step_one_of_the_two_is_there_as_a_whole(
        self, segments: Segments, turns: Turns, clock: StillClock
    ) -> None:
        kept(segments, turns)
        for number in range(20):
            clock.forward(seconds=1)
            before = all_of(segments)
            new = before[::-1]
            try:
                kept(replace(segments, blobs=killed(segments.blobs, number)), turns, new)
            except Unavailable:
                assert all_of(segments) in (before, new)
            else:
                break
        assert number >= 10, "three chunks begun and written, the pointer, three old chunks"
        assert all_of(segments) == new
        assert len(files.chunk_names(segments.blobs)) == 3

    def test_what_a_killed_call_left_goes_after_a_day(
        self, segments: Segments, turns: Turns, clock: StillClock
    ) -> None:
        for name in ("vip", "other"):
            with pytest.raises(Unavailable):
                kept(replace(segments, blobs=killed(segments.blobs, 4)), turns, name=name)
        kept(segments, turns, FEW[::-1])
        assert expire_segments(segments, turns) == 0
        clock.forward(days=1, seconds=1)
        assert expire_segments(segments, turns) == 2
        assert {files.segment_of(name) for name in files.all_names(segments.blobs)} == {"vip"}
        assert all_of(segments) == FEW[::-1]

    def test_of_two_at_once_the_last_to_end_is_told_where_it_came_to_nothing(
        self, segments: Segments, turns: Turns
    ) -> None:
        other = beside(segments, "names", 2, lambda: keep_segment(segments, cast(Turns, Free()), "vip", FEW[:5], NOW))
        with pytest.raises(Busy, match="kept by another call"):
            kept(other, turns)
        assert all_of(segments) == FEW[:5]

    def test_it_is_gone_after_ninety_days_or_as_soon_as_events_are(
        self, segments: Segments, turns: Turns, clock: StillClock
    ) -> None:
        keep_segment(segments, turns, "long", FEW, NOW, days=400)
        keep_segment(segments, turns, "short", FEW, NOW, days=30)
        clock.forward(days=30)
        with pytest.raises(NotFound, match="vitrine segments --category CATEGORY --keep short"):
            find_segment(segments, "short")
        assert expire_segments(segments, turns) == 2
        assert segments_with(segments.blobs, FEW[0]) == ["long"]
        clock.forward(days=60)
        with pytest.raises(NotFound):
            page_of(segments, "long")
        kept(segments, turns)
        assert segments_with(segments.blobs, FEW[0]) == ["vip"]

    def test_there_is_an_end_to_how_many(
        self, segments: Segments, turns: Turns, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("shared.services.segments.MOST_SEGMENTS", 5)
        monkeypatch.setattr("shared.services.segments.MOST_PLACES", 60)
        for number in range(5):
            kept(segments, turns, FEW[:10], f"s{number}")
        kept(segments, turns, FEW[:20], "s0")
        with pytest.raises(InvalidInput, match="4 segments with 40 users are kept beside it, of 5 with 60"):
            kept(segments, turns, FEW[:21], "s0")
        with pytest.raises(InvalidInput, match="--drop NAME"):
            kept(segments, turns)
        drop_segment(segments, turns, "s0")
        kept(segments, turns, FEW[:20])
        with pytest.raises(NotFound, match="'s0'"):
            drop_segment(segments, turns, "s0")

    @pytest.mark.parametrize(
        "name", ["", ".", "..", "../x", "a/b", ".hidden", "a\n", "a" * 65, "ä", "a\0", "-x", "a b"]
    )
    def test_a_name_that_is_none_comes_to_no_file(
        self, name: str, segments: Segments, turns: Turns, tmp_path: Path
    ) -> None:
        for does in (
            lambda: keep_segment(segments, turns, name, FEW, NOW),
            lambda: page_of(segments, name),
            lambda: drop_segment(segments, turns, name),
        ):
            with pytest.raises(InvalidInput, match="no name of a segment"):
                does()
        assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix == ".json"]


class TestErasure:
    def test_between_two_pages_the_rest_goes_on_without_the_person(
        self, parts: wiring.Parts, segments: Segments, turns: Turns
    ) -> None:
        kept(segments, turns)
        read = pages(segments, done=4)
        seen = next(read)
        for user_id in (FEW[1], FEW[5], FEW[30]):  # of those had, of those looked at, of those to come
            assert erase(wiring.people(parts), user_id).more is False
            assert chunks_with(segments, user_id) == []
        seen += [user_id for page in read for user_id in page]
        assert seen == [each for each in FEW if each not in (FEW[5], FEW[30])]

    def test_killed_at_any_step_the_same_call_goes_on(self, segments: Segments, turns: Turns) -> None:
        kept(segments, turns)
        kept(segments, turns, FEW[::-1], "reversed")
        assert segments_with(segments.blobs, FEW[3]) == ["reversed", "vip"]
        for number in range(2):
            with pytest.raises(Unavailable):
                forget_in_segments(killed(segments.blobs, number), turns, FEW[3])
            kept(segments, turns)
        assert forget_in_segments(segments.blobs, turns, FEW[3]) == 1
        assert forget_in_segments(segments.blobs, turns, FEW[3]) == 0
        assert chunks_with(segments, FEW[3]) == []

    def test_who_is_erased_while_a_segment_is_written_is_not_in_it(
        self, parts: wiring.Parts, segments: Segments, turns: Turns
    ) -> None:
        """Before each of its writes, and so after the last look at what the users have chosen, too."""
        people = wiring.people(parts)
        for number, user_id in enumerate(FEW[:7]):

            def asked(user_id: str = user_id) -> None:
                with deadline(0.65), suppress(Busy):  # the writer has the turn: what waits for it is asked again
                    erase(people, user_id)

            keep_segment(beside(segments, "put", number, asked), turns, f"s{number}", FEW, NOW, chunk_users=15)
            assert user_id not in all_of(segments, f"s{number}")
            assert erase(people, user_id).more is False
            assert chunks_with(segments, user_id) == [], f"erased before write {number}"

    def test_a_chunk_that_is_about_to_be_written_is_waited_for(self, segments: Segments, turns: Turns) -> None:
        def asked() -> None:
            with deadline(0.65), pytest.raises(Busy):
                forget_in_segments(segments.blobs, turns, FEW[0])

        kept(beside(segments, "put", 1, asked), turns)
        assert forget_in_segments(segments.blobs, turns, FEW[0]) == 1

    def test_who_is_erased_is_not_written_again(self, parts: wiring.Parts, segments: Segments, turns: Turns) -> None:
        """The erasure has looked through all there is before the name of a chunk is there."""
        people = wiring.people(parts)
        keep_segment(beside(segments, "put", 0, lambda: erase(people, FEW[0])), cast(Turns, Free()), "vip", FEW, NOW)
        assert chunks_with(segments, FEW[0]) == []

    def test_without_time_it_is_said(self, segments: Segments, turns: Turns) -> None:
        kept(segments, turns)
        with deadline(0), pytest.raises(Unavailable, match="send the same again"):
            forget_in_segments(segments.blobs, turns, FEW[0])

    def test_the_export_names_the_segments(self, parts: wiring.Parts, segments: Segments, turns: Turns) -> None:
        kept(segments, turns)
        assert export(wiring.people(parts), FEW[0]).kept.segments == ["vip"]  # type: ignore[union-attr]
        assert export(wiring.people(parts), FEW[0][:-1]).kept.segments == []  # type: ignore[union-attr]

    def test_ids_that_look_alike_or_need_escaping_are_told_apart(self, segments: Segments, turns: Turns) -> None:
        odd = ['a"b', "b", "a", "ä", 'a","b', "a\\", "日本"]
        kept(segments, turns, odd)
        for place, user_id in enumerate(odd):
            assert forget_in_segments(segments.blobs, turns, user_id) == 1
            assert all_of(segments) == odd[place + 1 :]


class TestConsent:
    @pytest.mark.parametrize("refused", [NONE, Consent(personalise=False), Consent(analytics=False)])
    def test_who_withdraws_is_taken_out_at_once_and_not_put_back_by_coming_back(
        self, parts: wiring.Parts, segments: Segments, turns: Turns, clock: StillClock, refused: Consent
    ) -> None:
        kept(segments, turns)
        clock.forward(minutes=1)
        keeping = wiring.keeping(parts)
        set_consent(keeping, FEW[2], lambda _: refused)
        assert chunks_with(segments, FEW[2]) == []
        set_consent(keeping, FEW[2], lambda _: Consent())
        assert all_of(segments) == [each for each in FEW if each != FEW[2]]
        clock.forward(minutes=1)
        kept(segments, turns)
        assert all_of(segments) == FEW

    def test_killed_before_the_files_the_record_alone_keeps_the_person_out(
        self, parts: wiring.Parts, segments: Segments, turns: Turns
    ) -> None:
        kept(segments, turns)
        keeping = wiring.keeping(parts)
        with pytest.raises(Unavailable):
            set_consent(replace(keeping, segments=(killed(parts.blobs, 0), turns)), FEW[2], lambda _: NONE)
        assert chunks_with(segments, FEW[2])
        assert FEW[2] not in all_of(segments)
        assert FEW[2] not in set(users_of_segment(segments, "vip"))
        set_consent(keeping, FEW[2], lambda _: NONE)
        assert chunks_with(segments, FEW[2]) == []

    def test_an_email_refused_and_a_refusal_without_segments_need_no_turn(
        self, parts: wiring.Parts, segments: Segments, turns: Turns
    ) -> None:
        keeping = wiring.keeping(parts)
        with turns.take("another"), deadline(0.7):
            set_consent(keeping, "u", lambda _: NONE)
            settle(keeping, "u", Choices(NONE))
        kept(segments, turns)
        with turns.take("another"), deadline(0.7):
            set_consent(keeping, FEW[0], lambda _: Consent(email=False))
            set_consent(keeping, "u-2", lambda _: NONE)
            with pytest.raises(Busy):
                set_consent(keeping, FEW[0], lambda _: NONE)
        assert FEW[0] not in all_of(segments)

    def test_where_consent_is_required_who_has_not_said_is_in_none(
        self, parts: wiring.Parts, turns: Turns, segments: Segments, clock: StillClock
    ) -> None:
        """Nor is, in one that was made before that, who agrees now: what was known then is known no more."""
        change(parts.state, FEW[1], NOW, lambda each: replace(each, consent=Consent()))
        clock.forward(minutes=1)
        kept(segments, turns)
        clock.forward(minutes=1)
        asking = replace(parts, consent=NONE)
        required = wiring.segments(asking)
        set_consent(wiring.keeping(asking), FEW[2], lambda _: Consent())
        clock.forward(minutes=1)
        assert all_of(required) == [FEW[1]]
        kept(required, turns)
        assert all_of(required) == FEW[1:3]
        assert segments_with(parts.blobs, FEW[0]) == []


def test_a_turn_is_waited_for_no_longer_than_the_request_lasts(turns: Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.services.campaign_turn.time.sleep", lambda _: pytest.fail("it waits"))
    with turns.take("another"), deadline(0.5), pytest.raises(Busy), turn_at(turns, "segments"):
        pass


def test_a_turn_that_is_lost_stops_the_writing(segments: Segments) -> None:
    class Lost(Free):
        def check(self) -> None:
            raise TurnLost("gone")

    with pytest.raises(TurnLost):
        kept(segments, cast(Turns, Lost()))
    assert files.all_names(segments.blobs) == []
