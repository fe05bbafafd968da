"""What goes in and out of the shop on SQLAlchemy: pydantic models, and an order as plain values."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from benchmarks.contestants.peers.models import HistoryEntry, Order, OrderItem, OrderLevel

Fields = dict[str, Any]


class Strict(BaseModel):
    """Refuses what it does not know."""

    model_config = ConfigDict(extra="forbid")


class ItemIn(Strict):
    sku: Annotated[str, Field(min_length=1, max_length=64)]
    qty: Annotated[int, Field(ge=1, le=1_000_000, strict=True)]


class OrderIn(Strict):
    billing_account_id: str
    site_id: str
    items: Annotated[list[ItemIn], Field(min_length=1, max_length=200)]
    po_number: Annotated[str | None, Field(min_length=1, max_length=100)] = None
    external_id: Annotated[str | None, Field(min_length=1, max_length=100)] = None
    note: Annotated[str | None, Field(max_length=2000)] = None
    metadata: dict[str, str] = {}


class ApprovalIn(Strict):
    comment: Annotated[str | None, Field(max_length=2000)] = None


class ProductIn(Strict):
    sku: Annotated[str, Field(min_length=1, max_length=64)]
    name: Annotated[str | None, Field(min_length=1, max_length=200)] = None
    base_price: Annotated[str | None, Field(pattern=r"^\d{1,12}\.\d{2,4}$")] = None


class ProductsIn(Strict):
    products: Annotated[list[Any], Field(min_length=1, max_length=500)]


_ALLOWED = {"pending_approval": ["approve", "reject", "cancel"], "approved": ["fulfill", "cancel"]}


def order_fields(order: Order) -> Fields:
    """An order as lists show it."""
    return {
        "id": order.id,
        "number": order.number,
        "status": order.status,
        "revision": order.revision,
        "billing_account": {
            "id": order.account_id,
            "name": order.account_name,
            "pricing_tier": order.pricing_tier,
        },
        "site": {"id": order.site_id, "name": order.site_name},
        "items": [_item_fields(item) for item in order.items],
        "subtotal": amount_text(order.subtotal),
        "charges": order.charges,
        "total": amount_text(order.total),
        "currency": order.currency,
        "po_number": order.po_number,
        "external_id": order.external_id,
        "note": order.note,
        "metadata": order.metadata_,
        "placed_by": order.placed_by,
        "approval": {
            "required": bool(order.levels),
            "blocked": order.blocked,
            "current_level": current_level(order),
            "levels": [_level_fields(level) for level in order.levels],
        },
        "allowed_actions": _ALLOWED.get(order.status, []),
        "created_at": moment_text(order.created_at),
        "updated_at": moment_text(order.updated_at),
        "approved_at": moment_text(order.approved_at),
        "rejected_at": moment_text(order.rejected_at),
        "fulfilled_at": moment_text(order.fulfilled_at),
        "cancelled_at": moment_text(order.cancelled_at),
    }


def whole_order_fields(order: Order) -> Fields:
    """An order with its history."""
    return order_fields(order) | {"approval_history": [_entry_fields(e) for e in order.history]}


def current_level(order: Order) -> int | None:
    """The level that waits for a decision."""
    if order.status != "pending_approval":
        return None
    return next((one.level for one in order.levels if one.approved < one.required), None)


def amount_text(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def price_text(ten_thousandths: int) -> str:
    """With two to four decimals."""
    whole, rest = divmod(ten_thousandths, 10_000)
    decimals = f"{rest:04d}"
    return f"{whole}.{decimals[:2]}{decimals[2:].rstrip('0')}"


def moment_text(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _item_fields(item: OrderItem) -> Fields:
    return {
        "line": item.line,
        "sku": item.sku,
        "name": item.name,
        "qty": item.qty,
        "unit_price": price_text(item.unit_price),
        "line_total": amount_text(item.line_total),
        "price": {
            "source": item.price_source,
            "tier": item.price_tier,
            "min_qty": item.price_min_qty,
            "base_price": None if item.base_price is None else price_text(item.base_price),
        },
    }


def _level_fields(level: OrderLevel) -> Fields:
    return {
        "level": level.level,
        "name": level.name,
        "min_total": amount_text(level.min_total),
        "required": level.required,
        "approved": level.approved,
    }


def _entry_fields(entry: HistoryEntry) -> Fields:
    return {
        "at": moment_text(entry.at),
        "action": entry.action,
        "level": entry.level,
        "actor": {"type": entry.actor_type, "id": entry.actor_id, "name": entry.actor_name},
        "comment": entry.comment,
    }
