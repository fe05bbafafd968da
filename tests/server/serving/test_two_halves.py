"""A request that is begun first and answered later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from expressb2b_server.serving.two_halves import InTwoHalves

STATUS = "200 OK"


class Late:
    """An application whose answer begins when it is asked for."""

    def __init__(self) -> None:
        self.begun = 0
        self.ended = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.begun += 1
        return _Answer(self, start_response)


class _Answer:
    def __init__(self, application: Late, start_response: Any) -> None:
        self._application = application
        self._start_response = start_response

    def __iter__(self) -> Iterator[bytes]:
        self._application.ended += 1
        self._start_response(STATUS, [])
        yield b"late"

    def close(self) -> None:
        list(self)


class Started:
    """Takes note of what `start_response` is given."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def __call__(self, *call: Any) -> Any:
        self.calls.append(call)
        return self.calls.append


def environment() -> dict[str, Any]:
    return {}


def early(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("404 Not Found", [("X", "y")])
    return [b"early"]


def failing(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    raise LookupError


def test_request_that_is_not_begun_is_answered_as_usual() -> None:
    started = Started()

    assert list(InTwoHalves(early)({}, started)) == [b"early"]
    assert started.calls == [("404 Not Found", [("X", "y")])]


def test_what_the_application_says_at_once_is_kept_for_the_second_half() -> None:
    application, environ, started = InTwoHalves(early), environment(), Started()
    application.begin(environ)

    assert list(application(environ, started)) == [b"early"]
    assert started.calls == [("404 Not Found", [("X", "y")])]


def test_application_is_called_once_and_ends_when_it_is_asked() -> None:
    late, environ, started = Late(), environment(), Started()
    application = InTwoHalves(late)
    application.begin(environ)
    assert (late.begun, late.ended, started.calls) == (1, 0, [])

    answer = application(environ, started)

    assert list(answer) == [b"late"]
    assert (late.begun, late.ended, started.calls) == (1, 1, [(STATUS, [])])


def test_what_the_first_half_raises_is_raised_by_the_second() -> None:
    application, environ = InTwoHalves(failing), environment()
    application.begin(environ)

    with pytest.raises(LookupError):
        application(environ, Started())


def test_request_that_nobody_waits_for_is_ended_once() -> None:
    late, environ = Late(), environment()
    application = InTwoHalves(late)
    application.begin(environ)

    application.close(environ)
    application.close(environ)

    assert late.ended == 1


def test_request_that_was_answered_is_not_ended_again() -> None:
    late, environ = Late(), environment()
    application = InTwoHalves(late)
    application.begin(environ)
    list(application(environ, Started()))

    application.close(environ)

    assert late.ended == 1


def test_writing_as_of_old_is_refused() -> None:
    def writing(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response(STATUS, [])(b"data")
        return []

    application, environ = InTwoHalves(writing), environment()
    application.begin(environ)

    with pytest.raises(NotImplementedError):
        application(environ, Started())
