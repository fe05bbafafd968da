"""Importing products: tried first, then done, with the refused rows to take home."""

from __future__ import annotations

import csv
import io

import pytest

from expressb2b_core import Workspace
from expressb2b_core.services import audit
from tests.builders import NAPKIN, napkin
from tests.server.panel.browser import Answer, Browser

FILE = f"""sku,name,base_price,price:volume_b,on_hand
{NAPKIN},Linen napkin,40.00,,
CUP,"Cup, white",1.20,1.00,50
BAD,Bad,much,,
""".encode()


def try_file(admin: Browser, content: bytes, **fields: object) -> Answer:
    page = admin.get("/admin/import")
    form = page.form("/admin/import/preview")
    return admin.upload(form.action, {**form.fields, **fields}, "file", content)


def apply(admin: Browser, preview: Answer, action: str = "/admin/import/apply") -> Answer:
    form = preview.form(action)
    return admin.upload(form.action, dict(form.fields), "unused", b"")


def test_preview_says_what_would_happen_and_writes_nothing(shop: Workspace, admin: Browser) -> None:
    napkin(shop)
    before = shop.products.get(NAPKIN).text

    said = try_file(admin, FILE).page.said

    assert "Nothing is written yet." in said
    assert "New products 1 Changed 1 As they were 0 Refused rows 1" in said
    assert "4 BAD" in said
    assert "base_price" in said
    assert shop.products.get(NAPKIN).text == before
    assert shop.products.list().total == 1


def test_applying_imports_what_the_preview_promised(shop: Workspace, admin: Browser) -> None:
    napkin(shop)

    done = apply(admin, try_file(admin, FILE))

    assert "New products 1 Changed 1" in done.page.said
    cup = shop.products.get("CUP")
    assert (cup.name, cup.inventory["on_hand"]) == ("Cup, white", 50)
    assert [row["price"] for row in cup.pricing] == ["1.00"]
    (entry,) = audit.entries(shop.scope, door="panel", subject_type="product")
    assert entry.action == "products.saved"
    assert entry.details == {"created": 1, "updated": 1, "failed": 1, "changed": [NAPKIN, "CUP"]}


def test_refused_rows_come_as_a_file_with_their_reasons(shop: Workspace, admin: Browser) -> None:
    napkin(shop)

    answer = apply(admin, try_file(admin, FILE), "/admin/import/rejected")

    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (row["sku"], row["base_price"], row["row"]) == ("BAD", "much", "4")
    assert "decimal" in row["error"]


def test_unknown_tier_is_refused_unless_it_shall_be_made(shop: Workspace, admin: Browser) -> None:
    refused = try_file(admin, FILE)
    assert refused.status == 422
    assert "volume_b" in refused.page.said

    apply(admin, try_file(admin, FILE, create_tiers="yes"))

    assert shop.tiers.get("volume_b").name == "volume_b"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "Choose a file first"),
        (b"name\nCup\n", "column sku is missing"),
        (b"sku,colour\nA,red\n", "no column"),
        ("sku,name\nA,Käse\n".encode("cp1252"), "not in this encoding"),
    ],
)
def test_file_that_cannot_be_read_is_told(admin: Browser, content: bytes, told: str) -> None:
    refused = try_file(admin, content)

    assert refused.status == 422
    assert told in refused.page.said


def test_file_of_an_older_spreadsheet_program_is_read(shop: Workspace, admin: Browser) -> None:
    content = "sku;name\r\nA;Käse\r\n".encode("cp1252")

    apply(admin, try_file(admin, content, encoding="cp1252"))

    assert shop.products.get("A").name == "Käse"


def test_own_export_changes_nothing(shop: Workspace, admin: Browser) -> None:
    napkin(shop)
    shop.products.upsert(sku="=CMD", name="-1+1", base_price="1.00")

    preview = try_file(admin, admin.get("/admin/products.csv").body)

    assert "New products 0 Changed 0 As they were 2 Refused rows 0" in preview.page.said


ACCOUNTS = (
    b"name,external_id,pricing_tier,site_name,contact_name,contact_email,contact_roles\n"
    b"Midwest,K-1,volume_b,Loop,Ana,ana@example.com,approver\n"
    b"Midwest,K-1,,South Side,,,\n"
    b"Harbor,K-2,,Pier,Ben,no address,buyer\n"
)


def test_accounts_are_imported_with_their_sites_and_people(shop: Workspace, admin: Browser) -> None:
    shop.tiers.put("volume_b", name="Volume B")
    form = admin.get("/admin/accounts/import").form("/admin/accounts/import/preview")
    preview = admin.upload(form.action, dict(form.fields), "file", ACCOUNTS)
    assert shop.accounts.list().total == 0

    done = apply(admin, preview, "/admin/accounts/import/apply")

    assert "New accounts 1 Changed 0 As they were 0 Refused rows 1" in done.page.said
    (account,) = shop.accounts.list()
    assert [site["name"] for site in account.sites] == ["Loop", "South Side"]
    assert [person.name for person in shop.contacts.list(account.id)] == ["Ana"]
    assert "4 Harbor" in done.page.said
    doors = {entry.door for entry in audit.entries(shop.scope, subject_type="account")}
    assert doors == {"panel"}


def test_refused_accounts_come_as_a_file_with_their_reasons(
    shop: Workspace, admin: Browser
) -> None:
    shop.tiers.put("volume_b", name="Volume B")
    form = admin.get("/admin/accounts/import").form("/admin/accounts/import/preview")
    preview = admin.upload(form.action, dict(form.fields), "file", ACCOUNTS)

    answer = apply(admin, preview, "/admin/accounts/import/rejected")

    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (row["name"], row["row"]) == ("Harbor", "4")
