"""Decides which approval levels an order needs, who may decide them, and how far it has come.

Which statuses an order passes through is order_states' matter. A rejected or cancelled order has
nothing left to decide whatever its progress says; callers ask about pending orders only.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

Reason = Literal[
    "wrong_account",
    "inactive",
    "no_role",
    "wrong_site",
    "own_order",
    "already_decided",
    "wrong_level",
]

APPROVER_ROLE = "approver"


class Level(NamedTuple):
    """One step of an account's approval: who must agree from which total on.

    `min_total` is in the currency's smallest unit; `required` people have to approve. Where
    `approver_ids` names people, only they may; empty means every approver of the account.
    """

    number: int
    name: str
    min_total: int
    required: int
    approver_ids: tuple[str, ...] = ()


class Person(NamedTuple):
    """A contact of a billing account, as far as approving goes; no `site_ids` means all sites."""

    id: str
    name: str
    account_id: str
    active: bool
    roles: frozenset[str]
    site_ids: frozenset[str] = frozenset()


class PendingOrder(NamedTuple):
    """What about an order, placed or only quoted, bears on who may decide it.

    `placed_by` is the id of the person who ordered, None when nobody was named; `decided` holds
    the ids of all who have approved a level of it so far.
    """

    account_id: str
    site_id: str
    placed_by: str | None
    allow_self_approval: bool
    decided: frozenset[str] = frozenset()


class Progress(NamedTuple):
    """How many approvals a level has received so far."""

    level: Level
    approved: int

    @property
    def remaining(self) -> int:
        """The number of approvals that are still missing."""
        return max(self.level.required - self.approved, 0)


def number_levels(levels: Iterable[Level]) -> tuple[Level, ...]:
    """Return the levels sorted by `min_total` and numbered from 1.

    Levels with the same `min_total` keep the order of their present numbers, then the one given.
    """
    ordered = sorted(levels, key=lambda level: (level.min_total, level.number))
    return tuple(level._replace(number=n) for n, level in enumerate(ordered, start=1))


def applicable_levels(levels: Iterable[Level], total: int) -> tuple[Level, ...]:
    """Return the levels that an order of `total` (smallest unit) must pass, numbered in order.

    Because levels are sorted, these are always the first ones of the account, without a gap.
    """
    return tuple(level for level in number_levels(levels) if total >= level.min_total)


def refusal(person: Person, level: Level, order: PendingOrder) -> Reason | None:
    """Return why this person may not decide this level of the order, or None when they may.

    If several reasons hold, the first in the order of `Reason` is given.
    """
    if person.account_id != order.account_id:
        return "wrong_account"
    if not person.active:
        return "inactive"
    if APPROVER_ROLE not in person.roles:
        return "no_role"
    if person.site_ids and order.site_id not in person.site_ids:
        return "wrong_site"
    if person.id == order.placed_by and not order.allow_self_approval:
        return "own_order"
    if person.id in order.decided:
        return "already_decided"
    if level.approver_ids and person.id not in level.approver_ids:
        return "wrong_level"
    return None


def eligible(level: Level, people: Iterable[Person], order: PendingOrder) -> tuple[Person, ...]:
    """Return those who could decide this level now, in the order given."""
    return tuple(person for person in people if refusal(person, level, order) is None)


def start(levels: Iterable[Level]) -> tuple[Progress, ...]:
    """Return the progress of an order on which nobody has decided yet."""
    return tuple(Progress(level, 0) for level in levels)


def current_level(progress: Iterable[Progress]) -> Level | None:
    """Return the level to be decided next, or None when nothing is left to decide."""
    return next((step.level for step in progress if step.remaining), None)


def advance(progress: Sequence[Progress]) -> tuple[Progress, ...]:
    """Return the progress after one more approval, which always counts for the current level.

    Raises:
        ValueError: Nothing is left to decide.
    """
    level = current_level(progress)
    if level is None:
        raise ValueError("nothing is left to approve")
    return tuple(
        step._replace(approved=step.approved + 1) if step.level is level else step
        for step in progress
    )


def complete(progress: Iterable[Progress]) -> tuple[Progress, ...]:
    """Return the progress after the merchant's own decision, which fulfils all levels at once."""
    return tuple(step._replace(approved=step.level.required) for step in progress)


def is_blocked(progress: Iterable[Progress], people: Sequence[Person], order: PendingOrder) -> bool:
    """Tell whether an unfinished level has fewer eligible people than approvals still missing.

    Each level is looked at by itself: one person who is the only approver of two levels blocks
    the order when they have decided the first, not before.
    """
    return any(len(eligible(step.level, people, order)) < step.remaining for step in progress)
