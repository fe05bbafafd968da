"""Takes the address to listen on, and says plainly why when it cannot be had."""

from __future__ import annotations

import errno
import socket


class CannotListen(Exception):
    """The address cannot be listened on; carries `host`, `port` and, as text, why."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"cannot listen on {host} port {port}: {reason}")
        self.host = host
        self.port = port


class PortTaken(CannotListen):
    """Another program listens there already."""

    def __init__(self, host: str, port: int) -> None:
        reason = "another program listens there. Stop it, or choose another port with --port"
        super().__init__(host, port, reason)


def take(host: str, port: int, backlog: int) -> socket.socket:
    """A listening socket on the first address the name stands for; port 0 means any free one.

    Raises:
        PortTaken: another program listens there.
        CannotListen: the address is not this machine's, or not allowed.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, _, _, _, address = found[0]
        return socket.create_server(address, family=family, backlog=backlog)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port) from error
        raise CannotListen(host, port, error.strerror or str(error)) from error
