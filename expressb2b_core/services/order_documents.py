"""The JSON of orders: the document that lists show, its history, its proof, and a quote."""

from __future__ import annotations

from collections.abc import Sequence

from expressb2b_core import money
from expressb2b_core.inputs.moments import text
from expressb2b_core.inputs.orders import NewOrder
from expressb2b_core.rules import approval, order_states, stock
from expressb2b_core.rules.approval import Level, Progress
from expressb2b_core.services import prices
from expressb2b_core.services.documents import Document, encode
from expressb2b_core.services.drafting import Draft, DraftLine
from expressb2b_core.services.scope import Actor, Scope

Fields = dict[str, object]


class Order(Document):
    """An order; `approval_history` is there when it was asked for alone."""

    id: str
    number: int
    status: str
    revision: int
    billing_account: dict[str, str | None]
    site: dict[str, str]
    items: list[Fields]
    subtotal: str
    charges: list[Fields]
    total: str
    currency: str
    po_number: str | None
    external_id: str | None
    note: str | None
    metadata: dict[str, str]
    placed_by: str | None
    approval: Fields
    allowed_actions: list[str]
    created_at: str
    updated_at: str
    approved_at: str | None
    rejected_at: str | None
    fulfilled_at: str | None
    cancelled_at: str | None
    approval_history: list[Fields]


def with_history(document: str, history: str) -> str:
    """The document of one order: what lists show, and its history."""
    return f'{document[:-1]},"approval_history":{history}}}'


def placed_fields(scope: Scope, new: NewOrder, draft: Draft, order_id: str, number: int) -> Fields:
    """The document of an order that is being placed."""
    status = order_states.initial_status(needs_approval=draft.needs_approval)
    placed_at = text(draft.now)
    return {
        "id": order_id,
        "number": number,
        "status": status,
        "revision": 1,
        "billing_account": {
            "id": draft.account.id,
            "name": draft.account.name,
            "pricing_tier": draft.account.pricing_tier,
        },
        "site": {"id": draft.site.id, "name": draft.site.name},
        "items": [_item_fields(scope, line) for line in draft.lines],
        **_totals(scope, draft),
        "po_number": new.get("po_number"),
        "external_id": new.get("external_id"),
        "note": new.get("note"),
        "metadata": new.get("metadata", {}),
        "placed_by": new.get("placed_by"),
        "approval": approval_fields(scope, draft.progress, blocked=draft.blocked),
        "allowed_actions": order_states.allowed_actions(status),
        "created_at": placed_at,
        "updated_at": placed_at,
        "approved_at": placed_at if status == "approved" else None,
        "rejected_at": None,
        "fulfilled_at": None,
        "cancelled_at": None,
    }


def quote_fields(scope: Scope, draft: Draft) -> Fields:
    """What a quote answers: the order as it would be, and everything that was considered."""
    decision = approval_fields(scope, draft.progress, blocked=draft.blocked)
    decision["levels"] = [
        _level_fields(scope, step)
        | {
            "eligible": [
                {"id": person.id, "name": person.name}
                for person in approval.eligible(step.level, draft.people, draft.pending)
            ]
        }
        for step in draft.progress
    ]
    return {
        "items": [
            _item_fields(scope, line) | {"candidates": line.candidates(draft.now)}
            for line in draft.lines
        ],
        **_totals(scope, draft),
        "approval": decision,
        "stock": [
            {
                "sku": line.product.sku,
                "requested": line.qty,
                "available": line.product.stock.available,
                "ok": isinstance(line.reservation(), stock.Reservation),
            }
            for line in draft.lines
        ],
    }


def proof_text(order_id: str, draft: Draft) -> str:
    """Why each line has its price, as decided now; stored with the order."""
    items = [
        {
            "line": line.number,
            "sku": line.product.sku,
            "qty": line.qty,
            "unit_price": money.unit_price_text(line.unit_price),
            "price": prices.price_fields(line.winner, line.base_price),
            "candidates": line.candidates(draft.now),
        }
        for line in draft.lines
    ]
    return encode({"order_id": order_id, "items": items})


def approval_fields(scope: Scope, progress: Sequence[Progress], *, blocked: bool) -> Fields:
    """How far the approval has come."""
    current = approval.current_level(progress)
    return {
        "required": bool(progress),
        "blocked": blocked,
        "current_level": None if current is None else current.number,
        "levels": [_level_fields(scope, step) for step in progress],
    }


def history_entry(
    now: int,
    action: str,
    actor: Actor,
    *,
    level: int | None = None,
    comment: str | None = None,
) -> Fields:
    """One line of `approval_history`."""
    return {
        "at": text(now),
        "action": action,
        "level": level,
        "actor": {"type": actor.type, "id": actor.id, "name": actor.name},
        "comment": comment,
    }


def approval_state(draft: Draft) -> Fields:
    """What the approval rules need later: the levels as they were, and who has decided."""
    return {
        "levels": [[*step.level, step.approved] for step in draft.progress],
        "decided": [],
        "allow_self_approval": draft.account.allow_self_approval,
    }


def progress_of(state: Fields) -> tuple[Progress, ...]:
    """The progress that `approval_state` keeps."""
    levels = state["levels"]
    assert isinstance(levels, list)
    return tuple(
        Progress(Level(number, name, min_total, required, tuple(people)), approved)
        for number, name, min_total, required, people, approved in levels
    )


def _item_fields(scope: Scope, line: DraftLine) -> Fields:
    return {
        "line": line.number,
        "sku": line.product.sku,
        "name": line.product.name,
        "qty": line.qty,
        "unit_price": money.unit_price_text(line.unit_price),
        "line_total": money.amount_text(line.line_total, scope.decimals),
        "price": prices.price_fields(line.winner, line.base_price),
    }


def _totals(scope: Scope, draft: Draft) -> Fields:
    return {
        "subtotal": money.amount_text(draft.subtotal, scope.decimals),
        "charges": [
            {
                "kind": charge.kind,
                "label": charge.label,
                "amount": money.amount_text(charge.amount, scope.decimals),
            }
            for charge in draft.charges
        ],
        "total": money.amount_text(draft.total, scope.decimals),
        "currency": scope.currency,
    }


def _level_fields(scope: Scope, step: Progress) -> Fields:
    return {
        "level": step.level.number,
        "name": step.level.name,
        "min_total": money.amount_text(step.level.min_total, scope.decimals),
        "required": step.level.required,
        "approved": step.approved,
    }
