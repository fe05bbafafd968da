"""Deliveries of one endpoint that one worker attempts, one after another.

A receiver that answers at once is sent many on one claim: claiming and recording each for itself
costs more than sending it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from expressb2b_core.services.deliveries import Claim, Result


class Series:
    """Claims of one endpoint. One thread attempts them while another may take from it."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self.endpoint_id = claims[0].endpoint_id
        self.workspace_id = claims[0].workspace_id
        self.delivery_ids = {claim.delivery_id for claim in claims}
        """Those whose claim or result was not taken from it yet; for the thread that takes."""
        self._waiting = deque(claims)
        self._results: deque[Result] = deque()

    def attempt_all(self, attempt: Callable[[Claim], Result]) -> None:
        """Attempt what waits, until it is over; a receiver that refuses one is sent no more."""
        while self._waiting:
            try:
                claim = self._waiting.popleft()
            except IndexError:  # taken back just now
                return
            result = attempt(claim)
            self._results.append(result)
            if result.status is not None and not result.ok:
                return

    def take_results(self) -> list[Result]:
        """What came of it, as far as there is a result."""
        results = [self._results.popleft() for _ in range(len(self._results))]
        self.delivery_ids.difference_update(result.claim.delivery_id for result in results)
        return results

    def take_back(self) -> list[Claim]:
        """What was not attempted, and will not be."""
        claims: list[Claim] = []
        while self._waiting:
            try:
                claims.append(self._waiting.popleft())
            except IndexError:  # attempted just now
                break
        self.delivery_ids.difference_update(claim.delivery_id for claim in claims)
        return claims
