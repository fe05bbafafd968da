"""Reads requests as waitress does, but refuses what has two readings or is too large."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes

from waitress.buffers import OverflowableBuffer
from waitress.parser import HTTPRequestParser, ParsingError, split_uri
from waitress.receiver import FixedStreamReceiver
from waitress.utilities import Error, RequestHeaderFieldsTooLarge

from expressb2b_server.serving import header_rules
from expressb2b_server.serving.chunked_body import ChunkedBody
from expressb2b_server.serving.refusals import (
    UNREADABLE,
    Refusal,
    bad_request,
    headers_too_large,
    payload_too_large,
)
from expressb2b_server.serving.settings import Serving


class RequestParser(HTTPRequestParser):
    """One request. When it is `completed`, `error` is None or the `Refusal` to answer with."""

    error: Any
    body_rcv: Any

    # A refusal may be answered, and logged, before the request line was understood.
    command = ""
    path = ""

    def received(self, data: bytes) -> int:
        """Takes the bytes of this request; returns how many they were, all when it is refused."""
        if self.headers_finished:
            consumed = self._received_body(data)
        else:
            consumed = self._received_header(data)
        if self.error is not None:
            self.completed = True
            consumed = len(data)
        if self.error is not None or self.body_rcv is None:
            # Else waitress would say "100 Continue" and take what follows for the same request.
            self.expect_continue = False
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        """Fills in request line and fields from a whole header; a fault ends the request."""
        fault = header_rules.fault_in(header_plus, self._serving.max_header_fields)
        if fault is not None:
            self.refuse(bad_request(fault))
            return
        # Only ASCII, two spaces in the first line, a colon in each of the others, and an empty end.
        request_line, *fields = header_plus.decode("ascii").split("\r\n")[:-2]
        self._read_fields(fields)
        self._read_request_line(*request_line.split(" "))
        self._understand_connection()
        self._expect_body()

    def _read_request_line(self, command: str, target: str, protocol: str) -> None:
        self.command = command
        self.version = protocol.removeprefix("HTTP/")
        self.request_uri = target
        self.url_scheme = self.adj.url_scheme
        if target.startswith("/"):
            path, _, self.query = target.partition("?")
            self.path = unquote_to_bytes(path).decode("latin-1") if "%" in path else path
        else:
            self._read_absolute(target)

    def _read_absolute(self, target: str) -> None:
        try:
            _, _, self.path, self.query, _ = split_uri(target.encode())
        except ValueError as unsplittable:
            raise ParsingError("Bad URI") from unsplittable

    def _read_fields(self, fields: list[str]) -> None:
        """As WSGI wants them: names with underscores could pass for others, and are dropped."""
        headers = self.headers
        for field in fields:
            name, _, value = field.partition(":")
            if "_" in name:
                continue
            key = name.upper().replace("-", "_")
            value = value.strip(" \t")
            headers[key] = f"{headers[key]}, {value}" if key in headers else value

    def _understand_connection(self) -> None:
        headers = self.headers
        expected = headers.get("EXPECT", "").lower()
        self.expect_continue = expected == "100-continue" and self.version == "1.1"
        # waitress closes only when "close" is the one option given.
        options = headers.get("CONNECTION", "").lower().split(",")
        if "close" in (option.strip() for option in options):
            headers["CONNECTION"] = "close"

    def _expect_body(self) -> None:
        self.chunked = self.headers.pop("TRANSFER_ENCODING", None) is not None
        self.content_length = int(self.headers.get("CONTENT_LENGTH", 0))
        if self.chunked:
            self.body_rcv = ChunkedBody(self._new_buffer(), self._serving.max_body_bytes)
        elif self.content_length:
            self.body_rcv = FixedStreamReceiver(self.content_length, self._new_buffer())

    def _new_buffer(self) -> OverflowableBuffer:
        return OverflowableBuffer(self.adj.inbuf_overflow)

    def refuse(self, refusal: Refusal) -> None:
        """Ends the request: it will be answered with `refusal` and nothing more of it is read."""
        self.error = refusal
        self.completed = True

    @property
    def _serving(self) -> Serving:
        serving: Serving = self.adj.serving
        return serving

    def _received_body(self, data: bytes) -> int:
        return int(super().received(data))

    def _received_header(self, data: bytes) -> int:
        start = data
        if not self.header_plus:
            start = data.lstrip(b"\r\n")  # RFC 9112 section 2.2: empty lines before a request
            if not start:
                self.empty = self.completed = True
                return len(data)
            if start[:1].isspace():
                self.refuse(UNREADABLE)
                return len(data)
        consumed = int(super().received(start))
        self._check_header(start)
        return len(data) - len(start) + consumed

    def _check_header(self, data: bytes) -> None:
        if isinstance(self.error, RequestHeaderFieldsTooLarge):
            self.error = self._too_much_header(self.header_plus + data)
        elif isinstance(self.error, Error):
            self.error = UNREADABLE
        elif not self.headers_finished:
            if header_rules.is_hopeless(self.header_plus, len(self.header_plus) - len(data)):
                self.refuse(UNREADABLE)
        elif self.content_length > self._serving.max_body_bytes:
            self.refuse(payload_too_large(self._serving.max_body_bytes))

    def _too_much_header(self, data: bytes) -> Refusal:
        header = data.partition(b"\r\n\r\n")[0]
        if header.count(b"\r\n") > self._serving.max_header_fields:
            return bad_request(header_rules.too_many_fields(self._serving.max_header_fields))
        return headers_too_large(self._serving.max_header_bytes)
