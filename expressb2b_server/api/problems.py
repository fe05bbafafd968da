"""Errors as problem documents (RFC 9457): one table from class to status and title."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from expressb2b_core import errors
from expressb2b_core.errors import ExpressB2BError, FieldError
from expressb2b_core.services.documents import encode
from expressb2b_server.api import refusals

TYPE_PREFIX = "https://expressb2b.dev/errors/"
MEDIA_TYPE = "application/problem+json"

Header = tuple[str, str]


class Kind(NamedTuple):
    """How one class of error is answered."""

    status: int
    title: str


KINDS: Mapping[type[ExpressB2BError], Kind] = {
    errors.ExpressB2BError: Kind(500, "Something went wrong"),
    errors.InvalidInput: Kind(422, "The request is not valid"),
    errors.ValidationFailed: Kind(422, "The request is not valid"),
    errors.TooManyRecords: Kind(422, "Too many records"),
    errors.PageTooDeep: Kind(422, "The page is too deep"),
    errors.InvalidCursor: Kind(400, "The cursor cannot be used"),
    errors.UnknownVersion: Kind(400, "Unknown version"),
    errors.UnreadableBody: Kind(400, "The body is not valid JSON"),
    errors.IdempotencyKeyReused: Kind(422, "The Idempotency-Key was used before"),
    errors.NotFound: Kind(404, "Not found"),
    errors.Conflict: Kind(409, "Conflict with the present state"),
    errors.InvalidTransition: Kind(409, "The order's status does not allow this"),
    errors.AlreadyExists: Kind(409, "It exists already"),
    errors.InUse: Kind(409, "It is in use"),
    errors.PriceChanged: Kind(409, "The price has changed"),
    errors.IdempotencyInProgress: Kind(409, "The first request is still running"),
    errors.EndpointDisabled: Kind(409, "The endpoint is disabled"),
    errors.Stale: Kind(412, "It was changed in the meantime"),
    errors.NotAllowed: Kind(403, "Not allowed"),
    errors.Unauthorized: Kind(401, "A valid key is needed"),
    errors.InsufficientScope: Kind(403, "The key lacks a scope"),
    errors.NotAnApprover: Kind(403, "Not an approver of this order"),
    errors.RateLimited: Kind(429, "Too many requests"),
    errors.StorageUnavailable: Kind(503, "Try again in a moment"),
    errors.Misconfigured: Kind(500, "Something went wrong"),
    errors.DatabaseNewer: Kind(500, "Something went wrong"),
    errors.DatabaseInUse: Kind(500, "Something went wrong"),
    refusals.NoSuchPath: Kind(404, "Not found"),
    refusals.MethodNotAllowed: Kind(405, "This method is not possible here"),
    refusals.UnsupportedMediaType: Kind(415, "The body must be JSON"),
    refusals.PayloadTooLarge: Kind(413, "The body is too large"),
    refusals.InvalidHeader: Kind(400, "A header cannot be read"),
    refusals.InternalError: Kind(500, "Something went wrong"),
}

# The attributes of an error that its problem document shows, where they are set.
_EVIDENCE = (
    "action",
    "current_status",
    "allowed_actions",
    "required_scope",
    "reason",
    "supported",
    "sent",
    "limit",
    "field_name",
    "value",
    "identity",
    "header",
)
_SHOWN_AS = {"field_name": "field", "identity": "id"}


class Problem(NamedTuple):
    """A problem document, ready to be sent."""

    status: int
    body: bytes
    headers: tuple[Header, ...]


def problem(error: ExpressB2BError, request_id: str) -> Problem:
    """The answer to an error; what is no business of the client's becomes an internal error."""
    status, title = KINDS[type(error)]
    if status == 500:
        error = refusals.InternalError()
    members: dict[str, object] = {
        "type": TYPE_PREFIX + error.code,
        "title": title,
        "status": status,
        "code": error.code,
        "detail": error.detail,
        "request_id": request_id,
    }
    members.update(_evidence(error))
    return Problem(status, encode(members).encode("utf-8", "replace"), _headers(error))


def field_error(error: FieldError) -> dict[str, object]:
    """One entry of `errors`; its figures stand beside the text."""
    return {
        "pointer": error.pointer,
        "code": error.code,
        "detail": error.detail,
        **error.figures,
    }


def _evidence(error: ExpressB2BError) -> dict[str, object]:
    if isinstance(error, errors.NotFound):
        return {}  # foreign and absent must look alike, whatever was asked for
    found: dict[str, object] = {}
    for name in _EVIDENCE:
        value = getattr(error, name, None)
        if value not in (None, ""):
            found[_SHOWN_AS.get(name, name)] = value
    if isinstance(error, errors.ValidationFailed | errors.PriceChanged):
        found["errors"] = [field_error(entry) for entry in error.errors]
    return found


def _headers(error: ExpressB2BError) -> tuple[Header, ...]:
    if isinstance(error, errors.Unauthorized):
        return (("WWW-Authenticate", "Bearer"),)
    if isinstance(error, errors.RateLimited | errors.StorageUnavailable):
        return (("Retry-After", str(error.retry_after_seconds)),)
    if isinstance(error, refusals.MethodNotAllowed):
        return (("Allow", ", ".join(error.allowed)),)
    return ()
