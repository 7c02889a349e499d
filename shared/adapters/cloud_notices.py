"""Notices as metrics, which alarms look at, and as events on a bus, which a shop may have rules for."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from shared.adapters.aws import Connections

NAMESPACE = "Vitrine"
SOURCE = "vitrine"
_log = logging.getLogger("vitrine.notices")


class CloudNotices:
    """A :class:`shared.ports.Notices`: ``reindex-failed`` is the metric ReindexFailed, the event "Reindex failed"."""

    def __init__(self, connections: Connections, bus: str, namespace: str = NAMESPACE, shop: str = "") -> None:
        """Without a ``bus``, there are metrics alone. Those of a ``shop`` besides the first are told apart by it, or
        its success would quiet the alarm about the first one's lateness."""
        self._connections = connections
        self._bus = bus
        self._namespace = namespace
        self._shop = shop

    def tell(self, kind: str, detail: Mapping[str, Any], figures: Mapping[str, float]) -> None:
        _log.info("%s %s %s", kind, dict(detail), dict(figures))
        try:
            self._measure(kind, figures)
        except Exception:
            _log.exception("the metrics of %s could not be put", kind)
        if not self._bus:
            return
        try:
            self._announce(kind, detail)
        except Exception:
            _log.exception("the event of %s could not be put", kind)

    def _measure(self, kind: str, figures: Mapping[str, float]) -> None:
        counted = "".join(word.capitalize() for word in kind.split("-"))
        of = {"Dimensions": [{"Name": "shop", "Value": self._shop}]} if self._shop else {}
        self._connections.client("cloudwatch").put_metric_data(
            Namespace=self._namespace,
            MetricData=[{"MetricName": name, "Value": value, **of} for name, value in {counted: 1, **figures}.items()],
        )

    def _announce(self, kind: str, detail: Mapping[str, Any]) -> None:
        entry = {
            "Source": SOURCE,
            "DetailType": kind.replace("-", " ").capitalize(),
            "Detail": json.dumps({**detail, **({"shop": self._shop} if self._shop else {})}, ensure_ascii=False),
            "EventBusName": self._bus,
        }
        answer = self._connections.client("events").put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            _log.error("the event bus refused %s: %s", kind, answer["Entries"][0].get("ErrorCode"))
