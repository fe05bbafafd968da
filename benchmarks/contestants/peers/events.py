"""Events of orders on SQLAlchemy, and who is to be told of them."""

from __future__ import annotations

import json

import uuid6
from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.contestants.peers.models import (
    ApiKey,
    Delivery,
    Endpoint,
    Event,
    Order,
    Workspace,
)
from benchmarks.contestants.peers.shapes import Fields, moment_text


def record(session: Session, key: ApiKey, order: Order, event_type: str, fields: Fields) -> None:
    """Write an event of an order, and a delivery for each endpoint that wants it."""
    workspace = session.get_one(Workspace, key.workspace_id)
    workspace.last_event_seq += 1
    event_id = f"wh_{uuid6.uuid7()}"
    now = order.updated_at
    head = {"event": event_type, "id": event_id, "created_at": moment_text(now)}
    data = {
        "order_id": order.id,
        "status": order.status,
        "billing_account_id": order.account_id,
        "site_id": order.site_id,
        "total": fields["total"],
        "items_count": len(order.items),
        "order": fields,
    }
    session.add(
        Event(
            id=event_id,
            workspace_id=key.workspace_id,
            seq=workspace.last_event_seq,
            type=event_type,
            order_id=order.id,
            created_at=now,
            body=json.dumps(head | {"data": data}),
        )
    )
    for endpoint in session.scalars(
        select(Endpoint).where(
            Endpoint.workspace_id == key.workspace_id, Endpoint.status == "enabled"
        )
    ):
        if event_type in endpoint.events or "*" in endpoint.events:
            session.add(
                Delivery(
                    id=str(uuid6.uuid7()),
                    endpoint_id=endpoint.id,
                    event_id=event_id,
                    status="pending",
                    due_at_ms=now * 1000,
                    created_at=now,
                )
            )
