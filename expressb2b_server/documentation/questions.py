"""From what people type to what is looked for: words that carry meaning, and their other names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

MAX_CHARACTERS = 500
MAX_TERMS = 12

_WORD = re.compile(r"[^\W_][\w.'’-]*[^\W_]|[^\W_]", re.UNICODE)
_SHORTEST_PREFIX = 4

_STOP_WORDS = frozenset(
    re.findall(
        r"\S+",
        """
        a about actually after all also am an and any anybody anyone are as at avoid b2b be because
        been before being but by can can't cannot could did do does doesn't don't each either else
        every everything exactly express expressb2b find for from get gets getting give given gives
        go goes got had happen happens has have having he help her here how i i'd i'm if in instead
        into is isn't it it's its just kind know let like look make makes making many may me mean
        means might more most much must my need needs no nobody not now of off on once one only
        onto or our out over please possible prevent really same say says see shall she should show
        so some somebody someone something sort still such take takes tell than that the their them
        then there these they thing things this those to too up us use used user using very via
        want wants was way we were what what's when where which while who whom whose why will with
        within without won't would yet you your
        """,
    )
)

# What people call things, and what these pages call them.
_OTHER_NAMES: Mapping[str, Sequence[str]] = {
    "address": ("url",),
    "again": ("retry", "repeat"),
    "auth": ("authorization", "bearer key"),
    "authenticate": ("authorization", "bearer key"),
    "authentication": ("authorization", "bearer key"),
    "backorder": ("allow_backorder",),
    "bill": ("billing account",),
    "call": ("request",),
    "callback": ("webhook",),
    "checkout": ("place an order",),
    "client": ("billing account",),
    "compliance": ("security",),
    "concurrency": ("race", "if-match"),
    "concurrent": ("race", "if-match"),
    "crash": ("nothing acknowledged is lost", "kill"),
    "create": ("place", "upsert"),
    "csv": ("import", "spreadsheet"),
    "customer": ("billing account",),
    "cvs": ("csv",),
    "delete": ("archive", "remove"),
    "docker": ("systemd",),
    "duplicate": ("idempotency-key", "twice"),
    "duplicates": ("idempotency-key", "twice"),
    "etag": ("entity tag",),
    "excel": ("spreadsheet",),
    "fail": ("error", "failed"),
    "hmac": ("signature",),
    "https": ("tls",),
    "inventory": ("stock",),
    "lock": ("if-match",),
    "login": ("sign in", "key"),
    "manager": ("approver",),
    "multi-tenant": ("workspace",),
    "multiple": ("several", "two"),
    "notification": ("webhook",),
    "notifications": ("webhook",),
    "oauth": ("key", "bearer"),
    "order": (),
    "pagination": ("cursor", "per_page"),
    "paginate": ("cursor", "per_page"),
    "password": ("key", "secret"),
    "permission": ("scope",),
    "permissions": ("scope",),
    "poll": ("events feed", "webhook"),
    "polling": ("events feed", "webhook"),
    "postgres": ("postgresql",),
    "quantity": ("qty",),
    "quota": ("limit",),
    "retried": ("tried again", "attempt"),
    "retry": ("tried again", "attempt"),
    "rounding": ("round half up",),
    "ship": ("fulfill",),
    "shipment": ("fulfill", "tracking"),
    "shipped": ("fulfilled",),
    "signature": ("sign", "verify"),
    "slow": ("seconds",),
    "speed": ("limits",),
    "ssl": ("tls",),
    "stolen": ("revoke",),
    "leaked": ("revoke",),
    "submit": ("place",),
    "tenant": ("workspace",),
    "throttle": ("rate limit",),
    "throttling": ("rate limit",),
    "timeout": ("seconds",),
    "token": ("key",),
    "undo": ("cancel",),
    "upload": ("import", "upsert"),
    "warehouse": ("stock", "wms"),
}


class Term(NamedTuple):
    """One thing that is looked for, in the words of the full-text index."""

    word: str
    match: str


def terms_of(question: str) -> list[Term]:
    """What to look for; empty when no word of a question says what it is about."""
    words = [_bare(word) for word in _WORD.findall(question[:MAX_CHARACTERS])]
    telling = [word for word in words if len(word) > 1 and word not in _STOP_WORDS]
    return [_term(word) for word in dict.fromkeys(telling)][:MAX_TERMS]


def _bare(word: str) -> str:
    return word.lower().replace("’", "'").strip("'").removesuffix("'s")


def _term(word: str) -> Term:
    others = _OTHER_NAMES.get(word) or _OTHER_NAMES.get(word.removesuffix("s"), ())
    return Term(word, " OR ".join([_quoted(word), *map(_quoted, others)]))


def _quoted(words: str) -> str:
    """As FTS5 reads it: a phrase; its last word may go on, unless it is short."""
    last = re.split(r"\W|_", words)[-1]
    prefix = "*" if len(last) >= _SHORTEST_PREFIX else ""
    return f'"{words}"{prefix}'
