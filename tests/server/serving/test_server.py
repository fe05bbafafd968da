from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from expressb2b_server.serving import PortTaken, Serving, listen
from tests.server.serving.harness import (
    REQUEST,
    Client,
    FakeClock,
    Running,
    echo,
    post,
    running,
    wait_until,
)

CHANGE = post(b"", "Content-Length: 0")


class Gate:
    """An application whose answers wait until the gate is opened."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.opened = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.entered.release()
        self.opened.wait(5)
        return echo(environ, start_response)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()


def is_listening(server: Running) -> bool:
    try:
        Client(server.server.effective_port).close()
    except ConnectionError:
        return False
    return True


def test_taken_port_is_told_apart() -> None:
    with running() as server, pytest.raises(PortTaken):
        listen(echo, Serving(port=server.server.effective_port))


def test_server_that_never_ran_closes_cleanly() -> None:
    server = listen(echo, Serving(port=0))

    server.close()
    server.close()
    server.stop()


def test_server_stopped_before_it_runs_returns_at_once() -> None:
    server = listen(echo, Serving(port=0))
    server.stop()

    server.run_until_stopped()

    with pytest.raises(ConnectionRefusedError):
        Client(server.effective_port)


def test_who_waits_to_be_accepted_at_the_stop_is_answered() -> None:
    server = listen(echo, Serving(port=0, linger_seconds=0.05))
    clients = [Client(server.effective_port) for _ in range(100)]
    for client in clients:
        client.send(REQUEST)
    server.stop()

    server.run_until_stopped()

    assert [client.answer().status for client in clients] == [200] * 100
    for client in clients:
        client.close()


def test_nobody_is_accepted_after_the_stop_and_who_was_there_is_answered(gate: Gate) -> None:
    with running(gate) as server:
        client = server.connect()
        client.send(REQUEST)
        assert gate.entered.acquire(timeout=5)

        server.server.stop()
        wait_until(lambda: not is_listening(server))
        gate.opened.set()

        answer = client.answer()
        assert answer.status == 200
        assert answer.headers["connection"] == "close"
        assert client.rest() == b""


def test_request_that_waits_for_a_thread_at_the_stop_is_answered(gate: Gate) -> None:
    with running(gate, threads=1) as server:
        clients = [server.connect() for _ in range(5)]
        for client in clients:
            client.send(CHANGE)
        wait_until(lambda: len(server.server.task_dispatcher) == 4)

        server.server.stop()
        gate.opened.set()

        assert [client.answer().status for client in clients] == [200] * 5


def test_pipelined_requests_received_before_the_stop_are_all_answered(gate: Gate) -> None:
    with running(gate) as server:
        client = server.connect()
        client.send(REQUEST * 3)
        assert gate.entered.acquire(timeout=5)
        client.send(REQUEST * 3)  # these lie unread in the socket while the first is answered

        server.server.stop()
        gate.opened.set()

        answers = [client.answer() for _ in range(6)]
        assert [answer.headers.get("connection") for answer in answers] == [None] * 5 + ["close"]


def test_request_half_received_at_the_stop_may_be_finished(gate: Gate) -> None:
    gate.opened.set()
    with running(gate) as server:
        client = server.connect()
        request = post(b"hello", "Content-Length: 5")
        client.send(request[:-3])
        server.wait_for_part(client)

        server.server.stop()
        wait_until(lambda: not is_listening(server))
        answer = client.ask(request[-3:])

        assert answer.body == b"POST /orders hello"
        assert answer.headers["connection"] == "close"


def test_request_on_its_way_at_the_stop_is_answered() -> None:
    with running(clock=FakeClock()) as server:
        client = server.connect()
        client.ask()

        server.server.stop()
        wait_until(lambda: not is_listening(server))

        assert client.ask().headers["connection"] == "close"


def test_keep_alive_of_http_1_0_ends_with_the_stop(gate: Gate) -> None:
    with running(gate) as server:
        client = server.connect()
        client.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert gate.entered.acquire(timeout=5)

        server.server.stop()
        gate.opened.set()

        assert client.answer().headers["connection"] == "close"


def test_idle_connection_is_closed_soon_after_the_stop() -> None:
    clock = FakeClock()
    with running(clock=clock) as server:
        client = server.connect()
        server.ask_and_rest(client)
        server.server.stop()
        wait_until(lambda: not is_listening(server))

        server.advance(0.6)

        assert client.rest() == b""
        wait_until(lambda: not server.thread.is_alive())


def test_answer_that_never_comes_delays_the_stop_no_longer_than_the_grace(gate: Gate) -> None:
    clock = FakeClock()
    with running(gate, clock=clock) as server:
        client = server.connect()
        client.send(REQUEST)
        assert gate.entered.acquire(timeout=5)
        server.server.stop()
        wait_until(lambda: not is_listening(server))

        server.advance(14)
        assert client.is_open()
        server.advance(1.1)

        assert client.rest() == b""
        gate.opened.set()
        wait_until(lambda: not server.thread.is_alive())


def test_request_beyond_the_queue_is_refused_at_once(gate: Gate) -> None:
    with running(gate, threads=1, queue_limit=2) as server:
        clients = [server.connect() for _ in range(3)]
        clients[0].send(CHANGE)
        assert gate.entered.acquire(timeout=5)
        for client in clients[1:]:
            client.send(CHANGE)
        wait_until(lambda: server.server.task_dispatcher.is_full)
        late = server.connect()

        answer = late.ask()

        assert (answer.status, answer.problem["code"]) == (503, "overloaded")
        assert answer.headers["retry-after"] == "1"
        assert late.rest() == b""
        gate.opened.set()
        assert [client.answer().status for client in clients] == [200] * 3


def test_questions_are_answered_while_changes_hold_all_threads(gate: Gate) -> None:
    def hold_changes(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        return (gate if environ["REQUEST_METHOD"] == "POST" else echo)(environ, start_response)

    with running(hold_changes, threads=2) as server:
        changing = [server.connect() for _ in range(4)]
        for client in changing:
            client.send(CHANGE)
        assert all(gate.entered.acquire(timeout=5) for _ in range(2))

        asking = server.connect()
        assert [asking.ask().status for _ in range(3)] == [200] * 3
        assert not gate.entered.acquire(blocking=False)

        gate.opened.set()
        assert [client.answer().status for client in changing] == [200] * 4


def test_connection_that_waits_longest_makes_room_for_a_new_one() -> None:
    clock = FakeClock()
    with running(clock=clock, connection_limit=3) as server:
        idle = server.connect()
        server.ask_and_rest(idle)
        clock.now += 1
        dripping = [server.connect(), server.connect()]
        for client in dripping:
            client.send(b"GET / HT")

        newcomer = server.connect_unseen()

        assert newcomer.ask().status == 200
        assert idle.rest() == b""
        assert all(client.is_open() for client in dripping)


def test_newcomer_is_refused_when_everybody_is_being_answered(gate: Gate) -> None:
    with running(gate, connection_limit=2) as server:
        clients = [server.connect(), server.connect()]
        for client in clients:
            client.send(REQUEST)
            assert gate.entered.acquire(timeout=5)

        answer = server.connect_unseen().answer()

        assert answer.problem["code"] == "overloaded"
        gate.opened.set()
        assert [client.answer().status for client in clients] == [200] * 2


def test_address_with_too_many_connections_makes_room_among_its_own() -> None:
    with running(connections_per_address=2, exempt_nets=()) as server:
        elsewhere = server.connect(source="127.0.0.2")
        server.ask_and_rest(elsewhere)
        first, second = server.connect(), server.connect()
        server.ask_and_rest(first)
        server.ask_and_rest(second)

        third = server.connect()

        assert third.ask().status == 200
        assert first.rest() == b""
        assert second.ask().status == elsewhere.ask().status == 200


def test_running_out_of_descriptors_costs_a_silent_connection_not_the_server(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with running() as server:
        idle = server.connect()
        server.ask_and_rest(idle)
        failures = [OSError(errno.EMFILE, "Too many open files")]
        accept = server.server.accept

        def failing_once() -> Any:
            if failures:
                raise failures.pop()
            return accept()

        monkeypatch.setattr(server.server, "accept", failing_once)
        newcomer = server.connect_unseen()

        assert newcomer.ask().status == 200
        assert idle.rest() == b""
    assert "Too many open files" in caplog.text
