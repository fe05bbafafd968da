"""One client's connection: reading, refusing, deadlines, and a close that loses no answer."""

from __future__ import annotations

import socket
import struct
from typing import Any

from waitress.channel import HTTPChannel

from expressb2b_server.serving.deadlines import Patience, Phase, Verdict
from expressb2b_server.serving.log import logger
from expressb2b_server.serving.parser import RequestParser
from expressb2b_server.serving.refusals import REQUEST_TIMEOUT, Refusal
from expressb2b_server.serving.tasks import ApplicationTask, RefusalTask

_SAFE = ("GET", "HEAD", "OPTIONS")
_BODY_READ_BYTES = 65536
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER for no time at all


class Connection(HTTPChannel):
    """waitress's channel. Its loop's thread calls everything but `service` and what that calls.

    The server sets `has_asked` with the first whole request, `refuses_at_once` when one is to be
    answered here and now rather than by a thread, and `waits_for_reader` when the next one is not
    to be answered until the client has read what it was sent before.
    """

    logger = logger
    parser_class = RequestParser
    error_task_class = RefusalTask

    request: RequestParser | None
    requests: list[RequestParser]

    def __init__(self, server: Any, sock: socket.socket, addr: Any, adj: Any, map: Any) -> None:  # noqa: A002 - waitress's name
        self.patience = Patience(adj.serving, server.clock())
        self.origin = server.admission.origin_of(addr[0])
        self.has_asked = False
        self.refuses_at_once = False
        self.waits_for_reader = False
        self._begun: ApplicationTask | None = None
        self._is_lingering = False
        self._is_blocked = False
        self._received_bytes = 0
        self._sent_bytes = 0
        super().__init__(server, sock, addr, adj, map=map)

    def add_channel(self, map: Any = None) -> None:  # noqa: A002 - waitress's name
        super().add_channel(map)
        self.server.admission.enter(self)

    def del_channel(self, map: Any = None) -> None:  # noqa: A002 - waitress's name
        super().del_channel(map)
        self.server.admission.leave(self)

    @property
    def phase(self) -> Phase:
        if self._is_lingering:
            return Phase.LINGERING
        if self.total_outbufs_len:
            return Phase.SENDING
        if self.requests or self.close_when_flushed:
            return Phase.ANSWERING
        if self.request is not None:
            return Phase.BODY if self.request.headers_finished else Phase.HEADER
        return Phase.IDLE if self.has_asked else Phase.HEADER

    @property
    def is_change(self) -> bool:
        """Whether the request to be answered next is unsafe (RFC 9110 section 9.2.1)."""
        return self.requests[0].command not in _SAFE

    @property
    def is_answering(self) -> bool:
        return self.phase in (Phase.ANSWERING, Phase.SENDING)

    @property
    def descriptor(self) -> int | None:
        """The socket's, until it is closed."""
        descriptor: int | None = self._fileno
        return descriptor

    @property
    def is_silent(self) -> bool:
        """Whether nothing has come in that is still to be answered."""
        return self.phase in (Phase.IDLE, Phase.HEADER) and self.request is None

    def begin(self) -> None:
        """Begins to answer a change; `service` goes on with it, perhaps in another thread."""
        self._begun = ApplicationTask(self, self.requests[0])
        self._begun.begin()

    def service(self) -> None:
        """Answers the next request."""
        begun = self._begun
        super().service()
        if begun is not None:
            begun.close()

    def task_class(self, channel: Connection, request: RequestParser) -> ApplicationTask:
        """What waitress makes of a request."""
        begun, self._begun = self._begun, None
        return begun or ApplicationTask(channel, request)

    def note_request(self) -> None:
        """A whole request is here. The loop looks too seldom to see a quick answer to it."""
        self.has_asked = True
        self.patience.request_began(self.server.clock(), self._received_bytes)

    def is_last_answer(self) -> bool:
        """Whether the answer now being made closes the connection, since the server stops.

        Not while more requests are here already: they came before the stop, or might have.
        """
        if not self.server.is_stopping or len(self.requests) > 1 or self.request is not None:
            return False
        return self.server.is_settled or not self._has_unread_input()

    def enforce_deadlines(self, now: float) -> bool:
        """Ends the connection when its time is over; tells whether it is."""
        phase = self.phase
        verdict = self.patience.judge(phase, now, self._received_bytes, self._sent_bytes)
        if verdict is Verdict.REFUSE:
            self.refuse(REQUEST_TIMEOUT)
        elif verdict is Verdict.CLOSE:
            self._close_overdue(phase)
        return verdict is not Verdict.KEEP

    def refuse(self, refusal: Refusal) -> None:
        """Answers at once, without waiting for a thread; only while nothing is being answered."""
        with self.requests_lock:
            request = self.request or self.parser_class(self.adj)
            request.refuse(refusal)
            self.request = None
            self.requests = [request]
        self.server.attend(self)
        self.service()

    def readable(self) -> bool:
        return self._is_lingering or bool(super().readable())

    def writable(self) -> bool:
        # While a thread answers, it sends as well; helping it before it is blocked would only
        # make the two wake each other.
        has_output = self.total_outbufs_len and (self._is_blocked or not self.requests)
        must_end = self.will_close or self.close_when_flushed
        return bool(has_output or must_end or self.waits_for_reader)

    def handle_read(self) -> None:
        try:
            data = self.recv(self._read_bytes())
        except OSError as error:
            logger.debug("reading from %s failed: %s", self.addr[0], error)
            self.handle_close()
            return
        self._received_bytes += len(data)
        if data and not self._is_lingering:
            self.received(data)

    def received(self, data: bytes) -> bool:
        before = self.request
        received = bool(super().received(data))
        if self.request is not before and self.has_asked:
            self.patience.request_began(self.server.clock(), self._received_bytes)
        if self.refuses_at_once:
            self.refuses_at_once = False
            self.service()
        return received

    def send(self, data: bytes, do_close: bool = True) -> int:
        # A thread that finds the client gone leaves it to the loop to close the connection.
        sent = int(super().send(data, do_close=do_close and self.server.is_in_loop()))
        self._sent_bytes += sent
        self._is_blocked = sent == 0
        return sent

    def handle_write(self) -> None:
        if self.waits_for_reader:
            self._go_on_once_read()
            return
        if self.will_close or not self.close_when_flushed:
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if self.will_close:
            self.handle_close()
        elif self.connected and not self.total_outbufs_len:
            self._start_lingering()

    def handle_close(self) -> None:
        super().handle_close()
        if self.request is not None:
            self.request.close()  # its body may lie in a temporary file

    def handle_error(self) -> None:
        logger.exception("a connection failed, address=%s", self.addr[0])
        self.handle_close()

    def _go_on_once_read(self) -> None:
        self._flush_exception(self._flush_some)
        if self.will_close:
            self.handle_close()
        elif not self.total_outbufs_len:
            self.waits_for_reader = False
            self.server.queue(self)

    def _close_overdue(self, phase: Phase) -> None:
        if phase is Phase.SENDING:
            # Reset it, or the system would go on offering what is in its buffers.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.handle_close()

    def _read_bytes(self) -> int:
        small = int(self.adj.recv_bytes)
        if self.request is None or not self.request.headers_finished:
            return small
        missing = self.request.content_length - self.request.body_bytes_received
        return max(small, min(_BODY_READ_BYTES, int(missing)))

    def _has_unread_input(self) -> bool:
        try:
            return bool(self.socket.recv(1, socket.MSG_PEEK))
        except (OSError, AttributeError):  # nothing there, or closed meanwhile
            return False

    def _start_lingering(self) -> None:
        """Says goodbye, but reads on: closing on unread input would destroy the answer sent.

        RFC 9112 section 9.6.
        """
        self.close_when_flushed = False
        self._is_lingering = True
        self.patience.since = self.server.clock()
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.handle_close()
