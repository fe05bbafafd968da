"""Says which states an order can be in, what may be done in each, and where that leads.

Whether an approval was the last one needed is approval's answer; storing, refusing with an error
and announcing the events are the services' work.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Status = Literal["pending_approval", "approved", "rejected", "fulfilled", "cancelled"]
Action = Literal["approve", "reject", "fulfill", "cancel"]
EventName = Literal[
    "order.placed", "order.approved", "order.rejected", "order.fulfilled", "order.cancelled"
]

STATUSES: tuple[Status, ...] = (
    "pending_approval",
    "approved",
    "rejected",
    "fulfilled",
    "cancelled",
)

ACTIONS: tuple[Action, ...] = ("approve", "reject", "fulfill", "cancel")

# The whole life of an order: from each state, every possible action and the state it leads to.
# "approve" leads where it says with the last approval that is needed, and nowhere before.
TRANSITIONS: Mapping[str, Mapping[Action, Status]] = MappingProxyType(
    {
        "pending_approval": {"approve": "approved", "reject": "rejected", "cancel": "cancelled"},
        "approved": {"fulfill": "fulfilled", "cancel": "cancelled"},
        "rejected": {},
        "fulfilled": {},
        "cancelled": {},
    }
)

# Placing is no transition, as nothing was there before, but it is announced like the actions.
EVENT_OF_ACTION: Mapping[str, EventName] = MappingProxyType(
    {
        "place": "order.placed",
        "approve": "order.approved",
        "reject": "order.rejected",
        "fulfill": "order.fulfilled",
        "cancel": "order.cancelled",
    }
)

EVENTS: tuple[EventName, ...] = tuple(EVENT_OF_ACTION.values())


def initial_status(*, needs_approval: bool) -> Status:
    """Return the state of an order that has just been placed."""
    return "pending_approval" if needs_approval else "approved"


def events_on_placing(*, needs_approval: bool) -> tuple[EventName, ...]:
    """Return what is announced when an order is placed, in that order.

    An order that needs nobody's approval is approved in the same moment.
    """
    return ("order.placed",) if needs_approval else ("order.placed", "order.approved")


def allowed_actions(status: str) -> tuple[Action, ...]:
    """Return what may be done with an order in this state, in the order of `ACTIONS`.

    Raises:
        ValueError: There is no such status.
    """
    return tuple(_transitions_from(status))


def next_status(status: str, action: str, *, more_approvals_needed: bool = False) -> Status | None:
    """Return the state that the action leads to, or None when it is not allowed in this one.

    An approval after which more are needed leaves the order pending; it announces no event.

    Raises:
        ValueError: There is no such status or no such action.
    """
    if action not in ACTIONS:
        raise ValueError(f"unknown order action: {action!r}")
    target = _transitions_from(status).get(action)
    if target == "approved" and more_approvals_needed:
        return "pending_approval"
    return target


def _transitions_from(status: str) -> Mapping[Action, Status]:
    if status not in TRANSITIONS:
        raise ValueError(f"unknown order status: {status!r}")
    return TRANSITIONS[status]
