"""Placing and approving on SQLAlchemy, each in one transaction with stock, history and event."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence

import uuid6
from sqlalchemy import select, update
from sqlalchemy.orm import Session, selectinload

from benchmarks.contestants.peers import events
from benchmarks.contestants.peers.admission import Refused
from benchmarks.contestants.peers.models import (
    Account,
    ApiKey,
    HistoryEntry,
    IdempotentReply,
    Order,
    OrderItem,
    OrderLevel,
    Product,
    Site,
    Workspace,
)
from benchmarks.contestants.peers.shapes import (
    ItemIn,
    OrderIn,
    whole_order_fields,
)


def place(session: Session, key: ApiKey, new: OrderIn, idempotency_key: str | None) -> str:
    """Place an order, or repeat the answer that was kept; the JSON of the order.

    Raises:
        Refused: it cannot be placed like this.
    """
    fingerprint = hashlib.sha256(new.model_dump_json().encode()).hexdigest()
    if idempotency_key is not None:
        kept = session.get(IdempotentReply, (key.id, idempotency_key))
        if kept is not None:
            if kept.fingerprint != fingerprint:
                raise Refused(422, "idempotency_key_reused")
            return kept.body
    order = _placed(session, key, new)
    fields = whole_order_fields(order)
    body = json.dumps(fields)
    events.record(session, key, order, "order.placed", fields)
    if order.status == "approved":
        events.record(session, key, order, "order.approved", fields)
    if idempotency_key is not None:
        session.add(
            IdempotentReply(
                api_key_id=key.id,
                idempotency_key=idempotency_key,
                fingerprint=fingerprint,
                status=201,
                body=body,
                created_at=order.created_at,
            )
        )
    session.commit()
    return body


def approve(session: Session, key: ApiKey, order_id: str, comment: str | None) -> str:
    """Approve all levels of an order for the merchant; the JSON of the order.

    Raises:
        Refused: there is no such order, or it waits for no approval.
    """
    order = session.scalar(
        select(Order)
        .where(Order.id == order_id, Order.workspace_id == key.workspace_id)
        .options(selectinload(Order.items), selectinload(Order.levels), selectinload(Order.history))
    )
    if order is None:
        raise Refused(404, "not_found")
    if order.status != "pending_approval":
        raise Refused(409, "invalid_transition")
    now = int(time.time())
    for level in order.levels:
        level.approved = level.required
    order.status = "approved"
    order.approved_at = order.updated_at = now
    order.revision += 1
    order.history.append(_entry(order, "approved", "api_key", key.id, key.name, comment))
    fields = whole_order_fields(order)
    events.record(session, key, order, "order.approved", fields)
    session.commit()
    return json.dumps(fields)


def _placed(session: Session, key: ApiKey, new: OrderIn) -> Order:
    now = int(time.time())
    account = session.get(Account, new.billing_account_id, options=[selectinload(Account.levels)])
    site = session.get(Site, new.site_id)
    if account is None or account.workspace_id != key.workspace_id or not account.active:
        raise Refused(422, "validation_failed")
    if site is None or site.account_id != account.id or not site.active:
        raise Refused(422, "validation_failed")
    workspace = session.get_one(Workspace, key.workspace_id)
    workspace.last_order_number += 1
    items = _items(session, key.workspace_id, new.items, account.pricing_tier)
    total = sum(item.line_total for item in items)
    levels = [
        OrderLevel(
            level=number,
            name=level.name,
            min_total=level.min_total,
            required=level.required,
            approved=0,
        )
        for number, level in enumerate(account.levels, start=1)
        if total >= level.min_total
    ]
    order = Order(
        id=str(uuid6.uuid7()),
        workspace_id=key.workspace_id,
        number=workspace.last_order_number,
        status="pending_approval" if levels else "approved",
        revision=1,
        account_id=account.id,
        account_name=account.name,
        pricing_tier=account.pricing_tier,
        site_id=site.id,
        site_name=site.name,
        subtotal=total,
        total=total,
        currency=workspace.currency,
        po_number=new.po_number,
        external_id=new.external_id,
        note=new.note,
        metadata_=new.metadata,
        charges=[],
        placed_by=None,
        blocked=False,
        created_at=now,
        updated_at=now,
        approved_at=None if levels else now,
        items=items,
        levels=levels,
    )
    order.history.append(_entry(order, "placed", "api_key", key.id, key.name, None))
    if not levels:
        order.history.append(_entry(order, "auto_approved", "system", None, "shop", None))
    session.add(order)
    return order


def _items(
    session: Session, workspace_id: int, asked: Sequence[ItemIn], tier: str | None
) -> list[OrderItem]:
    """Priced lines whose units are reserved."""
    found = session.scalars(
        select(Product)
        .where(Product.workspace_id == workspace_id, Product.sku.in_([i.sku for i in asked]))
        .options(selectinload(Product.tier_prices))
    )
    products = {product.sku: product for product in found}
    items = []
    for line, item in enumerate(asked, start=1):
        product = products.get(item.sku)
        if product is None or not product.active:
            raise Refused(422, "validation_failed")
        if item.qty < product.min_qty or item.qty % product.multiple:
            raise Refused(422, "validation_failed")
        if product.on_hand - product.reserved < item.qty:
            raise Refused(422, "validation_failed")
        items.append(_item(line, item.qty, product, tier))
    for item, one in zip(asked, items, strict=True):
        session.execute(
            update(Product)
            .where(Product.id == one.product_id)
            .values(reserved=Product.reserved + item.qty)
            .execution_options(synchronize_session=False)
        )
    return items


def _item(line: int, qty: int, product: Product, tier: str | None) -> OrderItem:
    tier_price = next((row.price for row in product.tier_prices if row.tier == tier), None)
    price = product.base_price if tier_price is None else tier_price
    if price is None:
        raise Refused(422, "validation_failed")
    return OrderItem(
        line=line,
        product_id=product.id,
        sku=product.sku,
        name=product.name,
        qty=qty,
        unit_price=price,
        line_total=(price * qty + 50) // 100,
        price_source="base" if tier_price is None else "tier",
        price_tier=None if tier_price is None else tier,
        price_min_qty=1,
        base_price=product.base_price,
    )


def _entry(
    order: Order,
    action: str,
    actor_type: str,
    actor_id: str | None,
    actor_name: str,
    comment: str | None,
) -> HistoryEntry:
    return HistoryEntry(
        position=len(order.history),
        at=order.updated_at,
        action=action,
        level=None,
        actor_type=actor_type,
        actor_id=actor_id,
        actor_name=actor_name,
        comment=comment,
    )
