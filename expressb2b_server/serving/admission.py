"""Who may stay connected: how many in all and from one address, and who makes room for others.

Making room costs one look at all connections in a turn of the loop, not one for each newcomer: a
crowd that arrives at once would hold everybody else up.
"""

from __future__ import annotations

import heapq
import ipaddress
from collections.abc import Iterable
from typing import Protocol

from expressb2b_server.serving.deadlines import Patience, Phase
from expressb2b_server.serving.settings import Serving

_MAKES_ROOM = (Phase.LINGERING, Phase.IDLE, Phase.HEADER, Phase.BODY)
_BITS_OF_A_CUSTOMER = 64
_ANY_PROXY = "*"


class Member(Protocol):
    """A connection, as far as its place is concerned; `origin` is what `origin_of` said."""

    patience: Patience

    @property
    def origin(self) -> str | None: ...
    @property
    def phase(self) -> Phase: ...
    def handle_close(self) -> None: ...


class Admission:
    """The connections that are open.

    Above a limit the one that waits longest makes room: of all, or of the address that has too
    many. Only when nobody waits, since all are being answered, there is no room.
    """

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._exempt = [ipaddress.ip_network(text) for text in serving.exempt_nets]
        self._members: set[Member] = set()
        self._by_origin: dict[str, set[Member]] = {}
        self._spare: dict[str | None, list[Member]] = {}
        self._newcomers = 1

    def origin_of(self, address: str) -> str | None:
        """What is limited as one address; None where only the limit of all counts.

        In IPv6 it is the network that is given to one customer (RFC 6177). A proxy speaks for
        many, and programs on this machine are the operator's own.
        """
        found = _parsed(address)
        trusted = self._serving.trusted_proxy
        if trusted in (_ANY_PROXY, address, str(found)) or any(
            found in net for net in self._exempt
        ):
            return None
        if isinstance(found, ipaddress.IPv6Address):
            return str(ipaddress.ip_network((found, _BITS_OF_A_CUSTOMER), strict=False))
        return str(found)

    def enter(self, member: Member) -> None:
        """Counts one that is open now."""
        self._members.add(member)
        if member.origin is not None:
            self._by_origin.setdefault(member.origin, set()).add(member)

    def leave(self, member: Member) -> None:
        """Counts it no longer; harmless when it is not counted."""
        self._members.discard(member)
        if member.origin is None:
            return
        others = self._by_origin.get(member.origin, set())
        others.discard(member)
        if not others:
            self._by_origin.pop(member.origin, None)

    def begin_turn(self, newcomers: int) -> None:
        """Looks anew who could be spared; no more than so many will come in this turn."""
        self._spare.clear()
        self._newcomers = newcomers

    def has_room_for(self, origin: str | None) -> bool:
        """Whether one more may come from there, after somebody made room if that was needed."""
        mine = self._by_origin.get(origin, set()) if origin is not None else set()
        if len(mine) >= self._serving.connections_per_address:
            return self._make_room(origin, mine)
        return len(self._members) < self._serving.connection_limit or self.make_room()

    def make_room(self) -> bool:
        """Closes the connection that can best be spared; False when there is none."""
        return self._make_room(None, self._members)

    def _make_room(self, among: str | None, members: Iterable[Member]) -> bool:
        if among not in self._spare:
            worth = (
                (_MAKES_ROOM.index(phase), member.patience.since, number, member)
                for number, member in enumerate(members)
                if (phase := member.phase) in _MAKES_ROOM
            )
            least_first = heapq.nsmallest(self._newcomers, worth)
            self._spare[among] = [member for *_, member in reversed(least_first)]
        spare = self._spare[among]
        while spare:
            member = spare.pop()
            if member in self._members and member.phase in _MAKES_ROOM:
                member.handle_close()
                return True
        return False


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    found = ipaddress.ip_address(address)
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
