"""The tables of the shop on SQLAlchemy: normalized, with the indexes that ours has."""

from __future__ import annotations

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """All tables."""


class Workspace(Base):
    __tablename__ = "workspaces"
    id: Mapped[int] = mapped_column(primary_key=True)
    currency: Mapped[str]
    last_order_number: Mapped[int]
    last_event_seq: Mapped[int]


class ApiKey(Base):
    __tablename__ = "api_keys"
    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    name: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[str]
    version: Mapped[str]
    limits: Mapped[dict[str, int]] = mapped_column(JSON)
    expires_at: Mapped[int | None]
    revoked_at: Mapped[int | None]


class Account(Base):
    __tablename__ = "billing_accounts"
    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    name: Mapped[str]
    pricing_tier: Mapped[str | None]
    active: Mapped[bool]
    levels: Mapped[list[AccountLevel]] = relationship(order_by="AccountLevel.position")


class AccountLevel(Base):
    __tablename__ = "approval_levels"
    account_id: Mapped[str] = mapped_column(ForeignKey("billing_accounts.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    min_total: Mapped[int]
    required: Mapped[int]


class Site(Base):
    __tablename__ = "sites"
    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("billing_accounts.id"), index=True)
    name: Mapped[str]
    active: Mapped[bool]


class Product(Base):
    __tablename__ = "products"
    __table_args__ = (UniqueConstraint("workspace_id", "sku"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    sku: Mapped[str]
    name: Mapped[str]
    active: Mapped[bool]
    min_qty: Mapped[int]
    multiple: Mapped[int]
    on_hand: Mapped[int]
    reserved: Mapped[int]
    base_price: Mapped[int | None]
    updated_at: Mapped[int]
    tier_prices: Mapped[list[TierPrice]] = relationship()


class TierPrice(Base):
    __tablename__ = "tier_prices"
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    tier: Mapped[str] = mapped_column(primary_key=True)
    price: Mapped[int]


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        UniqueConstraint("workspace_id", "external_id"),
        Index("orders_created", "workspace_id", "created_at", "number"),
        Index("orders_updated", "workspace_id", "updated_at", "number"),
        Index("orders_status", "workspace_id", "status", "created_at", "number"),
        Index("orders_account", "workspace_id", "account_id", "created_at", "number"),
        Index("orders_site", "workspace_id", "site_id", "created_at", "number"),
        Index("orders_po", "workspace_id", "po_number", "created_at", "number"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    number: Mapped[int]
    status: Mapped[str]
    revision: Mapped[int]
    account_id: Mapped[str] = mapped_column(ForeignKey("billing_accounts.id"))
    account_name: Mapped[str]
    pricing_tier: Mapped[str | None]
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    site_name: Mapped[str]
    subtotal: Mapped[int]
    total: Mapped[int]
    currency: Mapped[str]
    po_number: Mapped[str | None]
    external_id: Mapped[str | None]
    note: Mapped[str | None]
    metadata_: Mapped[dict[str, str]] = mapped_column("metadata", JSON)
    charges: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    placed_by: Mapped[str | None]
    blocked: Mapped[bool]
    created_at: Mapped[int]
    updated_at: Mapped[int]
    approved_at: Mapped[int | None]
    rejected_at: Mapped[int | None]
    fulfilled_at: Mapped[int | None]
    cancelled_at: Mapped[int | None]
    items: Mapped[list[OrderItem]] = relationship(order_by="OrderItem.line")
    levels: Mapped[list[OrderLevel]] = relationship(order_by="OrderLevel.level")
    history: Mapped[list[HistoryEntry]] = relationship(order_by="HistoryEntry.position")


class OrderItem(Base):
    __tablename__ = "order_items"
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    sku: Mapped[str]
    name: Mapped[str]
    qty: Mapped[int]
    unit_price: Mapped[int]
    line_total: Mapped[int]
    price_source: Mapped[str]
    price_tier: Mapped[str | None]
    price_min_qty: Mapped[int]
    base_price: Mapped[int | None]


class OrderLevel(Base):
    __tablename__ = "order_levels"
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    level: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    min_total: Mapped[int]
    required: Mapped[int]
    approved: Mapped[int]


class HistoryEntry(Base):
    __tablename__ = "order_history"
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[int]
    action: Mapped[str]
    level: Mapped[int | None]
    actor_type: Mapped[str]
    actor_id: Mapped[str | None]
    actor_name: Mapped[str]
    comment: Mapped[str | None]


class Event(Base):
    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("workspace_id", "seq"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    seq: Mapped[int]
    type: Mapped[str]
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    created_at: Mapped[int]
    body: Mapped[str]


class Endpoint(Base):
    __tablename__ = "webhook_endpoints"
    id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    url: Mapped[str]
    events: Mapped[list[str]] = mapped_column(JSON)
    status: Mapped[str]


class Delivery(Base):
    __tablename__ = "deliveries"
    __table_args__ = (Index("deliveries_due", "endpoint_id", "due_at_ms", "id"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    endpoint_id: Mapped[str] = mapped_column(ForeignKey("webhook_endpoints.id"))
    event_id: Mapped[str] = mapped_column(ForeignKey("events.id"), index=True)
    status: Mapped[str]
    due_at_ms: Mapped[int | None]
    created_at: Mapped[int]


class IdempotentReply(Base):
    __tablename__ = "idempotent_replies"
    api_key_id: Mapped[str] = mapped_column(primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[int]
    body: Mapped[str]
    created_at: Mapped[int] = mapped_column(index=True)
