"""Decides who gets the next turn: fair between workspaces and their endpoints, slow ones apart.

It counts what is in flight and remembers which endpoints were slow; claiming and threads are
others'. Not thread-safe: one thread decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from expressb2b_core.services.deliveries import Claim, Result, Waiting
from expressb2b_server.delivery.failures import TIMEOUT

SLOW_SECONDS = 2
"""An attempt that takes longer makes its endpoint slow; a quicker one makes it quick again."""

OVERSTAYING = 32
"""How many attempts may outgrow the quick lane at the same time."""

_SLOW_NS = SLOW_SECONDS * 1_000_000_000


@dataclass(slots=True)
class _Flight:
    endpoint_id: str
    workspace_id: str
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
        self._flights: dict[str, _Flight] = {}
        self._slow_endpoints: set[str] = set()
        self._turns = 0
        self._last_turn: dict[str, int] = {}
        self._last_turn_of_workspace: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._flights)

    def __contains__(self, delivery_id: str) -> bool:
        return delivery_id in self._flights

    @property
    def quick_in_flight(self) -> int:
        """How many attempts are under way that should be over soon."""
        return sum(not flight.slow for flight in self._flights.values())

    def choose(self, waiting: Sequence[Waiting]) -> Mapping[str, int]:
        """How many deliveries of which endpoints start now.

        The workspace with the least under way comes first, then the one whose turn is the longest
        ago, so that one with a hundred endpoints that hang leaves room for one with a single one.
        Among its endpoints it is the same, and nobody gets a second delivery before everybody
        had a first. Decides only; `start` is what changes anything.
        """
        room = self._room()
        in_turn = self._in_turn(waiting)
        chosen: dict[str, int] = {}
        for at_least in (1, 2):
            for one in in_turn:
                slow = one.endpoint_id in self._slow_endpoints
                if room[slow] > 0 and one.free >= at_least:
                    room[slow] -= 1
                    chosen[one.endpoint_id] = at_least
        return chosen

    def start(self, claim: Claim, now_ns: int) -> None:
        """Note that an attempt starts; `now_ns` is monotonic."""
        self._turns += 1
        self._last_turn[claim.endpoint_id] = self._turns
        self._last_turn_of_workspace[claim.workspace_id] = self._turns
        slow = claim.endpoint_id in self._slow_endpoints
        self._flights[claim.delivery_id] = _Flight(
            claim.endpoint_id, claim.workspace_id, now_ns, slow
        )

    def finish(self, result: Result) -> None:
        """Note that an attempt is over, and how long its receiver let us wait."""
        del self._flights[result.claim.delivery_id]
        if result.error == TIMEOUT or result.duration_ms > SLOW_SECONDS * 1000:
            self._slow_endpoints.add(result.claim.endpoint_id)
        else:
            self._slow_endpoints.discard(result.claim.endpoint_id)

    def withdraw(self, claim: Claim) -> None:
        """Note that an attempt was not made after all."""
        del self._flights[claim.delivery_id]

    def move_overdue(self, now_ns: int) -> None:
        """Let what is in the quick lane for too long end in the slow one."""
        overstaying = len(self._flights) - self.quick_in_flight - self._slow
        for flight in self._flights.values():
            overdue = not flight.slow and now_ns - flight.started_ns > _SLOW_NS
            if overdue and overstaying < OVERSTAYING:
                overstaying += 1
                flight.slow = True
                self._slow_endpoints.add(flight.endpoint_id)

    def _room(self) -> dict[bool, int]:
        quick = self.quick_in_flight
        return {True: self._slow - (len(self._flights) - quick), False: self._quick - quick}

    def _in_turn(self, waiting: Sequence[Waiting]) -> list[Waiting]:
        """Those who wait in the order in which they get their first delivery."""
        ahead = Counter((flight.workspace_id, flight.slow) for flight in self._flights.values())
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
