"""How values are shown to people: money, times, states, and what was done."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING

from expressb2b_core.inputs import moments

if TYPE_CHECKING:
    from expressb2b_server.panel.requests import Request

STATUS_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "pending_approval": "Waiting for approval",
        "approved": "Approved",
        "rejected": "Rejected",
        "fulfilled": "Fulfilled",
        "cancelled": "Cancelled",
        "active": "Active",
        "inactive": "Inactive",
        "archived": "Archived",
        "expired": "Expired",
        "revoked": "Revoked",
        "enabled": "Enabled",
        "disabled": "Paused",
        "pending": "On its way",
        "succeeded": "Delivered",
        "failed": "Failed",
        "invited": "Invited",
        "failing": "Failing",
        "created": "New",
        "updated": "Changed",
        "unchanged": "Unchanged",
    }
)
ROLE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "admin": "Administrator: everything",
        "approver": "Approver: decides orders, sees the rest",
        "read_only": "Read-only: sees, changes nothing",
    }
)
DOOR_WORDS: Mapping[str, str] = MappingProxyType(
    {"panel": "Panel", "key": "API key", "command": "Command line", "library": "Program"}
)
VERDICT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "won": "This price applies",
        "outranked": "A stronger price applies",
        "qty_too_low": "Needs a larger quantity",
        "not_yet_valid": "Not valid yet",
        "expired": "No longer valid",
    }
)
SOURCE_WORDS: Mapping[str, str] = MappingProxyType(
    {"account": "Account price", "tier": "Tier price", "base": "Base price"}
)

_GOOD = "good"
_BAD = "bad"
_TONES: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("approved", "active", "enabled", "succeeded", "created"), _GOOD)
    | dict.fromkeys(("rejected", "failed", "expired", "failing"), _BAD)
    | dict.fromkeys(("pending_approval", "pending", "invited", "updated"), "waiting")
    | dict.fromkeys(("fulfilled",), "done")
)

NOTICES: Mapping[str, str] = MappingProxyType(
    {
        "approved": "Approved.",
        "level-approved": "Approved. The next level has to decide now.",
        "rejected": "Rejected.",
        "fulfilled": "Marked as fulfilled.",
        "cancelled": "Cancelled.",
        "key-revoked": "The key is revoked; it is refused from now on.",
        "endpoint-saved": "The endpoint is saved.",
        "endpoint-removed": "The endpoint is removed.",
        "endpoint-paused": "Paused. What happens now is not delivered; it can be replayed later.",
        "endpoint-enabled": "Enabled.",
        "test-sent": "A test event is on its way. Load this page again to see what came of it.",
        "redelivery": "It is being delivered again. Load this page again to see what came of it.",
        "replay": "Deliveries were queued: {n}.",
        "account-saved": "The account is saved.",
        "account-made": "The account is made. Add its sites and people next.",
        "site-saved": "The site is saved.",
        "contact-saved": "The person is saved.",
        "levels-saved": "The approval levels are saved. They count for new orders.",
        "product-saved": "The product is saved.",
        "product-archived": "The product is archived: new orders refuse it, old ones keep it.",
        "price-saved": "The price is saved. Orders that exist keep theirs.",
        "price-ended": "The price is ended. Orders that exist keep theirs.",
        "stock-saved": "The stock is saved.",
        "tier-saved": "The tier is saved.",
        "tier-removed": "The tier is removed.",
        "imported": "Products were imported: {n}.",
        "workspace-made": "The workspace is made, and you are in it.",
        "administrator-saved": "Saved.",
        "administrator-disabled": "Disabled, and signed out everywhere.",
        "administrator-enabled": "Enabled.",
        "password-changed": "Your password is changed. Other browsers are signed out.",
        "signed-out-elsewhere": "Signed out of all other browsers.",
        "signed-out-everywhere": "Signed out of all browsers.",
        "welcome": "You are in. Nobody else can use that link any more.",
        "signed-out": "You are signed out.",
    }
)

_THOUSANDS = re.compile(r"(?<=\d)(?=(?:\d{3})+(?:\.|$))")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_IN = (("day", 86_400), ("hour", 3600), ("minute", 60))


def money(text: str | None, currency: str = "") -> str:
    """An amount with thousands apart: `USD 1,234.50`."""
    if text is None:
        return "–"
    whole, point, rest = text.partition(".")
    grouped = _THOUSANDS.sub(",", whole) + point + rest
    return f"{currency} {grouped}".strip()


def number(count: int) -> str:
    """A whole number with thousands apart."""
    return f"{count:,}"


def counted(count: int, word: str, plural: str = "") -> str:
    """A number and its word: `1 order`, `2 orders`."""
    return f"{count:,} {word if count == 1 else plural or word + 's'}"


def day(seconds: int) -> str:
    """A date in UTC: `15 Mar 2026`."""
    moment = _EPOCH + timedelta(seconds=seconds)
    return f"{moment.day} {moment:%b %Y}"


def at(seconds: int) -> str:
    """A moment as markup, from seconds since 1970."""
    return when(moments.text(seconds))


def when(text: str | None) -> str:
    """A moment as markup that says it to people and to programs."""
    if text is None:
        return "–"
    seconds = moments.parse(text)
    shown = f"{day(seconds)}, {text[11:16]}"
    return f'<time datetime="{escape(text)}" title="{escape(text)}">{shown}</time>'


def ago(text: str, now: int) -> str:
    """How long it is since a moment, or until it: `3 hours ago`, `in 2 days`."""
    passed = now - moments.parse(text)
    for word, seconds in _SECONDS_IN:
        if abs(passed) >= seconds:
            told = counted(abs(passed) // seconds, word)
            return f"{told} ago" if passed > 0 else f"in {told}"
    return "just now" if passed >= 0 else "in a moment"


def pill(status: str, words: str = "") -> str:
    """A state as markup: told by word and shape, not by colour alone."""
    tone = _TONES.get(status, "quiet")
    return f'<span class="pill {tone}">{escape(words or STATUS_WORDS.get(status, status))}</span>'


def action_words(action: str) -> str:
    """What stands in the audit log or a history, as people say it: `key.revoked`."""
    return action.replace(".", " ").replace("_", " ").replace("api key", "API key").capitalize()


def failure_words(error: str) -> str:
    """What went wrong with an attempt, as people say it: `tls_failed: certificate has expired`."""
    word, colon, detail = error.partition(":")
    return word.replace("_", " ").capitalize() + colon + detail


def shown(value: object) -> str:
    """Any value of a document in one line."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        mark = "; " if any(isinstance(one, dict) for one in value) else ", "
        return mark.join(map(shown, value)) or "nothing"
    if isinstance(value, dict):
        return ", ".join(_pair_shown(*one) for one in value.items() if _says_something(one[1]))
    return str(value)


def _pair_shown(name: str, value: object) -> str:
    return f"{name.replace('_', ' ')} {shown(value)}"


def _says_something(value: object) -> bool:
    return value is False or value not in (None, "", [], {}, 0)


def detail_lines(details: Mapping[str, object]) -> Sequence[tuple[str, str]]:
    """The details of an audit entry as pairs of words; empty ones are left out."""
    lines = []
    for name, value in details.items():
        if isinstance(value, dict):
            lines += [
                (_field_words(field), _change_shown(*one))
                for field, one in value.items()
                if isinstance(one, list) and len(one) == 2
            ]
        elif _says_something(value):
            lines.append((_field_words(name), shown(value)))
    return lines


def _change_shown(before: object, after: object) -> str:
    return shown(after) if before is None else f"{shown(before)} → {shown(after)}"


def notice(request: Request) -> str:
    """What the last action did, from the address it led to."""
    text = NOTICES.get(request.query.text("done"), "")
    count = 0
    with suppress(ValueError):
        count = int(request.query.text("n")[:9] or "0")
    return text.format(n=number(count))


def _field_words(name: str) -> str:
    return name.replace("_", " ").capitalize()


FOR_TEMPLATES: Mapping[str, object] = MappingProxyType(
    {
        function.__name__: function
        for function in (
            money, number, counted, day, at, when, ago, pill, action_words, failure_words, shown,
            detail_lines,
        )
    }
    | {
        "STATUS_WORDS": STATUS_WORDS,
        "ROLE_WORDS": ROLE_WORDS,
        "DOOR_WORDS": DOOR_WORDS,
        "VERDICT_WORDS": VERDICT_WORDS,
        "SOURCE_WORDS": SOURCE_WORDS,
    }
)  # fmt: skip
