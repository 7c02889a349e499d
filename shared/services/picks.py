"""Picks: what the emails of a campaign show to each of its users.

Nothing leaves the house that is not in the ledger of sends before: who asks again for the same campaign and user gets
the same picks, with the prices of then.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from shared.domain.choices import Choices, has_withdrawn
from shared.domain.deadline import remaining
from shared.domain.errors import NotFound, Unavailable
from shared.domain.pick_summary import Summary, summary_of
from shared.domain.picks import Campaign, Recording, Skipped, UserPicks
from shared.domain.recommendation_ids import named
from shared.domain.recommendations import Part
from shared.domain.rules import Scenario
from shared.domain.sends import Send, SendState
from shared.ports import ProductStore, SendStore
from shared.services.choices import choices_of, may, record_name
from shared.services.fill_chain import Common, Lists
from shared.services.pages import tell_degraded
from shared.services.pick_blocks import email_again, email_of, sent
from shared.services.pick_campaigns import checked
from shared.services.read_once import ReadOnce
from shared.services.sends import capped, exposed, since
from shared.services.shop import Shop

__all__ = ["Campaign", "Mailing", "PicksMade", "Recording", "Summary", "picks_for"]

MOST_AT_A_TIME = 100
"""Users whose choices and sends are read, and whose picks are kept, together."""
_LEAST_TIME = 0.5
"""Seconds that have to be left for one more user: a part that hangs is then waited for as long as in any answer."""
_MOST_MISSED = 2
"""Users of a lot who are passed over, for whom a part did not answer: with more of them it is down."""
_NEEDED = frozenset({Part.EVENTS, Part.PRODUCTS, Part.RULES})
"""Without these nobody knows what must not be shown. A page can be loaded again; an email stays as it was sent."""


@dataclass(frozen=True, slots=True)
class Mailing:
    """What picks are made of: the shop, and the ledger of what its users were sent."""

    shop: Shop
    sends: SendStore


@dataclass(frozen=True, slots=True)
class PicksMade:
    """``not_done`` are the users for whom no time was left, or no part that is needed: ask again for those."""

    picks: Sequence[UserPicks]
    not_done: Sequence[str]
    summary: Summary


def picks_for(
    mailing: Mailing,
    campaign: Campaign,
    user_ids: Sequence[str],
    enough: Callable[[Sequence[UserPicks]], bool] = lambda _: False,
    at_a_time: int = MOST_AT_A_TIME,
) -> PicksMade:
    """The picks of each user, in the order given and once each, for as long as the request has time.

    At least one is made, so that asking again for the rest comes to an end. One for whom a part that is needed did not
    answer is passed over, and comes last of those not done: nobody waits for ever behind one whose reading hangs.
    ``enough`` hears of each lot of users that is made, up to ``at_a_time``, and may say that no more are wanted.
    Prices, stock, choices and sends are as of the beginning of each lot. Each lot is in the ledger before it is told
    of; a crash in between leaves it there, to be found by the next call.

    Raises InvalidInput for a campaign that makes no sense, NotFound for a trigger that is not in the catalogue, and
    Unavailable where a part is down without which it is not known what must not be shown, or the ledger is, and
    nothing is made.
    """
    campaign = checked(campaign, mailing.shop.clock.now())
    waiting = list(dict.fromkeys(user_ids))
    making = _Making(mailing, campaign)
    made: list[UserPicks] = []
    passed_over: list[str] = []
    while waiting and (not made or making.is_time()):
        try:
            lot, missed = making.lot(waiting[:at_a_time])
        except Unavailable:
            if not made:
                raise
            break
        made += lot
        passed_over += missed
        waiting = waiting[len(lot) + len(missed) :]
        if enough(lot):
            break
    return PicksMade(made, [*waiting, *passed_over], summary_of(made))


def require_trigger(products: ProductStore, campaign: Campaign) -> None:
    """Raises NotFound for a trigger that is not in the catalogue."""
    if campaign.trigger and not products.get([campaign.trigger]):
        raise NotFound(f"No product '{campaign.trigger}' is in the catalogue: check trigger_product.")


class _Making:
    """One call: what is the same for all of its users is read and ranked once."""

    def __init__(self, mailing: Mailing, campaign: Campaign) -> None:
        self._shop = mailing.shop
        self._sends = mailing.sends
        self._campaign = campaign
        self._common = Common()
        self._once = ReadOnce(mailing.shop)
        self._longest = 0.0
        require_trigger(self._once.products, campaign)

    def is_time(self) -> bool:
        """For one more user."""
        left = remaining()
        return left is None or left > max(self._longest, _LEAST_TIME)

    def lot(self, user_ids: Sequence[str]) -> tuple[list[UserPicks], list[str]]:
        """Of the first of the users, as many as there is time for and one at least, in order; in the ledger by now.
        And those among them who were passed over."""
        shop = self._once.now([record_name(each) for each in user_ids])
        choices = choices_of(shop.state, user_ids)
        agreed = [each for each in user_ids if may(choices[each], shop.consent).email]
        kept = self._sends.of(agreed, self._campaign.name) if agreed else {}
        before = self._before(shop, agreed)
        made: list[UserPicks] = []
        missed: list[str] = []
        for user_id in user_ids:
            if made and not self.is_time():
                break
            began = time.monotonic()
            try:
                made.append(self._email(shop, user_id, choices[user_id], kept.get(user_id), before))
            except Unavailable:
                missed.append(user_id)
                many = len(missed) > _MOST_MISSED
                if not made and (many or user_id == user_ids[-1]):
                    raise
                if many:
                    break
            self._longest = max(self._longest, time.monotonic() - began)
        if self._campaign.record is not Recording.NEVER:
            made = self._recorded(shop, made, kept, before)
        return self._still_wanted(made, choices), missed

    def _before(self, shop: Shop, user_ids: Sequence[str]) -> dict[str, list[Send]]:
        """What else each of the users was sent over the channel, newest first."""
        if not user_ids:
            return {}
        recent = self._sends.recent(user_ids, self._campaign.channel, since(shop.clock.now()))
        own = self._campaign.name
        return {user: [each for each in recent.get(user, ()) if each.campaign != own] for user in user_ids}

    def _email(
        self, shop: Shop, user_id: str, chosen: Choices, kept: Send | None, before: Mapping[str, Sequence[Send]]
    ) -> UserPicks:
        if not may(chosen, shop.consent).email or (kept and has_withdrawn(chosen, shop.consent, kept.at)):
            return UserPicks(user_id, skipped=Skipped.NO_CONSENT)
        campaign, mine = self._campaign, {user_id: before[user_id]}
        goes_out_now = kept is None or kept.state is not SendState.SENT
        if goes_out_now and capped(mine, campaign.weekly_cap, shop.clock.now()):
            return UserPicks(user_id, skipped=Skipped.CAPPED)
        lists = self._lists(shop, user_id, before[user_id])
        email = self._again(lists, kept) if kept else email_of(lists, named(shop.new_id(), Scenario.PICKS))
        tell_degraded(shop, email.degraded)
        if blind := _NEEDED.intersection(email.degraded):
            parts = " and ".join(sorted(blind))
            raise Unavailable(f"Without {parts} it is not known what must not be shown: ask for these picks again.")
        return email

    def _lists(self, shop: Shop, user_id: str, before: Sequence[Send]) -> Lists:
        campaign = self._campaign
        shown = exposed({user_id: before}, campaign.last_sends)[user_id]
        trigger = self._once.products.get([campaign.trigger]) if campaign.trigger else {}
        groups = shown.union(each.group for each in trigger.values())
        without = shown | {campaign.trigger} - {""}
        return Lists(shop, self._common, campaign, user_id, campaign.count + campaign.spares, without, groups)

    def _again(self, lists: Lists, kept: Send) -> UserPicks:
        """What stands in now for a pick counts as shown, too."""
        email, replaced = email_again(lists, kept)
        if self._campaign.record is not Recording.NEVER and not _NEEDED.intersection(email.degraded):
            for place, product_id in replaced.items():
                self._sends.show(kept.ref, place, product_id)
        return email

    def _recorded(
        self, shop: Shop, made: Sequence[UserPicks], kept: Mapping[str, Send], before: Mapping[str, Sequence[Send]]
    ) -> list[UserPicks]:
        """The emails as they are in the ledger by now: where another call was first, its picks."""
        campaign, now = self._campaign, shop.clock.now()
        state = SendState.SENT if campaign.record is Recording.AT_ONCE else SendState.MADE
        new = [
            Send(
                each.user_id,
                campaign.name,
                campaign.channel,
                state,
                now,
                shop.new_id(),
                tuple(map(sent, each.picks)),
                tuple(map(sent, each.spares)),
                utm_source=campaign.utm_source,
                utm_medium=campaign.utm_medium,
            )
            for each in made
            if each.picks and each.user_id not in kept
        ]
        by_now = {**kept, **({each.user_id: each for each in self._sends.add(new)} if new else {})}
        ours = {each.user_id: each.ref for each in new}
        late = [each.user_id for each in made if each.picks and by_now[each.user_id].state is SendState.MADE]
        if state is SendState.SENT and late:
            self._sends.mark(campaign.name, late, state, now)
        since_then = self._before(shop, list(ours)) if state is SendState.SENT and campaign.last_sends else before
        return [self._as_kept(shop, each, by_now.get(each.user_id), ours, before, since_then) for each in made]

    def _as_kept(
        self,
        shop: Shop,
        email: UserPicks,
        send: Send | None,
        ours: Mapping[str, str],
        before: Mapping[str, Sequence[Send]],
        since_then: Mapping[str, Sequence[Send]],
    ) -> UserPicks:
        """Of two campaigns that are made at once, one at least finds the other's send here, and gives way to it."""
        user_id = email.user_id
        if send is None or user_id not in ours:
            return email
        if send.ref == ours[user_id] and since_then[user_id] == before[user_id]:
            return replace(email, ref=send.ref)
        return self._again(self._lists(shop, user_id, since_then[user_id]), send)

    def _still_wanted(self, made: Sequence[UserPicks], choices: Mapping[str, Choices]) -> list[UserPicks]:
        """Without the picks of who withdrew meanwhile; of who was erased meanwhile, nothing is left in the ledger."""
        asked = [each.user_id for each in made if each.picks]
        now = choices_of(self._shop.state, asked)
        erased = [each for each in asked if now[each].forgotten_at != choices[each].forgotten_at]
        if erased:
            self._sends.remove(self._campaign.name, erased)
        gone = {each for each in asked if not may(now[each], self._shop.consent).email} | set(erased)
        return [UserPicks(each.user_id, skipped=Skipped.NO_CONSENT) if each.user_id in gone else each for each in made]
