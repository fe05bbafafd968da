"""What happened to orders: recorded in the transaction of the change, read in order, gapless."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack

import peewee

from expressb2b_core.errors import NotFound
from expressb2b_core.inputs.constraints import is_id
from expressb2b_core.inputs.events import EventQuery
from expressb2b_core.inputs.moments import text
from expressb2b_core.inputs.records import checked
from expressb2b_core.rules.pagination import DEFAULT_PER_PAGE, cut_page
from expressb2b_core.services import outbox
from expressb2b_core.services.documents import Document, encode
from expressb2b_core.services.notifications import Event
from expressb2b_core.services.scope import Scope
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import Statement, all_values_from, param

E = tables.Event
W = tables.Workspace

_ID_PREFIX = "wh_"

_next_seq = Statement(
    lambda: (
        W.update(last_event_seq=W.last_event_seq + 1)
        .where(W.id == param("workspace"))
        .returning(W.last_event_seq)
    )
)
_insert = Statement(lambda: E.insert(all_values_from(E)))
_by_id = Statement(
    lambda: E.select(E.seq, E.body).where(
        (E.workspace == param("workspace")) & (E.id == param("id"))
    )
)


class OrderFacts(TypedDict):
    """What an event tells of an order besides its whole document."""

    order_id: str
    status: str
    billing_account_id: str
    site_id: str
    total: str
    items_count: int


def record(scope: Scope, event_type: str, now: int, facts: OrderFacts, order_text: str) -> None:
    """Record an event of an order, and its deliveries, in the present write.

    Args:
        scope: The workspace.
        event_type: Such as `order.placed`.
        now: When the change happens.
        facts: What receivers look at first.
        order_text: The whole order as `orders.get` gives it at the end of this transaction.
    """
    runtime = scope.runtime
    event_id = f"{_ID_PREFIX}{runtime.new_id()}"
    data = f'{encode(facts)[:-1]},"order":{order_text}}}'
    head = encode({"event": event_type, "id": event_id, "created_at": text(now)})
    body = f'{head[:-1]},"data":{data}}}'
    counted = runtime.database.row(_next_seq, workspace=scope.workspace_id)
    assert counted is not None
    seq = int(counted[0])
    runtime.database.execute(
        _insert,
        id=event_id,
        workspace_id=scope.workspace_id,
        seq=seq,
        type=event_type,
        order_id=facts["order_id"],
        created_at=now,
        body=body,
    )
    outbox.fan_out(scope, event_id, event_type, body, now)
    event = Event(scope.workspace_name, event_type, seq, Document(body))
    runtime.database.after_commit(lambda: runtime.listeners.tell(event))


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events in the order in which they happened; `next_after` is where to go on."""

    texts: Sequence[str]
    next_after: int
    has_more: bool

    def __iter__(self) -> Iterator[Document]:
        return (Document(body) for body in self.texts)


class Events:
    """The events of a workspace."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._database = scope.runtime.database

    def list(self, **query: Unpack[EventQuery]) -> EventPage:
        """The events after `after`, oldest first; each with its `seq`.

        A reader that goes on from `next_after` misses nothing. On a page without events
        `next_after` is the `after` that was asked for.
        """
        asked = checked(EventQuery, query)
        after = asked.get("after", 0)
        types = tuple(asked.get("types", ()))
        per_page = asked.get("per_page", DEFAULT_PER_PAGE)
        found = self._database.rows(
            _listing(len(types)),
            workspace=self._scope.workspace_id,
            after=after,
            limit=per_page + 1,
            **{f"type_{index}": name for index, name in enumerate(types)},
        )
        rows, has_more = cut_page(found, per_page)
        texts = [with_seq(seq, body) for seq, body in rows]
        return EventPage(texts, rows[-1][0] if rows else after, has_more)

    def iterate(self, **query: Unpack[EventQuery]) -> Iterator[Document]:
        """All events from `after` on, up to now."""
        page = self.list(**query)
        while page.texts:
            yield from page
            page = self.list(**(query | {"after": page.next_after}))

    def get(self, event_id: str) -> Document:
        """One event, with its `seq`; `NotFound`."""
        seq, body = self._found(event_id)
        return Document(with_seq(seq, body))

    def raw(self, event_id: str) -> bytes:
        """The very bytes that are signed and sent; `NotFound`."""
        return self._found(event_id)[1].encode()

    def _found(self, event_id: str) -> tuple[int | None, str]:
        row = None
        if is_id(event_id.removeprefix(_ID_PREFIX)):
            row = self._database.row(_by_id, workspace=self._scope.workspace_id, id=event_id)
        if row is None:
            raise NotFound("event", event_id)
        return row[0], row[1]


def with_seq(seq: int | None, body: str) -> str:
    """A body with the event's place in the workspace's sequence before it."""
    return f'{{"seq":{encode(seq)},{body[1:]}'


_listings: dict[int, Statement] = {}


def _listing(types: int) -> Statement:
    """The query for so many wanted types; none means all."""
    if types not in _listings:
        _listings[types] = Statement(lambda: _build_listing(types))
    return _listings[types]


def _build_listing(types: int) -> peewee.Query:
    where = (E.workspace == param("workspace")) & (E.seq > param("after"))
    if types:
        where &= E.type.in_([param(f"type_{index}") for index in range(types)])
    return E.select(E.seq, E.body).where(where).order_by(E.seq).limit(param("limit"))
