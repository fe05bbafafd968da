from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressb2b_core import ExpressB2B
from expressb2b_core.errors import IdempotencyInProgress, IdempotencyKeyReused
from expressb2b_core.services import idempotency
from expressb2b_core.services.idempotency import InFlight, StoredReply
from tests.clocks import FakeClock

DAY = 86_400
BODY = '{"id":"01936b4a","name":"Küche"}'


def keep(
    b2b: ExpressB2B, idempotency_key: str = "k1", *, key_id: str = "key", body: str = BODY
) -> None:
    b2b.runtime.database.write(
        lambda: idempotency.keep(
            b2b.runtime, key_id, idempotency_key, "print", 201, {"Location": "/api/x"}, body
        )
    )


def count(b2b: ExpressB2B) -> int:
    return int(b2b.runtime.database.run_sql("SELECT count(*) FROM idempotent_replies")[0][0])


class TestReplies:
    def test_kept_answer_is_found_as_it_was(self, b2b: ExpressB2B) -> None:
        keep(b2b)

        found = idempotency.find(b2b.runtime, "key", "k1", "print")

        assert found == StoredReply(201, {"Location": "/api/x"}, BODY)

    def test_new_key_finds_nothing(self, b2b: ExpressB2B) -> None:
        keep(b2b)

        assert idempotency.find(b2b.runtime, "key", "k2", "print") is None

    def test_each_api_key_has_its_own(self, b2b: ExpressB2B) -> None:
        keep(b2b)

        assert idempotency.find(b2b.runtime, "other key", "k1", "another print") is None

    def test_key_used_for_another_request_is_refused(self, b2b: ExpressB2B) -> None:
        keep(b2b)

        with pytest.raises(IdempotencyKeyReused):
            idempotency.find(b2b.runtime, "key", "k1", "another print")

    def test_answer_is_kept_for_seven_days(self, b2b: ExpressB2B, clock: FakeClock) -> None:
        keep(b2b)

        clock.advance(7 * DAY - 1)
        last = idempotency.find(b2b.runtime, "key", "k1", "print")
        clock.advance(1)

        assert last is not None
        assert idempotency.find(b2b.runtime, "key", "k1", "print") is None
        assert idempotency.find(b2b.runtime, "key", "k1", "another print") is None

    def test_expired_answer_is_overwritten(self, b2b: ExpressB2B, clock: FakeClock) -> None:
        keep(b2b)
        clock.advance(7 * DAY)

        keep(b2b, body="{}")

        found = idempotency.find(b2b.runtime, "key", "k1", "print")
        assert found is not None
        assert found.body == "{}"

    def test_answer_that_still_counts_is_never_overwritten(
        self, b2b: ExpressB2B, clock: FakeClock
    ) -> None:
        keep(b2b)
        clock.advance(7 * DAY - 1)

        with pytest.raises(IdempotencyInProgress):
            keep(b2b, body="{}")

        found = idempotency.find(b2b.runtime, "key", "k1", "print")
        assert found is not None
        assert found.body == BODY

    def test_answer_is_undone_with_its_effect(self, b2b: ExpressB2B) -> None:
        def work() -> None:
            idempotency.keep(b2b.runtime, "key", "k1", "print", 201, {}, BODY)
            raise LookupError

        with pytest.raises(LookupError):
            b2b.runtime.database.write(work)

        assert idempotency.find(b2b.runtime, "key", "k1", "print") is None


class TestPrune:
    def test_only_expired_answers_are_deleted(self, b2b: ExpressB2B, clock: FakeClock) -> None:
        keep(b2b, "old")
        clock.advance(7 * DAY - 1)
        keep(b2b, "new")
        early = idempotency.prune(b2b.runtime)
        clock.advance(1)

        assert early == 0
        assert idempotency.prune(b2b.runtime) == 1
        assert idempotency.find(b2b.runtime, "key", "new", "print") is not None
        assert count(b2b) == 1

    def test_batch_bounds_what_is_deleted_at_once(self, b2b: ExpressB2B, clock: FakeClock) -> None:
        for index in range(5):
            keep(b2b, f"k{index}")
        clock.advance(7 * DAY)

        deleted = [idempotency.prune(b2b.runtime, batch=2) for _ in range(4)]

        assert deleted == [2, 2, 1, 0]


class TestInFlight:
    def test_same_key_is_refused_while_the_first_runs(self) -> None:
        in_flight = InFlight()

        with (
            in_flight.running("key", "k1"),
            pytest.raises(IdempotencyInProgress),
            in_flight.running("key", "k1"),
        ):
            pass

    def test_other_keys_run_beside_it(self) -> None:
        in_flight = InFlight()

        with (
            in_flight.running("key", "k1"),
            in_flight.running("key", "k2"),
            in_flight.running("other key", "k1"),
        ):
            pass

    def test_refused_one_does_not_let_others_in(self) -> None:
        in_flight = InFlight()

        with in_flight.running("key", "k1"):
            for _ in range(2):
                with pytest.raises(IdempotencyInProgress), in_flight.running("key", "k1"):
                    pass

    def test_next_one_runs_after_the_first_ended_or_failed(self) -> None:
        in_flight = InFlight()
        with pytest.raises(LookupError), in_flight.running("key", "k1"):
            raise LookupError

        with in_flight.running("key", "k1"):
            pass

    def test_one_of_many_threads_runs_at_a_time(self) -> None:
        in_flight, barrier = InFlight(), threading.Barrier(16)
        inside, most, ran = [0], [0], [0]

        def work() -> None:
            barrier.wait()
            for _ in range(200):
                try:
                    with in_flight.running("key", "k1"):
                        inside[0] += 1
                        most[0] = max(most[0], inside[0])
                        ran[0] += 1
                        inside[0] -= 1
                except IdempotencyInProgress:
                    continue

        threads = [threading.Thread(target=work) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert most == [1]
        assert ran[0] > 0


class TestFingerprint:
    def test_same_request_has_the_same(self) -> None:
        assert idempotency.fingerprint("POST", "/api/orders", b"{}") == idempotency.fingerprint(
            "POST", "/api/orders", b"{}"
        )

    @given(
        one=st.tuples(st.text(max_size=5), st.text(max_size=9), st.binary(max_size=9)),
        other=st.tuples(st.text(max_size=5), st.text(max_size=9), st.binary(max_size=9)),
    )
    def test_other_method_path_or_body_has_another(
        self, one: tuple[str, str, bytes], other: tuple[str, str, bytes]
    ) -> None:
        same = idempotency.fingerprint(*one) == idempotency.fingerprint(*other)

        assert same == (one == other)

    @pytest.mark.parametrize("other", [("POST", "/a 1", b"b"), ("POST", "/a", b" 1b")])
    def test_parts_cannot_be_moved_between_path_and_body(
        self, other: tuple[str, str, bytes]
    ) -> None:
        assert idempotency.fingerprint("POST", "/a 1 ", b"b") != idempotency.fingerprint(*other)

    def test_path_of_any_characters_has_one(self) -> None:
        assert idempotency.fingerprint("POST", "/api/\udcff", b"")
