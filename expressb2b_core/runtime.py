"""The outside world in one value: the database, the clock, new ids, randomness, the secret.

Nothing else in the project reads a clock or draws a random number, so that a test can hold the
world still.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from expressb2b_core.rules.pagination import Cursors
    from expressb2b_core.rules.versions import Versions
    from expressb2b_core.services.notifications import Listeners
    from expressb2b_core.storage.database import Database


class Clock(Protocol):
    """What time it is, on the wall and on the stopwatch."""

    def now(self) -> int:
        """Whole seconds since 1970, UTC."""

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""

    def monotonic_ns(self) -> int:
        """Nanoseconds that never go back."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        return int(time.time())

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()


_TICKS_PER_MS = 4096
_last_tick = 0


def new_uuid() -> str:
    """A UUIDv7 (RFC 9562 section 6.2, method 3), lower case; later ones sort after earlier ones.

    The 12 bits after the milliseconds are their fraction, and are counted on where the clock
    stands still. Every request takes an id: written as text at once, it costs half of what an
    object of it does.
    """
    global _last_tick
    _last_tick = max(time.time_ns() * _TICKS_PER_MS // 1_000_000, _last_tick + 1)
    at, bits = f"{_last_tick:015x}", secrets.token_hex(8)
    variant = "89ab"[int(bits[0], 16) & 3]
    return f"{at[:8]}-{at[8:12]}-7{at[12:]}-{variant}{bits[1:4]}-{bits[4:]}"


def random_bytes(count: int) -> bytes:
    """Bytes fit for keys and secrets."""
    return secrets.token_bytes(count)


def random_fraction() -> float:
    """A fraction in [0, 1), for jitter."""
    return secrets.randbits(53) / (1 << 53)


@dataclass(frozen=True, slots=True)
class Runtime:
    """What every service needs from outside; made once for each `ExpressB2B`."""

    database: Database
    secret: bytes
    cursors: Cursors
    versions: Versions
    listeners: Listeners
    clock: Clock = field(default_factory=SystemClock)
    new_id: Callable[[], str] = new_uuid
    random_bytes: Callable[[int], bytes] = random_bytes
    random_fraction: Callable[[], float] = random_fraction
    check_webhook_url: Callable[[str], str | None] | None = None
    """Why a URL may not receive webhooks, or None. By default its text is judged alone; whoever
    can look names up (the server, the command line) judges the addresses as well."""
    database_clock_ms: Callable[[], int] | None = None
    """The time by the database, where several machines work on one; see `agreed_now_ms`."""
    wake_deliveries: list[Callable[[], None]] = field(default_factory=list)
    """What to call, after a commit, when deliveries have become due; the pool adds itself."""

    def agreed_now_ms(self) -> int:
        """Milliseconds since 1970, UTC, by a clock that all nodes on this database share.

        For leases: what one node takes for over, the others must not take for running.
        """
        return (self.database_clock_ms or self.clock.now_ms)()

    def deliveries_waiting(self) -> None:
        """Tell the delivery pool of this process, if one runs, that there is work."""
        for wake in self.wake_deliveries:
            wake()
