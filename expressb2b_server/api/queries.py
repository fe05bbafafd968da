"""Query strings: percent-encoded UTF-8 to pairs of names and values, with nothing guessed."""

from __future__ import annotations

import re
from typing import TypedDict
from urllib.parse import parse_qsl

from expressb2b_core.errors import FieldError, ValidationFailed
from expressb2b_core.inputs.records import read_query

Pairs = list[tuple[str, str]]

_MAX_PARAMETERS = 100
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class NoParameters(TypedDict):
    """For addresses that take none."""


def parse(query: str) -> Pairs:
    """The parameters of a query string, given as WSGI does, byte for character.

    Raises:
        ValidationFailed: not percent-encoded UTF-8, or more than 100 parameters.
    """
    if not query:
        return []
    try:
        text = query if query.isascii() else query.encode("latin-1").decode()
        if not _BROKEN_ESCAPE.search(text):
            return parse_qsl(
                text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_PARAMETERS
            )
    except ValueError:
        pass
    detail = f"the query must be percent-encoded UTF-8 with at most {_MAX_PARAMETERS} parameters"
    raise ValidationFailed([FieldError("?", "invalid_encoding", detail)])


def refuse_all(pairs: Pairs) -> None:
    """`ValidationFailed` when there is any parameter."""
    if pairs:
        read_query(NoParameters, pairs)
