import pytest

from expressb2b_core.rules.webhook_urls import parse_url
from expressb2b_server.delivery.connections import Connection, Deadline
from expressb2b_server.delivery.idle_connections import IDLE_SECONDS, MAX_IDLE, IdleConnections
from tests.receivers import hold, wait_until


class WatchdogByHand:
    """Keeps the calls to come, for the test to make them."""

    def __init__(self):
        self.calls = []

    def call_at(self, at_ns, call):
        self.calls.append((at_ns, call))

    def make_next(self):
        self.calls.pop(0)[1]()


@pytest.fixture
def watchdog():
    return WatchdogByHand()


@pytest.fixture
def idle(clock, watchdog, closing):
    made = IdleConnections(clock, watchdog)
    closing.callback(made.close)
    return made


def connect(hook, clock):
    connection = Connection("a.test", hook.port)
    connection.open("127.0.0.1", Deadline(clock, 5), 5)
    return connection


TARGET = parse_url("http://a.test/")
ADDRESSES = ("127.0.0.1",)


def test_a_kept_connection_is_given_out_once(idle, clock, raw_receiver):
    connection = connect(raw_receiver(hold), clock)
    idle.keep(TARGET, connection)

    taken = [idle.take(TARGET, ADDRESSES) for _ in range(2)]
    connection.discard()

    assert taken == [connection, None]


@pytest.mark.parametrize("url", ["https://a.test/", "http://b.test/", "http://a.test:81/"])
def test_a_connection_is_kept_for_its_own_origin_only(idle, clock, raw_receiver, url):
    idle.keep(TARGET, connect(raw_receiver(hold), clock))

    assert idle.take(parse_url(url), ADDRESSES) is None


def test_a_connection_to_an_address_that_the_name_lost_is_closed(idle, clock, raw_receiver):
    connection = connect(raw_receiver(hold), clock)
    idle.keep(TARGET, connection)

    assert idle.take(TARGET, ("127.0.0.2",)) is None
    assert connection.is_closed


def test_a_connection_on_which_something_arrived_is_closed(idle, clock, raw_receiver):
    connection = connect(raw_receiver(lambda receiver, other: other.sendall(b"unasked")), clock)
    idle.keep(TARGET, connection)
    wait_until(lambda: not connection.is_connected)

    assert idle.take(TARGET, ADDRESSES) is None
    assert connection.is_closed


def test_unused_connections_are_closed_after_15_seconds(idle, clock, watchdog, raw_receiver):
    hook = raw_receiver(hold)
    first, second = connect(hook, clock), connect(hook, clock)
    idle.keep(TARGET, first)
    clock.advance(5)
    idle.keep(TARGET, second)

    clock.advance(IDLE_SECONDS - 5)
    watchdog.make_next()

    assert (first.is_closed, second.is_closed) == (True, False)
    clock.advance(5)
    watchdog.make_next()
    assert second.is_closed
    assert watchdog.calls == []


def test_one_sweep_is_set_for_all(idle, clock, watchdog, raw_receiver):
    hook = raw_receiver(hold)
    at_ns = clock.monotonic_ns() + IDLE_SECONDS * 1_000_000_000

    for _ in range(3):
        idle.keep(TARGET, connect(hook, clock))

    assert [at for at, _ in watchdog.calls] == [at_ns]


def test_the_longest_unused_gives_way_when_there_are_too_many(idle, clock, raw_receiver):
    hook = raw_receiver(hold)
    connections = [connect(hook, clock) for _ in range(MAX_IDLE + 1)]

    for connection in connections:
        idle.keep(TARGET, connection)

    assert [connection.is_closed for connection in connections[:2]] == [True, False]


def test_nothing_is_kept_after_closing(idle, clock, raw_receiver):
    hook = raw_receiver(hold)
    before, after = connect(hook, clock), connect(hook, clock)
    idle.keep(TARGET, before)

    idle.close()
    idle.keep(TARGET, after)

    assert before.is_closed
    assert after.is_closed
