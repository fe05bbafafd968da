"""Products from a spreadsheet and back."""

from __future__ import annotations

import pytest

from expressb2b_core import Workspace
from expressb2b_core.errors import NotFound, ValidationFailed
from expressb2b_core.services.spreadsheets import products
from expressb2b_core.services.spreadsheets.importing import ImportResult


def imported(shop: Workspace, text: str, **options: bool) -> ImportResult:
    return products.import_products(shop.scope, products.read(text.encode()), **options)


def test_each_row_becomes_a_product(shop: Workspace) -> None:
    result = imported(
        shop,
        "sku,name,unit,base_price,min_qty,multiple,active,on_hand,external_id\n"
        "A-1,Napkin,box,41.00,2,2,yes,120,E-1\n"
        "A-2,Towel,,12.5,,,,,\n",
    )

    first, second = shop.products.get("A-1"), shop.products.get("A-2")
    assert (result.created, result.rejected) == (2, [])
    assert (first.unit, first.base_price, first.min_qty) == ("box", "41.00", 2)
    assert first.inventory["on_hand"] == 120
    assert (second.base_price, second.inventory["tracked"]) == ("12.50", False)


def test_an_empty_cell_leaves_the_field_as_it_is(shop: Workspace) -> None:
    imported(shop, "sku,name,description\nA-1,Napkin,white\n")

    result = imported(shop, "sku,name,description\nA-1,Linen napkin,\n")

    assert (result.created, result.updated) == (0, 1)
    assert shop.products.get("A-1").description == "white"


def test_the_same_file_again_changes_nothing(shop: Workspace) -> None:
    imported(shop, "sku,name,base_price\nA-1,Napkin,41\n")

    assert imported(shop, "sku,name,base_price\nA-1,Napkin,41.00\n").unchanged == 1


def test_columns_of_tiers_hold_their_prices(shop: Workspace) -> None:
    shop.tiers.put("volume_b", name="Volume B")

    imported(shop, "sku,name,price:volume_b\nA-1,Napkin,34.00\n")

    (price,) = shop.products.get("A-1").pricing
    assert (price["tier"], price["price"]) == ("volume_b", "34.00")


def test_a_column_of_an_unknown_tier_is_refused_before_anything_is_written(shop: Workspace) -> None:
    with pytest.raises(ValidationFailed, match="no pricing tier 'gold'"):
        imported(shop, "sku,name,price:gold\nA-1,Napkin,34.00\n")

    assert shop.products.list().total == 0


def test_unknown_tiers_are_made_when_that_was_wanted(shop: Workspace) -> None:
    imported(shop, "sku,name,price:gold\nA-1,Napkin,34.00\n", create_tiers=True)

    assert shop.tiers.get("gold").name == "gold"


def test_a_row_that_is_refused_stops_no_other_and_says_all_that_is_wrong(shop: Workspace) -> None:
    shop.tiers.put("volume_b", name="Volume B")
    result = imported(
        shop,
        "sku,name,base_price,min_qty,active,price:volume_b\n"
        "A-1,Napkin,1.00,,,\n"
        "A-2,Towel,,some,perhaps,\n"
        "A-3,Cloth,cheap,,,dear\n"
        "A-4,,,,,\n",
    )

    reasons = {one.row.number: one.reason for one in result.rejected}
    assert result.created == 1
    assert sorted(reasons) == [3, 4, 5]
    assert "min_qty: 'some'" in reasons[3]
    assert "active: 'perhaps'" in reasons[3]
    assert "price:volume_b: price" in reasons[4]
    assert "name is missing" in reasons[5]


def test_the_second_row_of_a_sku_is_rejected(shop: Workspace) -> None:
    result = imported(shop, "sku,name\nA-1,Napkin\nA-1,Towel\n")

    assert [one.reason for one in result.rejected] == ["row 2 has the same SKU"]
    assert shop.products.get("A-1").name == "Napkin"


def test_a_dry_run_tells_the_same_and_writes_nothing(shop: Workspace) -> None:
    text = "sku,name,base_price,price:gold\nA-1,Napkin,1.00,0.90\nA-2,Towel,cheap,\n"

    tried = imported(shop, text, dry_run=True, create_tiers=True)

    with pytest.raises(NotFound):
        shop.products.get("A-1")
    with pytest.raises(NotFound):
        shop.tiers.get("gold")
    done = imported(shop, text, create_tiers=True)
    assert tried.to_dict() | {"dry_run": False} == done.to_dict()


def test_rejected_rows_can_be_read_again_once_corrected(shop: Workspace) -> None:
    sheet = products.read(b"sku,name,base_price\nA-1,Napkin,cheap\n")
    result = products.import_products(shop.scope, sheet)

    rejected = "".join(result.rejected_csv(sheet.columns))

    assert rejected.splitlines()[0] == "sku,name,base_price,row,error"
    assert imported(shop, rejected.replace("cheap", "1.00")).created == 1


def test_progress_counts_every_row(shop: Workspace) -> None:
    sheet = products.read(
        b"sku,name\n" + b"".join(b"A-%d,Napkin\n" % n for n in range(600)) + b"A-1,Again\n"
    )
    steps: list[int] = []

    products.import_products(shop.scope, sheet, progress=steps.append)

    assert steps == [1, 500, 100]


def test_another_workspace_sees_nothing_of_an_import(shop: Workspace, stranger: Workspace) -> None:
    imported(shop, "sku,name\nA-1,Napkin\n")

    assert stranger.products.list().total == 0


def test_what_is_exported_can_be_imported_without_a_change(shop: Workspace) -> None:
    shop.tiers.put("volume_b", name="Volume B")
    shop.products.upsert(
        sku="-A1",
        name="=Napkin",
        base_price="41.00",
        inventory={"on_hand": 5},
        pricing=[
            {"tier": "volume_b", "price": "34.00"},
            {"tier": "volume_b", "price": "30.00", "min_qty": 10},
        ],
    )
    row = products.export_row(shop.products.get("-A1"), ["volume_b"])

    text = ",".join([*products.COLUMNS, "price:volume_b"]) + "\n" + ",".join(row) + "\n"

    assert row[-1] == "34.00"
    assert imported(shop, text).unchanged == 1
