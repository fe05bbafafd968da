"""Changing an order that exists: load it, let somebody decide, store it with its event.

Every change of an order goes through `change`, in one transaction with stock and event.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from expressb2b_core.errors import (
    FieldError,
    InvalidTransition,
    NotAnApprover,
    NotFound,
    ValidationFailed,
)
from expressb2b_core.inputs.constraints import is_id
from expressb2b_core.inputs.moments import text
from expressb2b_core.rules import approval, order_states, stock
from expressb2b_core.rules.approval import PendingOrder, Person, Progress
from expressb2b_core.services import account_lookup, audit, changes, events, order_tallies
from expressb2b_core.services.documents import encode, require_match
from expressb2b_core.services.order_documents import (
    Fields,
    Order,
    approval_fields,
    history_entry,
    progress_of,
    with_history,
)
from expressb2b_core.services.order_tallies import Tallied
from expressb2b_core.services.scope import Actor, Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import Statement, param, values_from

O = tables.Order  # noqa: E741 - as every other table is called by its initial
L = tables.OrderLine
P = tables.Product

_load = Statement(
    lambda: O.select(
        O.document,
        O.history,
        O.approval,
        O.placed_by,
        O.status,
        O.account,
        O.site,
        O.created_at,
        O.updated_at,
    ).where((O.workspace == param("workspace")) & (O.id == param("id"))),
    locking=True,
)
_store = Statement(
    lambda: O.update(
        values_from(O.status, O.revision, O.updated_at, O.change, O.document, O.history, O.approval)
    ).where(O.id == param("id"))
)
_reserved_lines = Statement(
    lambda: (
        L.select(L.line, L.reserved, P.id, P.tracked, P.on_hand, P.reserved, P.allow_backorder)
        .join(P)
        .where((L.order == param("order")) & (L.reserved > 0))
        .order_by(P.sku)
    ),
    locking=True,
)
_store_stock = Statement(
    lambda: P.update(values_from(P.on_hand, P.reserved)).where(P.id == param("id"))
)
_forget_reservations = Statement(lambda: L.update(reserved=0).where(L.order == param("order")))

_MOMENT_OF_STATUS = {
    "approved": "approved_at",
    "rejected": "rejected_at",
    "fulfilled": "fulfilled_at",
    "cancelled": "cancelled_at",
}
_EVENT_OF_STATUS = {
    "approved": "order.approved",
    "rejected": "order.rejected",
    "fulfilled": "order.fulfilled",
    "cancelled": "order.cancelled",
}


@dataclass(slots=True)
class OrderInHand:
    """An order between loading and storing; what happens to it happens to these fields."""

    scope: Scope
    now: int
    id: str
    stored: Tallied
    placed_by: str | None
    fields: Fields
    history: list[Fields]
    approval: Fields
    events: list[str] = field(default_factory=list)

    @property
    def status(self) -> str:
        """The status it has now."""
        return str(self.fields["status"])

    @property
    def account_id(self) -> str:
        """The account it is for."""
        return self.stored.account_id

    @property
    def site_id(self) -> str:
        """The site it is for."""
        return self.stored.site_id

    @property
    def progress(self) -> tuple[Progress, ...]:
        """The levels and how far each has come."""
        return progress_of(self.approval)

    @property
    def pending(self) -> PendingOrder:
        """What the approval rules ask about it."""
        decided = self.approval["decided"]
        assert isinstance(decided, list)
        return PendingOrder(
            self.account_id,
            self.site_id,
            self.placed_by,
            bool(self.approval["allow_self_approval"]),
            frozenset(decided),
        )

    def tell(self, entry: Fields) -> None:
        """Add a line to the history."""
        self.history.append(entry)

    def enter(self, status: str) -> None:
        """Give it another status, with its moment and its event."""
        self.fields["status"] = status
        self.fields[_MOMENT_OF_STATUS[status]] = text(self.now)
        self.events.append(_EVENT_OF_STATUS[status])

    def show_approval(self, progress: tuple[Progress, ...], decided: Person | None) -> None:
        """Take over how far the approval has come, and who has just decided."""
        self.approval["levels"] = [[*step.level, step.approved] for step in progress]
        if decided is not None:
            self.approval["decided"] = [*self.pending.decided, decided.id]
        still_open = approval.current_level(progress) is not None
        people = account_lookup.people_of(self.scope, self.account_id) if still_open else ()
        blocked = approval.is_blocked(progress, people, self.pending)
        self.fields["approval"] = approval_fields(self.scope, progress, blocked=blocked)

    def close_approval(self) -> None:
        """Nothing is left to decide: the order was rejected or cancelled."""
        shown = self.fields["approval"]
        assert isinstance(shown, dict)
        self.fields["approval"] = shown | {"blocked": False, "current_level": None}


def change(
    scope: Scope,
    order_id: str,
    action: order_states.Action,
    decide: Callable[[OrderInHand], None],
    if_match: frozenset[str] | None = None,
) -> Order:
    """Change an order in one transaction with its stock and its event.

    Raises:
        NotFound: it does not exist in this workspace.
        Stale: it is not any more what the caller read.
        InvalidTransition: its status does not allow the action.
    """

    def work() -> Order:
        changes.take_turn(scope)
        order, present = _loaded(scope, order_id)
        require_match(if_match, present)
        if order_states.next_status(order.status, action) is None:
            raise InvalidTransition(
                action, order.status, order_states.allowed_actions(order.status)
            )
        decide(order)
        _record(order)
        return _stored(order)

    return scope.runtime.database.write(work)


def decider(order: OrderInHand, approver_id: str | None) -> Person | None:
    """The contact who decides the order's current level; None when the caller does.

    Raises:
        ValidationFailed: there is no such contact.
        NotAnApprover: this person may not decide it now.
    """
    if approver_id is None:
        return None
    person = contact(order.scope, approver_id, "/approver_id")
    level = approval.current_level(order.progress)
    reason = None if level is None else approval.refusal(person, level, order.pending)
    if reason is not None:
        raise NotAnApprover(reason)
    return person


def contact(scope: Scope, contact_id: str, pointer: str) -> Person:
    """The contact of this id; `ValidationFailed` at this pointer when there is none."""
    person = account_lookup.find_person(scope, contact_id)
    if person is None:
        raise ValidationFailed([FieldError(pointer, "not_found", "there is no such contact")])
    return person


def own_contact(order: OrderInHand, contact_id: str | None, pointer: str) -> Person | None:
    """The contact of the order's own account; None when none was named.

    Raises:
        ValidationFailed: there is no such contact, or it is another account's.
    """
    if contact_id is None:
        return None
    person = contact(order.scope, contact_id, pointer)
    if person.account_id != order.account_id:
        raise ValidationFailed(
            [FieldError(pointer, "wrong_account", "this contact is another account's")]
        )
    return person


def acting(order: OrderInHand, person: Person | None) -> Actor:
    """Who stands in the history: the person, or else the caller."""
    return order.scope.actor if person is None else Actor("contact", person.id, person.name)


def simple_entry(
    order: OrderInHand, action: str, person: Person | None, comment: str | None
) -> Fields:
    """A history line of an action that concerns no level."""
    return history_entry(order.now, action, acting(order, person), comment=comment)


def release_stock(order: OrderInHand) -> None:
    """Give back what the order's lines hold in stock."""
    _settle_stock(order, stock.release)


def consume_stock(order: OrderInHand) -> None:
    """Take what the order's lines hold out of the warehouse."""
    _settle_stock(order, stock.consume)


def _settle_stock(order: OrderInHand, settle: Callable[[stock.Stock, int], stock.Stock]) -> None:
    database = order.scope.runtime.database
    lines = database.rows(_reserved_lines, order=order.id)
    if not lines:
        return
    settled = [
        (product_id, settle(stock.Stock(bool(tracked), on_hand, reserved, bool(backorder)), units))
        for _, units, product_id, tracked, on_hand, reserved, backorder in lines
    ]
    database.execute_many(
        _store_stock,
        [
            {"id": product_id, "on_hand": figures.on_hand, "reserved": figures.reserved}
            for product_id, figures in settled
        ],
    )
    database.execute(_forget_reservations, order=order.id)


def _loaded(scope: Scope, order_id: str) -> tuple[OrderInHand, str]:
    row = None
    if is_id(order_id):
        row = scope.runtime.database.row(_load, workspace=scope.workspace_id, id=order_id)
    if row is None:
        raise NotFound("order", order_id)
    document, history, state, placed_by, *stored = row
    order = OrderInHand(
        scope=scope,
        now=scope.runtime.clock.now(),
        id=order_id,
        stored=Tallied(*stored),
        placed_by=placed_by,
        fields=json.loads(document),
        history=json.loads(history),
        approval=json.loads(state),
    )
    return order, with_history(document, history)


def _record(order: OrderInHand) -> None:
    last = order.history[-1]
    decided_by = last["actor"]
    assert isinstance(decided_by, dict)
    told = {
        "number": order.fields["number"],
        "level": last["level"],
        "in_the_name_of": decided_by["name"] if decided_by["type"] == "contact" else None,
        "comment": last["comment"],
    }
    audit.record(order.scope, f"order.{last['action']}", "order", order.id, told)


def _stored(order: OrderInHand) -> Order:
    fields = order.fields
    revision = fields["revision"]
    assert isinstance(revision, int)
    fields["revision"] = revision + 1
    fields["updated_at"] = text(order.now)
    fields["allowed_actions"] = order_states.allowed_actions(order.status)
    document, history = encode(fields), encode(order.history)
    order.scope.runtime.database.execute(
        _store,
        id=order.id,
        status=order.status,
        revision=revision + 1,
        updated_at=order.now,
        change=changes.next_change(order.scope),
        document=document,
        history=history,
        approval=encode(order.approval),
    )
    now_stored = order.stored._replace(status=order.status, updated_at=order.now)
    order_tallies.count_changed(order.scope, order.stored, now_stored)
    whole = with_history(document, history)
    items = fields["items"]
    assert isinstance(items, list)
    facts = events.OrderFacts(
        order_id=order.id,
        status=order.status,
        billing_account_id=order.account_id,
        site_id=order.site_id,
        total=str(fields["total"]),
        items_count=len(items),
    )
    for event_type in order.events:
        events.record(order.scope, event_type, order.now, facts, whole)
    return Order(whole)
