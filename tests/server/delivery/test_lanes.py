"""Whose turn it is: fair between endpoints, the slow ones apart."""

from __future__ import annotations

import pytest

from expressb2b_core.services.deliveries import Claim, Result, Waiting
from expressb2b_server.delivery.lanes import OVERSTAYING, SLOW_SECONDS, Lanes

SECOND_NS = 1_000_000_000
OVERDUE_NS = SLOW_SECONDS * SECOND_NS + 1


def waiting(*endpoints: str, workspace: str = "shop", free: int = 2) -> list[Waiting]:
    return [Waiting(endpoint, workspace, 0, free) for endpoint in endpoints]


def claim_of(endpoint: str, number: int = 0, workspace: str = "shop") -> Claim:
    return Claim(
        f"{endpoint}-{number}", endpoint, workspace, "https://a.test/", "wh_1", "order.placed",
        b"{}", "2026-03", (), 0, 0,
    )  # fmt: skip


def answered(claim: Claim, duration_ms: int = 10) -> Result:
    return Result(claim, ok=True, at=0, duration_ms=duration_ms, status=200)


def timed_out(claim: Claim) -> Result:
    return Result(claim, ok=False, at=0, duration_ms=1000, error="timeout")


def let_time_out(lanes: Lanes, *endpoints: str) -> None:
    for endpoint in endpoints:
        claim = claim_of(endpoint, 99)
        lanes.start(claim, 0)
        lanes.finish(timed_out(claim))


def test_everybody_gets_a_first_delivery_before_anybody_gets_a_second() -> None:
    lanes = Lanes(quick=4, slow=1)

    assert lanes.choose(waiting("a", "b", "c")) == {"a": 2, "b": 1, "c": 1}


def test_an_endpoint_gets_no_more_than_it_has_room_for() -> None:
    lanes = Lanes(quick=8, slow=1)

    assert lanes.choose([*waiting("a", free=1), *waiting("b")]) == {"a": 1, "b": 2}


def test_no_more_start_than_there_is_room() -> None:
    lanes = Lanes(quick=2, slow=1)
    lanes.start(claim_of("a"), 0)

    assert lanes.choose(waiting("a", "b", "c")) == {"b": 1}


def test_who_waited_longest_for_a_turn_comes_first_however_much_others_have_queued() -> None:
    lanes = Lanes(quick=1, slow=1)
    turns = []
    for _ in range(6):
        (chosen,) = lanes.choose(waiting("a", "b", "c"))
        claim = claim_of(chosen)
        lanes.start(claim, 0)
        lanes.finish(answered(claim))
        turns.append(chosen)

    assert turns == ["a", "b", "c", "a", "b", "c"]


def test_of_those_who_never_had_a_turn_the_longest_due_comes_first() -> None:
    lanes = Lanes(quick=1, slow=1)

    assert lanes.choose([Waiting("a", "shop", 20, 2), Waiting("b", "shop", 10, 2)]) == {"b": 1}


def test_workspaces_take_turns_however_many_endpoints_they_have() -> None:
    lanes = Lanes(quick=1, slow=1)
    queue = [*waiting("a", "b", "c", workspace="large"), *waiting("d", workspace="small")]
    turns = []
    for _ in range(6):
        (chosen,) = lanes.choose(queue)
        claim = claim_of(chosen, workspace="small" if chosen == "d" else "large")
        lanes.start(claim, 0)
        lanes.finish(answered(claim))
        turns.append(chosen)

    assert turns == ["a", "d", "b", "d", "c", "d"]


def test_the_next_room_goes_to_the_workspace_with_the_least_under_way() -> None:
    lanes = Lanes(quick=1, slow=3)
    let_time_out(lanes, "slow0", "slow1", "slow2", "slow3", "other")
    for number in range(2):
        lanes.start(claim_of(f"slow{number}", workspace="large"), 0)
    queue = [*waiting("slow2", "slow3", workspace="large"), *waiting("other", workspace="small")]

    assert lanes.choose(queue) == {"other": 1}


def test_an_endpoint_that_timed_out_uses_the_slow_lane_only() -> None:
    lanes = Lanes(quick=4, slow=1)
    let_time_out(lanes, "slow")

    assert lanes.choose(waiting("slow", "a")) == {"slow": 1, "a": 2}


def test_a_full_slow_lane_leaves_the_quick_one_alone_and_the_other_way_round() -> None:
    lanes = Lanes(quick=1, slow=1)
    let_time_out(lanes, "slow", "slower")
    lanes.start(claim_of("slow"), 0)
    assert lanes.choose(waiting("slow", "slower", "a")) == {"a": 1}

    lanes.finish(timed_out(claim_of("slow")))
    lanes.start(claim_of("a"), 0)
    assert lanes.choose(waiting("slow", "slower", "a")) == {"slower": 1}


@pytest.mark.parametrize(
    ("duration_ms", "is_slow"), [(SLOW_SECONDS * 1000, False), (SLOW_SECONDS * 1000 + 1, True)]
)
def test_an_answer_that_took_long_makes_its_endpoint_slow(duration_ms: int, is_slow: bool) -> None:
    lanes = Lanes(quick=0, slow=1)
    claim = claim_of("a")
    lanes.start(claim, 0)

    lanes.finish(answered(claim, duration_ms))

    assert lanes.choose(waiting("a")) == ({"a": 1} if is_slow else {})


def test_a_quick_answer_brings_an_endpoint_back() -> None:
    lanes = Lanes(quick=2, slow=1)
    let_time_out(lanes, "a")
    lanes.start(claim_of("a"), 0)

    lanes.finish(answered(claim_of("a")))

    assert lanes.choose(waiting("a")) == {"a": 2}


def test_what_is_under_way_for_too_long_makes_room_in_the_quick_lane() -> None:
    lanes = Lanes(quick=2, slow=1)
    lanes.start(claim_of("a", 1), 0)
    lanes.start(claim_of("a", 2), 0)

    lanes.move_overdue(OVERDUE_NS - 1)
    assert lanes.choose(waiting("b")) == {}
    lanes.move_overdue(OVERDUE_NS)

    assert lanes.choose(waiting("b")) == {"b": 2}
    assert lanes.choose(waiting("a", free=1)) == {}  # a is slow now, and that lane is overfull


def test_many_that_hang_together_all_make_room() -> None:
    lanes = Lanes(quick=8, slow=1)
    for number in range(8):
        lanes.start(claim_of(f"hanging{number}"), 0)

    lanes.move_overdue(OVERDUE_NS)

    assert lanes.choose(waiting("a")) == {"a": 2}


def test_how_many_make_room_is_bounded() -> None:
    lanes = Lanes(quick=100, slow=2)
    for number in range(100):
        lanes.start(claim_of(f"hanging{number}"), 0)

    lanes.move_overdue(OVERDUE_NS)

    assert lanes.quick_in_flight == 100 - OVERSTAYING - 2


def test_what_was_not_attempted_after_all_makes_room() -> None:
    lanes = Lanes(quick=1, slow=1)
    lanes.start(claim_of("a"), 0)
    assert claim_of("a").delivery_id in lanes

    lanes.withdraw(claim_of("a"))

    assert len(lanes) == 0
    assert lanes.choose(waiting("b")) == {"b": 1}
