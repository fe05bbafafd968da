from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import pytest

from expressb2b_core import Actor, ExpressB2B, Workspace
from expressb2b_core.errors import Conflict, InvalidTransition, NotFound, ValidationFailed
from expressb2b_core.services import audit
from expressb2b_core.services.scope import COMMAND_LINE
from expressb2b_core.services.spreadsheets import products as product_rows
from tests.builders import NAPKIN, customer, napkin, order, person
from tests.clocks import FakeClock

LEVEL = {"name": "manager", "min_total": "100.00"}


def log(shop: Workspace, **query: object) -> list[str]:
    return [entry.action for entry in audit.entries(shop.scope, **query)]  # type: ignore[arg-type]


def by(b2b: ExpressB2B, actor: Actor) -> Workspace:
    return b2b.workspace(actor=actor)


ADMIN = Actor("admin", "01936a11-0000-7000-8000-000000000001", "Ana")
KEY = Actor("api_key", "01936a11-0000-7000-8000-000000000002", "ERP")


@pytest.mark.parametrize(
    ("actor", "door"),
    [
        (ADMIN, "panel"),
        (KEY, "key"),
        (COMMAND_LINE, "command"),
        (Actor("system", None, "library"), "library"),
    ],
)
def test_entry_says_who_came_in_by_which_door(b2b: ExpressB2B, actor: Actor, door: str) -> None:
    shop = by(b2b, actor)
    key = shop.keys.create("ERP")

    (entry,) = audit.entries(shop.scope)

    assert entry.at == "2026-03-15T14:32:07Z"
    assert entry.actor == {"type": actor.type, "id": actor.id, "name": actor.name}
    assert (entry.door, entry.action) == (door, "key.created")
    assert entry.subject == {"type": "api_key", "id": key.id}


def test_life_of_a_key_is_logged_without_its_text(shop: Workspace) -> None:
    key = shop.keys.create("ERP")
    newer = shop.keys.rotate(key.id)
    shop.keys.revoke(newer.id)
    shop.keys.revoke(newer.id)

    entries = list(audit.entries(shop.scope))

    assert [entry.action for entry in entries] == ["key.revoked", "key.rotated", "key.created"]
    assert not any(text in entry.text for entry in entries for text in (key.key, newer.key))


def test_life_of_an_endpoint_is_logged_without_its_secret(shop: Workspace) -> None:
    webhooks = shop.webhooks
    endpoint = webhooks.register(url="https://erp.example.com/hooks", events=["*"])
    webhooks.update(endpoint.id, events=["order.placed"])
    webhooks.update(endpoint.id, events=["order.placed"])
    rotated = webhooks.rotate_secret(endpoint.id)
    test = webhooks.test(endpoint.id)
    webhooks.replay(endpoint.id, since="2026-03-01")
    webhooks.redeliver(test.id)
    webhooks.delete(endpoint.id)

    entries = list(audit.entries(shop.scope))

    assert [entry.action for entry in reversed(entries)] == [
        "webhook.registered",
        "webhook.changed",
        "webhook.secret_rotated",
        "webhook.tested",
        "webhook.replayed",
        "delivery.repeated",
        "webhook.removed",
    ]
    secrets = (endpoint.secret, rotated.secret)
    assert not any(secret in entry.text for entry in entries for secret in secrets)


def test_decisions_over_orders_are_logged_and_placing_is_not(b2b: ExpressB2B) -> None:
    shop = by(b2b, KEY)
    napkin(shop)
    of = customer(shop, LEVEL)
    approver = person(shop, of, "Uma")
    placed = [order(shop, of) for _ in range(3)]

    shop.approvals.approve(placed[0].id, approver_id=approver, comment="Fine.")
    shop.orders.fulfill(placed[0].id)
    shop.approvals.reject(placed[1].id, reason="Too much")
    shop.orders.cancel(placed[2].id, reason="Ordered twice")

    entries = list(audit.entries(shop.scope, subject_type="order"))
    assert [entry.action for entry in reversed(entries)] == [
        "order.approved",
        "order.fulfilled",
        "order.rejected",
        "order.cancelled",
    ]
    assert entries[-1].details == {
        "number": placed[0].number,
        "level": 1,
        "in_the_name_of": "Uma",
        "comment": "Fine.",
    }
    assert entries[-1].actor["name"] == "ERP"


def test_what_is_refused_leaves_no_entry(shop: Workspace) -> None:
    napkin(shop)
    placed = order(shop, customer(shop))

    with pytest.raises(InvalidTransition):
        shop.approvals.approve(placed.id)

    assert log(shop, subject_type="order") == []


def test_change_and_entry_are_one_transaction(b2b: ExpressB2B, shop: Workspace) -> None:
    def work() -> None:
        shop.keys.create("ERP")
        raise Conflict("no")

    with pytest.raises(Conflict):
        b2b.runtime.database.write(work)

    assert log(shop) == []


@dataclass(frozen=True)
class Case:
    """A change, and how it is to stand in the log."""

    change: Callable[[Workspace], object]
    action: str
    subject: str


CHANGES = {
    "product made": Case(
        lambda shop: shop.products.upsert(sku="CUP", name="Cup"), "product.created", "CUP"
    ),
    "product changed": Case(
        lambda shop: shop.products.upsert(sku=NAPKIN, name="Napkin"), "product.changed", NAPKIN
    ),
    "price changed": Case(
        lambda shop: shop.products.upsert(
            sku=NAPKIN, pricing=[{"tier": "volume_b", "price": "30.00"}]
        ),
        "product.prices_changed",
        NAPKIN,
    ),
    "stock changed": Case(
        lambda shop: shop.products.upsert(sku=NAPKIN, inventory={"on_hand": 7}),
        "stock.changed",
        NAPKIN,
    ),
    "product archived": Case(
        lambda shop: shop.products.archive(NAPKIN), "product.archived", NAPKIN
    ),
    "stock counted": Case(
        lambda shop: shop.inventory.set_levels([{"sku": NAPKIN, "on_hand": 7}]),
        "stock.changed",
        NAPKIN,
    ),
    "tier made": Case(
        lambda shop: shop.tiers.put("gold", name="Gold"), "pricing_tier.created", "gold"
    ),
    "tier renamed": Case(
        lambda shop: shop.tiers.put("volume_b", name="B"), "pricing_tier.changed", "volume_b"
    ),
    "tier removed": Case(
        lambda shop: shop.tiers.delete("unused"), "pricing_tier.removed", "unused"
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_change_of_the_catalog_is_one_entry_and_its_repetition_none(
    b2b: ExpressB2B, shop: Workspace, name: str
) -> None:
    case = CHANGES[name]
    shop.tiers.put("volume_b", name="Volume B")
    shop.tiers.put("unused", name="Unused")
    napkin(shop)
    erp = by(b2b, KEY)

    case.change(erp)
    with suppress(NotFound):
        case.change(erp)

    (entry,) = audit.entries(shop.scope, door="key")
    assert (entry.action, entry.subject["id"]) == (case.action, case.subject)
    assert entry.actor["name"] == "ERP"


def test_changes_of_accounts_are_one_entry_each(b2b: ExpressB2B, shop: Workspace) -> None:
    erp = by(b2b, KEY)
    account = erp.accounts.create(name="Midwest", external_id="K-1", sites=[{"name": "Loop"}])
    erp.accounts.create(name="Midwest Group", external_id="K-1")
    erp.accounts.create(name="Midwest Group", external_id="K-1")
    erp.accounts.update(account.id, active=False)
    erp.accounts.update(account.id, approval={"levels": [LEVEL]})
    site = erp.sites.create(account.id, name="South")
    erp.sites.update(site.id, name="South Side")
    contact = erp.contacts.create(account.id, name="Uma", email="uma@example.com")
    erp.contacts.update(contact.id, active=False)
    erp.contacts.update(contact.id, active=False)

    entries = [(entry.action, entry.subject["id"]) for entry in audit.entries(shop.scope)]

    assert entries[::-1] == [
        ("account.created", account.id),
        ("account.changed", account.id),
        ("account.changed", account.id),
        ("account.levels_changed", account.id),
        ("site.created", site.id),
        ("site.changed", site.id),
        ("contact.created", contact.id),
        ("contact.changed", contact.id),
    ]


def test_change_tells_the_fields_that_differ(shop: Workspace) -> None:
    account = shop.accounts.create(name="Midwest", sites=[{"name": "Loop"}])
    shop.accounts.update(account.id, name="Midwest Group")

    entry, _ = audit.entries(shop.scope)

    assert entry.details == {"changes": {"name": ["Midwest", "Midwest Group"]}}


def test_changed_list_tells_the_entries_that_differ(shop: Workspace) -> None:
    shop.tiers.put("gold", name="Gold")
    shop.tiers.put("iron", name="Iron")
    rows = [{"tier": "gold", "price": "3.00"}, {"tier": "iron", "price": "4.00"}]
    shop.products.upsert(sku="A", name="A", pricing=rows)
    shop.products.upsert(sku="A", pricing=[{"tier": "iron", "price": "3.50"}])

    entry = next(iter(audit.entries(shop.scope)))

    (before,), (after,) = entry.details["changes"]["pricing"]  # type: ignore[index]
    assert (before["tier"], before["price"], after["price"]) == ("iron", "4.00", "3.50")


def test_bulk_request_is_one_entry_with_its_counts(shop: Workspace) -> None:
    shop.products.upsert(sku="P0", name="P0")
    records = [{"sku": f"P{number}", "name": f"P{number}"} for number in range(20)]

    shop.products.upsert_many([*records, {"sku": ""}])

    entry, _ = audit.entries(shop.scope)
    assert (entry.action, entry.subject["id"]) == ("products.saved", None)
    assert entry.details == {
        "unchanged": 1,
        "created": 19,
        "failed": 1,
        "changed": [*(f"P{number}" for number in range(1, 11)), "…"],
    }


def test_bulk_request_that_changes_nothing_is_no_entry(shop: Workspace) -> None:
    napkin(shop)
    shop.inventory.set_levels([{"sku": NAPKIN, "on_hand": 3}])
    told = len(log(shop))

    shop.products.upsert_many([{"sku": NAPKIN, "name": shop.products.get(NAPKIN).name}])
    shop.inventory.set_levels([{"sku": NAPKIN, "on_hand": 3}, {"sku": "NONE", "on_hand": 1}])

    assert len(log(shop)) == told


def test_trial_of_an_import_leaves_no_entry(shop: Workspace) -> None:
    sheet = product_rows.read(b"sku,name\nA,A\n")

    product_rows.import_products(shop.scope, sheet, dry_run=True)

    assert log(shop) == []


def test_new_workspace_begins_with_who_made_it(b2b: ExpressB2B) -> None:
    berlin = b2b.create_workspace("berlin", currency="EUR", actor=ADMIN)

    (entry,) = audit.entries(berlin.scope)

    assert (entry.action, entry.door, entry.subject["id"]) == (
        "workspace.created",
        "panel",
        "berlin",
    )


def test_long_values_are_cut(shop: Workspace) -> None:
    shop.products.upsert(sku="A", name="A", description="x" * 5000)

    (entry,) = audit.entries(shop.scope)
    assert len(entry.text) < 2000


def test_stranger_sees_nothing_of_another_workspace(shop: Workspace, stranger: Workspace) -> None:
    shop.keys.create("ERP")

    assert log(stranger) == ["workspace.created"]


def test_entries_can_be_narrowed(b2b: ExpressB2B, shop: Workspace, clock: FakeClock) -> None:
    by(b2b, ADMIN).keys.create("one")
    clock.advance(86_400)
    by(b2b, KEY).webhooks.register(url="https://erp.example.com/hooks", events=["*"])

    assert log(shop, door="panel") == ["key.created"]
    assert log(shop, subject_type="webhook") == ["webhook.registered"]
    assert log(shop, actor_id=ADMIN.id) == ["key.created"]
    assert log(shop, since="2026-03-16") == ["webhook.registered"]
    assert log(shop, until="2026-03-15") == ["key.created"]


def test_walk_through_the_pages_misses_nothing(shop: Workspace) -> None:
    for number in range(5):
        shop.keys.create(f"key {number}")
    seen: list[object] = []
    before: int | None = None

    while True:
        asked = {} if before is None else {"before": before}
        page = audit.entries(shop.scope, per_page=2, **asked)  # type: ignore[arg-type]
        seen += [entry.details["name"] for entry in page]
        before = page.next_before
        if before is None:
            break

    assert seen == [f"key {number}" for number in (4, 3, 2, 1, 0)]


def test_misspelt_filter_is_refused(shop: Workspace) -> None:
    with pytest.raises(ValidationFailed):
        audit.entries(shop.scope, door="window")
