"""What a mailing came to: how many got picks, how many fell back, and how alike their emails are."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.domain.picks import Skipped, UserPicks


@dataclass(frozen=True, slots=True)
class Summary:
    """Of some users; that of all is the sum of those of its parts, in any order.

    ``fell_back`` counts users of whose picks one at least fell back, ``picks_fell_back`` the picks. ``shown`` has, by
    product, in how many emails it is.
    """

    users: int = 0
    with_picks: int = 0
    picks: int = 0
    fell_back: int = 0
    picks_fell_back: int = 0
    skipped: Mapping[Skipped, int] = field(default_factory=dict)
    shown: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: "Summary") -> "Summary":
        return Summary(
            self.users + other.users,
            self.with_picks + other.with_picks,
            self.picks + other.picks,
            self.fell_back + other.fell_back,
            self.picks_fell_back + other.picks_fell_back,
            dict(Counter(self.skipped) + Counter(other.skipped)),
            dict(Counter(self.shown) + Counter(other.shown)),
        )

    @property
    def share_fell_back(self) -> float:
        """Of the users with picks, the share to whom one at least was shown that fell back."""
        return self.fell_back / self.with_picks if self.with_picks else 0.0

    @property
    def overlap(self) -> float:
        """Overlap@k: the share of an email that a random other user's email has too, in [0, 1].

        Of n users with picks, let product p be in c_p of their emails; no email has a product twice. The pairs of
        users that have p in common are c_p (c_p - 1) / 2 of n (n - 1) / 2, so the mean number of common products over
        all pairs is the sum of c_p (c_p - 1) / (n (n - 1)), exactly, without a pair being looked at. It is divided by
        the mean length of an email, the sum of c_p / n. Where all emails are of k products, that is the mean of
        common / k over all pairs; 1 says that all are the same. 0 for fewer than two users.
        """
        filled = sum(self.shown.values())
        if self.with_picks < 2 or not filled:
            return 0.0
        common = sum(count * (count - 1) for count in self.shown.values())
        return common / ((self.with_picks - 1) * filled)


def summary_of(made: Iterable[UserPicks]) -> Summary:
    """Each user is to come once."""
    users = list(made)
    got = [each for each in users if each.picks]
    fallen = [sum(pick.fell_back for pick in each.picks) for each in got]
    return Summary(
        users=len(users),
        with_picks=len(got),
        picks=sum(len(each.picks) for each in got),
        fell_back=sum(map(bool, fallen)),
        picks_fell_back=sum(fallen),
        skipped=dict(Counter(each.skipped for each in users if each.skipped)),
        shown=dict(Counter(pick.product.id for each in got for pick in each.picks)),
    )


def summary_record(summary: Summary) -> dict[str, Any]:
    """JSON-ready, for those who add parts up later; :func:`summary_from_record` takes it back."""
    return {
        "users": summary.users,
        "with_picks": summary.with_picks,
        "picks": summary.picks,
        "fell_back": summary.fell_back,
        "picks_fell_back": summary.picks_fell_back,
        "skipped": {why.value: count for why, count in sorted(summary.skipped.items())},
        "shown": dict(summary.shown),
    }


def summary_from_record(record: Mapping[str, Any]) -> Summary:
    """Raises KeyError, TypeError or ValueError for what :func:`summary_record` did not make."""
    return Summary(
        users=int(record["users"]),
        with_picks=int(record["with_picks"]),
        picks=int(record["picks"]),
        fell_back=int(record["fell_back"]),
        picks_fell_back=int(record["picks_fell_back"]),
        skipped={Skipped(why): int(count) for why, count in record["skipped"].items()},
        shown={each: int(count) for each, count in record["shown"].items()},
    )
