"""Whose turn it is: fair between endpoints, the slow ones apart."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from expressb2b_core.services.deliveries import Claim, Result, Waiting
from expressb2b_server.delivery.lanes import (
    AT_ONCE_MS,
    LONGEST_SERIES,
    OVERSTAYING,
    SLOW_SECONDS,
    Lanes,
)
from tests.server.delivery.claims import (
    answered,
    claim_of,
    refused,
    series_of,
    timed_out,
    unreachable,
)

SECOND_NS = 1_000_000_000
OVERDUE_NS = SLOW_SECONDS * SECOND_NS + 1


def waiting(*endpoints: str, workspace: str = "shop", leased: int = 0) -> list[Waiting]:
    return [Waiting(endpoint, workspace, 0, leased) for endpoint in endpoints]


def let_time_out(lanes: Lanes, *endpoints: str) -> None:
    for endpoint in endpoints:
        series = series_of(endpoint)
        lanes.start(series, 0)
        lanes.end(series, [timed_out(claim_of(endpoint))])


def let_answer_at_once(lanes: Lanes, *endpoints: str) -> None:
    for endpoint in endpoints:
        series = series_of(endpoint)
        lanes.start(series, 0)
        lanes.end(series, [answered(claim_of(endpoint), AT_ONCE_MS)])


def test_everybody_gets_a_first_delivery_before_anybody_gets_a_second() -> None:
    lanes = Lanes(quick=4, slow=1)

    assert lanes.choose(waiting("a", "b", "c")) == {"a": 2, "b": 1, "c": 1}


def test_an_endpoint_has_two_in_flight_at_most() -> None:
    lanes = Lanes(quick=8, slow=1)
    lanes.start(series_of("a", 1, 2), 0)

    assert lanes.choose(waiting("a", leased=2)) == {"a": 1}
    lanes.start(series_of("a", 3), 0)

    assert lanes.choose(waiting("a", leased=3)) == {}


@pytest.mark.parametrize(("leased", "chosen"), [(1, {"a": 1}), (2, {}), (40, {})])
def test_what_others_have_claimed_counts_as_in_flight(leased: int, chosen: dict[str, int]) -> None:
    lanes = Lanes(quick=8, slow=1)

    assert lanes.choose(waiting("a", leased=leased)) == chosen


def test_a_claim_that_lapsed_unnoticed_makes_no_room_for_a_third() -> None:
    lanes = Lanes(quick=8, slow=1)
    lanes.start(series_of("a", 1, 2), 0)

    assert lanes.choose(waiting("a", leased=0)) == {"a": 1}


def test_who_answers_at_once_is_sent_series() -> None:
    lanes = Lanes(quick=8, slow=1)
    let_answer_at_once(lanes, "a")

    assert lanes.choose(waiting("a", "b")) == {"a": 2 * LONGEST_SERIES, "b": 2}


@pytest.mark.parametrize("came_of_it", [
    lambda claim: answered(claim, AT_ONCE_MS + 1), refused, timed_out,
])  # fmt: skip
def test_who_does_not_is_sent_one_at_a_time(came_of_it: Callable[[Claim], Result]) -> None:
    lanes = Lanes(quick=8, slow=1)
    let_answer_at_once(lanes, "a")
    series = series_of("a")
    lanes.start(series, 0)
    lanes.end(series, [came_of_it(claim_of("a"))])

    assert set(lanes.choose(waiting("a")).values()) <= {1, 2}


def test_who_cannot_be_reached_and_says_so_at_once_is_sent_series_too() -> None:
    lanes = Lanes(quick=8, slow=1)
    series = series_of("a")
    lanes.start(series, 0)
    lanes.end(series, [unreachable(claim_of("a"))])

    assert lanes.choose(waiting("a")) == {"a": 2 * LONGEST_SERIES}


def test_claims_become_as_few_series_as_may_be() -> None:
    lanes = Lanes(quick=8, slow=1)
    let_answer_at_once(lanes, "a")
    many = [claim_of("a", number) for number in range(LONGEST_SERIES + 1)]
    single = [claim_of("b", number) for number in range(2)]

    found = lanes.in_series([*many, *single])

    assert [(one.endpoint_id, len(one.delivery_ids)) for one in found] == [
        ("a", LONGEST_SERIES), ("a", 1), ("b", 1), ("b", 1),
    ]  # fmt: skip
    assert found[0].take_back() == many[:LONGEST_SERIES]


def test_no_more_start_than_there_is_room() -> None:
    lanes = Lanes(quick=2, slow=1)
    lanes.start(series_of("a"), 0)

    assert lanes.choose(waiting("a", "b", "c")) == {"b": 1}


def test_who_waited_longest_for_a_turn_comes_first_however_much_others_have_queued() -> None:
    lanes = Lanes(quick=1, slow=1)
    turns = []
    for _ in range(6):
        (chosen,) = lanes.choose(waiting("a", "b", "c"))
        series = series_of(chosen)
        lanes.start(series, 0)
        lanes.end(series, [answered(claim_of(chosen))])
        turns.append(chosen)

    assert turns == ["a", "b", "c", "a", "b", "c"]


def test_of_those_who_never_had_a_turn_the_longest_due_comes_first() -> None:
    lanes = Lanes(quick=1, slow=1)

    assert lanes.choose([Waiting("a", "shop", 20, 0), Waiting("b", "shop", 10, 0)]) == {"b": 1}


def test_workspaces_take_turns_however_many_endpoints_they_have() -> None:
    lanes = Lanes(quick=1, slow=1)
    queue = [*waiting("a", "b", "c", workspace="large"), *waiting("d", workspace="small")]
    turns = []
    for _ in range(6):
        (chosen,) = lanes.choose(queue)
        series = series_of(chosen, workspace="small" if chosen == "d" else "large")
        lanes.start(series, 0)
        lanes.end(series, [answered(claim_of(chosen))])
        turns.append(chosen)

    assert turns == ["a", "d", "b", "d", "c", "d"]


def test_the_next_room_goes_to_the_workspace_with_the_least_under_way() -> None:
    lanes = Lanes(quick=1, slow=3)
    let_time_out(lanes, "slow0", "slow1", "slow2", "slow3", "other")
    for number in range(2):
        lanes.start(series_of(f"slow{number}", workspace="large"), 0)
    queue = [*waiting("slow2", "slow3", workspace="large"), *waiting("other", workspace="small")]

    assert lanes.choose(queue) == {"other": 1}


def test_an_endpoint_that_timed_out_uses_the_slow_lane_only() -> None:
    lanes = Lanes(quick=4, slow=1)
    let_time_out(lanes, "slow")

    assert lanes.choose(waiting("slow", "a")) == {"slow": 1, "a": 2}


def test_a_full_slow_lane_leaves_the_quick_one_alone_and_the_other_way_round() -> None:
    lanes = Lanes(quick=1, slow=1)
    let_time_out(lanes, "slow", "slower")
    slow = series_of("slow")
    lanes.start(slow, 0)
    assert lanes.choose(waiting("slow", "slower", "a")) == {"a": 1}

    lanes.end(slow, [timed_out(claim_of("slow"))])
    lanes.start(series_of("a"), 0)
    assert lanes.choose(waiting("slow", "slower", "a")) == {"slower": 1}


@pytest.mark.parametrize(
    ("duration_ms", "is_slow"), [(SLOW_SECONDS * 1000, False), (SLOW_SECONDS * 1000 + 1, True)]
)
def test_an_answer_that_took_long_makes_its_endpoint_slow(duration_ms: int, is_slow: bool) -> None:
    lanes = Lanes(quick=0, slow=1)
    series = series_of("a")
    lanes.start(series, 0)

    lanes.end(series, [answered(claim_of("a"), duration_ms)])

    assert lanes.choose(waiting("a")) == ({"a": 1} if is_slow else {})


def test_a_quick_answer_brings_an_endpoint_back() -> None:
    lanes = Lanes(quick=2, slow=1)
    let_time_out(lanes, "a")
    series = series_of("a")
    lanes.start(series, 0)

    lanes.end(series, [answered(claim_of("a"))])

    assert lanes.choose(waiting("a")) == {"a": 2}


def test_what_is_under_way_for_too_long_makes_room_in_the_quick_lane() -> None:
    lanes = Lanes(quick=2, slow=1)
    lanes.start(series_of("a", 1), 0)
    lanes.start(series_of("a", 2), 0)

    assert lanes.move_overdue(OVERDUE_NS - 1) == []
    assert lanes.choose(waiting("b")) == {}
    assert lanes.move_overdue(OVERDUE_NS) == lanes.under_way

    assert lanes.choose(waiting("b")) == {"b": 2}
    lanes.end(lanes.under_way[0], [])
    assert lanes.choose(waiting("a")) == {}  # a is slow now, and that lane is full


def test_many_that_hang_together_all_make_room() -> None:
    lanes = Lanes(quick=8, slow=1)
    for number in range(8):
        lanes.start(series_of(f"hanging{number}"), 0)

    lanes.move_overdue(OVERDUE_NS)

    assert lanes.choose(waiting("a")) == {"a": 2}


def test_how_many_make_room_is_bounded() -> None:
    lanes = Lanes(quick=100, slow=2)
    for number in range(100):
        lanes.start(series_of(f"hanging{number}"), 0)

    lanes.move_overdue(OVERDUE_NS)

    assert lanes.quick_in_flight == 100 - OVERSTAYING - 2


def test_what_was_not_attempted_after_all_makes_room() -> None:
    lanes = Lanes(quick=1, slow=1)
    series = series_of("a")
    lanes.start(series, 0)
    assert claim_of("a").delivery_id in lanes

    lanes.end(series, [])

    assert len(lanes) == 0
    assert claim_of("a").delivery_id not in lanes
    assert lanes.choose(waiting("b")) == {"b": 1}
