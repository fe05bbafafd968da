"""Claims and series of them for tests that need no database."""

from __future__ import annotations

from expressb2b_core.services.deliveries import Claim, Result
from expressb2b_server.delivery.series import Series


def claim_of(endpoint: str, number: int = 0, workspace: str = "shop") -> Claim:
    """A claim; endpoint and number make its id."""
    return Claim(
        f"{endpoint}-{number}", endpoint, workspace, "https://a.test/", "wh_1", "order.placed",
        b"{}", "2026-03", (), 0, 0,
    )  # fmt: skip


def series_of(endpoint: str, *numbers: int, workspace: str = "shop") -> Series:
    """A series of such claims; of one when there are no numbers."""
    return Series([claim_of(endpoint, number, workspace) for number in numbers or (0,)])


def answered(claim: Claim, duration_ms: int = 100) -> Result:
    """It was delivered."""
    return Result(claim, ok=True, at=0, duration_ms=duration_ms, status=200)


def refused(claim: Claim, duration_ms: int = 0) -> Result:
    """The receiver said no."""
    return Result(claim, ok=False, at=0, duration_ms=duration_ms, status=503)


def unreachable(claim: Claim, duration_ms: int = 0) -> Result:
    """There was nobody to say anything."""
    return Result(claim, ok=False, at=0, duration_ms=duration_ms, error="connection_failed")


def timed_out(claim: Claim) -> Result:
    """The receiver said nothing in time."""
    return Result(claim, ok=False, at=0, duration_ms=1000, error="timeout")
