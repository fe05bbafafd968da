"""Whatever is given for an id, what is not there is not found, alike on every database."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.errors import NotFound
from expressb2b_core.services.administrators import Administrators
from tests.builders import NOBODY

HOSTILE = ["", " ", "a\x00b", "\ud800", "x" * 5000, "' OR 1=1 --", "%", "ٱلْعَرَبِيَّة"]
"""What no id is like; U+0000 and lone surrogates are what databases cannot even be asked for."""

LOOKUPS: dict[str, Callable[[Workspace, str], object]] = {
    "account": lambda shop, given: shop.accounts.get(given),
    "account to change": lambda shop, given: shop.accounts.update(given, name="x"),
    "account of a new site": lambda shop, given: shop.sites.create(given, name="x"),
    "account of people": lambda shop, given: shop.contacts.list(given),
    "site": lambda shop, given: shop.sites.get(given),
    "site to change": lambda shop, given: shop.sites.update(given, name="x"),
    "contact": lambda shop, given: shop.contacts.get(given),
    "contact to change": lambda shop, given: shop.contacts.update(given, name="x"),
    "product": lambda shop, given: shop.products.get(given),
    "product to archive": lambda shop, given: shop.products.archive(given),
    "price": lambda shop, given: shop.products.price(given, billing_account_id=NOBODY),
    "tier": lambda shop, given: shop.tiers.get(given),
    "tier to remove": lambda shop, given: shop.tiers.delete(given),
    "order": lambda shop, given: shop.orders.get(given),
    "proof": lambda shop, given: shop.orders.pricing(given),
    "order to approve": lambda shop, given: shop.approvals.approve(given),
    "order to fulfil": lambda shop, given: shop.orders.fulfill(given),
    "event": lambda shop, given: shop.events.get(given),
    "bytes of an event": lambda shop, given: shop.events.raw(given),
    "endpoint": lambda shop, given: shop.webhooks.get(given),
    "endpoint to change": lambda shop, given: shop.webhooks.update(given, description="x"),
    "endpoint to remove": lambda shop, given: shop.webhooks.delete(given),
    "endpoint to rotate": lambda shop, given: shop.webhooks.rotate_secret(given),
    "endpoint to test": lambda shop, given: shop.webhooks.test(given),
    "deliveries": lambda shop, given: shop.webhooks.deliveries(given),
    "delivery": lambda shop, given: shop.webhooks.delivery(given),
    "delivery to make again": lambda shop, given: shop.webhooks.redeliver(given),
    "secret of an endpoint": lambda shop, given: shop.webhooks.secret(given),
    "key": lambda shop, given: shop.keys.get(given),
    "key to revoke": lambda shop, given: shop.keys.revoke(given),
}


@pytest.mark.parametrize("lookup", LOOKUPS.values(), ids=LOOKUPS)
def test_what_is_not_there_is_not_found(
    shop: Workspace, lookup: Callable[[Workspace, str], object]
) -> None:
    for given in HOSTILE:
        with pytest.raises(NotFound):
            lookup(shop, given)


def test_nobody_is_found_for_what_is_no_reference(b2b: ExpressB2B) -> None:
    for given in HOSTILE:
        with pytest.raises(NotFound):
            Administrators(b2b.runtime).get(given)
