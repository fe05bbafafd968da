"""`expressb2b products` and `accounts`: in from spreadsheets, out again."""

from __future__ import annotations

from pathlib import Path

import pytest

from expressb2b_core import Workspace
from expressb2b_core.services import audit
from tests import builders
from tests.cli.conftest import Cli

PRODUCTS = "sku,name,base_price\nA-1,Napkin,41.00\nA-2,Towel,cheap\nA-3,Cloth,3.00\n"


def test_products_are_imported_and_the_rejected_rows_end_with_7(
    cli: Cli, shop: Workspace, tmp_path: Path
) -> None:
    rejected = tmp_path / "rejected.csv"

    ended = cli("products", "import", "-", "--rejected", str(rejected), "--json", stdin=PRODUCTS)

    assert ended.code == 7
    assert ended.json["created"] == 2
    assert [row["row"] for row in ended.json["rejected_rows"]] == [3]
    assert shop.products.list().total == 2
    assert rejected.read_text().splitlines()[1].startswith("A-2,Towel,cheap,3,")


def test_import_stands_in_the_audit_log_as_one_command(cli: Cli, shop: Workspace) -> None:
    cli("products", "import", "-", stdin=PRODUCTS)

    (entry,) = audit.entries(shop.scope)
    assert (entry.door, entry.action) == ("command", "products.saved")
    assert entry.details["created"] == 2


def test_people_see_the_reasons_and_the_sum(cli: Cli) -> None:
    ended = cli("products", "import", "-", stdin=PRODUCTS)

    assert ended.out == "created 2, updated 0, unchanged 0; 1 of 3 rows rejected\n"
    assert ended.err.startswith("row 3: base_price")


def test_the_corrected_rejected_rows_can_be_imported(cli: Cli, tmp_path: Path) -> None:
    rejected = tmp_path / "rejected.csv"
    cli("products", "import", "-", "--rejected", str(rejected), stdin=PRODUCTS)
    rejected.write_text(rejected.read_text().replace("cheap", "2.00"))

    assert cli("products", "import", str(rejected), "--json").json["created"] == 1


def test_a_dry_run_writes_nothing(cli: Cli, shop: Workspace) -> None:
    ended = cli("products", "import", "-", "--dry-run", stdin=PRODUCTS)

    assert ended.code == 7
    assert "nothing was written" in ended.err
    assert shop.products.list().total == 0


def test_only_the_first_rejections_are_told_one_by_one(cli: Cli) -> None:
    rows = "".join(f"A-{number},\n" for number in range(25))

    ended = cli("products", "import", "-", stdin="sku,name\n" + rows)

    assert "… and 5 more rows" in ended.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sku,colour\nA,red\n", "there is no column 'colour'"),
        ("sku,name,price:gold\nA,B,1\n", "there is no pricing tier 'gold'"),
        ("", "the file is empty"),
    ],
)
def test_a_file_that_is_no_list_of_products_is_refused(cli: Cli, text: str, told: str) -> None:
    ended = cli("products", "import", "-", stdin=text)

    assert ended.code in (2, 4)
    assert told in ended.err


def test_a_file_that_does_not_exist_is_named(cli: Cli) -> None:
    ended = cli("products", "import", "missing.csv")

    assert ended.code == 2
    assert "missing.csv: No such file or directory" in ended.err


def test_a_catalog_goes_out_and_comes_in_unchanged(
    cli: Cli, shop: Workspace, tmp_path: Path
) -> None:
    builders.napkin(shop)
    target = tmp_path / "catalog.csv"

    cli("products", "export", "--output", str(target))

    assert target.read_text().splitlines()[0].endswith(",price:volume_b")
    assert cli("products", "import", str(target), "--json").json["unchanged"] == 1


def test_a_catalog_goes_out_as_json_lines(cli: Cli, shop: Workspace) -> None:
    builders.napkin(shop)

    assert cli("products", "export", "--format", "jsonl").out == (
        shop.products.get(builders.NAPKIN).text + "\n"
    )


def test_products_are_listed_and_shown(cli: Cli, shop: Workspace) -> None:
    builders.napkin(shop)
    shop.products.upsert(sku="OLD", name="Old", active=False)

    listed = cli("products", "list", "--search", "napkin", "--active", "--json").json
    archived = cli("products", "list", "--archived", "--json").json

    assert [row["sku"] for row in listed["data"]] == [builders.NAPKIN]
    assert [row["sku"] for row in archived["data"]] == ["OLD"]
    assert cli("products", "show", builders.NAPKIN, "--json").json["base_price"] == "41.00"
    assert cli("products", "show", "napkin").code == 3


def test_accounts_are_imported_with_sites_and_people(cli: Cli, shop: Workspace) -> None:
    text = (
        "external_id;name;pricing_tier;site_name;contact_name;contact_email;contact_roles\n"
        "K-1;Midwest;gold;Loop;Ana;ana@example.com;buyer approver\n"
        "K-1;Midwest;gold;Airport;;;\n"
        "K-2;;;;;;\n"
    )

    ended = cli("accounts", "import", "-", "--create-tiers", "--json", stdin=text)

    shown = cli("accounts", "show", "K-1", "--json").json
    assert (ended.code, ended.json["created"], ended.json["rejected"]) == (7, 1, 1)
    assert (shown["pricing_tier"], shown["sites_count"]) == ("gold", 2)
    assert [person["name"] for person in shown["contacts"]] == ["Ana"]


def test_accounts_are_listed(cli: Cli, shop: Workspace) -> None:
    shop.accounts.create(name="Midwest", external_id="K-1")
    shop.accounts.create(name="Harbor", active=False)

    def found(*filters: str) -> list[str]:
        return [row["name"] for row in cli("accounts", "list", *filters, "--json").json["data"]]

    assert found() == ["Midwest", "Harbor"]
    assert found("--search", "harb") == ["Harbor"]
    assert found("--external-id", "K-1") == ["Midwest"]
    assert found("--inactive") == ["Harbor"]


@pytest.mark.parametrize("account", ["nobody", builders.NOBODY])
def test_an_account_that_does_not_exist_is_not_found(cli: Cli, account: str) -> None:
    assert cli("accounts", "show", account).code == 3
