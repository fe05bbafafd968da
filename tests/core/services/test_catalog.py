from __future__ import annotations

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.errors import InvalidCursor, NotFound, Stale, ValidationFailed
from tests.clocks import FakeClock

ABSENT_ID = "01936a11-8d3f-7c0e-b541-94e1c73b2f8a"


def pointers(failure: pytest.ExceptionInfo[ValidationFailed]) -> list[tuple[str, str]]:
    return [(error.pointer, error.code) for error in failure.value.errors]


def open_tiers(shop: Workspace) -> None:
    shop.tiers.put("volume_a", name="Volume A")
    shop.tiers.put("volume_b", name="Volume B")


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

    assert pointers(failure) == [("/name", "required")]
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

    assert pointers(failure) == [(f"/{field}", "required")]


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

    assert pointers(failure) == [
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


# Negotiated prices in an upsert


def test_negotiated_prices_are_shown_in_a_stable_order(shop: Workspace) -> None:
    open_tiers(shop)
    account = shop.accounts.create(name="Cafe").id
    rows = [
        {"billing_account_id": account, "price": "1"},
        {"tier": "volume_b", "price": "2"},
        {"tier": "volume_a", "price": "3", "min_qty": 10},
        {"tier": "volume_a", "price": "4", "valid_from": "2026-04-01T00:00:00Z"},
        {
            "tier": "volume_a",
            "price": "5",
            "valid_from": "2026-01-01T00:00:00Z",
            "valid_to": "2026-02-01T00:00:00Z",
        },
        {"tier": "volume_a", "price": "6"},
    ]

    shown = shop.products.upsert(sku="A", name="A", pricing=rows)
    again = shop.products.upsert(sku="B", name="B", pricing=rows[::-1])

    assert [row["price"] for row in shown.pricing] == [
        "6.00",
        "5.00",
        "4.00",
        "3.00",
        "2.00",
        "1.00",
    ]
    assert again.pricing == shown.pricing
    assert shown.pricing[1] == {
        "tier": "volume_a",
        "billing_account_id": None,
        "price": "5.00",
        "min_qty": 1,
        "valid_from": "2026-01-01T00:00:00Z",
        "valid_to": "2026-02-01T00:00:00Z",
    }


def test_rows_are_merged_by_tier_or_account_and_quantity_and_start(shop: Workspace) -> None:
    open_tiers(shop)
    shop.products.upsert(
        sku="A",
        name="A",
        pricing=[{"tier": "volume_a", "price": "4"}, {"tier": "volume_b", "price": "3"}],
    )

    merged = shop.products.upsert(
        sku="A",
        pricing=[
            {"tier": "volume_a", "price": "3.90"},
            {"tier": "volume_a", "price": "3.50", "min_qty": 10},
        ],
    )

    assert [(row["tier"], row["min_qty"], row["price"]) for row in merged.pricing] == [
        ("volume_a", 1, "3.90"),
        ("volume_a", 10, "3.50"),
        ("volume_b", 1, "3.00"),
    ]


def test_null_price_ends_its_row_alone(shop: Workspace) -> None:
    open_tiers(shop)
    shop.products.upsert(
        sku="A",
        name="A",
        base_price="5",
        pricing=[{"tier": "volume_a", "price": "4"}, {"tier": "volume_b", "price": "3"}],
    )

    left = shop.products.upsert(sku="A", pricing=[{"tier": "volume_a", "price": None}])

    assert [row["tier"] for row in left.pricing] == ["volume_b"]
    assert left.base_price == "5.00"


def test_replacing_ends_all_that_is_not_sent_but_the_base_price(shop: Workspace) -> None:
    open_tiers(shop)
    account = shop.accounts.create(name="Cafe").id
    shop.products.upsert(
        sku="A",
        name="A",
        base_price="5",
        pricing=[
            {"tier": "volume_a", "price": "4"},
            {"tier": "volume_b", "price": "3"},
            {"billing_account_id": account, "price": "2"},
        ],
    )

    left = shop.products.upsert(
        sku="A", pricing=[{"tier": "volume_b", "price": "3"}], pricing_mode="replace"
    )

    assert [row["tier"] for row in left.pricing] == ["volume_b"]
    assert left.base_price == "5.00"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([{"price": "1"}], [("/pricing/0/tier", "required")]),
        (
            [{"tier": None, "billing_account_id": None, "price": "1"}],
            [("/pricing/0/tier", "required")],
        ),
        (
            [{"tier": "volume_a", "billing_account_id": ABSENT_ID, "price": "1"}],
            [("/pricing/0/billing_account_id", "conflicting")],
        ),
        ([{"tier": "volume_a"}], [("/pricing/0/price", "required")]),
        (
            [{"tier": "volume_a", "price": "1"}, {"tier": "nope", "price": "1"}],
            [("/pricing/1/tier", "not_found")],
        ),
        (
            [{"billing_account_id": ABSENT_ID, "price": "1"}],
            [("/pricing/0/billing_account_id", "not_found")],
        ),
        (
            [{"tier": "volume_a", "price": "1"}, {"tier": "volume_a", "price": None, "min_qty": 1}],
            [("/pricing/1", "duplicate")],
        ),
        (
            [
                {
                    "tier": "volume_a",
                    "price": "1",
                    "valid_from": "2026-01-01T00:00:00Z",
                    "valid_to": "2026-01-01T01:00:00+01:00",
                }
            ],
            [("/pricing/0/valid_to", "out_of_range")],
        ),
    ],
)
def test_contradicting_price_rows_are_refused(
    shop: Workspace, rows: list[dict[str, object]], expected: list[tuple[str, str]]
) -> None:
    open_tiers(shop)

    with pytest.raises(ValidationFailed) as failure:
        shop.products.upsert(sku="A", name="A", pricing=rows)

    assert pointers(failure) == expected
    with pytest.raises(NotFound):
        shop.products.get("A")


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


# Lists


def skus(shop: Workspace, **query: object) -> list[str]:
    return [product.sku for product in shop.products.list(**query)]


def test_list_gives_whole_products_by_sku(shop: Workspace) -> None:
    open_tiers(shop)
    made = [
        shop.products.upsert(
            sku=sku, name=sku, base_price="2", pricing=[{"tier": "volume_a", "price": "1"}]
        )
        for sku in ("B", "A", "C")
    ]

    page = shop.products.list()

    assert list(page) == [made[1], made[0], made[2]]
    assert (page.total, page.per_page, page.next_cursor) == (3, 25, None)


def test_search_finds_text_in_sku_or_name_whatever_the_case(shop: Workspace) -> None:
    shop.products.upsert(sku="NAP-LIN", name="Große Serviette")
    shop.products.upsert(sku="CUP-1", name="Cup")

    assert skus(shop, q="nap-l") == ["NAP-LIN"]
    assert skus(shop, q="GROSSE") == ["NAP-LIN"]
    assert skus(shop, q="große s") == ["NAP-LIN"]
    assert skus(shop, q="p") == ["CUP-1", "NAP-LIN"]
    assert skus(shop, q="nothing") == []


@pytest.mark.parametrize("sought", ["%", "_", "!", "[a]", "*", "\\"])
def test_wildcards_in_a_search_mean_themselves(shop: Workspace, sought: str) -> None:
    shop.products.upsert(sku="A", name="plain a")
    shop.products.upsert(sku="B", name=f"with {sought} in it")

    assert skus(shop, q=sought) == ["B"]


def test_renamed_product_is_found_by_its_new_name_only(shop: Workspace) -> None:
    shop.products.upsert(sku="A", name="old")
    shop.products.upsert(sku="A", name="new")

    assert skus(shop, q="new") == ["A"]
    assert skus(shop, q="old") == []


def test_list_can_be_narrowed_to_active_and_to_changed_since(
    shop: Workspace, clock: FakeClock
) -> None:
    shop.products.upsert(sku="A", name="A")
    shop.products.upsert(sku="B", name="B")
    clock.advance(60)
    shop.products.archive("B")
    shop.products.upsert(sku="C", name="C")

    assert skus(shop, active=True) == ["A", "C"]
    assert skus(shop, active=False) == ["B"]
    assert skus(shop, updated_since="2026-03-15T14:33:07Z") == ["B", "C"]
    assert skus(shop, updated_since="2026-03-15T14:33:08Z") == []
    assert skus(shop, updated_since="2026-03-15", active=True, q="c") == ["C"]


def test_list_can_be_sorted_by_change(shop: Workspace, clock: FakeClock) -> None:
    for sku in ("C", "A", "B"):
        clock.advance(1)
        shop.products.upsert(sku=sku, name=sku)

    assert skus(shop, sort="updated_at") == ["C", "A", "B"]
    assert skus(shop, sort="-updated_at") == ["B", "A", "C"]


@pytest.mark.parametrize("sort", ["sku", "updated_at", "-updated_at"])
def test_walking_by_cursor_yields_every_product_once(
    shop: Workspace, clock: FakeClock, sort: str
) -> None:
    for number in range(7):
        clock.advance(number % 2)
        shop.products.upsert(sku=f"S{number}", name="x")

    walked = [product.sku for product in shop.products.iterate(per_page=2, sort=sort)]

    assert sorted(walked) == [f"S{number}" for number in range(7)]
    assert walked == skus(shop, sort=sort)


def test_walk_can_start_at_a_numbered_page(shop: Workspace) -> None:
    for number in range(5):
        shop.products.upsert(sku=f"S{number}", name="x")

    assert [product.sku for product in shop.products.iterate(per_page=2, page=2)] == [
        "S2",
        "S3",
        "S4",
    ]


def test_cursor_of_another_filter_is_refused(shop: Workspace) -> None:
    for number in range(3):
        shop.products.upsert(sku=f"S{number}", name="x")
    cursor = shop.products.list(per_page=1, q="x").next_cursor

    with pytest.raises(InvalidCursor):
        shop.products.list(per_page=1, q="s", cursor=cursor)


def test_unknown_filter_is_refused(shop: Workspace) -> None:
    with pytest.raises(ValidationFailed):
        shop.products.list(quux="1")


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
        assert pointers(failure) == [(pointer, "not_found")]
    theirs = stranger.products.upsert(sku="A", name="theirs")

    assert shop.products.get("A") == ours
    assert theirs.created
    assert list(stranger.products.list()) == [theirs]
    assert list(shop.products.list()) == [ours]
    with pytest.raises(InvalidCursor):
        shop.products.upsert(sku="B", name="B")
        stranger.products.list(per_page=1, cursor=shop.products.list(per_page=1).next_cursor)
