"""Reads requests as waitress does, but refuses what has two readings or is too large."""

from __future__ import annotations

from typing import Any

from waitress.parser import HTTPRequestParser, ParsingError
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
        try:
            super().parse_header(header_rules.without_wide_gaps(header_plus))
        except ValueError as unsplittable_target:
            raise ParsingError("Bad URI") from unsplittable_target
        if self.chunked:
            self.body_rcv = ChunkedBody(self.body_rcv.getbuf(), self._serving.max_body_bytes)
        self._understand_connection()

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

    def _understand_connection(self) -> None:
        # waitress closes only when "close" is the one option given.
        options = self.headers.get("CONNECTION", "").lower().split(",")
        if "close" in (option.strip() for option in options):
            self.headers["CONNECTION"] = "close"
