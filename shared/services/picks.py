"""Picks: the recommendations of many users at a time, such as for their emails."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.deadline import remaining
from shared.domain.errors import InvalidInput
from shared.domain.recommendations import Recommendation
from shared.domain.rules import Scenario
from shared.services.pages import Question
from shared.services.recommend import for_you
from shared.services.shop import Shop

MOST_USERS = 100
MOST_PICKS = 20
_LEAST_TIME = 0.5
"""Seconds that have to be left for one more user: a part that hangs is then waited for as long as in any answer."""


@dataclass(frozen=True, slots=True)
class Pick:
    user_id: str
    recommendation: Recommendation


@dataclass(frozen=True, slots=True)
class Picks:
    """``not_done`` are the users for whom no time was left: ask again for those."""

    picks: Sequence[Pick]
    not_done: Sequence[str]


def picks(shop: Shop, user_ids: Sequence[str], question: Question) -> Picks:
    """What "for you" says to each user, in the order given and once each, for as long as the request has time.

    The shop's rules and re-ranking are those of ``picks``: an email may differ from the home page.

    The first one is always made, so that asking again for the rest comes to an end. Raises as :func:`for_you` does.
    """
    if not 1 <= len(user_ids) <= MOST_USERS:
        raise InvalidInput(f"user_ids holds {len(user_ids)} users: ask for 1 to {MOST_USERS} at a time.")
    if not 1 <= question.limit <= MOST_PICKS:
        raise InvalidInput(f"limit is {question.limit}: ask for 1 to {MOST_PICKS} products a user.")
    waiting = list(dict.fromkeys(user_ids))
    made: list[Pick] = []
    longest = 0.0
    for user_id in waiting:
        if made and not _is_time_for(longest):
            break
        began = time.monotonic()
        made.append(Pick(user_id, for_you(shop, user_id, question, scenario=Scenario.PICKS)))
        longest = max(longest, time.monotonic() - began)
    return Picks(made, waiting[len(made) :])


def _is_time_for(seconds: float) -> bool:
    left = remaining()
    return left is None or left > max(seconds, _LEAST_TIME)
