from __future__ import annotations

import contextlib
import socket
import sys
from typing import Any

import pytest

from expressb2b_server.serving import server as server_module
from expressb2b_server.serving.last_call import refuse_newcomers
from tests.server.serving.harness import running, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can do it")


def is_let_in(port: int) -> bool:
    """Whether the system completes a connection there, which on loopback it does at once."""
    with socket.socket() as client:
        client.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            client.connect(("127.0.0.1", port))
        try:
            client.getpeername()
        except OSError:
            return False
        return True


def test_who_was_there_is_served_and_who_comes_later_is_not_let_in() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname()) as early,
    ):
        port = listening.getsockname()[1]
        refuse_newcomers(listening)

        early.sendall(b"hello")
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.recv(5) == b"hello"
        assert not is_let_in(port)


def test_between_the_last_accept_and_the_close_nobody_is_let_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    let_in: list[bool] = []
    close = server_module.dispatcher.close

    def try_and_close(closing: Any) -> None:
        if isinstance(closing, server_module.Server):
            let_in.append(is_let_in(closing.effective_port))
        close(closing)

    with running() as shop:
        assert is_let_in(shop.server.effective_port)
        monkeypatch.setattr(server_module.dispatcher, "close", try_and_close)
        shop.server.stop()
        wait_until(lambda: let_in)

    assert let_in[0] is False
