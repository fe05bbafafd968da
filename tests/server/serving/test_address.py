from __future__ import annotations

import socket

import pytest

from expressb2b_server.serving import CannotListen, PortTaken
from expressb2b_server.serving.address import take


def test_free_port_is_found() -> None:
    with take("127.0.0.1", 0, backlog=5) as listening:
        assert listening.getsockname()[1] > 0


def test_taken_port_is_named_with_what_to_do() -> None:
    with take("127.0.0.1", 0, backlog=5) as listening:
        port = listening.getsockname()[1]

        with pytest.raises(PortTaken, match=f"127.0.0.1 port {port}.*another port") as refusal:
            take("127.0.0.1", port, backlog=5)

    assert refusal.value.host == "127.0.0.1"
    assert refusal.value.port == port


def test_address_of_another_machine_is_refused() -> None:
    with pytest.raises(CannotListen, match=r"192\.0\.2\.1"):
        take("192.0.2.1", 0, backlog=5)


def has_ipv6_loopback() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6_loopback(), reason="this machine has no IPv6")
def test_ipv6_loopback_is_an_address_too() -> None:
    with take("::1", 0, backlog=5) as listening:
        assert listening.getsockname()[0] == "::1"
