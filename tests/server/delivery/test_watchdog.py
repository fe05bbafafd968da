import threading

from expressb2b_core.runtime import SystemClock
from expressb2b_server.delivery.watchdog import Watchdog

CLOCK = SystemClock()
MILLISECOND = 1_000_000
LIMIT_SECONDS = 5


def in_ms(milliseconds):
    return CLOCK.monotonic_ns() + milliseconds * MILLISECOND


def test_a_call_comes_at_its_moment_and_not_before():
    called_at = []
    called = threading.Event()
    due_ns = in_ms(50)

    Watchdog(CLOCK).call_at(due_ns, lambda: (called_at.append(CLOCK.monotonic_ns()), called.set()))

    assert called.wait(LIMIT_SECONDS)
    assert 0 <= called_at[0] - due_ns < 500 * MILLISECOND


def test_a_call_that_is_due_before_the_others_is_not_kept_waiting():
    watchdog = Watchdog(CLOCK)
    called = threading.Event()
    watchdog.call_at(in_ms(60_000), lambda: None)

    watchdog.call_at(in_ms(20), called.set)

    assert called.wait(LIMIT_SECONDS)


def test_a_cancelled_call_does_not_come():
    watchdog = Watchdog(CLOCK)
    calls = []
    later = threading.Event()
    cancelled = watchdog.call_at(in_ms(20), lambda: calls.append("cancelled"))

    watchdog.cancel(cancelled)
    watchdog.call_at(in_ms(40), later.set)

    assert later.wait(LIMIT_SECONDS)
    assert calls == []


def test_a_call_that_fails_keeps_none_of_the_others_from_coming(caplog):
    watchdog = Watchdog(CLOCK)
    called = threading.Event()
    due_ns = in_ms(20)

    watchdog.call_at(due_ns, lambda: 1 / 0)
    watchdog.call_at(due_ns + 20 * MILLISECOND, called.set)

    assert called.wait(LIMIT_SECONDS)
    assert "a deadline could not be kept" in caplog.text


def test_all_that_is_due_is_called_by_one_thread():
    watchdog = Watchdog(CLOCK)
    threads = set()
    done = threading.Semaphore(0)
    due_ns = in_ms(20)

    for _ in range(50):
        watchdog.call_at(due_ns, lambda: (threads.add(threading.get_ident()), done.release()))

    assert all(done.acquire(timeout=LIMIT_SECONDS) for _ in range(50))
    assert len(threads) == 1


def test_a_call_may_set_the_next_one():
    watchdog = Watchdog(CLOCK)
    called = threading.Event()

    watchdog.call_at(in_ms(5), lambda: watchdog.call_at(in_ms(5), called.set))

    assert called.wait(LIMIT_SECONDS)


def test_the_thread_ends_when_there_is_nothing_to_wait_for(monkeypatch):
    monkeypatch.setattr("expressb2b_server.delivery.watchdog._LINGER_NS", MILLISECOND)
    watchdog = Watchdog(CLOCK)
    threads = []
    first, second = threading.Event(), threading.Event()
    watchdog.call_at(in_ms(1), lambda: (threads.append(threading.current_thread()), first.set()))
    assert first.wait(LIMIT_SECONDS)

    threads[0].join(LIMIT_SECONDS)
    watchdog.call_at(in_ms(1), second.set)

    assert not threads[0].is_alive()
    assert second.wait(LIMIT_SECONDS)
