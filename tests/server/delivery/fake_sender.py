"""A sender without a network: answers to order, holds what it is told to hold, keeps count."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

from expressb2b_server.delivery.sender import Outcome, OutgoingRequest
from tests.receivers import LIMIT_SECONDS

OK = Outcome(True, 200, "ok", None, 5)
REFUSED = Outcome(False, 500, "no", None, 5)
TIMED_OUT = Outcome(False, None, None, "timeout", 15_000)


class FakeSender:
    """`answer` may be changed at any time: one outcome for all, or a function of the request.

    Requests whose URL contains a word of `held` are not answered before it is let go.
    """

    def __init__(self, answer: Outcome | Callable[[OutgoingRequest], Outcome] = OK) -> None:
        self.answer = answer
        self.requests: list[OutgoingRequest] = []
        self.held: set[str] = set()
        self.in_flight: Counter[str] = Counter()
        self.most_in_flight: Counter[str] = Counter()
        self.overlaps: list[str] = []
        self._under_way: set[str] = set()
        self._changed = threading.Condition()

    def send(self, request: OutgoingRequest) -> Outcome:
        delivery = request.headers["X-ExpressB2B-Delivery"]
        with self._changed:
            if delivery in self._under_way:
                self.overlaps.append(delivery)
            self._under_way.add(delivery)
            self.requests.append(request)
            self.in_flight[request.url] += 1
            now = self.in_flight[request.url]
            self.most_in_flight[request.url] = max(self.most_in_flight[request.url], now)
            self._changed.notify_all()
            released = self._changed.wait_for(lambda: not self._is_held(request), LIMIT_SECONDS)
            self.in_flight[request.url] -= 1
            self._under_way.discard(delivery)
        assert released, "a request was held for too long"
        return self.answer if isinstance(self.answer, Outcome) else self.answer(request)

    def hold(self, *words: str) -> None:
        """Answer nothing that goes to such a URL from now on."""
        with self._changed:
            self.held.update(words)

    def let_go(self) -> None:
        """Answer everything."""
        with self._changed:
            self.held.clear()
            self._changed.notify_all()

    def wait_for(self, count: int, word: str = "") -> list[OutgoingRequest]:
        """The requests to such URLs, as soon as there are `count`; fails when they do not come."""

        def found() -> list[OutgoingRequest]:
            return [request for request in self.requests if word in request.url]

        with self._changed:
            if not self._changed.wait_for(lambda: len(found()) >= count, LIMIT_SECONDS):
                raise AssertionError(f"{len(found())} of {count} requests came")
            return found()

    def _is_held(self, request: OutgoingRequest) -> bool:
        return any(word in request.url for word in self.held)
