"""Calls a WSGI application in two halves: the call itself, and what it yields.

PEP 3333 lets an application begin when it is called, and end when it is iterated over. What it does
in between, such as a transaction, it may then do for several requests that have begun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_BEGUN = "expressb2b.begun"


class InTwoHalves:
    """WSGI middleware: a request may be begun before it is answered as usual."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def begin(self, environ: WSGIEnvironment) -> None:
        """The first half; what it raises is raised by the second."""
        environ[_BEGUN] = _Begun(self._application, environ)

    def close(self, environ: WSGIEnvironment) -> None:
        """Instead of the second half, when nobody waits for the answer any more."""
        begun = environ.pop(_BEGUN, None)
        if begun is not None:
            begun.close()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        begun: _Begun | None = environ.pop(_BEGUN, None)
        if begun is None:
            return self._application(environ, start_response)
        return begun.answer(start_response)


class _Begun:
    """A request that was given to the application, whose answer may have started already."""

    def __init__(self, application: WSGIApplication, environ: WSGIEnvironment) -> None:
        self._starts: list[tuple[Any, ...]] = []
        self._start_response: StartResponse | None = None
        self._answer: Iterable[bytes] = ()
        self._failure: Exception | None = None
        try:
            self._answer = application(environ, self._start)
        except Exception as error:
            self._failure = error

    def answer(self, start_response: StartResponse) -> Iterable[bytes]:
        """What the application returned, or raises what it raised."""
        self._start_response = start_response
        for start in self._starts:
            start_response(*start)
        if self._failure is not None:
            raise self._failure
        return self._answer

    def close(self) -> None:
        """As PEP 3333 asks for, once nothing will be read."""
        self._start_response = _ignore
        if hasattr(self._answer, "close"):
            self._answer.close()

    def _start(self, *start: Any) -> Callable[[bytes], object]:
        if self._start_response is None:
            self._starts.append(start)
            return _refuse_to_write
        return self._start_response(*start)


def _ignore(*start: Any) -> Callable[[bytes], object]:
    return _refuse_to_write


def _refuse_to_write(data: bytes) -> object:
    raise NotImplementedError("an answer is returned; `write` is of old, and not offered here")
