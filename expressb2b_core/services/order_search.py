"""Finding orders by what people have at hand: a number, a PO, an external id, a SKU, a customer.

What the text could mean is looked up first; the list then asks only for what it can mean, so that
looking for a number is as quick as any other list.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Unpack

import peewee

from expressb2b_core.inputs.orders import OrderQuery
from expressb2b_core.inputs.records import checked
from expressb2b_core.services.documents import Page
from expressb2b_core.services.listing import Condition
from expressb2b_core.services.order_documents import Order
from expressb2b_core.services.order_lists import ORDERS, conditions
from expressb2b_core.services.scope import Scope
from expressb2b_core.services.text_search import contains, pattern
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import Scalar, Statement, param

O = tables.Order  # noqa: E741 - as every other table is called by its initial
L = tables.OrderLine
P = tables.Product
A = tables.BillingAccount

LONGEST_QUESTION = 200

_NUMBER = re.compile(r"#?([0-9]{1,15})", re.ASCII)
_MOST_MEANINGS = 200

_products = Statement(
    lambda: (
        P.select(P.id)
        .where((P.workspace == param("workspace")) & P.sku.in_([param("q"), param("upper")]))
        .limit(_MOST_MEANINGS)
    )
)
_numbered = Statement(
    lambda: O.select(O.id).where(
        (O.workspace == param("workspace")) & (O.number == param("number"))
    )
)
_accounts = Statement(
    lambda: (
        A.select(A.id)
        .where((A.workspace == param("workspace")) & contains(A.search_text, "pattern"))
        .order_by(A.id)
        .limit(_MOST_MEANINGS)
    )
)


def search(scope: Scope, sought: str, **query: Unpack[OrderQuery]) -> Page[Order]:
    """One page of the orders that this text means, within what `Orders.list` would give.

    Its number (`1042` or `#1042`), PO number, external id, the SKU of a line, or a part of the
    account's name. Numbers of customers are compared exactly, in the case they have.

    Raises:
        ValidationFailed, InvalidCursor, PageTooDeep: the question cannot be answered.
    """
    asked = checked(OrderQuery, query)
    wanted = [*conditions(asked), _meaning(scope, sought.strip()[:LONGEST_QUESTION])]
    return Page(*ORDERS.slice(scope, wanted, asked.get("sort", "-created_at"), asked), Order)


def find_by_number(scope: Scope, number: int) -> str | None:
    """The id of the order that has this number in the workspace, or None."""
    row = scope.runtime.database.row(_numbered, workspace=scope.workspace_id, number=number)
    return None if row is None else str(row[0])


def _meaning(scope: Scope, sought: str) -> Condition:
    text = sought.replace("\x00", "")
    kinds: list[tuple[str, Callable[[], peewee.Expression]]] = [
        ("text", lambda: (O.po_number == param("q")) | (O.external_id == param("q")))
    ]
    values: dict[str, Scalar] = {"q": text}
    number = _NUMBER.fullmatch(text)
    if number is not None:
        kinds.append(("number", lambda: O.number == param("number")))
        values["number"] = int(number[1])
    if scope.runtime.database.row(
        _products, workspace=scope.workspace_id, q=text, upper=text.upper()
    ):
        kinds.append(("sku", _has_line))
        values["upper"] = text.upper()
    if text and scope.runtime.database.row(
        _accounts, workspace=scope.workspace_id, pattern=pattern(text)
    ):
        kinds.append(("account", _is_of_account))
        values["pattern"] = pattern(text)
    key = "search:" + ",".join(name for name, _ in kinds)
    return Condition(key, lambda: reduce(or_, (build() for _, build in kinds)), values)


def _has_line() -> peewee.Expression:
    lines = (
        L.select(L.order)
        .join(P)
        .where((P.workspace == param("workspace")) & P.sku.in_([param("q"), param("upper")]))
    )
    return O.id.in_(lines)


def _is_of_account() -> peewee.Expression:
    accounts = A.select(A.id).where(
        (A.workspace == param("workspace")) & contains(A.search_text, "pattern")
    )
    return O.account.in_(accounts)
