from __future__ import annotations

import peewee

from expressb2b_core.storage.statements import (
    InsertStatement,
    ListStatement,
    Statement,
    param,
    values_from,
)
from expressb2b_core.storage.tables import PricingTier

T = PricingTier
SQLITE = peewee.SqliteDatabase(None)
POSTGRES = peewee.PostgresqlDatabase(None)


def test_parameters_and_constants_stand_where_the_query_has_them() -> None:
    statement = Statement(
        lambda: T.update(values_from(T.name)).where(
            (T.code == "gold") & (T.workspace == param("w"))
        )
    )

    compiled = statement.compiled_for(SQLITE)

    assert compiled.sql.count("?") == 3
    assert list(compiled.bind({"name": "Gold", "w": 7})) == ["Gold", "gold", 7]


def test_single_parameter_is_bound_as_a_list_of_one() -> None:
    statement = Statement(lambda: T.select(T.code).where(T.code == param("code")))

    assert list(statement.compiled_for(SQLITE).bind({"code": "gold"})) == ["gold"]


def test_query_is_built_once_for_each_dialect() -> None:
    built = []

    def build() -> peewee.Query:
        built.append(1)
        return T.select(T.code).where(T.code == param("code"))

    statement = Statement(build)
    texts = [statement.compiled_for(database).sql for database in (SQLITE, POSTGRES) * 2]

    assert len(built) == 2
    assert texts[:2] == texts[2:]
    assert "%s" in texts[1]


def test_locking_read_locks_where_several_transactions_write() -> None:
    statement = Statement(lambda: T.select(T.code), locking=True)

    assert statement.compiled_for(POSTGRES).sql.endswith(" FOR NO KEY UPDATE")
    assert "UPDATE" not in statement.compiled_for(SQLITE).sql


def test_list_is_padded_to_a_compiled_size_and_cut_at_the_largest() -> None:
    statement = ListStatement(lambda codes: T.select(T.code).where(T.code.in_(codes)))

    def bound(count: int) -> list[list[object]]:
        codes = [f"c{number}" for number in range(count)]
        return [
            list(part.compiled_for(SQLITE).bind(listed)) for part, listed in statement.parts(codes)
        ]

    assert bound(0) == []
    assert bound(1) == [["c0"]]
    assert bound(3) == [["c0", "c1", "c2", "c2"]]
    assert [len(part) for part in bound(600)] == [512, 256]
    assert bound(600)[1][-1] == "c599"


def test_other_parameters_stand_before_and_behind_a_list() -> None:
    statement = ListStatement(
        lambda codes: T.update(values_from(T.name)).where(
            T.code.in_(codes) & (T.workspace == param("w"))
        )
    )

    ((part, listed),) = statement.parts(["a", "b", "c"])

    bound = part.compiled_for(SQLITE).bind({"w": 7, "name": "n", **listed})
    assert list(bound) == ["n", "a", "b", "c", "c", 7]


def test_rows_are_inserted_several_at_a_time_in_their_order() -> None:
    statement = InsertStatement(T.name, T.code)
    rows = [(f"n{number}", f"c{number}") for number in range(75)]

    parts = [(part.compiled_for(SQLITE).sql, values) for part, values in statement.parts(rows)]

    assert [len(values) // 2 for _, values in parts] == [64, 4, 4, 1, 1, 1]
    assert [value for _, values in parts for value in values] == [
        text for row in rows for text in row
    ]
    assert parts[1][0].endswith('("name", "code") VALUES ' + ", ".join(["(?, ?)"] * 4))
