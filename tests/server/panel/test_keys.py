"""API keys in the panel: shown once, and working."""

from __future__ import annotations

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.services.keys import authenticate_key
from tests.server.panel.browser import Answer, Browser


def text_of(page: Answer) -> str:
    return page.text.partition('id="key-text">')[2].partition("<")[0]


def make(admin: Browser, **fields: object) -> Answer:
    return admin.submit(admin.get("/admin/keys/new"), "/admin/keys", **{"name": "ERP"} | fields)


def test_new_key_works_and_is_shown_once(b2b: ExpressB2B, shop: Workspace, admin: Browser) -> None:
    made = make(admin)
    text = text_of(made)

    principal = authenticate_key(b2b.runtime, text)
    assert principal is not None
    assert principal.name == "ERP"
    assert f"Bearer {text}" in made.page.said
    assert made.header("Cache-Control") == "no-store"
    (key,) = shop.keys.list()
    for path in ("/admin/keys", f"/admin/keys/{key.id}", "/admin/audit"):
        assert text not in admin.get(path).text


def test_settings_reach_the_key(shop: Workspace, admin: Browser) -> None:
    make(
        admin,
        scopes=["orders:read", "catalog:write"],
        expires_in_seconds="2592000",
        mode="test",
        **{"limits/read": "600"},
    )

    (key,) = shop.keys.list()
    assert key.scopes == ["orders:read", "catalog:write"]
    assert key.expires_at == "2026-04-14T14:32:07Z"
    assert key.limits["read"] == 600
    assert key.mode == "test"


def test_command_reads_what_the_key_may_read(admin: Browser) -> None:
    said = make(admin, scopes=["catalog:read"]).page.said

    assert "/api/products?per_page=3" in said


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": ""}, "Name must have 1 to 100 characters"),
        ({"scopes": []}, "Scopes must have"),
        ({"limits/read": "many"}, "Read must be an integer"),
        ({"limits/read": "0"}, "Read must be at least 1"),
        ({"expires_in_seconds": "soon"}, "must be an integer"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    shop: Workspace, admin: Browser, fields: dict[str, object], told: str
) -> None:
    refused = make(admin, **fields)

    assert refused.status == 422
    assert told in refused.page.said
    assert shop.keys.list() == []


def test_typed_values_come_back_with_the_error(admin: Browser) -> None:
    refused = make(admin, name="", scopes=["orders:read"])

    assert refused.form("/admin/keys").fields["scopes"] == ["orders:read"]


def test_rotated_key_works_beside_the_old_one_for_a_while(
    b2b: ExpressB2B, shop: Workspace, admin: Browser
) -> None:
    old = shop.keys.create("ERP")
    page = admin.get(f"/admin/keys/{old.id}")

    rotated = admin.submit(page, f"/admin/keys/{old.id}/rotate", overlap_seconds="3600")

    assert authenticate_key(b2b.runtime, text_of(rotated)) is not None
    assert authenticate_key(b2b.runtime, old.key) is not None
    assert shop.keys.get(old.id).expires_at == "2026-03-15T15:32:07Z"


def test_revoked_key_is_refused_at_once(b2b: ExpressB2B, shop: Workspace, admin: Browser) -> None:
    key = shop.keys.create("ERP")

    after = admin.submit(admin.get(f"/admin/keys/{key.id}"), f"/admin/keys/{key.id}/revoke")

    assert "The key is revoked" in after.page.said
    assert authenticate_key(b2b.runtime, key.key) is None
    assert "Rotate" not in after.page.said


def test_history_of_a_key_names_who_changed_it(shop: Workspace, admin: Browser) -> None:
    make(admin)
    (key,) = shop.keys.list()

    said = admin.get(f"/admin/keys/{key.id}").page.said

    assert "Key created Ana admin (Panel)" in said
