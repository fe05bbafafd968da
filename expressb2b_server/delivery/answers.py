"""Reads a receiver's answer to its end, within bounds of size, and knows whether it was whole.

The bound in time is the sender's; the text of a failure is in `failures`.
"""

import io
import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse, IncompleteRead
from socket import socket

MAX_ANSWER_BYTES = 1 << 20
KEPT_BYTES = 1024

_READ_BYTES = 1 << 16
_LENGTH = re.compile(r"[0-9]{1,30}")
_SECONDS = re.compile(r"[0-9]{1,10}")


class AnswerTooLarge(HTTPException):
    """An answer of more than `MAX_ANSWER_BYTES` in all, status line and headers included."""


class _Wire(io.RawIOBase):
    """The bytes of one answer as they arrive, counted; notes when the sender has ended them."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw
        self.received = 0
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int | None:  # type: ignore[override]
        count = self._raw.readinto(buffer)
        if not count:
            self.ended = True
            return count
        self.received += count
        if self.received > MAX_ANSWER_BYTES:
            raise AnswerTooLarge
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class Answer(HTTPResponse):
    """An answer that cannot grow without bounds, and is not whole unless it came whole.

    `http.client` takes the end of the stream for the end of a status line, of the headers and of
    a chunked body, and reads without limit where a chunk's size is negative. Both show on the
    wire: what has a proper end never reads up to the end of the stream.
    """

    def __init__(
        self, sock: socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        self.wire = _Wire(self.fp.detach())
        self.fp = io.BufferedReader(self.wire)
        self.kept = b""

    def begin(self) -> None:
        super().begin()
        # http.client passes over 100 only; others may come before the answer (RFC 9110, 15.2).
        while HTTPStatus.SWITCHING_PROTOCOLS < self.status < HTTPStatus.OK:
            self.headers = None  # type: ignore[assignment]
            super().begin()
        if self.wire.ended:
            raise IncompleteRead(b"")
        self._check_framing()

    def read_to_end(self) -> None:
        """Read the body and keep its first `KEPT_BYTES` in `kept`.

        A body without a length ends where the connection ends (RFC 9112, section 6.3).

        Raises:
            AnswerTooLarge: More than `MAX_ANSWER_BYTES` came, or are announced.
            IncompleteRead: It ended before its announced end.
            OSError, HTTPException: It could not be read.
        """
        if (self.length or 0) > MAX_ANSWER_BYTES:
            raise AnswerTooLarge
        try:
            while chunk := self.read(_READ_BYTES):
                self.kept += chunk[: KEPT_BYTES - len(self.kept)]
        except (ValueError, OverflowError) as error:
            # http.client hands the size of a chunk on as it finds it.
            raise HTTPException("impossible chunk size") from error
        if self.length or (self.chunked and self.wire.ended):
            raise IncompleteRead(b"")

    def _check_framing(self) -> None:
        # http.client reads up to the end of the stream instead, where nobody knows what is missing.
        lengths = {length.strip() for length in self.headers.get_all("Content-Length", [])}
        if len(lengths) > 1 or not all(map(_LENGTH.fullmatch, lengths)):
            raise HTTPException("unreadable Content-Length")
        if self.headers.get("Transfer-Encoding", "chunked").lower() not in ("chunked", "identity"):
            raise HTTPException("unknown Transfer-Encoding")

    def text(self) -> str:
        """Return what was kept as text that any database can store."""
        return self.kept.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def retry_after_seconds(value: str | None, now: int) -> int | None:
    """Return how long the receiver asks to be left alone, never negative; None if it does not.

    Args:
        value: The header `Retry-After`: seconds, or an HTTP date (RFC 9110, section 10.2.3).
            What is neither is ignored.
        now: Epoch seconds.
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return int(text)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return max(0, int(at.replace(tzinfo=at.tzinfo or UTC).timestamp()) - now)
