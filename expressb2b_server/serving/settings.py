"""How to serve: address, limits and deadlines, as one frozen value that refuses contradictions."""

from __future__ import annotations

from dataclasses import dataclass

from waitress.adjustments import Adjustments

_KIB = 1024
_MIB = 1024 * _KIB
_HIGHEST_PORT = 65535
_COUNTS = ("threads", "connection_limit", "connections_per_address", "queue_limit", "backlog")
# The exact limit on bodies is the parser's; waitress's own also counts the framing of chunks.
_UNLIMITED = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """Where to listen and what to put up with; the defaults suit one machine behind a proxy.

    Attributes:
        host: one address or name to listen on; only loopback unless told otherwise.
        port: 0 takes any free one.
        threads: requests answered at the same time; one more, if that is a question (GET, HEAD).
        changes_at_once: those that are no questions and quick; the others wait meanwhile, to be
            begun and ended together. None: as many as there are threads.
        connection_limit: above it the connection that waits longest makes room for a new one.
        connections_per_address: the same among those of one address, or of one /64 of IPv6.
        exempt_nets: these are not limited by address, nor is `trusted_proxy`.
        queue_limit: requests waiting for a thread; one more is refused with 503.
        backlog: connections the operating system keeps until they are accepted.
        header_seconds: from connecting (or the first byte, once answered) to the header's end.
        request_seconds: the same to the end of the body.
        keep_alive_seconds: silence after an answer; with the time between two looks, 15 at most.
        stall_seconds: time in which a body being sent, or an answer being read, moves by 4 KiB.
        linger_seconds: how long a refused client may take to read why.
        grace_seconds: from `stop` to cutting off what is still unanswered.
        settle_seconds: from `stop` to closing connections that owe nothing.
        max_header_bytes: request line and header fields together.
        max_header_fields: lines of the header.
        max_body_bytes: body without its framing.
        trusted_proxy: address of the proxy whose forwarding headers are believed, `*` for any.
        trusted_proxy_count: proxies in a row.
        trusted_proxy_headers: which headers it sets; meaningless without `trusted_proxy`.
        refusal_headers: added to every answer made here rather than by the application.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    threads: int = 4
    changes_at_once: int | None = None
    connection_limit: int = 1000
    connections_per_address: int = 200
    exempt_nets: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    queue_limit: int = 512
    backlog: int = 1024
    header_seconds: float = 10
    request_seconds: float = 30
    keep_alive_seconds: float = 14.5
    stall_seconds: float = 10
    linger_seconds: float = 2
    grace_seconds: float = 15
    settle_seconds: float = 0.5
    max_header_bytes: int = 32 * _KIB
    max_header_fields: int = 100
    max_body_bytes: int = 2 * _MIB
    trusted_proxy: str | None = None
    trusted_proxy_count: int = 1
    trusted_proxy_headers: frozenset[str] = frozenset({"x-forwarded-for", "x-forwarded-proto"})
    refusal_headers: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.port <= _HIGHEST_PORT:
            raise ValueError(f"port must be between 0 and {_HIGHEST_PORT}, not {self.port}")
        for name in _COUNTS:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.header_seconds > self.request_seconds:
            raise ValueError("header_seconds cannot exceed request_seconds, which includes it")


class ServingAdjustments(Adjustments):
    """The same as waitress wants it, and the whole value for the classes that extend waitress."""

    def __init__(self, serving: Serving) -> None:
        super().__init__(
            backlog=serving.backlog,
            ident=None,
            max_request_header_size=serving.max_header_bytes,
            max_request_body_size=_UNLIMITED,
            # A header usually fits; so much of the smallest requests in a row is read at a time.
            recv_bytes=2 * _KIB,
            # Above these a body lies in a temporary file, so that connections cost little memory.
            inbuf_overflow=256 * _KIB,
            outbuf_overflow=256 * _KIB,
            # No thread waits for a client to read: what is unsent waits, in that file.
            outbuf_high_watermark=_UNLIMITED,
            # `trusted_proxy.py` does this, since waitress refuses in plain text.
            clear_untrusted_proxy_headers=False,
        )
        self.serving = serving
