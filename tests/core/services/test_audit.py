from __future__ import annotations

import pytest

from expressb2b_core import Actor, ExpressB2B, Workspace
from expressb2b_core.errors import Conflict, InvalidTransition, ValidationFailed
from expressb2b_core.services import audit
from expressb2b_core.services.scope import COMMAND_LINE
from tests.builders import customer, napkin, order, person
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

    assert log(shop) == []


def test_change_and_entry_are_one_transaction(b2b: ExpressB2B, shop: Workspace) -> None:
    def work() -> None:
        shop.keys.create("ERP")
        raise Conflict("no")

    with pytest.raises(Conflict):
        b2b.runtime.database.write(work)

    assert log(shop) == []


def test_audited_change_tells_the_fields_that_differ(shop: Workspace) -> None:
    account = shop.accounts.create(name="Midwest")

    audit.audited(
        shop.scope,
        "account.changed",
        "account",
        lambda: shop.accounts.update(account.id, name="Midwest Group"),
        before=lambda: shop.accounts.get(account.id),
    )

    (entry,) = audit.entries(shop.scope)
    assert entry.subject == {"type": "account", "id": account.id}
    assert entry.details == {"changes": {"name": ["Midwest", "Midwest Group"]}}


def test_audited_change_of_nothing_is_no_entry(shop: Workspace) -> None:
    account = shop.accounts.create(name="Midwest")

    audit.audited(
        shop.scope,
        "account.changed",
        "account",
        lambda: shop.accounts.update(account.id, name="Midwest"),
        before=lambda: shop.accounts.get(account.id),
    )

    assert log(shop) == []


def test_long_values_are_cut(shop: Workspace) -> None:
    audit.audited(
        shop.scope,
        "product.created",
        "product",
        lambda: shop.products.upsert(sku="A", name="A", description="x" * 5000),
        identity="sku",
    )

    (entry,) = audit.entries(shop.scope)
    assert len(entry.text) < 2000


def test_stranger_sees_nothing_of_another_workspace(shop: Workspace, stranger: Workspace) -> None:
    shop.keys.create("ERP")

    assert log(stranger) == []


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
