"""Callbacks of the embedding program: called after the commit, in the thread that made it."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from expressb2b_core.services.documents import Document

_log = logging.getLogger("expressb2b.events")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an order, as webhooks tell it.

    `document` has the fields `event`, `id`, `created_at` and `data`.
    """

    workspace: str
    type: str
    seq: int
    document: Document


Callback = Callable[[Event], None]


class Listeners:
    """Who wants to hear of what. A callback that raises is logged; the change stays."""

    def __init__(self) -> None:
        self._callbacks: dict[str, list[Callback]] = defaultdict(list)

    def add(self, event_type: str, callback: Callback) -> None:
        """Call back for this type of event, or for all with `*`."""
        self._callbacks[event_type].append(callback)

    def tell(self, event: Event) -> None:
        """Call everybody who asked for this event."""
        for callback in (*self._callbacks[event.type], *self._callbacks["*"]):
            try:
                callback(event)
            except Exception:
                _log.exception("a callback for %s failed", event.type)
