"""A workspace worked on at other times: the services themselves, with a clock set by hand."""

from __future__ import annotations

from dataclasses import replace

from expressb2b_core import Actor, ExpressB2B, Workspace
from expressb2b_core.runtime import Clock
from expressb2b_core.services.notifications import Listeners


class HandSetClock:
    """Shows the time it was set to; its stopwatch is the real one."""

    def __init__(self, real: Clock) -> None:
        self._real = real
        self.seconds = real.now()

    def now(self) -> int:
        return self.seconds

    def now_ms(self) -> int:
        return self.seconds * 1000

    def monotonic_ns(self) -> int:
        return self._real.monotonic_ns()


class PastShop:
    """One workspace, at whatever time `clock` shows, as seen by the two who work there.

    Callbacks that wait for what happens now hear nothing of the past.
    """

    def __init__(self, b2b: ExpressB2B, workspace: str) -> None:
        self.clock = HandSetClock(b2b.runtime.clock)
        self.database = b2b.runtime.database
        self.opened_at = self.clock.seconds
        runtime = replace(b2b.runtime, clock=self.clock, listeners=Listeners())
        scope = b2b.workspace(workspace).scope._replace(runtime=runtime)
        self.sales = Workspace(scope._replace(actor=Actor("system", None, "sales desk")))
        self.warehouse = Workspace(scope._replace(actor=Actor("system", None, "warehouse")))
