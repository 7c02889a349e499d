"""What is trending: turned to more than it used to be, by more than chance explains."""

from collections.abc import Mapping
from math import exp, log, sqrt

NOW_DAYS = 7
"""Days of now. Whole weeks on both sides: a Saturday is no trend."""
PAST_DAYS = 28
_DOUBT = 10.0
"""Deeds that are assumed to have happened as ever, beside those that were seen."""
_SURE = 1.645
"""Standard errors below the estimate: in nineteen cases of twenty the true change is greater."""
_LEAST_RISE = 1.1
"""Where much is counted, much less is sure, and no news: shares rise a little when a best seller is sold out."""


def trends(now: Mapping[str, float], past: Mapping[str, float]) -> dict[str, float]:
    """How many times its former share of all deeds each product has at the least, of those that have risen.

    ``now`` and ``past`` count the deeds of the last :data:`NOW_DAYS` and of the :data:`PAST_DAYS` before. Two Poisson
    rates are compared by how their sum is split (Przyborowski and Wilenski, Biometrika 1940): of a product's deeds, as
    large a part would fall on now as of all deeds, were nothing changed. That is also the mean of the beta prior, so
    two deeds against none say little; what is given is the lower end of the posterior's interval of the log odds. A
    shop that sells twice as much as it did has no trend by that alone, and one without a past has none at all.
    """
    all_now, all_past = sum(now.values()), sum(past.values())
    if not all_now or not all_past:
        return {}
    usual = all_now / all_past
    of_now, of_past = _DOUBT * all_now / (all_now + all_past), _DOUBT * all_past / (all_now + all_past)
    risen = {}
    for product_id, count in now.items():
        here, before = of_now + count, of_past + past.get(product_id, 0.0)
        least = log(here / before / usual) - _SURE * sqrt(1 / here + 1 / before)
        if least > log(_LEAST_RISE):
            risen[product_id] = exp(least)
    return risen
