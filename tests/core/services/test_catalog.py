from __future__ import annotations

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.errors import InvalidCursor, NotFound, Stale, ValidationFailed
from tests.builders import open_tiers
from tests.clocks import FakeClock
from tests.refusals import problems

ABSENT_ID = "01936a11-8d3f-7c0e-b541-94e1c73b2f8a"


# Making and reading


def test_new_product_has_every_field_of_the_interface_in_its_order(shop: Workspace) -> None:
    made = shop.products.upsert(sku="NAP-LIN-WHT-200", name="Linen napkin", base_price="41")

    assert made.created
    assert list(made.to_dict().items()) == [
        ("sku", "NAP-LIN-WHT-200"),
        ("name", "Linen napkin"),
        ("description", None),
        ("unit", None),
        ("base_price", "41.00"),
        ("min_qty", 1),
        ("multiple", 1),
        ("active", True),
        (
            "inventory",
            {
                "tracked": False,
                "on_hand": 0,
                "reserved": 0,
                "available": None,
                "allow_backorder": False,
            },
        ),
        ("pricing", []),
        ("external_id", None),
        ("metadata", {}),
        ("created_at", "2026-03-15T14:32:07Z"),
        ("updated_at", "2026-03-15T14:32:07Z"),
    ]


def test_all_that_is_given_is_read_back(shop: Workspace) -> None:
    given = {
        "sku": "ÄPFEL-1",
        "name": "Äpfel “rot”",
        "description": "",
        "unit": "box",
        "base_price": "0.0125",
        "min_qty": 6,
        "multiple": 3,
        "active": False,
        "external_id": "ERP-1",
        "metadata": {"source": "erp", "a": ""},
    }

    shop.products.upsert(**given)

    read = shop.products.get("ÄPFEL-1").to_dict()
    assert {name: read[name] for name in given} == given


def test_new_product_needs_a_name(shop: Workspace) -> None:
    with pytest.raises(ValidationFailed) as failure:
        shop.products.upsert(sku="A", base_price="1")

    assert problems(failure) == [("/name", "required")]
    with pytest.raises(NotFound):
        shop.products.get("A")


def test_new_product_without_base_price_has_none(shop: Workspace) -> None:
    assert shop.products.upsert(sku="A", name="A").base_price is None


def test_sku_is_case_sensitive(shop: Workspace) -> None:
    shop.products.upsert(sku="a", name="small")
    shop.products.upsert(sku="A", name="large")

    assert shop.products.get("a").name == "small"
    assert shop.products.get("A").name == "large"


@pytest.mark.parametrize("sku", ["missing", "", " A", "A\x00", "\ud800", "x" * 65])
def test_sku_that_no_product_has_is_not_found(shop: Workspace, sku: str) -> None:
    with pytest.raises(NotFound):
        shop.products.get(sku)
    with pytest.raises(NotFound):
        shop.products.archive(sku)
    with pytest.raises(NotFound):
        shop.products.price(sku, billing_account_id=ABSENT_ID)


# Changing


def test_absent_fields_stay_and_null_clears(shop: Workspace) -> None:
    shop.products.upsert(
        sku="A",
        name="A",
        description="d",
        unit="box",
        base_price="5",
        external_id="E",
        min_qty=2,
        multiple=2,
        metadata={"a": "b"},
    )
    before = shop.products.get("A").to_dict()

    shop.products.upsert(sku="A", name="A")
    kept = shop.products.get("A").to_dict()
    cleared = shop.products.upsert(
        sku="A",
        description=None,
        unit=None,
        base_price=None,
        external_id=None,
        min_qty=None,
        multiple=None,
        metadata=None,
    )

    assert kept == before
    assert cleared.to_dict() == {
        **before,
        "description": None,
        "unit": None,
        "base_price": None,
        "external_id": None,
        "min_qty": 1,
        "multiple": 1,
        "metadata": {},
    }


@pytest.mark.parametrize("field", ["name", "active", "inventory", "pricing", "sku"])
def test_what_cannot_be_cleared_is_refused(shop: Workspace, field: str) -> None:
    shop.products.upsert(sku="A", name="A")

    with pytest.raises(ValidationFailed) as failure:
        shop.products.upsert(**{"sku": "A", field: None})

    assert problems(failure) == [(f"/{field}", "required")]


CHANGES = [
    {"name": "B"},
    {"description": "new"},
    {"unit": "box"},
    {"base_price": "6"},
    {"base_price": None},
    {"min_qty": 2},
    {"multiple": 2},
    {"active": False},
    {"external_id": "E"},
    {"metadata": {"a": "c"}},
    {"inventory": {"on_hand": 4}},
    {"inventory": {"tracked": False}},
    {"inventory": {"allow_backorder": True}},
    {"pricing": [{"tier": "volume_a", "price": "3"}]},
    {"pricing": [], "pricing_mode": "replace"},
]
FULL = {
    "sku": "A",
    "name": "A",
    "base_price": "5.00",
    "metadata": {"a": "b", "c": "d"},
    "inventory": {"on_hand": 3},
    "pricing": [{"tier": "volume_a", "price": "4.00", "valid_to": "2027-01-01T00:00:00Z"}],
}


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_every_change_moves_updated_at_alone(
    shop: Workspace, clock: FakeClock, change: dict[str, object]
) -> None:
    open_tiers(shop)
    before = shop.products.upsert(**FULL)
    clock.advance(60)

    after = shop.products.upsert(sku="A", **change)

    assert not after.created
    assert after.created_at == before.created_at
    assert after.updated_at == "2026-03-15T14:33:07Z"
    assert after == shop.products.get("A")
    changed = {name for name in before.to_dict() if before[name] != after[name]}
    assert changed == (set(change) - {"pricing_mode"}) | {"updated_at"}


@pytest.mark.parametrize(
    "same",
    [
        FULL,
        {"name": "A"},
        {"base_price": "5"},
        {"metadata": {"c": "d", "a": "b"}},
        {"inventory": {"on_hand": 3, "tracked": True, "allow_backorder": False}},
        {"pricing": []},
        {"pricing_mode": "replace"},
        {"pricing": [{"tier": "volume_b", "price": None}]},
        {"pricing": [{"tier": "volume_a", "price": "4", "valid_to": "2027-01-01T01:00:00+01:00"}]},
        {"pricing": FULL["pricing"], "pricing_mode": "replace"},
        {},
    ],
    ids=str,
)
def test_saying_what_is_so_already_leaves_updated_at(
    shop: Workspace, clock: FakeClock, same: dict[str, object]
) -> None:
    open_tiers(shop)
    before = shop.products.upsert(**FULL)
    clock.advance(60)

    after = shop.products.upsert(**{"sku": "A", **same})

    assert after.text == before.text
    assert not after.created


def test_all_wrong_fields_are_named_at_once(shop: Workspace) -> None:
    with pytest.raises(ValidationFailed) as failure:
        shop.products.upsert(
            sku=" A",
            name="",
            base_price=4.5,
            min_qty=0,
            inventory={"on_hand": -1, "reserved": 3},
            pricing=[{"tier": "volume_a", "price": "-1"}],
            colour="red",
        )

    assert problems(failure) == [
        ("/sku", "invalid_format"),
        ("/name", "invalid_length"),
        ("/base_price", "invalid_money"),
        ("/min_qty", "out_of_range"),
        ("/inventory/on_hand", "out_of_range"),
        ("/inventory/reserved", "unknown_field"),
        ("/pricing/0/price", "invalid_money"),
        ("/colour", "unknown_field"),
    ]


# Stock in an upsert


def test_stock_is_tracked_from_the_first_count_on(shop: Workspace) -> None:
    untracked = shop.products.upsert(sku="A", name="A", inventory={"allow_backorder": True})
    tracked = shop.products.upsert(sku="A", inventory={"on_hand": 7})

    assert untracked.inventory["available"] is None
    assert tracked.inventory == {
        "tracked": True,
        "on_hand": 7,
        "reserved": 0,
        "available": 7,
        "allow_backorder": True,
    }


def test_tracked_as_given_wins_over_a_count(shop: Workspace) -> None:
    made = shop.products.upsert(sku="A", name="A", inventory={"on_hand": 7, "tracked": False})

    assert made.inventory["tracked"] is False
    assert made.inventory["on_hand"] == 7
    assert made.inventory["available"] is None


# Conditions


def test_change_under_the_present_tag_passes_and_under_an_old_one_is_stale(
    shop: Workspace,
) -> None:
    first = shop.products.upsert(sku="A", name="A")
    second = shop.products.upsert(sku="A", name="B", if_match=frozenset({first.etag, "some-other"}))

    with pytest.raises(Stale):
        shop.products.upsert(sku="A", name="C", if_match=frozenset({first.etag}))
    with pytest.raises(Stale):
        shop.products.archive("A", if_match=frozenset({first.etag}))

    assert shop.products.get("A") == second


def test_refused_change_under_the_present_tag_is_not_called_stale(shop: Workspace) -> None:
    present = shop.products.upsert(sku="A", name="A")

    with pytest.raises(ValidationFailed) as failure:
        shop.products.upsert(
            sku="A",
            pricing=[{"tier": "nope", "price": "1"}],
            if_match=frozenset({present.etag}),
        )

    assert [error.pointer for error in failure.value.errors] == ["/pricing/0/tier"]


def test_any_tag_matches_what_exists_and_nothing_matches_what_does_not(shop: Workspace) -> None:
    shop.products.upsert(sku="A", name="A")

    shop.products.upsert(sku="A", name="B", if_match=frozenset({"*"}))
    with pytest.raises(Stale):
        shop.products.upsert(sku="B", name="B", if_match=frozenset({"*"}))

    assert [product.name for product in shop.products.list()] == ["B"]


# Archiving


def test_archived_product_can_be_read_and_archived_again(shop: Workspace, clock: FakeClock) -> None:
    before = shop.products.upsert(sku="A", name="A", base_price="5")
    clock.advance(1)

    shop.products.archive("A")
    archived = shop.products.get("A")
    clock.advance(1)
    shop.products.archive("A")

    assert archived.to_dict() == {
        **before.to_dict(),
        "active": False,
        "updated_at": "2026-03-15T14:32:08Z",
    }
    assert shop.products.get("A") == archived


# The stranger


def test_stranger_sees_and_changes_nothing_of_ours(
    b2b: ExpressB2B, shop: Workspace, stranger: Workspace
) -> None:
    open_tiers(shop)
    account = shop.accounts.create(name="Cafe").id
    ours = shop.products.upsert(
        sku="A", name="ours", base_price="5", pricing=[{"tier": "volume_a", "price": "4"}]
    )

    for attempt in (
        lambda: stranger.products.get("A"),
        lambda: stranger.products.archive("A"),
        lambda: stranger.products.price("A", billing_account_id=account),
    ):
        with pytest.raises(NotFound):
            attempt()
    with pytest.raises(ValidationFailed):
        stranger.products.upsert(sku="A", base_price="1")
    for row, pointer in (
        ({"tier": "volume_a"}, "/pricing/0/tier"),
        ({"billing_account_id": account}, "/pricing/0/billing_account_id"),
    ):
        with pytest.raises(ValidationFailed) as failure:
            stranger.products.upsert(sku="T", name="T", pricing=[{**row, "price": "1"}])
        assert problems(failure) == [(pointer, "not_found")]
    theirs = stranger.products.upsert(sku="A", name="theirs")

    assert shop.products.get("A") == ours
    assert theirs.created
    assert list(stranger.products.list()) == [theirs]
    assert list(shop.products.list()) == [ours]
    with pytest.raises(InvalidCursor):
        shop.products.upsert(sku="B", name="B")
        stranger.products.list(per_page=1, cursor=shop.products.list(per_page=1).next_cursor)
