"""What tests ask of a database, of whatever kind it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from expressb2b_core import ExpressB2B
from expressb2b_core.storage.tables import TABLES


def statements_of(b2b: ExpressB2B) -> list[str]:
    """A list that grows by every SQL statement from now on."""
    seen: list[str] = []
    database = b2b.runtime.database

    def noting(run: Callable[..., Any]) -> Callable[..., Any]:
        def noted(sql: str, *values: Any) -> Any:
            seen.append(sql)
            return run(sql, *values)

        return noted

    names = {"sqlite": ("_run",), "postgresql": ("_run", "_read_alone")}
    for name in (*names[database.dialect.name], "_run_many"):
        setattr(database, name, noting(getattr(database, name)))
    return seen


def everything_in(b2b: ExpressB2B) -> str:
    """All that is stored, as text."""
    database = b2b.runtime.database
    rows = [database.run_sql(f"SELECT * FROM {table._meta.table_name}") for table in TABLES]
    return repr(rows)
