import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from expressb2b_server.delivery import resolver as module
from expressb2b_server.delivery.resolver import (
    CACHE_SECONDS,
    NotResolved,
    Resolver,
    system_lookup,
)


class Lookup:
    """Answers with the addresses, and notes for whom it was asked."""

    def __init__(self, *addresses):
        self.addresses = addresses
        self.asked = []
        self.release = threading.Event()
        self.release.set()

    def __call__(self, host, port):
        self.asked.append(host)
        assert self.release.wait(10)
        if not self.addresses:
            raise OSError("no such name")
        return self.addresses


def test_addresses_are_remembered_for_a_few_seconds(clock):
    lookup = Lookup("192.0.2.1", "192.0.2.2")
    resolver = Resolver(lookup, clock)

    first = resolver.addresses("a.test", 443, 1)
    clock.advance(CACHE_SECONDS - 0.001)
    second = resolver.addresses("a.test", 443, 1)

    assert first == second == ("192.0.2.1", "192.0.2.2")
    assert lookup.asked == ["a.test"]


def test_addresses_are_asked_for_again_after_that(clock):
    lookup = Lookup("192.0.2.1")
    resolver = Resolver(lookup, clock)
    resolver.addresses("a.test", 443, 1)
    lookup.addresses = ("192.0.2.2",)
    clock.advance(CACHE_SECONDS)

    assert resolver.addresses("a.test", 443, 1) == ("192.0.2.2",)


def test_failures_are_not_remembered(clock):
    lookup = Lookup()
    resolver = Resolver(lookup, clock)
    with pytest.raises(NotResolved):
        resolver.addresses("a.test", 443, 1)
    lookup.addresses = ("192.0.2.1",)

    assert resolver.addresses("a.test", 443, 1) == ("192.0.2.1",)


def test_a_check_remembers_that_a_name_was_not_found(clock):
    lookup = Lookup()
    resolver = Resolver(lookup, clock)

    assert resolver.found("a.test", 443, 1) == resolver.found("a.test", 443, 1) == ()
    assert lookup.asked == ["a.test"]


def test_a_check_remembers_that_nothing_was_found_in_time(clock):
    lookup = Lookup("192.0.2.1")
    lookup.release.clear()
    resolver = Resolver(lookup, clock)
    resolver.found("a.test", 443, 0.01)

    assert resolver.found("a.test", 443, 10) == ()

    lookup.release.set()
    clock.advance(CACHE_SECONDS)
    assert resolver.found("a.test", 443, 10) == ("192.0.2.1",)


def test_a_lookup_that_breaks_in_any_way_counts_as_not_resolved(clock):
    resolver = Resolver(lambda host, port: 1 / 0, clock)

    for _ in range(2):
        with pytest.raises(NotResolved):
            resolver.addresses("a.test", 443, 1)


def test_a_lookup_that_hangs_is_waited_for_no_longer_than_asked(clock):
    lookup = Lookup("192.0.2.1")
    lookup.release.clear()

    with pytest.raises(TimeoutError):
        Resolver(lookup, clock).addresses("a.test", 443, 0.02)

    lookup.release.set()


def test_one_name_is_looked_up_once_for_all_who_wait(clock):
    lookup = Lookup("192.0.2.1")
    lookup.release.clear()
    resolver = Resolver(lookup, clock)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            resolver.addresses("a.test", 443, 0.01)

    with ThreadPoolExecutor(4) as threads:
        waiting = [threads.submit(resolver.addresses, "a.test", 443, 5) for _ in range(4)]
        lookup.release.set()
        answers = {future.result() for future in waiting}

    assert answers == {("192.0.2.1",)}
    assert lookup.asked == ["a.test"]


def test_lookups_that_hang_cannot_pile_up(clock, monkeypatch):
    monkeypatch.setattr(module, "MAX_UNDER_WAY", 2)
    lookup = Lookup("192.0.2.1")
    lookup.release.clear()
    resolver = Resolver(lookup, clock)
    for name in ("a.test", "b.test"):
        with pytest.raises(TimeoutError):
            resolver.addresses(name, 443, 0.01)

    with pytest.raises(NotResolved):
        resolver.addresses("c.test", 443, 5)

    lookup.release.set()
    assert lookup.asked == ["a.test", "b.test"]


def test_what_is_remembered_is_bounded(clock, monkeypatch):
    monkeypatch.setattr(module, "MAX_CACHED", 3)
    resolver = Resolver(Lookup("192.0.2.1"), clock)

    for number in range(10):
        resolver.addresses(f"{number}.test", 443, 1)

    assert len(resolver._known) <= 3


def test_the_systems_lookup_gives_each_address_once():
    assert system_lookup("127.0.0.1", 443) == ("127.0.0.1",)
    assert "127.0.0.1" in system_lookup("localhost", 80)
