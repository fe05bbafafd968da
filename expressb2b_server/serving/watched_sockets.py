"""waitress's map of sockets, and the loop over them, without walking all of it for each event.

waitress's own loop asks every connection at every turn what it waits for, which at a thousand
silent connections takes longer than the requests of the others.
"""

from __future__ import annotations

import selectors
from collections import deque
from typing import Protocol

_READ = selectors.EVENT_READ
_WRITE = selectors.EVENT_WRITE
_HANDLED_PER_TURN = 64


class Watched(Protocol):
    """What waitress calls a dispatcher."""

    def readable(self) -> bool: ...
    def writable(self) -> bool: ...
    def handle_read_event(self) -> None: ...
    def handle_write_event(self) -> None: ...
    def handle_error(self) -> None: ...


class Busy(Watched, Protocol):
    """One whose wishes change in another thread."""

    @property
    def is_answering(self) -> bool: ...


class WatchedSockets(dict[int, Watched]):
    """File descriptor to dispatcher; entering and leaving it is being watched and not.

    Interest in writing follows a dispatcher's wishes exactly. Interest in reading is given up
    only when something came that nobody wanted, which between well-behaved peers never happens.
    """

    def __init__(self) -> None:
        super().__init__()
        self._selector = selectors.DefaultSelector()
        self._interest: dict[int, int] = {}
        self._busy: dict[int, Busy] = {}
        self._unhandled: deque[tuple[selectors.SelectorKey, int]] = deque()

    def __setitem__(self, descriptor: int, dispatcher: Watched) -> None:
        super().__setitem__(descriptor, dispatcher)
        self._interest[descriptor] = 0
        self._set_interest(descriptor, _READ)

    def __delitem__(self, descriptor: int) -> None:
        self._set_interest(descriptor, 0)
        super().__delitem__(descriptor)
        del self._interest[descriptor]
        self._busy.pop(descriptor, None)

    def attend(self, descriptor: int, dispatcher: Busy) -> None:
        """Has one followed by `follow_busy` until it has answered; any thread may ask for it."""
        self._busy[descriptor] = dispatcher

    @property
    def is_behind(self) -> bool:
        """Whether something came that `turn` has not handled yet."""
        return bool(self._unhandled)

    def turn(self, timeout_seconds: float) -> None:
        """Waits for events, no longer than that, and lets the dispatchers handle them.

        Of a crowd only some, and the rest next time: meanwhile those are answered that have asked.
        """
        if not self._unhandled:
            self._unhandled.extend(self._selector.select(timeout_seconds))
        for _ in range(min(_HANDLED_PER_TURN, len(self._unhandled))):
            key, events = self._unhandled.popleft()
            dispatcher = self.get(key.fd)
            if dispatcher is not None and dispatcher is key.data:  # not closed by one before
                self._handle(key.fd, dispatcher, events)

    def follow_busy(self) -> None:
        """Adjusts to the wishes of those that answer."""
        for descriptor, busy in tuple(self._busy.items()):
            # Asked before its wishes: one that ends in between is looked after once more.
            is_over = not busy.is_answering or self.get(descriptor) is not busy
            self.follow(descriptor)
            if is_over:
                self._busy.pop(descriptor, None)

    def follow_all(self) -> None:
        """Adjusts to the wishes of all."""
        for descriptor in tuple(self):
            self.follow(descriptor)

    def follow(self, descriptor: int) -> None:
        """Adjusts to what one dispatcher wants now."""
        dispatcher = self.get(descriptor)
        if dispatcher is None:
            return
        interest = self._interest[descriptor] & _READ
        if dispatcher.readable():
            interest |= _READ
        if dispatcher.writable():
            interest |= _WRITE
        self._set_interest(descriptor, interest)

    def close(self) -> None:
        self._selector.close()

    def _handle(self, descriptor: int, dispatcher: Watched, events: int) -> None:
        try:
            if events & _READ:
                self._handle_read(descriptor, dispatcher)
            if events & _WRITE and dispatcher.writable():
                dispatcher.handle_write_event()
        except Exception:
            dispatcher.handle_error()
        self.follow(descriptor)

    def _handle_read(self, descriptor: int, dispatcher: Watched) -> None:
        if dispatcher.readable():
            dispatcher.handle_read_event()
        else:
            self._set_interest(descriptor, self._interest[descriptor] & ~_READ)

    def _set_interest(self, descriptor: int, interest: int) -> None:
        before = self._interest[descriptor]
        if interest == before:
            return
        if not interest:
            self._selector.unregister(descriptor)
        elif before:
            self._selector.modify(descriptor, interest, self[descriptor])
        else:
            self._selector.register(descriptor, interest, self[descriptor])
        self._interest[descriptor] = interest
