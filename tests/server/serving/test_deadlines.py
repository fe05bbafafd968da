from __future__ import annotations

import pytest

from expressb2b_server.serving.deadlines import Patience, Phase, Verdict
from expressb2b_server.serving.settings import Serving

STARTED_AT = 1000.0
SERVING = Serving()


def verdict_after(
    phase: Phase, seconds: float, *, received_bytes: int = 0, sent_bytes: int = 0
) -> Verdict:
    patience = Patience(SERVING, STARTED_AT)
    assert patience.judge(phase, STARTED_AT, received_bytes, sent_bytes) is Verdict.KEEP
    return patience.judge(phase, STARTED_AT + seconds, received_bytes, sent_bytes)


@pytest.mark.parametrize(
    ("phase", "seconds", "verdict"),
    [
        (Phase.HEADER, 10, Verdict.REFUSE),
        (Phase.BODY, 10, Verdict.REFUSE),
        (Phase.IDLE, 14.5, Verdict.CLOSE),
        (Phase.LINGERING, 2, Verdict.CLOSE),
        (Phase.SENDING, 10, Verdict.CLOSE),
    ],
)
def test_each_phase_ends_exactly_at_its_deadline(
    phase: Phase, seconds: float, verdict: Verdict
) -> None:
    assert verdict_after(phase, seconds - 0.1) is Verdict.KEEP
    assert verdict_after(phase, seconds) is verdict


def test_application_may_take_its_time() -> None:
    assert verdict_after(Phase.ANSWERING, 3600) is Verdict.KEEP


def test_body_that_moves_may_take_until_the_whole_requests_deadline() -> None:
    patience = Patience(SERVING, STARTED_AT)

    verdicts = [
        patience.judge(Phase.BODY, STARTED_AT + seconds, seconds * 4096, 0)
        for seconds in range(1, 31)
    ]

    assert verdicts[:-1] == [Verdict.KEEP] * 29
    assert verdicts[-1] is Verdict.REFUSE


def test_dripping_body_is_no_body_that_moves() -> None:
    patience = Patience(SERVING, STARTED_AT)

    verdicts = [
        patience.judge(Phase.BODY, STARTED_AT + seconds, seconds, 0) for seconds in range(11)
    ]

    assert verdicts == [Verdict.KEEP] * 10 + [Verdict.REFUSE]


def test_reader_that_drains_slowly_but_steadily_is_kept() -> None:
    patience = Patience(SERVING, STARTED_AT)

    verdicts = {
        patience.judge(Phase.SENDING, STARTED_AT + seconds, 0, seconds * 500)
        for seconds in range(1, 200)
    }

    assert verdicts == {Verdict.KEEP}


def test_clock_that_leaps_in_the_middle_of_an_answer_cuts_nobody_off() -> None:
    patience = Patience(SERVING, STARTED_AT)

    patience.judge(Phase.ANSWERING, STARTED_AT, 0, 0)

    assert patience.judge(Phase.SENDING, STARTED_AT + 3600, 0, 100) is Verdict.KEEP


def test_time_spent_answering_counts_against_nobody() -> None:
    patience = Patience(SERVING, STARTED_AT)

    patience.judge(Phase.ANSWERING, STARTED_AT + 100, 0, 0)

    assert patience.judge(Phase.IDLE, STARTED_AT + 114, 0, 0) is Verdict.KEEP
    assert patience.judge(Phase.IDLE, STARTED_AT + 114.5, 0, 0) is Verdict.CLOSE


def test_next_request_has_a_deadline_of_its_own() -> None:
    patience = Patience(SERVING, STARTED_AT)

    patience.request_began(STARTED_AT + 14, received_bytes=100)

    assert patience.judge(Phase.HEADER, STARTED_AT + 23, 100, 0) is Verdict.KEEP
    assert patience.judge(Phase.HEADER, STARTED_AT + 24, 100, 0) is Verdict.REFUSE
