"""Counts the requests of keys for all nodes on one PostgreSQL, exactly, by the database's clock.

A window is one row, and a request one statement that locks it: the log of `rules.rate_limit`, with
several requests in a slot where a limit is so large that its log would be long. Addresses that
fail to authenticate are counted by each node for itself, in memory: nobody without a key can make
the database write.
"""

from __future__ import annotations

from expressb2b_core.rules.rate_limit import Decision
from expressb2b_core.runtime import Runtime
from expressb2b_core.services.limits import FAILED_AUTHENTICATION, Limits, RequestLimits
from expressb2b_core.storage.postgresql import Postgresql

_US_PER_SECOND = 1_000_000
_PERIOD_US = 60 * _US_PER_SECOND

MAX_SLOTS = 240
"""How long a log may get. Of a larger limit requests leave up to a quarter of a second late."""

_COARSE_US = _PERIOD_US // MAX_SLOTS

# The innermost query has the clock, read when the row is locked; the next one cuts off what is
# over (`gone` counts it; the last of it stays, to count from), and the last one decides. Times are
# rounded up to slots, so that no window is ever overfull, and never go back.
_TAKE = """
INSERT INTO rate_windows AS w (subject, bucket, slots, totals, asked_at_us, allowed)
SELECT %(subject)s, %(bucket)s, ARRAY[0, (now + %(slot_us)s - 1) / %(slot_us)s * %(slot_us)s],
    ARRAY[0, 1], now, true
FROM (
    SELECT coalesce(%(now_us)s, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) AS now
) AS present
ON CONFLICT (subject, bucket) DO UPDATE SET (slots, totals, asked_at_us, allowed) = (
    SELECT
        CASE WHEN fits AND slot > slots[cardinality(slots)] THEN slots || slot ELSE slots END,
        CASE
            WHEN NOT fits THEN totals
            WHEN slot > slots[cardinality(slots)] THEN totals || total + 1
            ELSE totals[:cardinality(totals) - 1] || total + 1
        END,
        now,
        fits
    FROM (
        SELECT
            now,
            w.slots[gone:] AS slots,
            w.totals[gone:] AS totals,
            total,
            total - w.totals[gone] < %(limit)s AS fits,
            greatest(
                (now + %(slot_us)s - 1) / %(slot_us)s * %(slot_us)s, w.slots[cardinality(w.slots)]
            ) AS slot
        FROM (
            SELECT
                now,
                width_bucket(now - %(period_us)s, w.slots) AS gone,
                w.totals[cardinality(w.totals)] AS total
            FROM (
                SELECT greatest(
                    coalesce(%(now_us)s, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint),
                    w.asked_at_us
                ) AS now
            ) AS present
        ) AS past
    ) AS decided
)
RETURNING
    allowed,
    totals[cardinality(totals)] - totals[1],
    slots[greatest(width_bucket(totals[cardinality(totals)] - %(limit)s, totals) + 1, 2)]
        + %(period_us)s - asked_at_us
"""

# Those of a future that has been called off (the server's clock was set back) count no more either.
_PRUNE = """
DELETE FROM rate_windows
WHERE abs(
    asked_at_us - coalesce(%(now_us)s, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
) > %(period_us)s
"""


class SharedLimits:
    """The windows of all keys, in the database; those of addresses, here. Thread-safe."""

    def __init__(self, runtime: Runtime, database: Postgresql) -> None:
        self._runtime = runtime
        self._database = database
        self._addresses = Limits(runtime)

    def take(self, subject: str, bucket: str, limit: int) -> Decision:
        """As `RequestLimits` says; raises `StorageUnavailable`, and then nothing was counted."""
        if bucket == FAILED_AUTHENTICATION:
            return self._addresses.take(subject, bucket, limit)
        rows = self._database.run_alone(
            _TAKE,
            {
                "subject": subject,
                "bucket": bucket,
                "limit": limit,
                "slot_us": 1 if limit <= MAX_SLOTS else _COARSE_US,
                "period_us": _PERIOD_US,
                "now_us": self._handed_in_us(),
            },
        )
        allowed, counted, reset_us = rows[0]
        reset_seconds = -(-reset_us // _US_PER_SECOND)
        remaining = max(0, limit - counted)
        return Decision(allowed, limit, remaining, 0 if allowed else reset_seconds, reset_seconds)

    def save(self) -> None:
        """Nothing: the windows of keys are in the database already."""

    def restore(self) -> None:
        """Nothing but to forget what counts no more."""
        self.prune()

    def prune(self) -> None:
        """Forget the windows in which nothing was asked for a minute."""
        self._database.run_alone(_PRUNE, {"period_us": _PERIOD_US, "now_us": self._handed_in_us()})

    def _handed_in_us(self) -> int | None:
        """The time by a clock that was handed in, which holds for everything; else None."""
        if self._runtime.database_clock_ms is not None:
            return None
        return self._runtime.clock.now_ms() * 1000


def limits_of(runtime: Runtime) -> RequestLimits:
    """Who counts the requests on this database: exactly, whatever number of nodes it has."""
    database = runtime.database
    return SharedLimits(runtime, database) if isinstance(database, Postgresql) else Limits(runtime)
