from __future__ import annotations

import pytest

from expressb2b_core import ExpressB2B
from expressb2b_core.errors import AlreadyExists, NotFound, ValidationFailed
from expressb2b_core.services import workspaces
from expressb2b_core.services.scope import Actor
from tests.clocks import MARCH_15, FakeClock


def test_new_database_has_the_workspace_default_in_dollars(b2b: ExpressB2B) -> None:
    found = workspaces.list_all(b2b.runtime)

    assert [(one.name, one.currency) for one in found] == [("default", "USD")]


def test_default_is_made_once_however_often_the_database_is_opened(b2b: ExpressB2B) -> None:
    workspaces.ensure_default(b2b.runtime)
    workspaces.ensure_default(b2b.runtime)

    assert len(workspaces.list_all(b2b.runtime)) == 1


def test_created_workspace_is_found_by_its_exact_name(b2b: ExpressB2B) -> None:
    made = workspaces.create(b2b.runtime, "Küche & Bar", "EUR")

    assert workspaces.find(b2b.runtime, "Küche & Bar") == made
    assert (made.currency, made.created_at) == ("EUR", MARCH_15)
    assert workspaces.find(b2b.runtime, "küche & bar") is None


def test_workspaces_are_listed_oldest_first(b2b: ExpressB2B, clock: FakeClock) -> None:
    workspaces.create(b2b.runtime, "north")
    clock.advance(1)
    workspaces.create(b2b.runtime, "east")

    names = [one.name for one in workspaces.list_all(b2b.runtime)]

    assert names == ["default", "north", "east"]


def test_name_that_is_taken_is_refused(b2b: ExpressB2B) -> None:
    workspaces.create(b2b.runtime, "north")

    with pytest.raises(AlreadyExists) as refused:
        workspaces.create(b2b.runtime, "north", "EUR")

    assert refused.value.field_name == "name"
    assert workspaces.get(b2b.runtime, "north").currency == "USD"


@pytest.mark.parametrize("name", ["", "x" * 65, " north", "north\n", "a\tb", "a\x00b", "a\x7fb"])
def test_name_that_nobody_could_type_is_refused(b2b: ExpressB2B, name: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        workspaces.create(b2b.runtime, name)

    assert [error.pointer for error in refused.value.errors] == ["/name"]


@pytest.mark.parametrize("name", ["x", "x" * 64, "north-west 2", "日本"])
def test_name_of_1_to_64_characters_is_accepted(b2b: ExpressB2B, name: str) -> None:
    assert workspaces.create(b2b.runtime, name).name == name


@pytest.mark.parametrize("currency", ["", "usd", "US", "USDX", "U$D", "ÄÖÜ", "ZZZ", "XXX"])
def test_currency_that_is_no_iso_code_is_refused(b2b: ExpressB2B, currency: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        workspaces.create(b2b.runtime, "north", currency)

    assert [error.pointer for error in refused.value.errors] == ["/currency"]


@pytest.mark.parametrize(("currency", "decimals"), [("USD", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4)])
def test_scope_knows_the_currency_and_its_decimals(
    b2b: ExpressB2B, currency: str, decimals: int
) -> None:
    workspaces.create(b2b.runtime, "north", currency)
    actor = Actor("admin", "7", "Ana")

    scope = workspaces.scope_of(b2b.runtime, "north", actor)

    assert (scope.workspace_name, scope.currency, scope.decimals) == ("north", currency, decimals)
    assert scope.actor == actor


@pytest.mark.parametrize("name", ["nowhere", "", "a\x00b"])
def test_scope_of_an_unknown_workspace_is_not_found(b2b: ExpressB2B, name: str) -> None:
    with pytest.raises(NotFound):
        workspaces.scope_of(b2b.runtime, name)


def test_counters_start_at_order_1001_and_event_1(b2b: ExpressB2B) -> None:
    workspaces.create(b2b.runtime, "north")

    counters = b2b.runtime.database.run_sql(
        "SELECT last_order_number + 1, last_event_seq + 1 FROM workspaces WHERE name = 'north'"
    )

    assert counters == [(1001, 1)]
