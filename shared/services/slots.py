"""Slots: places in an email whose product is chosen when the email is opened.

A send keeps its picks and some spares. What a place shows follows from these and the shop as it is at that moment, and
is kept where it is not the pick itself, so that the link leads to what the picture showed.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shared.domain.choices import has_withdrawn
from shared.domain.errors import NotFound, Unavailable
from shared.domain.links import tracked
from shared.domain.open_time import home_of, shown_at, standing_in
from shared.domain.picks import Link
from shared.domain.products import Product
from shared.domain.rules import Scenario, hidden_products
from shared.domain.sends import Send, SentPick
from shared.ports import SendStore
from shared.services.choices import choices_of
from shared.services.link_secrets import LinkSecrets
from shared.services.pages import Question, Start, start
from shared.services.shop import Shop

_BOUGHT_BEFORE = f"{Link.BUY_AGAIN.value}:"
"""How the source of a pick begins that is to be bought again."""
_log = logging.getLogger("vitrine.slots")


@dataclass(frozen=True, slots=True)
class Slots:
    """What the pictures and links in a shop's emails stand on."""

    shop: Shop
    sends: SendStore
    secrets: LinkSecrets

    def shown(self, ref: str, place: int) -> Product | None:
        """The product that the place (from 0) of the send shows now; it is kept for the link.

        None where there is nothing to be shown: the send was undone or forgotten, its user has withdrawn the consent,
        or all is sold out. Raises NotFound for a place that the email does not have, and Unavailable.
        """
        send = self._live(ref, place)
        if send is None:
            self.shop.telemetry.count("slot.neutral")
            return None
        products, _ = self._now(send)
        there = standing_in(send, products).get(place)
        if there is None:
            self.shop.telemetry.count("slot.empty")
            return None
        self.shop.telemetry.count("slot.pick" if there is send.picks[place] else "slot.spare")
        if there.product_id != shown_at(send, place).product_id:
            self._keep(send, place, there)
        return products[there.product_id]

    def leads_to(self, ref: str, place: int) -> str:
        """The address behind the place: the shop's own one of the product that was shown there, also if it is sold out
        by now; else of what the place would show now; else the shop's front page.

        Raises NotFound for a place that the email does not have, and where the shop has no address at all; Unavailable.
        """
        send = self._live(ref, place)
        if send is not None:
            products, known = self._now(send)
            now = standing_in(send, products).get(place)
            for pick in (shown_at(send, place), *([now] if now else [])):
                if (product := known.get(pick.product_id)) and (address := _tracked(product, pick, send, place)):
                    return address
        return self._home()

    def _live(self, ref: str, place: int) -> Send | None:
        """The send, where it may still be shown to its user."""
        send = self.sends.by_ref(ref)
        if send is None:
            return None
        if place >= len(send.picks):
            raise NotFound(f"The email has {len(send.picks)} places, and none {place}: they are counted from 0.")
        choices = choices_of(self.shop.state, [send.user_id])[send.user_id]
        return None if has_withdrawn(choices, self.shop.consent, send.at) else send

    def _now(self, send: Send) -> tuple[Mapping[str, Product], Mapping[str, Product]]:
        """The products of the send, by id: those that may be shown now, and those whose page may be opened."""
        begin = start(self.shop, Scenario.PICKS, Question(limit=1))
        picks = (*send.picks, *send.spares)
        found = begin.products.get(list(dict.fromkeys(pick.product_id for pick in picks)))
        hidden = hidden_products(begin.rules, list(found.values()))
        known = {product_id: product for product_id, product in found.items() if product_id not in hidden}
        unwanted = _unwanted(begin, send)
        return {
            product_id: product
            for product_id, product in known.items()
            if product.can_be_bought and product.image and not unwanted(product)
        }, known

    def _keep(self, send: Send, place: int, pick: SentPick) -> None:
        """A picture is worth more than the memory of it: where the ledger is busy, the link leads to the first pick."""
        try:
            self.sends.show(send.ref, place, pick.product_id)
        except Unavailable as error:
            _log.warning("what a slot showed could not be kept: %s", error)
            self.shop.telemetry.count("slot.not_kept")

    def _home(self) -> str:
        """Of the site that the catalogue's products are on."""
        newest = self.shop.products.get(self.shop.products.newest(1))
        home = next((home for product in newest.values() if (home := home_of(product.link))), "")
        if not home:
            raise NotFound("What this link led to is not there any more: look for it in the shop.")
        return home


def _unwanted(begin: Start, send: Send) -> Callable[[Product], bool]:
    """Whether the user owns it by now, has it in the cart, or dislikes it, or a variant of it.

    What was picked to be bought again is owned, and wanted all the same.
    """
    again = {pick.product_id for pick in (*send.picks, *send.spares) if pick.source.startswith(_BOUGHT_BEFORE)}
    standing = begin.events.standing(send.user_id)
    never = standing.in_cart | standing.disliked | (standing.bought - again)
    groups = begin.products.groups(sorted(never))
    return lambda product: product.id in never or (product.group in groups and product.id not in again)


def _tracked(product: Product, pick: SentPick, send: Send, place: int) -> str:
    """The block is the place's: a spare has none, or another one's."""
    block, recommendation_id = send.picks[place].block, pick.recommendation_id
    return tracked(product.link, send.campaign, block, recommendation_id, product.id, send.utm_source, send.utm_medium)
