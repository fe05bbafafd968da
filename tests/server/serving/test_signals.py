from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from expressb2b_server.serving import stopping_on_signals
from tests.server.serving.harness import PATIENCE_SECONDS, REQUEST, Client, wait_until

PROGRAM = """
from expressb2b_server.serving import Serving, listen, stopping_on_signals
from tests.server.serving.harness import echo

server = listen(echo, Serving(port=0))
with stopping_on_signals(server.stop):
    print(server.effective_port, flush=True)
    server.run_until_stopped()
print("ended", flush=True)
"""


class Hammer:
    """A client that asks again and again until it is told to close, and notes what it was owed."""

    def __init__(self, port: int) -> None:
        self.answers = 0
        self.asked_last_at = 0.0
        self.was_told_to_close = False
        self._client = Client(port)
        self.thread = threading.Thread(target=self._hammer)
        self.thread.start()

    def _hammer(self) -> None:
        try:
            while not self.was_told_to_close:
                self._client.send(REQUEST)
                self.asked_last_at = time.monotonic()
                self.was_told_to_close = "connection" in self._client.answer().headers
                self.answers += 1
                self.asked_last_at = 0.0
        except (AssertionError, OSError):
            pass  # `asked_last_at` tells whether this was an answer owed
        finally:
            self._client.close()


@contextmanager
def program() -> Iterator[tuple[subprocess.Popen[str], int]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def test_sigterm_under_load_loses_no_answer_and_exits_0() -> None:
    with program() as (process, port):
        hammers = [Hammer(port) for _ in range(8)]
        wait_until(lambda: min(hammer.answers for hammer in hammers) > 20)

        signalled_at = time.monotonic()
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=PATIENCE_SECONDS)
        for hammer in hammers:
            hammer.thread.join()

        assert (process.returncode, output, errors) == (0, "ended\n", "")
        assert not [hammer for hammer in hammers if 0 < hammer.asked_last_at < signalled_at]
        assert all(hammer.was_told_to_close for hammer in hammers)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


def test_interrupt_from_the_keyboard_ends_it_as_well() -> None:
    with program() as (process, _):
        process.send_signal(signal.SIGINT)

        assert process.communicate(timeout=PATIENCE_SECONDS) == ("ended\n", "")
        assert process.returncode == 0


def test_handlers_from_before_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    stops: list[int] = []

    with stopping_on_signals(lambda: stops.append(1)):
        os.kill(os.getpid(), signal.SIGTERM)

    assert stops == [1]
    assert signal.getsignal(signal.SIGTERM) == before
