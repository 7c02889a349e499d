"""Between the weights that were there and those that were learnt lies often something better than either."""

from collections.abc import Callable, Mapping
from typing import Any

SHARES = (0.25, 0.5, 0.75)


def interpolate(model: Any, before: Mapping[str, Any], judge: Callable[[Any], float]) -> float:
    """Set ``model`` to the mixture of ``before`` and its own weights that ``judge`` likes best; the learnt share.

    WiSE-FT (Wortsman et al., CVPR 2022). What was learnt stays as it is where no mixture is judged better.
    """
    after = {name: weight.clone() for name, weight in model.state_dict().items()}
    found = {1.0: (judge(model), after)}
    for share in SHARES:
        mixed = {name: _between(before[name], weight, share) for name, weight in after.items()}
        model.load_state_dict(mixed)
        found[share] = (judge(model), mixed)
    best = max(found, key=lambda share: (found[share][0], share))
    model.load_state_dict(found[best][1])
    return best


def _between(before: Any, after: Any, share: float) -> Any:
    """Counters, such as a batch norm's, are not mixed."""
    return before.to(after.device).lerp(after, share) if after.is_floating_point() else after
