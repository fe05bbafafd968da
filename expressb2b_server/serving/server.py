"""Accepts connections, makes room when there are too many, and stops without losing an answer."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import uuid  # noqa: TID251 - as below
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from waitress.server import TcpWSGIServer
from waitress.wasyncore import dispatcher

from expressb2b_server.serving import address
from expressb2b_server.serving.admission import Admission
from expressb2b_server.serving.connection import Connection
from expressb2b_server.serving.descriptors import allow_connections
from expressb2b_server.serving.last_call import refuse_newcomers
from expressb2b_server.serving.log import logger
from expressb2b_server.serving.refusals import OVERLOADED
from expressb2b_server.serving.request_queue import RequestQueue
from expressb2b_server.serving.settings import Serving, ServingAdjustments
from expressb2b_server.serving.signals import stopping_on_signals
from expressb2b_server.serving.trusted_proxy import TrustedProxy
from expressb2b_server.serving.two_halves import InTwoHalves
from expressb2b_server.serving.watched_sockets import WatchedSockets

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_SWEEP_SECONDS = 0.25
_STOPPING_TURN_SECONDS = 0.05
_THREADS_END_SECONDS = 5
_ACCEPTS_PER_TURN = 64
_ENDED_PER_TURN = 64


# The two defaults from outside: deadlines and refusals need neither the core nor its clock.
_stopwatch_seconds = time.monotonic  # noqa: TID251


def _random_id() -> str:
    return str(uuid.uuid4())


def listen(
    application: WSGIApplication,
    serving: Serving | None = None,
    *,
    clock: Callable[[], float] = _stopwatch_seconds,
    new_request_id: Callable[[], str] = _random_id,
) -> Server:
    """A server that listens already, and serves once `run_until_stopped` is called.

    Args:
        application: a WSGI callable, called from several threads at a time.
        serving: address, limits and deadlines.
        clock: seconds that never go back, for all deadlines.
        new_request_id: makes the `X-Request-Id` of refusals.

    Raises:
        address.PortTaken: another program listens there.
        address.CannotListen: the address is not this machine's, or not allowed.
    """
    serving = serving or Serving()
    listening = address.take(serving.host, serving.port, serving.backlog)
    return Server(application, serving, listening, clock, new_request_id)


class Server(TcpWSGIServer):
    """Made by `listen`.

    `effective_host` and `effective_port` say where it listens, `is_stopping` whether `stop` was
    called, `next_sweep_at` when it looks at the deadlines next, by its clock.
    """

    channel_class = Connection
    logger = logger

    accepting: bool
    active_channels: dict[int, Connection]

    def __init__(
        self,
        application: WSGIApplication,
        serving: Serving,
        listening: socket.socket,
        clock: Callable[[], float],
        new_request_id: Callable[[], str],
    ) -> None:
        self.clock = clock
        self.new_request_id = new_request_id
        self.is_stopping = False
        self.admission = Admission(serving)
        self._serving = serving
        self._sockets = WatchedSockets()
        self._stopping_since: float | None = None
        self.next_sweep_at = clock()
        self._is_out_of_descriptors = False
        self._is_closed = False
        # A signal's handler pulls the trigger too, possibly while its thread does so already.
        self._trigger_lock = threading.RLock()
        super().__init__(
            InTwoHalves(TrustedProxy(application, serving, new_request_id)),
            map=self._sockets,
            _sock=listening,
            bind_socket=False,
            dispatcher=RequestQueue(
                serving.queue_limit, serving.changes_at_once or serving.threads
            ),
            adj=ServingAdjustments(serving),
            sockinfo=(listening.family, listening.type, listening.proto, None),
        )

    @property
    def is_settled(self) -> bool:
        """Whether requests on their way when the server was stopped have had time to arrive."""
        return self._has_stopped_for(self._serving.settle_seconds)

    def run_until_stopped(self) -> None:
        """Serves until `stop`, SIGTERM or SIGINT, and returns when all requests are answered.

        At the signal the address is given up; what has been received by then is answered, with
        `Connection: close`, for at most `grace_seconds`. Signals are heeded in the main thread.
        """
        allow_connections(self._serving.connection_limit)
        self.task_dispatcher.start_threads(self._serving.threads)
        try:
            with stopping_on_signals(self.stop):
                self.task_dispatcher.run_loop(self._turn)
        finally:
            self.close()

    def stop(self) -> None:
        """Asks `run_until_stopped` to end; from any thread, or a signal handler, any number."""
        self.is_stopping = True
        self.pull_trigger()

    def close(self) -> None:
        """Closes everything, cutting off what is unanswered; harmless when done already."""
        if self._is_closed:
            return
        for connection in tuple(self.active_channels.values()):
            connection.handle_close()
        self.task_dispatcher.shutdown(_THREADS_END_SECONDS)
        with self._trigger_lock:
            self._is_closed = True
            self.trigger.close()
        dispatcher.close(self)
        self._sockets.close()

    def getsockname(self) -> tuple[str, int]:
        host, port = self.socket.getsockname()[:2]
        return str(host), int(port)

    def pull_trigger(self) -> None:
        if self.task_dispatcher.is_answering:
            return  # the loop looks after everybody as soon as it goes on, in whatever thread
        with self._trigger_lock:
            if not self._is_closed:
                super().pull_trigger()

    def add_task(self, task: Connection) -> None:
        """Sees to the next request of a connection, which may be refused on the spot."""
        self.attend(task)
        task.note_request()
        if not self.is_in_loop():
            # The one before has just been answered. Who does not read gets no more answers.
            task.waits_for_reader = bool(task.total_outbufs_len)
        else:
            request = task.requests[0]
            if request.error is None and self.task_dispatcher.is_full:
                request.refuse(OVERLOADED)
            task.refuses_at_once = request.error is not None
        if not (task.waits_for_reader or task.refuses_at_once):
            self.queue(task)

    def queue(self, task: Connection) -> None:
        """Has the next request of a connection answered."""
        self.task_dispatcher.add_task(task)

    def is_in_loop(self) -> bool:
        """Whether the caller's thread is the one that reads, rather than one that answers."""
        return bool(self.task_dispatcher.is_in_loop())

    def attend(self, connection: Connection) -> None:
        """Has the loop look after one that begins to answer."""
        if connection.descriptor is not None:
            self._sockets.attend(connection.descriptor, connection)

    def readable(self) -> bool:
        return self.accepting and not self._is_out_of_descriptors

    def handle_accept(self) -> None:
        self.admission.begin_turn(_ACCEPTS_PER_TURN)
        for _ in range(_ACCEPTS_PER_TURN):
            if not self._accept_one():
                break

    def handle_error(self) -> None:
        logger.exception("accepting connections failed")

    def _turn(self) -> bool:
        """One turn of the loop, after which questions are answered; False when all is done."""
        self._sockets.follow_busy()
        self.task_dispatcher.leave_slow_changes()
        if not self._sockets.is_behind:
            if self.is_stopping and self._stopping_since is None:
                self._stop_accepting()
            self._sweep()
            if self._is_finished():
                return False
        self._sockets.turn(self._patience_seconds())
        return True

    def _patience_seconds(self) -> float:
        """How long the loop may wait for events."""
        if self.task_dispatcher.is_behind:
            return 0
        seconds = _STOPPING_TURN_SECONDS if self.is_stopping else _SWEEP_SECONDS
        return self.task_dispatcher.look_again_seconds or seconds

    def _sweep(self) -> None:
        now = self.clock()
        if now < self.next_sweep_at and not self.is_stopping:
            return
        if self._end_overdue(now):
            self.next_sweep_at = now + _SWEEP_SECONDS
        self._is_out_of_descriptors = False
        self._sockets.follow_all()

    def _end_overdue(self, now: float) -> bool:
        """Ends what is overdue, in portions, so that nobody waits for it; True when it is all."""
        is_settled = self.is_settled
        ended = 0
        for connection in tuple(self.active_channels.values()):
            ended += connection.enforce_deadlines(now)
            if is_settled and connection.is_silent:
                connection.handle_close()
            if ended == _ENDED_PER_TURN:
                self.pull_trigger()
                return False
        return True

    def _accept_one(self) -> bool:
        try:
            accepted = self.accept()
        except OSError as error:
            logger.warning("accepting a connection failed: %s", error)
            self._is_out_of_descriptors = True  # try again after the next sweep
            self.admission.make_room()
            return False
        if accepted is None:
            return False
        client, client_address = accepted
        with contextlib.suppress(OSError):  # it may have left already
            self.set_socket_options(client)
        self._welcome(client, client_address)
        return True

    def _welcome(self, client: socket.socket, client_address: Any) -> None:
        has_room = self.admission.has_room_for(self.admission.origin_of(client_address[0]))
        connection = Connection(self, client, client_address, self.adj, map=self._sockets)
        if not has_room:
            connection.refuse(OVERLOADED)

    def _stop_accepting(self) -> None:
        self._stopping_since = self.clock()
        self.admission.begin_turn(self._serving.backlog)
        refuse_newcomers(self.socket)
        while self._accept_one():
            pass  # whoever is connected by now came before the stop
        dispatcher.close(self)
        logger.info("stopping, %d connections open", len(self.active_channels))

    def _has_stopped_for(self, seconds: float) -> bool:
        since = self._stopping_since
        return since is not None and self.clock() - since >= seconds

    def _is_finished(self) -> bool:
        if self._stopping_since is None:
            return False
        if not self.active_channels:
            return True
        if not self._has_stopped_for(self._serving.grace_seconds):
            return False
        logger.warning("cutting off %d connections", len(self.active_channels))
        return True
