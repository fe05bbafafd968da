"""What is over waits until there is enough of it; somebody who rings does not."""

from __future__ import annotations

import threading
import time

from expressb2b_server.delivery.inbox import Inbox
from expressb2b_server.delivery.series import Series
from tests.receivers import LIMIT_SECONDS
from tests.server.delivery.claims import series_of

NEVER = 3600


def waiter(inbox: Inbox, enough: int) -> threading.Thread:
    thread = threading.Thread(target=inbox.wait, args=(NEVER, enough), daemon=True)
    thread.start()
    return thread


def test_what_was_put_is_taken_once_and_in_order() -> None:
    inbox = Inbox()
    first, second = series_of("a"), series_of("b")
    inbox.put(first)
    inbox.put(second)

    assert inbox.take() == ([first, second], False)
    assert inbox.take() == ([], False)


def test_waiting_ends_when_there_are_enough() -> None:
    inbox = Inbox()
    waiting = waiter(inbox, enough=2)
    inbox.put(series_of("a"))
    inbox.put(series_of("a"))

    waiting.join(LIMIT_SECONDS)

    assert not waiting.is_alive()


def test_waiting_does_not_begin_when_there_are_enough_already() -> None:
    inbox = Inbox()
    inbox.put(series_of("a"))

    inbox.wait(NEVER)

    assert len(inbox.take()[0]) == 1


def test_waiting_ends_when_somebody_rings() -> None:
    inbox = Inbox()
    waiting = waiter(inbox, enough=2)
    inbox.ring()

    waiting.join(LIMIT_SECONDS)

    assert not waiting.is_alive()
    assert inbox.take() == ([], True)


def test_a_ring_before_the_waiting_is_heard_once() -> None:
    inbox = Inbox()
    inbox.ring()
    inbox.ring()

    inbox.wait(NEVER)

    assert inbox.take()[1]
    assert not inbox.take()[1]


def test_waiting_ends_after_its_time() -> None:
    inbox = Inbox()
    inbox.put(series_of("a"))
    started = time.monotonic()

    inbox.wait(0.01, enough=2)

    assert 0.005 < time.monotonic() - started < LIMIT_SECONDS


def test_nothing_is_lost_or_missed_while_many_put_and_ring() -> None:
    inbox = Inbox()
    threads = [
        threading.Thread(
            target=lambda: [inbox.put(series_of("a")) or inbox.ring() for n in range(500)]
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    taken: list[Series] = []
    while len(taken) < 2000:
        inbox.wait(LIMIT_SECONDS, enough=3)
        found, rung = inbox.take()
        assert found or rung, "nothing came in time"
        taken += found
    for thread in threads:
        thread.join()

    assert len(taken) == 2000
