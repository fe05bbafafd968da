"""The log: lines for people at a terminal, JSON else."""

from __future__ import annotations

import io
import json
import logging
import sys

import pytest

from expressb2b_server.logs import JsonLines, log_to_stderr

LINE = {"name": "expressb2b.api", "levelname": "WARNING", "created": 1773585127.9}


def record(message: str, *arguments: object, **fields: object) -> logging.LogRecord:
    return logging.makeLogRecord({**LINE, "msg": message, "args": arguments, **fields})


class Stream(io.StringIO):
    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


def test_line_is_json_with_the_id_of_its_request() -> None:
    line = json.loads(JsonLines().format(record("%s failed, request_id=%s", "it", "abc-1")))

    assert line == {
        "at": "2026-03-15T14:32:07Z",
        "level": "warning",
        "logger": "expressb2b.api",
        "message": "it failed, request_id=abc-1",
        "request_id": "abc-1",
    }


def test_failure_is_one_line_with_its_traceback() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        text = JsonLines().format(record("it failed\nbadly", exc_info=sys.exc_info()))

    assert "\n" not in text
    assert json.loads(text)["exception"].endswith("ValueError: two\nlines")


@pytest.mark.parametrize("is_terminal", [True, False])
def test_form_depends_on_who_reads(monkeypatch: pytest.MonkeyPatch, is_terminal: bool) -> None:
    stream, root = Stream(is_terminal=is_terminal), logging.getLogger()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(root, "handlers", [])  # as a new process has it
    monkeypatch.setattr(root, "level", root.level)

    log_to_stderr()
    root.info("hello")

    assert stream.getvalue().startswith("{") is not is_terminal
    assert "hello" in stream.getvalue()
