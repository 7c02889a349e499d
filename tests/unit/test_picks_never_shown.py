"""Ten thousand emails in a shop where everything changes all the time: what must never be in one never is.

What must not be is written down again here, from the raw events, sends and changes that the test itself made.
"""

import dataclasses
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from shared import wiring
from shared.domain.choices import Consent
from shared.domain.events import Event, EventType
from shared.domain.offers import OfferChange
from shared.domain.picks import Block, BlockKind, Campaign, Recording, Skipped, UserPicks
from shared.domain.products import Product
from shared.domain.recommendations import IndexPoint
from shared.domain.sends import SendState
from shared.domain.spaces import EncoderInfo, Space
from shared.domain.versions import Manifest
from shared.services.choices import change
from shared.services.picks import Mailing, picks_for
from shared.services.popularity import refresh_popularity
from shared.services.rulebook import apply_rules
from shared.services.sends import confirm, undo
from shared.settings import Settings
from tests.support import NOW, StillClock

PRODUCTS = 300
USERS = 150
ROUNDS = 29
EMAILS = 10_000
TYPES = [*[EventType.VIEW] * 6, *(set(EventType) - {EventType.SEARCH, EventType.IMPRESSION})]
KINDS = list(BlockKind)
FILTERS = ("", "", "", "price < 60", 'not brand = "brand 3"')


def product(number: int) -> Product:
    return Product(
        f"p{number}",
        f"{('red', 'blue', 'green')[number % 3]} thing of kind {number % 20}",
        brand=f"brand {number % 7}",
        categories=("Things", f"kind {number % 20}"),
        price=float(1 + number % 90),
        currency="EUR",
        stock=0 if number % 13 == 0 else 5,
        image="" if number % 17 == 0 else f"{number}.jpg",
        item_group_id=f"g{number // 3}" if number % 2 else "",
    )


@dataclass
class Sent:
    """A user's email of one campaign, as the test saw it come."""

    shown: set[str] = field(default_factory=set)
    at: datetime = NOW
    counts: bool = False


@dataclass
class World:
    """All that the test has done, and the shop that it was done to."""

    parts: wiring.Parts
    clock: StillClock
    rng: random.Random
    products: dict[str, Product]
    events: dict[str, list[Event]] = field(default_factory=dict)
    sends: dict[str, dict[str, Sent]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    emails: int = 0
    done: int = 0

    def now(self) -> datetime:
        return self.clock.now()

    def live(self) -> None:
        """Some hours in which users, the stock and the shop's people do as they like."""
        self.clock.forward(hours=self.rng.randint(4, 40))
        for user in (f"u{n}" for n in range(0, USERS, 2)):  # of the others nothing is ever known
            self.act(user)
        changed = self.rng.sample(sorted(self.products), 20)
        for each in changed:
            values = self.rng.choice(
                [{"stock": 0}, {"stock": 3}, {"price": 9.0, "sale_price": None}, {"price": 75.0, "sale_price": 20.0}]
            )
            self.products[each] = dataclasses.replace(self.products[each], **values)
            self.parts.products.change([OfferChange(each, self.now(), values)])
        self.choose()
        self.confirm_and_undo()

    def act(self, user: str) -> None:
        number = self.rng.choice([0, 0, 1, 3])
        done = []
        for _ in range(number):
            self.done += 1
            at = self.now() - timedelta(minutes=self.rng.randint(0, 240))
            type_, value = self.rng.choice(TYPES), self.rng.choice([None, None, 1.0, 2.0, 5.0])
            near = self.rng.choice([self.rng.randrange(PRODUCTS), int(user[1:])])
            done.append(Event(f"e{self.done}", user, type_, at, at, f"p{near}", value=value))
        self.parts.events.add(done)
        self.events.setdefault(user, []).extend(done)

    def choose(self) -> None:
        for user in (f"u{number}" for number in self.rng.sample(range(USERS), 3)):
            agrees = user in self.refused
            consent = Consent(email=agrees)
            change(self.parts.state, user, self.now(), lambda was, c=consent: dataclasses.replace(was, consent=c))
            (self.refused.discard if agrees else self.refused.add)(user)

    def confirm_and_undo(self) -> None:
        for user, own in self.sends.items():
            for name in [*own]:
                dice = self.rng.random()
                if dice < 0.05 and not own[name].counts:
                    self.clock.forward(seconds=1)  # what was sent last is to be clear
                    confirm(self.parts.sends, name, [user], self.now())
                    own[name].counts, own[name].at = True, self.now()
                elif dice > 0.98:
                    undo(self.parts.sends, name, [user])
                    del own[name]

    def take_pictures_away(self) -> None:
        for each in self.rng.sample(sorted(self.products), 10):
            self.products[each] = dataclasses.replace(self.products[each], image="")
        self.parts.products.replace("v1", self.now(), list(self.products.values()))

    def hide(self) -> None:
        self.hidden = set(self.rng.sample(sorted(self.products), 15))
        rule = {"id": "no", "kind": "hide", "products": sorted(self.hidden), "scenarios": ["picks"]}
        apply_rules(self.parts.blobs, {"rules": [rule]}, self.now())

    def never(self, user: str, campaign: Campaign) -> tuple[set[str], set[str]]:
        """Products that no email of the campaign may show the user, and those that only "buy again" may."""
        owned, cart, disliked = set(), dict[str, float](), set()
        for each in sorted(self.events.get(user, ()), key=lambda each: (each.occurred_at, each.event_id)):
            thing, many = each.product_id, each.value
            if each.type in (EventType.PURCHASE, EventType.REFUND):
                owned.add(thing)
                cart[thing] = 0
            elif each.type is EventType.ADD_TO_CART:
                cart[thing] = cart.get(thing, 0) + (many or 1)
            elif each.type is EventType.REMOVE_FROM_CART:
                cart[thing] = max(cart.get(thing, 0) - many, 0) if many else 0
            elif each.type is EventType.DISLIKE or (each.type is EventType.RATE and many in (1.0, 2.0)):
                disliked.add(thing)
            elif each.type is EventType.WISHLIST or (each.type is EventType.RATE and many == 5.0):
                disliked.discard(thing)
        own = self.sends.get(user, {})
        others = sorted((each for name, each in own.items() if each.counts and name != campaign.name), key=_at)
        lately = set().union(*(each.shown for each in others[-campaign.last_sends :] if campaign.last_sends))
        gone = {each for each in self.products if not self.products[each].stock or not self.products[each].image}
        always = {each for each, many in cart.items() if many} | disliked | lately | {campaign.trigger} - {""}
        return self.variants(always) | gone | self.hidden, self.variants(owned)

    def variants(self, ids: set[str]) -> set[str]:
        groups = {self.products[each].item_group_id or each for each in ids if each in self.products}
        return {each for each, found in self.products.items() if (found.item_group_id or each) in groups}

    def check(self, campaign: Campaign, made: UserPicks) -> None:
        user, ids = made.user_id, [pick.product.id for pick in made.picks]
        if made.skipped is Skipped.NO_CONSENT:
            assert user in self.refused
        assert user not in self.refused or not ids
        never, owned = self.never(user, campaign)
        assert never.isdisjoint(ids), (user, campaign, never.intersection(ids))
        assert owned.isdisjoint(p.product.id for p in made.picks if not p.source.startswith("buy_again:"))
        assert len(ids) == len(self.groups(ids))
        for block in campaign.blocks:
            of_it = [pick.product for pick in made.picks if pick.block == block.name]
            assert len(of_it) <= block.count
            assert all("price < 60" not in block.filter or _price(each) < 60 for each in of_it)
            assert all("brand 3" not in block.filter or each.brand != "brand 3" for each in of_it)
        for pick in made.picks:
            assert _offer(pick.product) == _offer(self.products[pick.product.id])
            if pick.reason.sentence.startswith("Now "):
                assert float(pick.reason.sentence.split()[1]) == _price(pick.product)

    def groups(self, ids: Sequence[str]) -> set[str]:
        return {self.products[each].item_group_id or each for each in ids}

    def keep(self, campaign: Campaign, made: UserPicks) -> None:
        """Write down what came, as a recipient would who keeps all emails."""
        if not made.picks:
            return
        self.emails += 1
        if campaign.record is Recording.NEVER:
            return
        sent = self.sends.setdefault(made.user_id, {}).setdefault(campaign.name, Sent(at=self.now()))
        sent.shown |= {pick.product.id for pick in made.picks}
        if campaign.record is Recording.AT_ONCE and not sent.counts:
            sent.counts, sent.at = True, self.now()


def _at(sent: Sent) -> datetime:
    return sent.at


def _price(found: Product) -> float:
    price = found.price if found.sale_price is None else found.sale_price
    assert price is not None
    return price


def _offer(found: Product) -> tuple[float | None, float | None, int | None, str]:
    return found.price, found.sale_price, found.stock, found.image


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder: Path = tmp_path_factory.mktemp("picks-never-shown")
    clock, rng, numbers = StillClock(), random.Random(7), np.random.default_rng(7)
    parts = wiring.parts(Settings(data=folder), clock)
    products = {f"p{number}": product(number) for number in range(PRODUCTS)}
    centres, text, points = numbers.normal(size=(20, 16)), EncoderInfo("random", "1", 16), []
    for number, each in enumerate(products.values()):
        vector = centres[number % 20] + 0.4 * numbers.normal(size=16)
        dense = (vector / np.linalg.norm(vector)).astype(np.float32)
        points.append(IndexPoint(each, {Space.TEXT: dense}))
    with parts.versions.build("v1", {Space.TEXT: text}, None) as builder:
        builder.upsert(points)
        builder.finish(Manifest("v1", "d", NOW, PRODUCTS, {Space.TEXT: text}))
    parts.products.replace("v1", NOW - timedelta(days=1), list(products.values()))
    parts.versions.activate("v1")
    crowd = [
        (f"crowd{n}", f"p{rng.randrange(PRODUCTS)}", NOW - timedelta(hours=rng.randint(0, 300))) for n in range(600)
    ]
    parts.events.add([Event(f"c{u}", u, EventType.PURCHASE, at, at, thing) for u, thing, at in crowd])
    refresh_popularity(parts.events, parts.blobs, NOW)
    return World(parts, clock, rng, products)


def campaign(world: World, number: int) -> Campaign:
    """The same number, the same campaign, until it is asked for with another way of recording it."""
    rng = random.Random(number)
    kinds = [rng.choice(KINDS) for _ in range(rng.randint(1, 3))]
    trigger = f"p{rng.randrange(PRODUCTS)}" if BlockKind.COMPLEMENTS in kinds or rng.random() < 0.3 else ""
    blocks = [Block(f"b{n}", kind, rng.randint(1, 5), rng.choice(FILTERS)) for n, kind in enumerate(kinds)]
    record = world.rng.choice([Recording.AT_ONCE, Recording.AT_ONCE, Recording.ON_CONFIRM, Recording.NEVER])
    cap = rng.choice([None] * 7 + [3])
    return Campaign(f"c{number}", tuple(blocks), "email", trigger, rng.randint(0, 3), cap, record, rng.randint(0, 4))


def test_no_email_holds_what_must_not_be_shown(world: World) -> None:
    mailing = Mailing(wiring.shop(world.parts), world.parts.sends)
    users = [f"u{n}" for n in range(USERS)]
    for turn in range(ROUNDS):
        world.live()
        if turn % 6 == 2:
            world.take_pictures_away()
            world.hide()
        for number in {turn, *(max(turn - back, 0) for back in (1, 2, world.rng.randint(3, 6)))}:
            world.clock.forward(minutes=1)
            asked = campaign(world, number)
            made = picks_for(mailing, asked, users)
            assert not made.not_done
            assert [each.user_id for each in made.picks] == users
            for each in made.picks:
                world.check(asked, each)
                world.keep(asked, each)
    assert world.emails >= EMAILS, world.emails
    kept = world.parts.sends.of(users, "c3")
    assert {user for user, send in kept.items() if send.state is SendState.SENT} == {
        user for user, own in world.sends.items() if "c3" in own and own["c3"].counts
    }
