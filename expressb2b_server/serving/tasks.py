"""What a thread does for one request: call the application, or answer a refusal."""

from __future__ import annotations

from typing import Any

from waitress.channel import ClientDisconnected
from waitress.task import ErrorTask, WSGITask

from expressb2b_server.serving import answer_head
from expressb2b_server.serving.log import logger
from expressb2b_server.serving.refusals import INTERNAL_ERROR, is_valid_request_id, render


class RefusalTask(ErrorTask):
    """Answers `request.error`, a `Refusal`, as a problem document, and closes."""

    logger = logger

    def __init__(self, channel: Any, request: Any) -> None:
        super().__init__(channel, request)
        self.version = "1.1"  # the request's own may be unknown
        self.request_id = self._choose_request_id()

    def execute(self) -> None:
        refusal = self.request.error
        headers, body = render(refusal, self.request_id)
        self.status = refusal.status_line
        self.response_headers.extend(headers)
        self.response_headers.extend(self.channel.adj.serving.refusal_headers)
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(b"" if self.request.command == "HEAD" else body)
        logger.info(
            "refused with %d %s: %s request_id=%s address=%s",
            refusal.status,
            refusal.code,
            refusal.detail,
            self.request_id,
            self.channel.addr[0],
        )

    def build_response_header(self) -> bytes:
        return answer_head.render(self, is_last=True)

    def _choose_request_id(self) -> str:
        sent = str(self.request.headers.get("X_REQUEST_ID", ""))
        return sent if is_valid_request_id(sent) else self.channel.server.new_request_id()


class ApplicationTask(WSGITask):
    """Calls the WSGI application; what it lets escape becomes a 500, and is logged."""

    logger = logger
    wrote_header: bool

    def begin(self) -> None:
        """Calls the application; `service` asks it for the answer."""
        self.channel.server.application.begin(self.get_environment())

    def close(self) -> None:
        """Lets the application end what it began, though nobody is there any more."""
        self.channel.server.application.close(self.get_environment())

    def service(self) -> None:
        try:
            super().service()
        except ClientDisconnected:
            self.close_on_finish = True
        except Exception:
            self._fail()

    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ["SERVER_SOFTWARE"] = "expressb2b"  # WSGI wants text, waitress has no ident now
        return environ

    def write(self, data: bytes) -> None:
        """Sends head and body in one piece when the body comes in one."""
        is_whole = self.complete and self.has_body and len(data) == self.content_length
        if self.wrote_header or not data or not is_whole:
            super().write(data)
            return
        self.content_bytes_written = len(data)
        self.channel.write_soon(self.build_response_header() + data)
        self.wrote_header = True

    def build_response_header(self) -> bytes:
        is_last = self.close_on_finish or self.channel.is_last_answer()
        return answer_head.render(self, is_last=is_last)

    def _fail(self) -> None:
        self.close_on_finish = True
        self.request.error = INTERNAL_ERROR
        refusal = RefusalTask(self.channel, self.request)
        logger.exception(
            "%s %s failed, request_id=%s",
            self.request.command,
            self.request.path,
            refusal.request_id,
        )
        if not self.wrote_header:
            self._answer(refusal)

    def _answer(self, refusal: RefusalTask) -> None:
        try:
            refusal.service()
        except (ClientDisconnected, OSError):
            logger.debug("the client left before it was told, request_id=%s", refusal.request_id)
