"""Requests with an `Idempotency-Key`: the first has the effect, repeats get its answer.

The answer is kept in the transaction of the effect, refusals (4xx) as well. Secrets in answers
are taken out before and derived again for a repeat.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import NamedTuple

from expressb2b_core.errors import ExpressB2BError
from expressb2b_core.runtime import Runtime
from expressb2b_core.services import idempotency
from expressb2b_core.services.idempotency import InFlight, StoredReply
from expressb2b_server.api.answers import Answer
from expressb2b_server.api.problems import MEDIA_TYPE, problem
from expressb2b_server.api.refusals import InvalidHeader
from expressb2b_server.api.requests import Request

HEADER = "Idempotency-Key"
REPLAYED = ("Idempotency-Replayed", "true")

_KEY = re.compile(r"[\x20-\x7e]{1,255}", re.ASCII)
_VERSION, _ETAG, _TYPE = "X-ExpressB2B-Version", "ETag", "Content-Type"


class _Outcome(NamedTuple):
    answer: Answer
    version: str


class Repeats:
    """Answers requests with an `Idempotency-Key`, each effect once."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._in_flight = InFlight()

    def begin(
        self, request: Request, body: bytes, work: Callable[[], Answer]
    ) -> Callable[[], Answer]:
        """Begin `work`; what is returned gives its answer, or that of an earlier request.

        It has to be called, once; until then the key is in use. Either of them may raise:

        Raises:
            InvalidHeader: the key has not 1 to 255 ASCII characters.
            IdempotencyKeyReused: it was used for another request.
            IdempotencyInProgress: the first request is still running.
        """
        key = request.header("IDEMPOTENCY_KEY") or ""
        if not _KEY.fullmatch(key):
            raise InvalidHeader(HEADER, "1 to 255 ASCII characters are possible.")
        assert request.principal is not None
        key_id = request.principal.key_id
        target = f"{request.environ['PATH_INFO']}?{request.environ.get('QUERY_STRING', '')}"
        mark = idempotency.fingerprint(request.method, target, body)

        def once() -> _Outcome:
            stored = idempotency.find(self._runtime, key_id, key, mark)
            if stored is not None:
                return _replayed(request, stored)
            answer = self._attempt(request, work)
            self._keep(request, key_id, key, mark, answer)
            return _Outcome(answer, request.version)

        with ExitStack() as running:
            running.enter_context(self._in_flight.running(key_id, key))
            outcome = self._runtime.database.begin_write(once)
            return partial(_end, request, outcome, running.pop_all())

    def _attempt(self, request: Request, work: Callable[[], Answer]) -> Answer:
        try:
            with self._runtime.database.savepoint():
                return work()
        except ExpressB2BError as error:
            refused = problem(error, request.id)
            if refused.status >= 500:
                raise
            return Answer(refused.status, refused.body, refused.headers, media_type=MEDIA_TYPE)

    def _keep(self, request: Request, key_id: str, key: str, mark: str, answer: Answer) -> None:
        text = answer.body.decode()
        if request.route.redact is not None and answer.status < 400:
            text = request.route.redact(text)
        headers = dict(answer.headers) | {
            _VERSION: request.version,
            _ETAG: answer.etag,
            _TYPE: answer.media_type,
        }
        idempotency.keep(self._runtime, key_id, key, mark, answer.status, headers, text)


def _end(request: Request, outcome: Callable[[], _Outcome], running: ExitStack) -> Answer:
    with running:
        answer, request.version = outcome()
    return answer


def _replayed(request: Request, stored: StoredReply) -> _Outcome:
    text = stored.body
    if request.route.restore is not None and stored.status < 400:
        text = request.route.restore(request, text)
    headers = dict(stored.headers)
    version, etag, media_type = headers.pop(_VERSION), headers.pop(_ETAG), headers.pop(_TYPE)
    answer = Answer(stored.status, text.encode(), (*headers.items(), REPLAYED), etag, media_type)
    return _Outcome(answer, version)
