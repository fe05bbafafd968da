"""Every error the core raises; callers catch these, the server maps each to a status.

    ExpressB2BError
    ├── InvalidInput                read, but refused
    │   ├── ValidationFailed        one or more fields, each with a pointer
    │   ├── TooManyRecords          a bulk request over its size
    │   ├── PageTooDeep             a page number beyond the first 10,000 rows
    │   ├── InvalidCursor           changed, or made for another list
    │   ├── UnknownVersion          no such version of the interface
    │   ├── UnreadableBody          not JSON, or JSON that says two things
    │   └── IdempotencyKeyReused    the same key for another request
    ├── NotFound                    absent, or another workspace's: nobody can tell which
    ├── Conflict                    against the present state
    │   ├── InvalidTransition       the order's status does not allow it
    │   ├── AlreadyExists           an external id or a name is taken
    │   ├── InUse                   something still refers to it
    │   ├── PriceChanged            not the price the caller expected
    │   ├── IdempotencyInProgress   the first request is still running
    │   └── EndpointDisabled        a webhook endpoint that must be enabled first
    ├── Stale                       changed since the caller read it
    ├── NotAllowed                  who asks may not do it
    │   ├── Unauthorized            no valid key
    │   ├── InsufficientScope       the key lacks a scope
    │   └── NotAnApprover           this person may not decide this order
    ├── RateLimited                 too many requests; says when to come back
    ├── StorageUnavailable          the database cannot be written now; try again
    └── Misconfigured               cannot start like this; says what to change
        ├── DatabaseNewer           written by a newer release
        └── DatabaseInUse           another server has this file open

Each class has a stable `code`; what failed stands in attributes, so nobody parses messages.
Mistakes of the calling program stay `TypeError` and `ValueError`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Figure = str | int | None | Sequence[int | None]


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field.

    `pointer` is an RFC 6901 JSON Pointer into the body, or `?name` for a query parameter.
    `figures` are the facts a program may want, such as `available` or `nearest`.
    """

    pointer: str
    code: str
    detail: str
    figures: Mapping[str, Figure] = field(default_factory=dict)


class ExpressB2BError(Exception):
    """The root of all errors of this library."""

    code = "error"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidInput(ExpressB2BError):
    """The request was read and is refused."""

    code = "invalid_input"


class ValidationFailed(InvalidInput):
    """One or more fields need attention; `errors` names them all."""

    code = "validation_failed"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        self.errors = tuple(errors)
        many = len(self.errors) != 1
        super().__init__(f"{len(self.errors)} field{'s' * many} need{'s' * (not many)} attention.")

    def __str__(self) -> str:
        return "; ".join(f"{error.pointer}: {error.detail}" for error in self.errors)


class TooManyRecords(InvalidInput):
    """A bulk request with more records than one request may carry."""

    code = "too_many_records"

    def __init__(self, sent: int, limit: int) -> None:
        super().__init__(f"{sent} records were sent; one request takes at most {limit}.")
        self.sent = sent
        self.limit = limit


class PageTooDeep(InvalidInput):
    """A page number beyond the first 10,000 rows."""

    code = "page_too_deep"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"Page numbers reach the first {limit:,} rows only; "
            "go on with `cursor`, taking `meta.next_cursor` of the page before."
        )


class InvalidCursor(InvalidInput):
    """A cursor that was changed, or made for another list, filter or sort."""

    code = "invalid_cursor"

    def __init__(self) -> None:
        super().__init__(
            "This cursor does not belong to this list with these filters and this sort; "
            "start again without a cursor."
        )


class UnknownVersion(InvalidInput):
    """No such version of the interface; `supported` lists the ones there are."""

    code = "unknown_version"

    def __init__(self, asked: str, supported: Sequence[str]) -> None:
        self.asked = asked
        self.supported = tuple(supported)
        super().__init__(f"There is no such version; supported: {', '.join(self.supported)}.")


class UnreadableBody(InvalidInput):
    """The body is no JSON, or JSON that can be read in two ways."""

    code = "invalid_json"


class IdempotencyKeyReused(InvalidInput):
    """The `Idempotency-Key` was used for another method, path or body."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key was used for a different request; use a new key for a new one."
        )


class NotFound(ExpressB2BError):
    """It does not exist in this workspace."""

    code = "not_found"

    def __init__(self, kind: str, identity: str = "") -> None:
        super().__init__(f"There is no such {kind}.")
        self.kind = kind
        self.identity = identity


class Conflict(ExpressB2BError):
    """The request contradicts the present state."""

    code = "conflict"


class InvalidTransition(Conflict):
    """The order's status does not allow this action."""

    code = "invalid_transition"

    def __init__(self, action: str, current_status: str, allowed_actions: Sequence[str]) -> None:
        allowed = ", ".join(allowed_actions) or "nothing"
        super().__init__(
            f"An order that is {current_status} cannot be changed by {action}; allowed: {allowed}."
        )
        self.action = action
        self.current_status = current_status
        self.allowed_actions = tuple(allowed_actions)


class AlreadyExists(Conflict):
    """Another record of the workspace has this value; `identity` is that record's id."""

    code = "already_exists"

    def __init__(self, field_name: str, value: str, identity: str = "") -> None:
        super().__init__(f"Another record has this {field_name} already.")
        self.field_name = field_name
        self.value = value
        self.identity = identity


class InUse(Conflict):
    """Something still refers to it, so it cannot be removed."""

    code = "in_use"


class PriceChanged(Conflict):
    """A price differs from `expected_unit_price`; `errors` names both for each line."""

    code = "price_changed"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("The price is not the expected one; nothing was ordered.")
        self.errors = tuple(errors)


class IdempotencyInProgress(Conflict):
    """The first request with this `Idempotency-Key` is still running."""

    code = "idempotency_in_progress"

    def __init__(self) -> None:
        super().__init__("The first request with this Idempotency-Key is still running.")


class EndpointDisabled(Conflict):
    """The webhook endpoint is disabled, and nothing is sent to it."""

    code = "endpoint_disabled"

    def __init__(self) -> None:
        super().__init__("This endpoint is disabled; enable it first.")


class Stale(ExpressB2BError):
    """It was changed since the caller read it (`If-Match` does not match)."""

    code = "stale"

    def __init__(self) -> None:
        super().__init__("It was changed since you read it; read it again and decide anew.")


class NotAllowed(ExpressB2BError):
    """Who asks may not do it."""

    code = "not_allowed"


class Unauthorized(NotAllowed):
    """No key, or one that is malformed, unknown, revoked or expired: the same for all."""

    code = "unauthorized"

    def __init__(self) -> None:
        super().__init__("A valid API key is needed: `Authorization: Bearer <key>`.")


class InsufficientScope(NotAllowed):
    """The key is valid and lacks `required_scope`."""

    code = "insufficient_scope"

    def __init__(self, required_scope: str) -> None:
        super().__init__(f"This key lacks the scope {required_scope}.")
        self.required_scope = required_scope


class NotAnApprover(NotAllowed):
    """This person may not decide this order now; `reason` says why."""

    code = "not_an_approver"

    def __init__(self, reason: str) -> None:
        super().__init__(f"This person may not decide this order now: {reason}.")
        self.reason = reason


class RateLimited(ExpressB2BError):
    """Too many requests; one sent `retry_after_seconds` later is accepted."""

    code = "rate_limited"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"Too many requests; try again in {retry_after_seconds} s.")
        self.retry_after_seconds = retry_after_seconds


class StorageUnavailable(ExpressB2BError):
    """The database cannot do this now (busy, full, out of reach); nothing was changed."""

    code = "storage_unavailable"

    def __init__(self, detail: str, retry_after_seconds: int = 2) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class Misconfigured(ExpressB2BError):
    """It cannot start like this; the text says what to change."""

    code = "misconfigured"


class DatabaseNewer(Misconfigured):
    """The database was written by a newer release than this one."""

    code = "database_newer"

    def __init__(self, found: int, known: int) -> None:
        super().__init__(
            f"The database has schema {found}, this release knows {known}: "
            "install the newer release, or restore a backup made before the upgrade."
        )


class DatabaseInUse(Misconfigured):
    """Another server has this SQLite file open."""

    code = "database_in_use"
