"""One after another, until there is nothing left or the receiver refuses."""

from __future__ import annotations

from expressb2b_core.services.deliveries import Claim, Result
from tests.server.delivery.claims import answered, claim_of, refused, series_of, unreachable


def test_all_are_attempted_in_their_order() -> None:
    series = series_of("a", 1, 2, 3)

    series.attempt_all(answered)

    assert series.take_results() == [answered(claim_of("a", number)) for number in (1, 2, 3)]
    assert series.take_back() == []


def test_a_receiver_that_refuses_one_is_sent_no_more() -> None:
    series = series_of("a", 1, 2, 3)

    series.attempt_all(refused)

    assert series.take_results() == [refused(claim_of("a", 1))]
    assert series.take_back() == [claim_of("a", 2), claim_of("a", 3)]


def test_a_receiver_that_cannot_be_reached_is_tried_with_each() -> None:
    series = series_of("a", 1, 2)

    series.attempt_all(unreachable)

    assert len(series.take_results()) == 2


def test_what_is_taken_back_is_not_attempted_any_more() -> None:
    series = series_of("a", 1, 2, 3)
    taken: list[Claim] = []

    def attempt(claim: Claim) -> Result:
        taken.extend(series.take_back())
        return answered(claim)

    series.attempt_all(attempt)

    assert taken == [claim_of("a", 2), claim_of("a", 3)]
    assert series.take_results() == [answered(claim_of("a", 1))]


def test_results_can_be_taken_before_it_is_over() -> None:
    series = series_of("a", 1, 2)
    seen: list[Result] = []

    def attempt(claim: Claim) -> Result:
        seen.extend(series.take_results())
        return answered(claim)

    series.attempt_all(attempt)

    assert seen == [answered(claim_of("a", 1))]
    assert series.take_results() == [answered(claim_of("a", 2))]


def test_it_knows_what_was_not_taken_from_it() -> None:
    series = series_of("a", 1, 2, 3)
    series.attempt_all(lambda claim: (refused if claim.delivery_id == "a-2" else answered)(claim))
    assert series.delivery_ids == {"a-1", "a-2", "a-3"}

    series.take_results()
    assert series.delivery_ids == {"a-3"}
    series.take_back()

    assert series.delivery_ids == set()
