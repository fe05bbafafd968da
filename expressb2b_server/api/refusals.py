"""What HTTP itself can refuse, beside the errors of the core.

ExpressB2BError
├── NoSuchPath              no route has this path
├── MethodNotAllowed        the path exists, the method does not
├── UnsupportedMediaType    a body that is not plain JSON
├── PayloadTooLarge         a body over 2 MiB
├── InvalidHeader           a header that cannot be read
└── InternalError           a fault of ours; says nothing but its request id
"""

from __future__ import annotations

from collections.abc import Sequence

from expressb2b_core.errors import ExpressB2BError


class NoSuchPath(ExpressB2BError):
    """No route has this path."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__("There is nothing at this address.")


class MethodNotAllowed(ExpressB2BError):
    """The path exists; `allowed` are the methods it takes."""

    code = "method_not_allowed"

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"This address takes {', '.join(allowed)}.")
        self.allowed = tuple(allowed)


class UnsupportedMediaType(ExpressB2BError):
    """The body is not plain JSON in UTF-8."""

    code = "unsupported_media_type"


class PayloadTooLarge(ExpressB2BError):
    """The body has more bytes than one request may carry."""

    code = "payload_too_large"

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"A body may have at most {limit_bytes} bytes.")
        self.limit_bytes = limit_bytes


class InvalidHeader(ExpressB2BError):
    """The value of this header cannot be read."""

    code = "invalid_header"

    def __init__(self, header: str, detail: str) -> None:
        super().__init__(f"{header}: {detail}")
        self.header = header


class InternalError(ExpressB2BError):
    """A fault of ours. The log has the rest, under the same request id."""

    code = "internal_error"

    def __init__(self) -> None:
        super().__init__(
            "The request failed for a reason on our side. Its request_id helps to find it."
        )
