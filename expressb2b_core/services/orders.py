"""Orders: quoting, placing, reading, fulfilling, cancelling. Deciding them is `approvals`'."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Unpack

from expressb2b_core.errors import AlreadyExists, NotFound
from expressb2b_core.inputs import orders as inputs
from expressb2b_core.inputs.constraints import is_id
from expressb2b_core.inputs.records import checked
from expressb2b_core.rules import order_states, stock
from expressb2b_core.services import events, order_changes, order_documents, order_tallies
from expressb2b_core.services.documents import Document, Page, encode, walk
from expressb2b_core.services.drafting import Draft, draw_up
from expressb2b_core.services.order_changes import OrderInHand
from expressb2b_core.services.order_documents import Fields, Order, history_entry, with_history
from expressb2b_core.services.order_lists import ORDERS, conditions
from expressb2b_core.services.order_tallies import Tallied
from expressb2b_core.services.scope import Actor, Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.database import Row
from expressb2b_core.storage.statements import Statement, all_values_from, param

O = tables.Order  # noqa: E741 - as every other table is called by its initial
W = tables.Workspace
P = tables.Product

_next_number = Statement(
    lambda: (
        W.update(last_order_number=W.last_order_number + 1, last_change=W.last_change + 1)
        .where(W.id == param("workspace"))
        .returning(W.last_order_number, W.last_change)
    )
)
_insert = Statement(lambda: O.insert(all_values_from(O)))
_insert_line = Statement(lambda: tables.OrderLine.insert(all_values_from(tables.OrderLine)))
_insert_proof = Statement(lambda: tables.OrderProof.insert(all_values_from(tables.OrderProof)))
_reserve = Statement(
    lambda: P.update(reserved=P.reserved + param("units")).where(P.id == param("id"))
)
_whole = Statement(
    lambda: O.select(O.document, O.history).where(
        (O.workspace == param("workspace")) & (O.id == param("id"))
    )
)
_proof = Statement(
    lambda: (
        tables.OrderProof.select(tables.OrderProof.document)
        .join(O)
        .where((O.workspace == param("workspace")) & (O.id == param("id")))
    )
)
_by_external_id = Statement(
    lambda: O.select(O.id).where(
        (O.workspace == param("workspace")) & (O.external_id == param("external_id"))
    )
)


class Orders:
    """The orders of a workspace."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._database = scope.runtime.database

    def quote(self, **given: Unpack[inputs.NewOrder]) -> Document:
        """What this order would be, with every price considered; nothing is written.

        Raises:
            ValidationFailed: as placing it would, but for want of stock, which is told.
            PriceChanged: a price is not the expected one.
        """
        new = checked(inputs.NewOrder, given)
        with self._database.snapshot():
            draft = draw_up(self._scope, new, self._scope.runtime.clock.now(), for_placing=False)
        return Document(encode(order_documents.quote_fields(self._scope, draft)))

    def place(self, **given: Unpack[inputs.NewOrder]) -> Order:
        """Place an order at today's prices, which stay its prices.

        Raises:
            ValidationFailed: naming every field that needs attention.
            PriceChanged: a price is not the expected one.
            AlreadyExists: another order has this `external_id`.
        """
        new = checked(inputs.NewOrder, given)
        return self._database.write(lambda: self._place(new))

    def get(self, order_id: str) -> Order:
        """One order, with its `approval_history`; `NotFound`."""
        row = self._row(_whole, order_id)
        if row is None:
            raise NotFound("order", order_id)
        return Order(with_history(row[0], row[1]))

    def pricing(self, order_id: str) -> Document:
        """Why each line has its price, as decided when it was placed; `NotFound`."""
        row = self._row(_proof, order_id)
        if row is None:
            raise NotFound("order", order_id)
        return Document(row[0])

    def list(self, **query: Unpack[inputs.OrderQuery]) -> Page[Order]:
        """One page of orders, newest first unless `sort` says otherwise.

        Raises:
            ValidationFailed, InvalidCursor, PageTooDeep: the question cannot be answered.
        """
        asked = checked(inputs.OrderQuery, query)
        sort = asked.get("sort", "-created_at")
        return Page(*ORDERS.slice(self._scope, conditions(asked), sort, asked), Order)

    def iterate(self, **query: Unpack[inputs.OrderQuery]) -> Iterator[Order]:
        """All orders of a list, page by page; those that exist throughout come exactly once."""
        return walk(self.list, query)

    def fulfill(
        self,
        order_id: str,
        *,
        if_match: frozenset[str] | None = None,
        **given: Unpack[inputs.Fulfillment],
    ) -> Order:
        """The goods have left; what the order held in stock is consumed.

        `external_id` (the shipment's) and `tracking` stand in the history's last line.

        Raises:
            NotFound, Stale, ValidationFailed: as everywhere.
            InvalidTransition: it is not approved.
        """
        fields = checked(inputs.Fulfillment, given)

        def decide(order: OrderInHand) -> None:
            entry = order_changes.simple_entry(order, "fulfilled", None, fields.get("comment"))
            for name in ("external_id", "tracking"):
                if fields.get(name) is not None:
                    entry[name] = fields.get(name)
            order.tell(entry)
            order_changes.consume_stock(order)
            order.enter("fulfilled")

        return order_changes.change(self._scope, order_id, "fulfill", decide, if_match)

    def cancel(
        self,
        order_id: str,
        *,
        if_match: frozenset[str] | None = None,
        **given: Unpack[inputs.Cancellation],
    ) -> Order:
        """Cancel the order; what it held in stock is given back.

        Raises:
            NotFound, Stale, ValidationFailed: as everywhere.
            InvalidTransition: it is finished already.
        """
        fields = checked(inputs.Cancellation, given)

        def decide(order: OrderInHand) -> None:
            person = order_changes.own_contact(order, fields.get("contact_id"), "/contact_id")
            order.tell(order_changes.simple_entry(order, "cancelled", person, fields["reason"]))
            order.close_approval()
            order_changes.release_stock(order)
            order.enter("cancelled")

        return order_changes.change(self._scope, order_id, "cancel", decide, if_match)

    def _row(self, statement: Statement, order_id: str) -> Row | None:
        if not is_id(order_id):
            return None
        return self._database.row(statement, workspace=self._scope.workspace_id, id=order_id)

    # Placing

    def _place(self, new: inputs.NewOrder) -> Order:
        runtime = self._scope.runtime
        # Taken first: it makes the orders of a workspace wait for each other on any database, so
        # that none reads stock or numbers that another is about to change.
        counted = self._database.row(_next_number, workspace=self._scope.workspace_id)
        assert counted is not None
        number, change = counted
        now = runtime.clock.now()
        self._refuse_known(new.get("external_id"))
        draft = draw_up(self._scope, new, now, for_placing=True)
        order_id = runtime.new_id()
        fields = order_documents.placed_fields(self._scope, new, draft, order_id, number)
        document, history = encode(fields), encode(self._first_entries(draft))
        self._insert_order(new, draft, fields, change, document, history)
        order_tallies.count_placed(self._scope, _tallied(draft, fields))
        self._insert_lines(order_id, draft)
        self._database.execute(
            _insert_proof,
            order_id=order_id,
            document=order_documents.proof_text(order_id, draft),
        )
        whole = with_history(document, history)
        self._record_events(draft, fields, whole)
        return Order(whole, created=True)

    def _refuse_known(self, external_id: str | None) -> None:
        if external_id is None:
            return
        row = self._database.row(
            _by_external_id, workspace=self._scope.workspace_id, external_id=external_id
        )
        if row is not None:
            raise AlreadyExists("external_id", external_id, row[0])

    def _first_entries(self, draft: Draft) -> Sequence[Fields]:
        person = draft.placed_by
        actor = self._scope.actor if person is None else Actor("contact", person.id, person.name)
        entries = [history_entry(draft.now, "placed", actor)]
        if not draft.needs_approval:
            system = Actor("system", None, "Express B2B")
            entries.append(history_entry(draft.now, "auto_approved", system))
        return entries

    def _insert_order(
        self,
        new: inputs.NewOrder,
        draft: Draft,
        fields: Fields,
        change: int,
        document: str,
        history: str,
    ) -> None:
        self._database.execute(
            _insert,
            id=str(fields["id"]),
            workspace_id=self._scope.workspace_id,
            number=int(str(fields["number"])),
            status=str(fields["status"]),
            account_id=draft.account.id,
            site_id=draft.site.id,
            placed_by=new.get("placed_by"),
            currency=self._scope.currency,
            subtotal=draft.subtotal,
            total=draft.total,
            po_number=new.get("po_number"),
            external_id=new.get("external_id"),
            revision=1,
            created_at=draft.now,
            updated_at=draft.now,
            change=change,
            document=document,
            history=history,
            approval=encode(order_documents.approval_state(draft)),
        )

    def _insert_lines(self, order_id: str, draft: Draft) -> None:
        reserved = [_units(line.reservation()) for line in draft.lines]
        self._database.execute_many(
            _insert_line,
            [
                {
                    "order_id": order_id,
                    "line": line.number,
                    "product_id": line.product.id,
                    "qty": line.qty,
                    "unit_price": line.unit_price,
                    "line_total": line.line_total,
                    "reserved": units,
                }
                for line, units in zip(draft.lines, reserved, strict=True)
            ],
        )
        tracked = [
            {"id": line.product.id, "units": units}
            for line, units in zip(draft.lines, reserved, strict=True)
            if units
        ]
        if tracked:
            self._database.execute_many(_reserve, tracked)

    def _record_events(self, draft: Draft, fields: Fields, whole: str) -> None:
        facts = events.OrderFacts(
            order_id=str(fields["id"]),
            status=str(fields["status"]),
            billing_account_id=draft.account.id,
            site_id=draft.site.id,
            total=str(fields["total"]),
            items_count=len(draft.lines),
        )
        for event_type in order_states.events_on_placing(needs_approval=draft.needs_approval):
            events.record(self._scope, event_type, draft.now, facts, whole)


def _tallied(draft: Draft, fields: Fields) -> Tallied:
    status = str(fields["status"])
    return Tallied(status, draft.account.id, draft.site.id, draft.now, draft.now)


def _units(outcome: stock.Reservation | stock.Shortage) -> int:
    assert isinstance(outcome, stock.Reservation), "a draft for placing has no shortages"
    return outcome.units
