"""Lists and details of the shop on SQLAlchemy: filters, exact totals, signed keyset cursors."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session, selectinload

from benchmarks.contestants.peers.admission import Refused
from benchmarks.contestants.peers.models import Order
from benchmarks.contestants.peers.shapes import Fields, order_fields, whole_order_fields

_SECRET = b"a secret for benchmarks, thirty-two"
_EQUAL = {
    "billing_account_id": Order.account_id,
    "site_id": Order.site_id,
    "po_number": Order.po_number,
    "external_id": Order.external_id,
}
PARAMETERS = {*_EQUAL, "status", "created_from", "created_to", "per_page", "cursor"}


def list_orders(session: Session, workspace_id: int, query: Mapping[str, str]) -> Fields:
    """One page, newest first.

    Raises:
        Refused: an unknown parameter, or a cursor that is not ours.
    """
    if not query.keys() <= PARAMETERS:
        raise Refused(422, "validation_failed")
    where = [Order.workspace_id == workspace_id, *_filters(query)]
    total = session.scalar(select(func.count()).select_from(Order).where(*where))
    per_page = min(int(query.get("per_page", 25)), 100)
    if "cursor" in query:
        where.append(tuple_(Order.created_at, Order.number) < _decoded(query))
    found = session.scalars(
        select(Order)
        .where(*where)
        .options(selectinload(Order.items), selectinload(Order.levels))
        .order_by(Order.created_at.desc(), Order.number.desc())
        .limit(per_page + 1)
    ).all()
    page = found[:per_page]
    cursor = _encoded(query, page[-1]) if len(found) > per_page else None
    return {
        "data": [order_fields(order) for order in page],
        "meta": {"total": total, "per_page": per_page, "next_cursor": cursor},
    }


def get_order(session: Session, workspace_id: int, order_id: str) -> Fields:
    """One order, with its history; `Refused` when there is none."""
    order = session.scalar(
        select(Order)
        .where(Order.id == order_id, Order.workspace_id == workspace_id)
        .options(selectinload(Order.items), selectinload(Order.levels), selectinload(Order.history))
    )
    if order is None:
        raise Refused(404, "not_found")
    return whole_order_fields(order)


def _filters(query: Mapping[str, str]) -> list[ColumnElement[bool]]:
    found = [column == query[name] for name, column in _EQUAL.items() if name in query]
    if "status" in query:
        found.append(Order.status.in_(query["status"].split(",")))
    if "created_from" in query:
        found.append(Order.created_at >= _bound(query["created_from"], closing=False))
    if "created_to" in query:
        found.append(Order.created_at < _bound(query["created_to"], closing=True))
    return found


def _bound(text: str, *, closing: bool) -> int:
    moment = datetime.fromisoformat(text)
    if len(text) == len("2026-03-15"):
        moment = moment.replace(tzinfo=UTC) + timedelta(days=1 if closing else 0)
    return int(moment.timestamp())


def _encoded(query: Mapping[str, str], order: Order) -> str:
    position = json.dumps([order.created_at, order.number]).encode()
    return base64.urlsafe_b64encode(_seal(query, position) + position).decode()


def _decoded(query: Mapping[str, str]) -> tuple[int, int]:
    try:
        raw = base64.urlsafe_b64decode(query["cursor"])
    except binascii.Error:
        raise Refused(400, "invalid_cursor") from None
    seal, position = raw[:32], raw[32:]
    if not hmac.compare_digest(seal, _seal(query, position)):
        raise Refused(400, "invalid_cursor")
    created_at, number = json.loads(position)
    return created_at, number


def _seal(query: Mapping[str, str], position: bytes) -> bytes:
    bound_to = json.dumps(
        {k: v for k, v in sorted(query.items()) if k not in ("cursor", "per_page")}
    ).encode()
    return hmac.digest(_SECRET, bound_to + position, hashlib.sha256)
