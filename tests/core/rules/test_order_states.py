import pytest

from expressb2b_core.rules.order_states import (
    ACTIONS,
    EVENT_OF_ACTION,
    EVENTS,
    STATUSES,
    TRANSITIONS,
    allowed_actions,
    events_on_placing,
    initial_status,
    next_status,
)

# The whole table once more, written out by hand; None is a refusal.
EXPECTED = {
    ("pending_approval", "approve"): "approved",
    ("pending_approval", "reject"): "rejected",
    ("pending_approval", "fulfill"): None,
    ("pending_approval", "cancel"): "cancelled",
    ("approved", "approve"): None,
    ("approved", "reject"): None,
    ("approved", "fulfill"): "fulfilled",
    ("approved", "cancel"): "cancelled",
    ("rejected", "approve"): None,
    ("rejected", "reject"): None,
    ("rejected", "fulfill"): None,
    ("rejected", "cancel"): None,
    ("fulfilled", "approve"): None,
    ("fulfilled", "reject"): None,
    ("fulfilled", "fulfill"): None,
    ("fulfilled", "cancel"): None,
    ("cancelled", "approve"): None,
    ("cancelled", "reject"): None,
    ("cancelled", "fulfill"): None,
    ("cancelled", "cancel"): None,
}


@pytest.mark.parametrize(("status", "action"), EXPECTED)
def test_each_action_leads_from_each_state_where_the_table_says(status: str, action: str) -> None:
    assert next_status(status, action) == EXPECTED[status, action]


def test_table_written_out_by_hand_covers_every_state_and_action() -> None:
    assert set(EXPECTED) == {(status, action) for status in STATUSES for action in ACTIONS}
    assert set(TRANSITIONS) == set(STATUSES)


@pytest.mark.parametrize(
    ("status", "actions"),
    [
        ("pending_approval", ("approve", "reject", "cancel")),
        ("approved", ("fulfill", "cancel")),
        ("rejected", ()),
        ("fulfilled", ()),
        ("cancelled", ()),
    ],
)
def test_allowed_actions_come_in_a_fixed_order(status: str, actions: tuple[str, ...]) -> None:
    assert allowed_actions(status) == actions


@pytest.mark.parametrize("status", STATUSES)
def test_allowed_actions_are_exactly_those_that_lead_somewhere(status: str) -> None:
    leading = [action for action in ACTIONS if next_status(status, action) is not None]

    assert list(allowed_actions(status)) == leading


def test_approval_that_is_not_the_last_leaves_the_order_pending() -> None:
    assert (
        next_status("pending_approval", "approve", more_approvals_needed=True) == "pending_approval"
    )


@pytest.mark.parametrize(("status", "action"), EXPECTED)
def test_missing_approvals_matter_to_nothing_but_approving(status: str, action: str) -> None:
    if action == "approve" and status == "pending_approval":
        return

    assert next_status(status, action, more_approvals_needed=True) == EXPECTED[status, action]


def test_order_that_needs_approval_waits_and_is_announced_as_placed_only() -> None:
    assert initial_status(needs_approval=True) == "pending_approval"
    assert events_on_placing(needs_approval=True) == ("order.placed",)


def test_order_that_needs_no_approval_is_approved_at_once_and_announced_twice() -> None:
    assert initial_status(needs_approval=False) == "approved"
    assert events_on_placing(needs_approval=False) == ("order.placed", "order.approved")


def test_every_action_announces_its_own_event() -> None:
    assert EVENT_OF_ACTION == {
        "place": "order.placed",
        "approve": "order.approved",
        "reject": "order.rejected",
        "fulfill": "order.fulfilled",
        "cancel": "order.cancelled",
    }
    assert set(EVENT_OF_ACTION) == {"place", *ACTIONS}
    assert len(set(EVENTS)) == len(EVENT_OF_ACTION)


def test_event_of_an_action_is_named_after_the_state_it_leads_to() -> None:
    for (_, action), target in EXPECTED.items():
        if target is not None:
            assert EVENT_OF_ACTION[action] == f"order.{target}"


def test_unknown_status_is_a_mistake_not_a_refusal() -> None:
    with pytest.raises(ValueError, match="unknown order status: 'aproved'"):
        next_status("aproved", "cancel")
    with pytest.raises(ValueError, match="unknown order status: 'aproved'"):
        allowed_actions("aproved")


def test_unknown_action_is_a_mistake_not_a_refusal() -> None:
    with pytest.raises(ValueError, match="unknown order action: 'fulfil'"):
        next_status("approved", "fulfil")
