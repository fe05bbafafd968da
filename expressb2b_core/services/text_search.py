"""Searching in names: the same on every database, whatever the case of the letters.

The searched text is folded when it is stored and what is sought when it is asked for, so that a
plain LIKE compares them. By themselves SQLite folds ASCII only and PostgreSQL by its locale.
"""

from __future__ import annotations

import peewee

from expressb2b_core.storage.statements import param

_ESCAPE = "!"
_LITERALLY = str.maketrans({special: _ESCAPE + special for special in "!%_"})
# In small letters, since peewee turns its own LIKE into GLOB on SQLite, which has other wildcards.
_LIKE = "like"


def folded(*texts: str) -> str:
    """What to store in a `search_text` column to find any of these texts."""
    return "\n".join(texts).casefold()


def pattern(sought: str) -> str:
    """The LIKE pattern that finds this text anywhere; `%` and `_` mean themselves."""
    return f"%{sought.casefold().translate(_LITERALLY)}%"


def contains(column: peewee.Field, parameter: str) -> peewee.Expression:
    """True where the column matches the `pattern` given as this parameter."""
    sought = peewee.NodeList((param(parameter), peewee.SQL(f"ESCAPE '{_ESCAPE}'")))
    return peewee.Expression(column, _LIKE, sought)
