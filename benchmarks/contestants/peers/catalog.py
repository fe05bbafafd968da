"""The bulk upsert of products on SQLAlchemy: each record validated, all in one statement."""

from __future__ import annotations

import time
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from benchmarks.contestants.peers.models import Product
from benchmarks.contestants.peers.shapes import Fields, ProductIn

_STATUSES = ("created", "updated", "unchanged", "failed")


def upsert(session: Session, workspace_id: int, records: Sequence[Any]) -> Fields:
    """Create or update these products; a record that is refused fails alone."""
    checked = [_checked(record) for record in records]
    good = [one for one in checked if isinstance(one, ProductIn)]
    known = {
        product.sku: product
        for product in session.scalars(
            select(Product).where(
                Product.workspace_id == workspace_id, Product.sku.in_([one.sku for one in good])
            )
        )
    }
    results, rows = [], []
    for index, one in enumerate(checked):
        if isinstance(one, ProductIn):
            row, status = _row(workspace_id, one, known.get(one.sku))
            results.append(_result(index, one.sku, status, []))
            if status in ("created", "updated"):
                rows.append(row)
        else:
            results.append(_result(index, None, "failed", one))
    if rows:
        statement = insert(Product)
        changed = {name: statement.excluded[name] for name in ("name", "base_price", "updated_at")}
        session.execute(
            statement.on_conflict_do_update(index_elements=["workspace_id", "sku"], set_=changed),
            rows,
        )
    session.commit()
    counts = {name: sum(one["status"] == name for one in results) for name in _STATUSES}
    return {"data": results, "meta": {"total": len(results), **counts}}


def _checked(record: object) -> ProductIn | list[Fields]:
    try:
        return ProductIn.model_validate(record)
    except ValidationError as error:
        return [
            {
                "pointer": "/" + "/".join(map(str, one["loc"])),
                "code": one["type"],
                "detail": one["msg"],
            }
            for one in error.errors()
        ]


def _row(workspace_id: int, given: ProductIn, known: Product | None) -> tuple[Fields, str]:
    price = None if given.base_price is None else int(Decimal(given.base_price) * 10_000)
    name = given.name or (known.name if known else given.sku)
    row = {
        "workspace_id": workspace_id,
        "sku": given.sku,
        "name": name,
        "active": True,
        "min_qty": 1,
        "multiple": 1,
        "on_hand": 0,
        "reserved": 0,
        "base_price": price,
        "updated_at": int(time.time()),
    }
    if known is None:
        return row, "created"
    same = known.name == name and known.base_price == price
    return row, "unchanged" if same else "updated"


def _result(index: int, sku: str | None, status: str, errors: list[Fields]) -> Fields:
    return {"index": index, "sku": sku, "status": status, "errors": errors}
