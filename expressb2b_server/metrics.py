"""Counts what the server does, and writes it in the Prometheus text format.

Labels are route templates and the route's own methods, never what a client sent, so that their
number is bounded. https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from expressb2b_core.runtime import Clock

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_NS_PER_SECOND = 1_000_000_000


class _Gauge(NamedTuple):
    name: str
    help: str
    read: Callable[[], int]


class Metrics:
    """Requests by route and status, and whatever is watched. Thread-safe."""

    def __init__(self, clock: Clock, release: str) -> None:
        self._started_at = clock.now()
        self._release = release
        self._lock = threading.Lock()
        self._requests: dict[tuple[str, str, int], list[int]] = defaultdict(lambda: [0, 0])
        self._gauges: list[_Gauge] = []

    def count(self, method: str, route: str, status: int, elapsed_ns: int) -> None:
        """One request was answered."""
        with self._lock:
            seen = self._requests[method, route, status]
            seen[0] += 1
            seen[1] += elapsed_ns

    def watch(self, name: str, help: str, read: Callable[[], int]) -> None:  # noqa: A002
        """Show a figure that is asked for whenever the metrics are read."""
        self._gauges.append(_Gauge(name, help, read))

    def text(self) -> str:
        """All figures in the Prometheus text format."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        with self._lock:
            requests = sorted((key, tuple(seen)) for key, seen in self._requests.items())
        yield from _head("expressb2b_info", "gauge", "The release that runs.")
        yield f'expressb2b_info{{release="{self._release}"}} 1'
        yield from _head("expressb2b_start_time_seconds", "gauge", "When it was started.")
        yield f"expressb2b_start_time_seconds {self._started_at}"
        yield from _head("expressb2b_requests_total", "counter", "Requests answered.")
        for (method, route, status), (number, _) in requests:
            yield f"expressb2b_requests_total{_labels(method, route, status)} {number}"
        yield from _head("expressb2b_request_seconds", "summary", "Time to answer.")
        for (method, route, status), (number, spent_ns) in requests:
            labels = _labels(method, route, status)
            seconds, rest_ns = divmod(spent_ns, _NS_PER_SECOND)
            yield f"expressb2b_request_seconds_sum{labels} {seconds}.{rest_ns:09d}"
            yield f"expressb2b_request_seconds_count{labels} {number}"
        for gauge in self._gauges:
            yield from _head(gauge.name, "gauge", gauge.help)
            yield f"{gauge.name} {gauge.read()}"


def _head(name: str, kind: str, text: str) -> tuple[str, str]:
    return f"# HELP {name} {text}", f"# TYPE {name} {kind}"


def _labels(method: str, route: str, status: int) -> str:
    return f'{{method="{method}",route="{route}",status="{status}"}}'
