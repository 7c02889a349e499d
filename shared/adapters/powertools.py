"""Telemetry by AWS Lambda Powertools: a request leaves a line of metrics, one of facts and, if traced, its stages."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shared.adapters.request_notes import Noting, RequestNotes, current

NAMESPACE = "Vitrine"
_LOGGERS = "vitrine"
_FRAMES = 12
_BESIDE_METRICS = ("route", "status", "scenario", "index_version")


class PowertoolsTelemetry(Noting):
    """A :class:`shared.ports.RequestTelemetry`.

    ``function`` is the only dimension of the metrics, as ``service``: each further one would multiply what CloudWatch
    asks for them. Route, scenario and index version stand beside them, for CloudWatch Logs Insights. ``tracing`` sends
    the stages to X-Ray, whose library costs some 200 ms at start and is not loaded without it.
    """

    def __init__(self, function: str, tracing: bool = False, namespace: str = NAMESPACE) -> None:
        from aws_lambda_powertools import Logger

        self._function = function
        self._namespace = namespace
        # The name makes it the logger of everything that logs below "vitrine", in whichever room.
        self._logger = Logger(service=_LOGGERS, utc=True, use_rfc3339=True, json_serializer=_line)
        self._logger.append_keys(service=function)
        self._recorder = _recorder(function) if tracing else None

    @contextmanager
    def request(self, request_id: str) -> Iterator[None]:
        request, begun = RequestNotes(), time.perf_counter()
        token = current.set(request)
        self._logger.thread_safe_append_keys(function_request_id=request_id)
        try:
            yield
        finally:
            current.reset(token)
            self._write(request, time.perf_counter() - begun)
            self._logger.thread_safe_clear_keys()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        with super().stage(name), self._traced(name):
            yield

    @contextmanager
    def _traced(self, name: str) -> Iterator[None]:
        """Not the library's own context manager: that one sends an exception's text along, whoever it speaks of."""
        if self._recorder is None:
            yield
            return
        subsegment = self._recorder.begin_subsegment(f"## {name}")
        try:
            yield
        except BaseException:
            subsegment.add_fault_flag()
            raise
        finally:
            self._recorder.end_subsegment()

    def _write(self, request: RequestNotes, seconds: float) -> None:
        of_stages, counts, facts = request.told()
        stages = {name: _milliseconds(each) for name, each in of_stages.items()}
        latency = _milliseconds(seconds)
        self._write_metrics(latency, stages, counts, facts)
        self._logger.info("request", extra={"duration_ms": latency, "stages": stages, "counts": counts, **facts})

    def _write_metrics(
        self, latency: float, stages: dict[str, float], counts: dict[str, float], facts: dict[str, Any]
    ) -> None:
        from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

        metrics = EphemeralMetrics(namespace=self._namespace, service=self._function)
        metrics.add_metric("Latency", MetricUnit.Milliseconds, latency)
        for name, milliseconds in stages.items():
            metrics.add_metric(_metric(f"latency.{name}"), MetricUnit.Milliseconds, milliseconds)
        for name, amount in counts.items():
            metrics.add_metric(_metric(name), MetricUnit.Count, amount)
        if facts.get("cold_start"):
            metrics.add_metric("ColdStart", MetricUnit.Count, 1)
        for name in _BESIDE_METRICS:
            if name in facts:
                metrics.add_metadata(name, facts[name])
        metrics.flush_metrics()


def _recorder(function: str) -> Any:
    """Stages only: nothing is patched, so no call's URL or parameters are sent."""
    from aws_lambda_powertools import Tracer

    return Tracer(service=function, auto_patch=False).provider


def _metric(name: str) -> str:
    """``degraded.events`` is DegradedEvents."""
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[\W_]+", name))


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _line(record: dict[str, Any]) -> str:
    """A line of the log. Of an exception it has the type and the frames, never the text: that may quote a request."""
    record.pop("exception", None)
    record.pop("exception_notes", None)
    trace = record.pop("stack_trace", None)
    if trace:
        record["stack_trace"] = trace["frames"][-_FRAMES:]
    return json.dumps(record, default=str, separators=(",", ":"), ensure_ascii=False)
