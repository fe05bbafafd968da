"""Sends one webhook request and tells what came of it: the way out to the network.

What is sent, when, and what follows from the outcome is decided by others.
"""

import functools
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from expressb2b_core.rules.webhook_urls import Network, Target, parse_url, url_problem
from expressb2b_core.runtime import Clock, SystemClock
from expressb2b_server.delivery.answers import Answer, retry_after_seconds
from expressb2b_server.delivery.connections import Connection, Deadline, cut, new_connection
from expressb2b_server.delivery.failures import (
    EXPECTED,
    REDIRECT,
    UrlNotAllowed,
    failure_text,
)
from expressb2b_server.delivery.idle_connections import IdleConnections
from expressb2b_server.delivery.resolver import Lookup, NotResolved, Resolver, system_lookup
from expressb2b_server.delivery.watchdog import Watchdog

CHECK_SECONDS = 3
"""How long the registration of an endpoint waits for the name to be resolved."""

MAX_ADDRESSES_TRIED = 4

_FIXED_HEADERS = (("Accept-Encoding", "identity"), ("User-Agent", "ExpressB2B-Webhooks"))
_CACHED_DECISIONS = 1024


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """A POST: the body is sent as it is. `headers` are without those of the connection itself."""

    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt.

    Attributes:
        ok: A whole answer with a status of 2xx came in time.
        status: The HTTP status, None when no whole answer came.
        response: The first 1 KiB of the answer's body, None when no whole answer came.
        error: A word of `failures`, perhaps with details; None when a whole answer came that
            was no redirect.
        duration_ms: From the start of the attempt to its end.
        retry_after_seconds: How long a receiver that refused asks to be left alone.
    """

    ok: bool
    status: int | None
    response: str | None
    error: str | None
    duration_ms: int
    retry_after_seconds: int | None = None


class Sender:
    """Sends requests from any number of threads; closed by its owner.

    Args:
        timeout_seconds: The limit for a whole attempt: name, connection, TLS, request, answer.
        allow_nets: Networks that the operator allows beyond the public internet.
        clock: For the limit, the durations and dates in `Retry-After`.
        lookup: From host and port to addresses; `OSError` when there are none.
        tls: Whom to trust; by default the system's certificate authorities.
    """

    def __init__(
        self,
        *,
        timeout_seconds: float = 15,
        allow_nets: Sequence[Network] = (),
        clock: Clock | None = None,
        lookup: Lookup = system_lookup,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._timeout_seconds = timeout_seconds
        self._clock = clock or SystemClock()
        self._tls = tls or _default_tls()
        self._resolver = Resolver(lookup, self._clock)
        self._watchdog = Watchdog(self._clock)
        self._idle = IdleConnections(self._clock, self._watchdog)
        self._parse_url = functools.lru_cache(_CACHED_DECISIONS)(parse_url)
        self._url_problem = functools.lru_cache(_CACHED_DECISIONS)(
            functools.partial(url_problem, allow_nets=tuple(allow_nets))
        )

    def send(self, request: OutgoingRequest) -> Outcome:
        """Make one attempt; whatever the network does becomes an outcome and is not raised.

        Addresses may be up to `resolver.CACHE_SECONDS` old, and all of them are checked; the
        connection goes to one of these and to nowhere else. When a connection that was kept from
        before turns out to be dead, the request is sent once more on a new one.
        """
        started_ns = self._clock.monotonic_ns()
        deadline = Deadline(self._clock, self._timeout_seconds)
        try:
            answer = self._attempt(request, deadline)
            if deadline.passed():
                raise TimeoutError
        except EXPECTED as error:
            # Past the deadline, any error is only the mark that the watchdog left.
            text = failure_text(TimeoutError() if deadline.passed() else error)
            return Outcome(False, None, None, text, self._since_ms(started_ns))
        return self._outcome(answer, self._since_ms(started_ns))

    def check(self, url: str) -> str | None:
        """Return a sentence for the integrator that says why nothing can be sent there, or None.

        Takes up to `CHECK_SECONDS`; the same again within `resolver.CACHE_SECONDS` takes no time.
        """
        try:
            target = self._parse_url(url)
        except ValueError as refused:
            return str(refused)
        if target.host_is_address:
            return self._url_problem(target, (target.host,))
        found = self._resolver.found(target.host, target.port, CHECK_SECONDS)
        return self._url_problem(target, found)

    def close(self) -> None:
        """Close the connections that are not in use; those in use follow when they are done."""
        self._idle.close()

    def _attempt(self, request: OutgoingRequest, deadline: Deadline) -> Answer:
        try:
            target = self._parse_url(request.url)
        except ValueError as refused:
            raise UrlNotAllowed(str(refused)) from None
        addresses = self._addresses(target, deadline)
        if problem := self._url_problem(target, addresses):
            raise UrlNotAllowed(problem)
        connection = self._idle.take(target, addresses)
        if connection is not None:
            try:
                return self._exchange(connection, target, request, deadline)
            except (ConnectionError, ssl.SSLError):
                if connection.answer_began() or deadline.passed():
                    raise
        connection = self._connect(target, addresses, deadline)
        return self._exchange(connection, target, request, deadline)

    def _addresses(self, target: Target, deadline: Deadline) -> tuple[str, ...]:
        if target.host_is_address:
            return (target.host,)
        return self._resolver.addresses(target.host, target.port, deadline.remaining_seconds())

    def _connect(self, target: Target, addresses: Sequence[str], deadline: Deadline) -> Connection:
        """Try the addresses in turn, each with its share of the time that is left."""
        tried = addresses[:MAX_ADDRESSES_TRIED]
        for others_left, address in zip(range(len(tried))[::-1], tried, strict=True):
            connection = new_connection(target, self._tls)
            try:
                connection.open(address, deadline, deadline.remaining_seconds() / (others_left + 1))
            except OSError:
                if not others_left or deadline.passed():
                    raise
            else:
                return connection
        raise NotResolved

    def _exchange(
        self, connection: Connection, target: Target, request: OutgoingRequest, deadline: Deadline
    ) -> Answer:
        headers = (("Host", target.host_header), *_FIXED_HEADERS, *request.headers.items())
        alarm = self._watchdog.call_at(deadline.at_ns, functools.partial(cut, connection.sock))
        try:
            answer = connection.post(target.path, headers, request.body)
            answer.read_to_end()
        except BaseException:
            connection.discard()
            raise
        finally:
            self._watchdog.cancel(alarm)
        # After the cancelling, so that a connection on its way to be cut is never kept.
        if deadline.passed() or not connection.can_be_kept():
            connection.discard()
        else:
            self._idle.keep(target, connection)
        return answer

    def _outcome(self, answer: Answer, duration_ms: int) -> Outcome:
        ok = 200 <= answer.status < 300
        asked = None if ok else answer.getheader("Retry-After")
        return Outcome(
            ok=ok,
            status=answer.status,
            response=answer.text(),
            error=REDIRECT if 300 <= answer.status < 400 else None,
            duration_ms=duration_ms,
            retry_after_seconds=retry_after_seconds(asked, self._clock.now()),
        )

    def _since_ms(self, started_ns: int) -> int:
        return (self._clock.monotonic_ns() - started_ns) // 1_000_000


def _default_tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
