"""Forwarding events to a program on this machine: signed and sent as a delivery would be."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

from expressb2b_cli.feed import Event
from expressb2b_core.rules import signing
from expressb2b_core.runtime import Clock, SystemClock, new_uuid
from expressb2b_core.services.documents import encode
from expressb2b_server.delivery import Outcome, OutgoingRequest, Sender
from expressb2b_server.delivery.attempts import DELIVERY_HEADER, EVENT_HEADER, VERSION_HEADER

# Whoever types the address decides where it leads.
_ANYWHERE = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))


class Forwarder:
    """Sends events to one URL, each once; closed by its owner.

    Args:
        url: Where to.
        secret: Signs them, as an endpoint's secret would.
        clock: For the time of signing.
    """

    def __init__(self, url: str, secret: str, clock: Clock | None = None) -> None:
        self._url = url
        self._secret = secret
        self._clock = clock or SystemClock()
        self._sender = Sender(allow_nets=_ANYWHERE)

    def problem(self) -> str | None:
        """Why nothing can be sent to this URL, or None."""
        return self._sender.check(self._url)

    def forward(self, event: Event, version: str) -> Outcome:
        """Send one event, and tell what came of it."""
        body = encode({name: value for name, value in event.items() if name != "seq"}).encode()
        headers = {
            "Content-Type": "application/json",
            EVENT_HEADER: str(event["event"]),
            DELIVERY_HEADER: new_uuid(),
            VERSION_HEADER: version,
            **signing.sign([self._secret], str(event["id"]), body, self._clock.now()),
        }
        return self._sender.send(OutgoingRequest(self._url, body, headers))

    def close(self) -> None:
        """Close its connections."""
        self._sender.close()
