"""Every table, column, index and constraint, on one page.

Times are whole seconds since 1970 (UTC), or milliseconds where the name says so. Unit prices are
ten-thousandths, totals the currency's smallest unit. Ids are UUIDv7 text. JSON stands in text
columns, as clients read it. The tables are bound to no database: `Database` runs their queries, so
one process can serve several.
"""

from __future__ import annotations

from peewee import (
    SQL,
    AutoField,
    BigAutoField,
    BigIntegerField,
    BooleanField,
    Check,
    CompositeKey,
    Field,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)

SCHEMA_VERSION = 4
"""Raised by one with each change of this page; `migrations/` brings older databases here."""


class WholeNumbersField(Field):
    """An array of 64-bit integers, which only PostgreSQL has; text on SQLite, and unused there."""

    field_type = "WHOLE_NUMBERS"


class SchemaVersion(Model):
    """The one row that says which schema this database has."""

    id = IntegerField(primary_key=True)
    version = IntegerField()
    migrated_at = BigIntegerField()

    class Meta:
        table_name = "schema_version"


class Workspace(Model):
    """A tenant; everything else belongs to one. Its counters are taken inside a transaction.

    `last_change` numbers the changes of what lists sort by `updated_at`; `change` in a row is the
    number of its latest one.
    """

    id = AutoField()
    name = TextField(unique=True)
    currency = TextField()
    last_order_number = BigIntegerField()
    last_event_seq = BigIntegerField()
    last_change = BigIntegerField()
    created_at = BigIntegerField()

    class Meta:
        table_name = "workspaces"


class Owned(Model):
    """What belongs to a workspace."""

    workspace = ForeignKeyField(Workspace, index=False)


class ApiKey(Owned):
    """An API key; only the SHA-256 of its text is known."""

    id = TextField(primary_key=True)
    name = TextField()
    mode = TextField()
    prefix = TextField()
    digest = TextField(unique=True)
    scopes = TextField()
    version = TextField()
    limits = TextField()
    created_at = BigIntegerField()
    expires_at = BigIntegerField(null=True)
    revoked_at = BigIntegerField(null=True)
    last_used_at = BigIntegerField(null=True)

    class Meta:
        table_name = "api_keys"
        indexes = ((("workspace", "id"), True),)


class PricingTier(Owned):
    """A named price level that accounts belong to."""

    code = TextField()
    name = TextField()
    created_at = BigIntegerField()
    updated_at = BigIntegerField()

    class Meta:
        table_name = "pricing_tiers"
        primary_key = CompositeKey("workspace", "code")


class BillingAccount(Owned):
    """A customer of the wholesaler."""

    id = TextField(primary_key=True)
    name = TextField()
    search_text = TextField()
    external_id = TextField(null=True)
    pricing_tier = TextField(null=True)
    active = BooleanField()
    allow_self_approval = BooleanField()
    metadata = TextField()
    created_at = BigIntegerField()
    updated_at = BigIntegerField()

    class Meta:
        table_name = "billing_accounts"
        indexes = (
            (("workspace", "id"), True),
            (("workspace", "external_id"), True),
            (("workspace", "pricing_tier", "id"), False),
            (("workspace", "updated_at", "id"), False),
        )


class ApprovalLevel(Model):
    """Who must approve an account's orders from which total on."""

    account = ForeignKeyField(BillingAccount, index=False)
    position = IntegerField()
    name = TextField()
    min_total = BigIntegerField()
    required = IntegerField()
    approver_ids = TextField()

    class Meta:
        table_name = "approval_levels"
        primary_key = CompositeKey("account", "position")


class Site(Owned):
    """A place an account orders for."""

    id = TextField(primary_key=True)
    account = ForeignKeyField(BillingAccount, index=False)
    name = TextField()
    external_id = TextField(null=True)
    active = BooleanField()
    created_at = BigIntegerField()
    updated_at = BigIntegerField()

    class Meta:
        table_name = "sites"
        indexes = ((("account", "id"), True),)


class Contact(Owned):
    """A person of an account: buyer, approver, or both."""

    id = TextField(primary_key=True)
    account = ForeignKeyField(BillingAccount, index=False)
    name = TextField()
    email = TextField()
    roles = TextField()
    site_ids = TextField()
    active = BooleanField()
    created_at = BigIntegerField()
    updated_at = BigIntegerField()

    class Meta:
        table_name = "contacts"
        indexes = ((("account", "id"), True),)


class Product(Owned):
    """An article of the catalog and its stock; its prices stand in `PriceRow`."""

    id = AutoField()
    sku = TextField()
    name = TextField()
    search_text = TextField()
    description = TextField(null=True)
    unit = TextField(null=True)
    min_qty = BigIntegerField()
    multiple = BigIntegerField()
    active = BooleanField()
    external_id = TextField(null=True)
    metadata = TextField()
    tracked = BooleanField()
    on_hand = BigIntegerField()
    reserved = BigIntegerField()
    allow_backorder = BooleanField()
    stock_as_of = BigIntegerField(null=True)
    created_at = BigIntegerField()
    updated_at = BigIntegerField()
    change = BigIntegerField()

    class Meta:
        table_name = "products"
        indexes = (
            (("workspace", "sku"), True),
            (("workspace", "updated_at", "change", "sku"), False),
        )


class PriceRow(Owned):
    """A price, never changed: a new one is added and the old one closed.

    Neither tier nor account: the product's base price. `valid_from` and `valid_to` are the
    window the merchant gave; `recorded_at` and `closed_at` say when the row stood here.

    `replaces` is the row before this one under the same key (tier or account, `min_qty` and
    `valid_from`), and that one is `replaced`: so the past is reached from the rows that are not.
    An index of all prices that ever were would be written at another place for each product.
    """

    id = BigAutoField()
    product = ForeignKeyField(Product, index=False)
    tier = TextField(null=True)
    account = ForeignKeyField(BillingAccount, null=True, index=False)
    currency = TextField()
    price = BigIntegerField()
    min_qty = BigIntegerField()
    valid_from = BigIntegerField(null=True)
    valid_to = BigIntegerField(null=True)
    recorded_at = BigIntegerField()
    closed_at = BigIntegerField(null=True)
    replaces = BigIntegerField(null=True)
    replaced = BooleanField(constraints=[SQL("DEFAULT FALSE")])

    class Meta:
        table_name = "price_rows"
        constraints = (Check("price >= 0"), Check("tier IS NULL OR account_id IS NULL"))


PriceRow.add_index(
    PriceRow.index(
        PriceRow.product,
        PriceRow.tier,
        PriceRow.account,
        name="price_rows_open",
        where=SQL("closed_at IS NULL"),
    )
)
PriceRow.add_index(
    PriceRow.index(
        PriceRow.product,
        name="price_rows_ended",
        where=SQL("closed_at IS NOT NULL AND NOT replaced"),
    )
)
PriceRow.add_index(
    PriceRow.index(
        PriceRow.workspace,
        PriceRow.tier,
        name="price_rows_tier",
        where=SQL("closed_at IS NULL AND tier IS NOT NULL"),
    )
)


class Order(Owned):
    """An order: what rules and filters need as columns, what clients read as documents.

    `document` is the order as lists show it; `history` is its `approval_history`; `approval` is
    what the approval rules need to go on (levels with the people they name, who has decided).
    """

    id = TextField(primary_key=True)
    number = BigIntegerField()
    status = TextField()
    account = ForeignKeyField(BillingAccount, index=False)
    site = ForeignKeyField(Site, index=False)
    placed_by = TextField(null=True)
    currency = TextField()
    subtotal = BigIntegerField()
    total = BigIntegerField()
    po_number = TextField(null=True)
    external_id = TextField(null=True)
    revision = IntegerField()
    created_at = BigIntegerField()
    updated_at = BigIntegerField()
    change = BigIntegerField()
    document = TextField()
    history = TextField()
    approval = TextField()

    class Meta:
        table_name = "orders"
        indexes = (
            (("workspace", "number"), True),
            (("workspace", "external_id"), True),
            (("workspace", "created_at", "number"), False),
            (("workspace", "updated_at", "change"), False),
            (("workspace", "status", "created_at", "number"), False),
            (("workspace", "status", "updated_at", "change"), False),
            (("workspace", "account", "created_at", "number"), False),
            (("workspace", "account", "updated_at", "change"), False),
            (("workspace", "site", "created_at", "number"), False),
            (("workspace", "site", "updated_at", "change"), False),
        )


Order.add_index(
    Order.index(
        Order.workspace,
        Order.po_number,
        Order.created_at,
        Order.number,
        name="orders_po_number_created_at",
        where=SQL("po_number IS NOT NULL"),
    )
)
Order.add_index(
    Order.index(
        Order.workspace,
        Order.po_number,
        Order.updated_at,
        Order.change,
        name="orders_po_number_updated_at",
        where=SQL("po_number IS NOT NULL"),
    )
)


class OrderLine(Model):
    """One line of an order; `reserved` is how many units it holds in stock right now."""

    order = ForeignKeyField(Order, index=False)
    line = IntegerField()
    product = ForeignKeyField(Product, index=False)
    qty = BigIntegerField()
    unit_price = BigIntegerField()
    line_total = BigIntegerField()
    reserved = BigIntegerField()

    class Meta:
        table_name = "order_lines"
        primary_key = CompositeKey("order", "line")


class OrderProof(Model):
    """Why each line has its price: the candidates and their verdicts, as decided."""

    order = ForeignKeyField(Order, primary_key=True)
    document = TextField()

    class Meta:
        table_name = "order_proofs"


class OrderTally(Owned):
    """How many orders of a status there are, counted along with each change of one.

    `dimension` is `all`, `account`, `site`, `created`, `updated`, `created_month` or
    `updated_month`; `value` is which one: nothing, an id, a day (`2026-03-15`, UTC) or a month
    (`2026-03`). Every order counts once in each dimension.
    """

    dimension = TextField()
    value = TextField()
    status = TextField()
    orders = BigIntegerField()

    class Meta:
        table_name = "order_tallies"
        primary_key = CompositeKey("workspace", "dimension", "value", "status")
        without_rowid = True


class Event(Owned):
    """What happened; `body` is what is signed and sent. A test event has no `seq`."""

    id = TextField(primary_key=True)
    seq = BigIntegerField(null=True)
    type = TextField()
    order = ForeignKeyField(Order, null=True, index=False)
    created_at = BigIntegerField()
    body = TextField()

    class Meta:
        table_name = "events"
        indexes = ((("workspace", "seq"), True), (("order", "seq"), False))


class WebhookEndpoint(Owned):
    """Where events go. Secrets are derived from `id` and `secret_version`, never stored."""

    id = TextField(primary_key=True)
    url = TextField()
    events = TextField()
    description = TextField(null=True)
    status = TextField()
    disabled_reason = TextField(null=True)
    version = TextField()
    secret_version = IntegerField()
    old_secret_until = BigIntegerField(null=True)
    failing_since = BigIntegerField(null=True)
    last_success_at = BigIntegerField(null=True)
    last_failure_at = BigIntegerField(null=True)
    deleted_at = BigIntegerField(null=True)
    created_at = BigIntegerField()
    updated_at = BigIntegerField()

    class Meta:
        table_name = "webhook_endpoints"
        indexes = ((("workspace", "id"), True),)


class Delivery(Owned):
    """One event for one endpoint.

    `due_at_ms` (milliseconds) is null when nothing is to be sent: delivered, given up, or held
    while the endpoint is disabled. Claiming it moves `due_at_ms` to the end of the lease, so a
    delivery whose worker died becomes due again by itself. `failures` counts since the delivery
    was queued or queued again. `body` is set only where the endpoint is pinned to an older
    version than the event's.
    """

    id = TextField(primary_key=True)
    endpoint = ForeignKeyField(WebhookEndpoint, index=False)
    event = ForeignKeyField(Event, index=False)
    event_type = TextField()
    status = TextField()
    attempts = IntegerField()
    failures = IntegerField()
    due_at_ms = BigIntegerField(null=True)
    lease_holder = TextField(null=True)
    body = TextField(null=True)
    created_at = BigIntegerField()
    finished_at = BigIntegerField(null=True)

    class Meta:
        table_name = "deliveries"
        indexes = (
            (("endpoint", "created_at", "id"), False),
            (("endpoint", "status", "created_at", "id"), False),
            (("event", "endpoint"), False),
        )


Delivery.add_index(
    Delivery.index(
        Delivery.endpoint,
        Delivery.due_at_ms,
        Delivery.id,
        name="deliveries_due",
        where=SQL("due_at_ms IS NOT NULL"),
    )
)
Delivery.add_index(
    Delivery.index(
        Delivery.endpoint,
        Delivery.due_at_ms,
        name="deliveries_leased",
        where=SQL("lease_holder IS NOT NULL"),
    )
)
Delivery.add_index(
    Delivery.index(Delivery.finished_at, name="deliveries_done", where=SQL("status = 'succeeded'"))
)


class DeliveryAttempt(Model):
    """One try to deliver, and what came of it."""

    delivery = ForeignKeyField(Delivery, index=False)
    number = IntegerField()
    at = BigIntegerField()
    duration_ms = IntegerField()
    status = IntegerField(null=True)
    response = TextField(null=True)
    error = TextField(null=True)

    class Meta:
        table_name = "delivery_attempts"
        primary_key = CompositeKey("delivery", "number")


class IdempotentReply(Model):
    """The answer to a request with an `Idempotency-Key`, kept with its effect."""

    api_key = TextField()
    idempotency_key = TextField()
    fingerprint = TextField()
    status = IntegerField()
    headers = TextField()
    body = TextField()
    created_at = BigIntegerField()

    class Meta:
        table_name = "idempotent_replies"
        primary_key = CompositeKey("api_key", "idempotency_key")
        indexes = ((("created_at",), False),)


class RateLog(Model):
    """When the accepted requests of the last minute came, carried over a restart."""

    subject = TextField()
    bucket = TextField()
    log = TextField()
    saved_at = BigIntegerField()

    class Meta:
        table_name = "rate_logs"
        primary_key = CompositeKey("subject", "bucket")


class RateWindow(Model):
    """The accepted requests of the last minute, where several processes count them together.

    Accepted until the moment `slots[i]` (microseconds): `totals[i]` in all. The first slot is over.
    Lost in a crash of the database, as the windows in a process's memory are in a crash of that.
    """

    subject = TextField()
    bucket = TextField()
    slots = WholeNumbersField()
    totals = WholeNumbersField()
    asked_at_us = BigIntegerField()
    allowed = BooleanField()

    class Meta:
        table_name = "rate_windows"
        primary_key = CompositeKey("subject", "bucket")


class Administrator(Model):
    """A person who may sign in to the panel. No password yet: invited."""

    id = TextField(primary_key=True)
    name = TextField()
    email = TextField(unique=True)
    role = TextField()
    password = TextField(null=True)
    created_at = BigIntegerField()
    disabled_at = BigIntegerField(null=True)
    last_sign_in_at = BigIntegerField(null=True)

    class Meta:
        table_name = "administrators"


class AdminSession(Model):
    """A browser that is signed in; only the SHA-256 of its token is known."""

    digest = TextField(primary_key=True)
    administrator = ForeignKeyField(Administrator)
    created_at = BigIntegerField()
    last_seen_at = BigIntegerField()
    expires_at = BigIntegerField()
    revoked_at = BigIntegerField(null=True)

    class Meta:
        table_name = "admin_sessions"


class SetupLink(Model):
    """A one-time link into the panel. Opened, it is exchanged for a grant that one browser holds.

    It makes an administrator, or lets `administrator` choose a password.
    """

    digest = TextField(primary_key=True)
    grant_digest = TextField(null=True, unique=True)
    administrator = ForeignKeyField(Administrator, null=True, index=False)
    created_at = BigIntegerField()
    expires_at = BigIntegerField()
    used_at = BigIntegerField(null=True)
    finished_at = BigIntegerField(null=True)

    class Meta:
        table_name = "setup_links"


class AuditEntry(Model):
    """Who did what, from which door. Written once; nothing changes or removes a row."""

    id = BigAutoField()
    workspace = ForeignKeyField(Workspace, null=True, index=False)
    at = BigIntegerField()
    actor_type = TextField()
    actor_id = TextField(null=True)
    actor_name = TextField()
    door = TextField()
    action = TextField()
    subject_type = TextField()
    subject_id = TextField(null=True)
    details = TextField()

    class Meta:
        table_name = "audit_log"
        indexes = ((("workspace", "id"), False), (("subject_type", "id"), False))


TABLES: tuple[type[Model], ...] = (
    SchemaVersion,
    Workspace,
    ApiKey,
    PricingTier,
    BillingAccount,
    ApprovalLevel,
    Site,
    Contact,
    Product,
    PriceRow,
    Order,
    OrderLine,
    OrderProof,
    OrderTally,
    Event,
    WebhookEndpoint,
    Delivery,
    DeliveryAttempt,
    IdempotentReply,
    RateLog,
    RateWindow,
    Administrator,
    AdminSession,
    SetupLink,
    AuditEntry,
)
