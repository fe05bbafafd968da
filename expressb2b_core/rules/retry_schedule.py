"""When a failed delivery is tried again, when it is given up, and when its endpoint is disabled.

What counts as a failure, and reading `Retry-After` off an answer, is left to the sender.
"""

import re
from collections.abc import Sequence

DEFAULT_STEPS_SECONDS: tuple[float, ...] = (
    5,
    5 * 60,
    30 * 60,
    2 * 3_600,
    5 * 3_600,
    10 * 3_600,
    14 * 3_600,
    20 * 3_600,
    24 * 3_600,
)

MAX_RETRY_AFTER_SECONDS = 24 * 3_600
"""A receiver may ask for at most a day, the longest step of our own: a mistaken `Retry-After`
of years must not park a delivery for ever."""

MAX_STEP_SECONDS = 30 * 86_400
DISABLE_AFTER_SECONDS = 5 * 86_400

_JITTER = 0.1
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def next_delay_seconds(
    failures: int,
    jitter: float,
    steps_seconds: Sequence[float] = DEFAULT_STEPS_SECONDS,
    retry_after_seconds: float | None = None,
) -> float | None:
    """Return how long to wait before the next attempt, or None when there is to be none.

    Args:
        failures: How many attempts of this delivery have failed, at least 1. After 1 + the
            number of steps the delivery is given up.
        jitter: A random fraction, 0 <= jitter < 1; spreads the delay over ± 10 %, so that the
            deliveries of one outage do not come back all at once.
        steps_seconds: The delay after each failure.
        retry_after_seconds: What the receiver asked for. Respected where it is longer, up to
            `MAX_RETRY_AFTER_SECONDS`; jitter never makes it shorter.
    """
    if failures < 1:
        raise ValueError("failures must be at least 1")
    if not 0 <= jitter < 1:
        raise ValueError("jitter must be at least 0 and below 1")
    if failures > len(steps_seconds):
        return None
    delay_seconds = steps_seconds[failures - 1] * (1 - _JITTER + 2 * _JITTER * jitter)
    return max(delay_seconds, min(retry_after_seconds or 0, MAX_RETRY_AFTER_SECONDS))


def should_disable(failing_since: int | None, now: int) -> bool:
    """Tell whether an endpoint has failed for 5 days without one success.

    Args:
        failing_since: When the first failure after the last success happened, in epoch seconds;
            None while the endpoint is well.
        now: Epoch seconds.
    """
    return failing_since is not None and now - failing_since >= DISABLE_AFTER_SECONDS


def parse_steps(text: str) -> tuple[float, ...]:
    """Return the steps written in a setting: seconds, comma-separated, such as `5, 300, 0.5`.

    Raises:
        ValueError: When there is no number, or one that is not above zero and at most 30 days.
    """
    return tuple(_parse_step(item.strip()) for item in text.split(","))


def _parse_step(item: str) -> float:
    seconds = float(item) if _NUMBER.fullmatch(item) else 0.0
    if not 0 < seconds <= MAX_STEP_SECONDS:
        raise ValueError(
            f"not a retry delay: {item!r}; write seconds above 0 and at most "
            f"{MAX_STEP_SECONDS}, separated by commas, such as 5,300,1800"
        )
    return seconds
