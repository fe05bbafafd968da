"""What the database means to do for each query that some code runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from expressb2b_core import ExpressB2B


def plans(b2b: ExpressB2B, ask: Callable[[], object]) -> list[str]:
    """The plan of each query that `ask` runs, without what small tables are worth."""
    database, asked = b2b.runtime.database, []
    read = database._read

    def noted(sql: str, values: Any, fetch: Any) -> Any:
        asked.append((sql, values))
        return read(sql, values, fetch)

    database._read = noted  # type: ignore[method-assign]
    ask()
    database._read = read  # type: ignore[method-assign]
    return [_plan(b2b, sql, values) for sql, values in asked]


def _plan(b2b: ExpressB2B, sql: str, values: Any) -> str:
    database = b2b.runtime.database
    if database.dialect.name == "sqlite":
        rows = database.run_sql(f"EXPLAIN QUERY PLAN {sql}", values)
        return "\n".join(row[3] for row in rows)

    def work() -> list[Any]:
        database.run_sql("SET LOCAL enable_seqscan = off")
        database.run_sql("SET LOCAL enable_sort = off")
        return database.run_sql(f"EXPLAIN {sql}", values)

    return "\n".join(row[0] for row in database.write(work))
