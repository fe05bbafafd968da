"""Orders: what is placed, decided, and asked for."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Required, TypedDict

from expressb2b_core.inputs.constraints import (
    Amount,
    Bound,
    Choice,
    Choices,
    ListOf,
    ShortTexts,
    Text,
    UnitPrice,
    Uuid,
    Whole,
)
from expressb2b_core.inputs.paging import Paging
from expressb2b_core.inputs.records import Record
from expressb2b_core.rules.order_states import STATUSES
from expressb2b_core.rules.quantity import MAX_QTY

MAX_LINES = 200


Sku = Text(1, 64, trimmed=True, example="NAP-LIN-WHT-200")
ExternalId = Text(1, 100, example="ERP-20931")


class OrderItem(TypedDict, total=False):
    """One line of an order to be placed."""

    sku: Required[Annotated[str, Sku, "The product, exact case."]]
    qty: Required[Annotated[int, Whole(1, MAX_QTY, example=4), "Units."]]
    expected_unit_price: Annotated[
        str | Decimal | None,
        UnitPrice(),
        "Refuse the order (409 `price_changed`) when the price is another.",
    ]


class Charge(TypedDict):
    """An amount beside the lines; a discount is negative."""

    kind: Annotated[str, Choice("shipping", "tax", "discount", "fee")]
    label: Annotated[str, Text(1, 100, example="Freight")]
    amount: Annotated[str | Decimal, Amount(signed=True), "In the workspace's currency."]


class NewOrder(TypedDict, total=False):
    """An order to be placed or quoted. Prices are the server's alone."""

    billing_account_id: Required[Annotated[str, Uuid(), "Who orders."]]
    site_id: Required[Annotated[str, Uuid(), "For which of the account's sites."]]
    items: Required[
        Annotated[
            list[OrderItem],
            ListOf(Record(OrderItem), 1, MAX_LINES, unique=lambda item: item["sku"]),
            "The lines; no SKU twice.",
        ]
    ]
    po_number: Annotated[str | None, Text(1, 100, example="PO-7781"), "The buyer's own number."]
    external_id: Annotated[str | None, ExternalId, "Your id; unique in the workspace."]
    placed_by: Annotated[str | None, Uuid(), "The contact who ordered."]
    note: Annotated[str | None, Text(1, 2000, example="Leave at the back door")]
    charges: Annotated[list[Charge], ListOf(Record(Charge), 0, 50)]
    metadata: Annotated[dict[str, str], ShortTexts(), "At most 50 short strings, kept for you."]


class OrderQuery(Paging, total=False):
    """Which orders, in which order. Ranges are half-open: from included, to excluded."""

    status: Annotated[
        str | list[str], Choices(*STATUSES), "One or more states, separated by commas."
    ]
    billing_account_id: Annotated[str, Uuid()]
    site_id: Annotated[str, Uuid()]
    created_from: Annotated[str | date | datetime, Bound(), "A time with zone, or a date."]
    created_to: Annotated[
        str | date | datetime, Bound(closing=True), "Excluded; a bare date includes that day."
    ]
    updated_since: Annotated[str | date | datetime, Bound(), "Changed at this time or later."]
    po_number: Annotated[str, Text(1, 100)]
    external_id: Annotated[str, ExternalId]
    sort: Annotated[
        str,
        Choice("-created_at", "created_at", "updated_at", "-updated_at"),
        "`-` is newest first; `-created_at` by default.",
    ]


class Approval(TypedDict, total=False):
    """An approval; without `approver_id` the caller decides all levels for the merchant."""

    approver_id: Annotated[str | None, Uuid(), "The contact who decides."]
    comment: Annotated[str | None, Text(1, 2000)]


class Rejection(TypedDict, total=False):
    """A rejection, and why."""

    approver_id: Annotated[str | None, Uuid(), "The contact who decides."]
    reason: Required[Annotated[str, Text(1, 2000, example="Over this month's budget")]]


class Fulfillment(TypedDict, total=False):
    """That the goods have left."""

    external_id: Annotated[str | None, ExternalId, "Your id of the shipment."]
    tracking: Annotated[str | None, Text(1, 200, example="1Z999AA10123456784")]
    comment: Annotated[str | None, Text(1, 2000)]


class Cancellation(TypedDict, total=False):
    """A cancellation, and why."""

    reason: Required[Annotated[str, Text(1, 2000, example="Ordered twice")]]
    contact_id: Annotated[str | None, Uuid(), "The contact who cancels; otherwise the caller."]
