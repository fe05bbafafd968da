"""Takes a body sent in chunks apart (RFC 9112 section 7.1), strictly and within limits.

waitress's own receiver lets bare line feeds pass and puts no limit on a chunk's size line.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import IO

from waitress.buffers import OverflowableBuffer

from expressb2b_server.serving.refusals import Refusal, bad_request, payload_too_large

_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,16}+)(?:[ \t]*+;[\t -~]*+)?\r\n")
_MAX_LINE_BYTES = 1024
_MAX_TRAILER_BYTES = 8192
_MALFORMED = bad_request("The chunks of the body are malformed.")


class _Expects(Enum):
    SIZE = auto()
    DATA = auto()
    END_OF_DATA = auto()
    TRAILER = auto()


class ChunkedBody:
    """A receiver as waitress's parser wants it: fed bytes, it says how many were its own.

    `completed` tells that the body is whole, `error` why it never will be. Trailer fields are
    read and dropped.
    """

    def __init__(self, buffer: OverflowableBuffer, max_bytes: int) -> None:
        self.completed = False
        self.error: Refusal | None = None
        self._buffer = buffer
        self._max_bytes = max_bytes
        self._expects = _Expects.SIZE
        self._remaining = 0
        self._line = b""
        self._trailer_bytes = 0

    def __len__(self) -> int:
        return len(self._buffer)

    def getfile(self) -> IO[bytes]:
        file: IO[bytes] = self._buffer.getfile()
        return file

    def getbuf(self) -> OverflowableBuffer:
        return self._buffer

    def received(self, data: bytes) -> int:
        """Takes what belongs to the body; returns how many bytes that were."""
        position = 0
        while position < len(data) and not self.completed and self.error is None:
            if self._expects is _Expects.DATA:
                position = self._take_data(data, position)
            else:
                position = self._take_line(data, position)
        return position

    def _take_data(self, data: bytes, start: int) -> int:
        piece = data[start : start + self._remaining]
        self._buffer.append(piece)
        self._remaining -= len(piece)
        if self._remaining == 0:
            self._expects = _Expects.END_OF_DATA
        return start + len(piece)

    def _take_line(self, data: bytes, start: int) -> int:
        end = data.find(b"\n", start, start + _MAX_LINE_BYTES) + 1
        stop = end or min(len(data), start + _MAX_LINE_BYTES)
        self._line += data[start:stop]
        if len(self._line) > _MAX_LINE_BYTES:
            self.error = _MALFORMED
        elif end:
            line, self._line = self._line, b""
            self._read_line(line)
        return stop

    def _read_line(self, line: bytes) -> None:
        if self._expects is _Expects.SIZE:
            self._read_size(line)
        elif self._expects is _Expects.TRAILER:
            self._read_trailer(line)
        elif line == b"\r\n":
            self._expects = _Expects.SIZE
        else:
            self.error = _MALFORMED

    def _read_size(self, line: bytes) -> None:
        match = _SIZE_LINE.fullmatch(line)
        if match is None:
            self.error = _MALFORMED
            return
        self._remaining = int(match[1], 16)
        if len(self) + self._remaining > self._max_bytes:
            self.error = payload_too_large(self._max_bytes)
        self._expects = _Expects.DATA if self._remaining else _Expects.TRAILER

    def _read_trailer(self, line: bytes) -> None:
        self._trailer_bytes += len(line)
        if not line.endswith(b"\r\n") or self._trailer_bytes > _MAX_TRAILER_BYTES:
            self.error = _MALFORMED
        self.completed = line == b"\r\n"
