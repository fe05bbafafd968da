"""The head of an answer: its status line and fields, and whether the connection goes on after it.

waitress's own spells field names its own way, and closes after every answer without a body.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from waitress.utilities import build_http_date


def render(task: Any, *, is_last: bool) -> bytes:
    """The head of a waitress task's answer, with the field names as they were given.

    The task is told how its body is framed, and to close afterwards where that has to be:
    `is_last`, the client wants it, or the end of the body cannot be seen otherwise.
    """
    is_framed = _frame(task)
    if is_last or not is_framed or _client_closes(task):
        task.set_close_on_finish()
    elif task.version == "1.0":
        task.response_headers.append(("Connection", "keep-alive"))
    if not _has_field(task, "date"):
        task.response_headers.append(("Date", _date(int(task.start_time))))
    fields = "".join(f"{name}: {value}\r\n" for name, value in task.response_headers)
    return f"HTTP/{task.version} {task.status}\r\n{fields}\r\n".encode("latin-1")


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return str(build_http_date(second))


def _frame(task: Any) -> bool:
    """Declares the length of the body, and tells whether it could (RFC 9112 section 6.3)."""
    if not task.has_body:
        task.remove_content_length_header()
        return True
    if task.content_length is not None:
        if not _has_field(task, "content-length"):
            task.response_headers.append(("Content-Length", str(task.content_length)))
        return True
    if task.request.command == "HEAD":
        return True
    if task.version == "1.1":
        task.response_headers.append(("Transfer-Encoding", "chunked"))
        task.chunked_response = True
    return False


def _client_closes(task: Any) -> bool:
    wanted = task.request.headers.get("CONNECTION", "").lower()
    return bool(wanted == "close" or (task.version == "1.0" and wanted != "keep-alive"))


def _has_field(task: Any, name: str) -> bool:
    return any(given.lower() == name for given, _ in task.response_headers)
