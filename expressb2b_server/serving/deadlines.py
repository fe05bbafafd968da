"""How long a connection may keep the server waiting: pure decisions, fed with a clock's times.

Activity alone proves nothing, since a byte now and then is activity. So a header and a request
have a fixed time, and a body or an answer on its way must move by `_STALL_BYTES` at a time.
"""

from __future__ import annotations

from enum import Enum, auto

from expressb2b_server.serving.settings import Serving

_STALL_BYTES = 4096


class Phase(Enum):
    """What a connection is doing, as far as waiting is concerned."""

    LINGERING = auto()
    """Everything is said, the other side may still be reading it."""
    IDLE = auto()
    """Between two requests."""
    HEADER = auto()
    """The first request is awaited, or a header is incomplete."""
    BODY = auto()
    """A body is incomplete."""
    ANSWERING = auto()
    """A request waits for, or is in, the application."""
    SENDING = auto()
    """Some of an answer waits for the client to read."""


class Verdict(Enum):
    """What a connection's deadline asks for."""

    KEEP = auto()
    REFUSE = auto()
    CLOSE = auto()


class Patience:
    """The deadlines of one connection; `since` is when the present wait for the client began."""

    def __init__(self, serving: Serving, now: float) -> None:
        self.since = now
        self._serving = serving
        self._phase = Phase.HEADER
        self._mark(now, 0)

    def request_began(self, now: float, received_bytes: int) -> None:
        """Notes the first byte of a request behind another one."""
        self.since = now
        self._mark(now, received_bytes)

    def judge(self, phase: Phase, now: float, received_bytes: int, sent_bytes: int) -> Verdict:
        """What to do now; to be asked a few times a second. The counts are the connection's."""
        moved_bytes = received_bytes if phase is Phase.BODY else sent_bytes
        if phase is not self._phase:
            self._phase = phase
            self._mark(now, moved_bytes)
        elif moved_bytes - self._marked_bytes >= _STALL_BYTES:
            self._mark(now, moved_bytes)
        if phase in (Phase.ANSWERING, Phase.SENDING):
            self.since = now  # the client's time stands still while it waits for us
        if not self._is_overdue(phase, now):
            return Verdict.KEEP
        return Verdict.REFUSE if phase in (Phase.HEADER, Phase.BODY) else Verdict.CLOSE

    def _mark(self, now: float, moved_bytes: int) -> None:
        self._marked_at = now
        self._marked_bytes = moved_bytes

    def _is_overdue(self, phase: Phase, now: float) -> bool:
        waited_seconds = now - self.since
        is_stalled = now - self._marked_at >= self._serving.stall_seconds
        match phase:
            case Phase.LINGERING:
                return waited_seconds >= self._serving.linger_seconds
            case Phase.IDLE:
                return waited_seconds >= self._serving.keep_alive_seconds
            case Phase.HEADER:
                return waited_seconds >= self._serving.header_seconds
            case Phase.BODY:
                return is_stalled or waited_seconds >= self._serving.request_seconds
            case Phase.SENDING:
                return is_stalled
            case Phase.ANSWERING:
                return False
