"""Receivers that try to hold a thread, to fill the memory, or to pass a failure for a success."""

import tracemalloc

import pytest

from expressb2b_server.delivery.sender import OutgoingRequest
from tests.receivers import (
    RawReceiver,
    answer_and_close,
    answer_and_hold,
    drip,
    flood,
    hold,
)

TIMEOUT_SECONDS = 0.3
GRACE_SECONDS = 0.5
GIGABYTE = 1 << 30
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def send(one, hook, body=b"{}"):
    return one.send(OutgoingRequest(hook.url, body, {"Content-Type": "application/json"}))


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(hold, id="says nothing"),
        pytest.param(drip(b"", b"H"), id="drips the status line"),
        pytest.param(drip(OK + b"X-Long: ", b"x"), id="drips a header"),
        pytest.param(drip(OK + b"Content-Length: 1000\r\n\r\n", b"x"), id="drips the body"),
        pytest.param(drip(OK + b"\r\n", b"x"), id="drips a body without end"),
        pytest.param(drip(CHUNKED, b"1\r\nx\r\n"), id="drips chunks"),
        pytest.param(drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="drips 100 Continue"),
        pytest.param(answer_and_hold(OK + b"Content-Length: 3\r\n\r\nok"), id="stops a byte short"),
        pytest.param(answer_and_hold(OK + b"\r\nok"), id="never ends the stream"),
    ],
)
def test_a_slow_receiver_is_cut_at_the_deadline(sender, raw_receiver, script):
    outcome = send(sender(timeout_seconds=TIMEOUT_SECONDS), raw_receiver(script))

    assert (outcome.ok, outcome.status, outcome.error) == (False, None, "timeout")
    assert TIMEOUT_SECONDS <= outcome.duration_ms / 1000 < TIMEOUT_SECONDS + GRACE_SECONDS


def test_a_receiver_that_does_not_take_the_request_is_cut_at_the_deadline(sender, raw_receiver):
    hook = raw_receiver(hold)

    outcome = send(sender(timeout_seconds=TIMEOUT_SECONDS), hook, bytes(30_000_000))

    assert (outcome.ok, outcome.error) == (False, "timeout")
    assert outcome.duration_ms / 1000 < TIMEOUT_SECONDS + GRACE_SECONDS


@pytest.mark.parametrize(
    ("script", "error"),
    [
        pytest.param(
            flood(OK + b"Content-Length: %d\r\n\r\n" % GIGABYTE, b"x", GIGABYTE),
            "answer_too_large",
            id="1 GB announced",
        ),
        pytest.param(
            flood(OK + b"\r\n", b"x", GIGABYTE), "answer_too_large", id="1 GB unannounced"
        ),
        pytest.param(
            flood(CHUNKED, b"400\r\n" + b"x" * 1024 + b"\r\n", GIGABYTE // 1024),
            "answer_too_large",
            id="1 GB in chunks",
        ),
        pytest.param(
            flood(CHUNKED + b"%x\r\n" % (1 << 60), b"x", GIGABYTE),
            "answer_too_large",
            id="a chunk of an exabyte",
        ),
        pytest.param(
            flood(CHUNKED + b"-1\r\n", b"x", GIGABYTE),
            "answer_too_large",
            id="a chunk of minus one byte",
        ),
        pytest.param(
            flood(CHUNKED + b"0\r\n", b"X-Trailer: 1\r\n", 1_000_000),
            "answer_too_large",
            id="a million trailers",
        ),
        pytest.param(
            flood(OK, b"X-Header: 1\r\n", 1_000_000), "answer_malformed", id="a million headers"
        ),
        pytest.param(
            flood(OK + b"X-Header: ", b"x", GIGABYTE), "answer_malformed", id="an endless header"
        ),
        pytest.param(flood(b"", b"H", GIGABYTE), "answer_malformed", id="an endless status line"),
        pytest.param(
            flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 1_000_000),
            "answer_too_large",
            id="a million times 100 Continue",
        ),
    ],
)
def test_a_flood_ends_soon_and_takes_no_memory(sender, raw_receiver, script, error):
    hook = raw_receiver(script)
    one = sender(timeout_seconds=5)
    tracemalloc.start()

    outcome = send(one, hook)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (outcome.ok, outcome.error) == (False, error)
    assert outcome.duration_ms < 3000
    assert peak_bytes < 4_000_000


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", "connection_closed"),
        (b"HTTP/1.1 20", "answer_malformed"),
        (b"HTTP/1.1 200", "answer_truncated"),
        (b"HTTP/1.1 200 O", "answer_truncated"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "answer_malformed"),
        (b"HTTP/2 200\r\n\r\n", "answer_malformed"),
        (b"HTTP/1.1 2e2 OK\r\n\r\n", "answer_malformed"),
        (b"<html>hello</html>", "answer_malformed"),
        (b"\0\0\0\0\r\n\r\n", "answer_malformed"),
        (CHUNKED + b"zz\r\nok\r\n0\r\n\r\n", "answer_truncated"),
        (CHUNKED + b"-5\r\nok\r\n0\r\n\r\n", "answer_malformed"),
        (CHUNKED + b"-%x\r\nok\r\n0\r\n\r\n" % (1 << 200), "answer_malformed"),
        (CHUNKED + b"ffffffffffffffffffff\r\nok\r\n", "answer_truncated"),
        (OK + b"Content-Length: %d\r\n\r\nok" % (1 << 70), "answer_too_large"),
        (OK + b"Content-Length: -2\r\n\r\nok", "answer_malformed"),
        (OK + b"Content-Length: 2e0\r\n\r\nok", "answer_malformed"),
        (OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok", "answer_malformed"),
        (OK + b"Transfer-Encoding: gzip, chunked\r\n\r\nok", "answer_malformed"),
    ],
)
def test_nonsense_is_a_failure(sender, raw_receiver, answer, error):
    outcome = send(sender(), raw_receiver(answer_and_close(answer)))

    assert (outcome.ok, outcome.status, outcome.error) == (False, None, error)


@pytest.mark.parametrize("status", [b"101 Switching", b"103 Early Hints", b"199 x", b"999 x"])
def test_a_status_that_is_no_final_answer_is_a_failure(sender, raw_receiver, status):
    hook = raw_receiver(answer_and_close(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n"))

    assert not send(sender(), hook).ok


def test_a_connection_that_wants_to_switch_protocols_is_not_kept(sender, raw_receiver):
    hook = raw_receiver(answer_and_hold(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"))
    one = sender()

    statuses = [send(one, hook).status for _ in range(2)]

    assert statuses == [101, 101]
    assert hook.connections == 2


@pytest.mark.parametrize(
    "whole",
    [
        OK + b"Server: x\r\nContent-Length: 11\r\n\r\nhello world",
        CHUNKED + b"5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nT: 1\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n",
    ],
)
def test_an_answer_cut_anywhere_is_never_a_success(sender, raw_receiver, whole):
    scripts = iter([answer_and_close(whole[:length]) for length in range(len(whole) + 1)])

    def next_script(receiver, connection):
        next(scripts)(receiver, connection)

    hook = raw_receiver(next_script)
    one = sender()

    outcomes = [send(one, hook) for _ in range(len(whole) + 1)]

    assert outcomes[-1].ok
    assert [index for index, outcome in enumerate(outcomes[:-1]) if outcome.ok] == []
    assert hook.connections == len(outcomes)


def test_a_connection_that_is_reset_is_a_failure(sender, raw_receiver):
    def reset(receiver: RawReceiver, connection):
        # Closing with unread data makes the system send a reset.
        connection.recv(1)

    outcome = send(sender(), raw_receiver(reset), b"x" * 100_000)

    assert (outcome.ok, outcome.error) == (False, "connection_closed")


def test_an_unasked_answer_is_not_taken_for_the_next_one(sender, raw_receiver):
    unasked = b"HTTP/1.1 299 Unasked\r\nContent-Length: 0\r\n\r\n"
    hook = raw_receiver(answer_and_hold(OK + b"Content-Length: 0\r\n\r\n" + unasked))
    one = sender(timeout_seconds=TIMEOUT_SECONDS)

    outcomes = [send(one, hook) for _ in range(2)]

    assert [outcome.status for outcome in outcomes] == [200, None]
