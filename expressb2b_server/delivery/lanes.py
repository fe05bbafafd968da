"""Decides who gets the next turn: fair between workspaces and their endpoints, slow ones apart.

It counts what is in flight and remembers which endpoints were slow or quick; claiming and threads
are others'. Not thread-safe: one thread decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from expressb2b_core.services.deliveries import Claim, Result, Waiting
from expressb2b_server.delivery.failures import TIMEOUT
from expressb2b_server.delivery.series import Series

MAX_IN_FLIGHT = 2
"""Per endpoint, so that a slow one occupies no more than two workers."""

SLOW_SECONDS = 2
"""An attempt that takes longer makes its endpoint slow; a quicker one makes it quick again."""

AT_ONCE_MS = 10
"""A receiver that answers within this is sent a series, unless it refused."""

LONGEST_SERIES = 32

OVERSTAYING = 32
"""How many attempts may outgrow the quick lane at the same time."""

_SLOW_NS = SLOW_SECONDS * 1_000_000_000


@dataclass(slots=True)
class _Flight:
    series: Series
    started_ns: int
    slow: bool


class Lanes:
    """A quick lane, and a slow one for the endpoints that let us wait.

    An endpoint nobody knows yet starts in the quick lane. An attempt that is not over after
    `SLOW_SECONDS` makes room there at once and ends in the slow lane, whether that is full or
    not; so any number of receivers that begin to hang together delay the others once, and by
    little.

    Args:
        quick: How many attempts at once for endpoints that answer quickly.
        slow: How many attempts at once for all others together.
    """

    def __init__(self, quick: int, slow: int) -> None:
        self._quick = quick
        self._slow = slow
        self._flights: list[_Flight] = []
        self._slow_endpoints: set[str] = set()
        self._endpoints_at_once: set[str] = set()
        self._turns = 0
        self._last_turn: dict[str, int] = {}
        self._last_turn_of_workspace: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._flights)

    def __contains__(self, delivery_id: str) -> bool:
        return any(delivery_id in flight.series.delivery_ids for flight in self._flights)

    @property
    def under_way(self) -> list[Series]:
        """All series that were started and have not ended."""
        return [flight.series for flight in self._flights]

    @property
    def quick_in_flight(self) -> int:
        """How many series are under way that should be over soon."""
        return sum(not flight.slow for flight in self._flights)

    def choose(self, waiting: Sequence[Waiting]) -> Mapping[str, int]:
        """How many deliveries of which endpoints are to be claimed now.

        The workspace with the least under way comes first, then the one whose turn is the longest
        ago, so that one with a hundred endpoints that hang leaves room for one with a single one.
        Among its endpoints it is the same, and nobody gets a second series before everybody
        had a first. Decides only; `start` is what changes anything.
        """
        room = self._room()
        in_turn = self._in_turn(waiting)
        free = self._free(waiting)
        chosen: dict[str, int] = {}
        for at_least in range(1, MAX_IN_FLIGHT + 1):
            for one in in_turn:
                slow = one.endpoint_id in self._slow_endpoints
                if room[slow] > 0 and free[one.endpoint_id] >= at_least:
                    room[slow] -= 1
                    chosen[one.endpoint_id] = at_least * self._length(one.endpoint_id)
        return chosen

    def in_series(self, claims: Iterable[Claim]) -> list[Series]:
        """The claims of a turn, each endpoint's in as few series as it may have them."""
        by_endpoint: dict[str, list[Claim]] = {}
        for claim in claims:
            by_endpoint.setdefault(claim.endpoint_id, []).append(claim)
        return [
            Series(own[first : first + length])
            for endpoint_id, own in by_endpoint.items()
            for length in (self._length(endpoint_id),)
            for first in range(0, len(own), length)
        ]

    def start(self, series: Series, now_ns: int) -> None:
        """Note that a series starts; `now_ns` is monotonic."""
        self._turns += 1
        self._last_turn[series.endpoint_id] = self._turns
        self._last_turn_of_workspace[series.workspace_id] = self._turns
        slow = series.endpoint_id in self._slow_endpoints
        self._flights.append(_Flight(series, now_ns, slow))

    def end(self, series: Series, results: Iterable[Result]) -> None:
        """Note that nothing of a series is under way any more, and how long we had to wait."""
        self._flights = [flight for flight in self._flights if flight.series is not series]
        for result in results:
            endpoint_id = result.claim.endpoint_id
            is_slow = result.error == TIMEOUT or result.duration_ms > SLOW_SECONDS * 1000
            _note(self._slow_endpoints, endpoint_id, is_slow)
            refused = result.status is not None and not result.ok
            at_once = result.duration_ms <= AT_ONCE_MS and not (refused or is_slow)
            _note(self._endpoints_at_once, endpoint_id, at_once)

    def move_overdue(self, now_ns: int) -> list[Series]:
        """Let what is in the quick lane for too long end in the slow one; which series did."""
        overstaying = len(self._flights) - self.quick_in_flight - self._slow
        moved: list[Series] = []
        for flight in self._flights:
            overdue = not flight.slow and now_ns - flight.started_ns > _SLOW_NS
            if overdue and overstaying + len(moved) < OVERSTAYING:
                flight.slow = True
                self._slow_endpoints.add(flight.series.endpoint_id)
                self._endpoints_at_once.discard(flight.series.endpoint_id)
                moved.append(flight.series)
        return moved

    def _length(self, endpoint_id: str) -> int:
        return LONGEST_SERIES if endpoint_id in self._endpoints_at_once else 1

    def _room(self) -> dict[bool, int]:
        quick = self.quick_in_flight
        return {True: self._slow - (len(self._flights) - quick), False: self._quick - quick}

    def _free(self, waiting: Sequence[Waiting]) -> dict[str, int]:
        """How many series of each endpoint may start, whatever room there is.

        Others' claims count each as one in flight: how they attempt them is not known here.
        """
        own = {one.endpoint_id: 0 for one in waiting}
        others = {one.endpoint_id: one.leased for one in waiting}
        for flight in self._flights:
            endpoint_id = flight.series.endpoint_id
            if endpoint_id in own:
                own[endpoint_id] += 1
                others[endpoint_id] -= len(flight.series.delivery_ids)
        return {one: MAX_IN_FLIGHT - own[one] - max(0, others[one]) for one in own}

    def _in_turn(self, waiting: Sequence[Waiting]) -> list[Waiting]:
        """Those who wait in the order in which they get their first delivery."""
        ahead = Counter((flight.series.workspace_id, flight.slow) for flight in self._flights)
        places: dict[str, tuple[int, int]] = {}
        by_endpoint = sorted(waiting, key=self._place)
        for one in by_endpoint:
            lane = one.workspace_id, one.endpoint_id in self._slow_endpoints
            last_turn = self._last_turn_of_workspace.get(one.workspace_id, 0)
            places[one.endpoint_id] = ahead[lane], last_turn
            ahead[lane] += 1
        return sorted(by_endpoint, key=lambda one: places[one.endpoint_id])

    def _place(self, one: Waiting) -> tuple[int, int]:
        return self._last_turn.get(one.endpoint_id, 0), one.due_at_ms


def _note(endpoints: set[str], endpoint_id: str, belongs: bool) -> None:
    if belongs:
        endpoints.add(endpoint_id)
    else:
        endpoints.discard(endpoint_id)
