"""Connections that are lent: no more than so many, warm ones first, broken ones never again."""

from __future__ import annotations

import os
import threading

import pytest

from expressb2b_core.errors import StorageUnavailable
from expressb2b_core.storage import pool as pools
from expressb2b_core.storage.pool import Pool


class FakeServer:
    """What a connection knows of the server."""

    transaction_status = 0


class FakeConnection:
    """What the pool asks of a connection."""

    def __init__(self) -> None:
        self.closed = False
        self.pgconn = FakeServer()

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def made() -> list[FakeConnection]:
    return []


@pytest.fixture
def pool(made: list[FakeConnection]) -> Pool:
    def connect() -> FakeConnection:
        made.append(FakeConnection())
        return made[-1]

    return Pool(connect, size=2)  # type: ignore[arg-type]


def test_one_after_the_other_uses_the_same(pool: Pool, made: list[FakeConnection]) -> None:
    for _ in range(3):
        with pool.lent():
            pass

    assert len(made) == 1
    assert not made[0].closed


def test_the_last_one_used_is_lent_first(pool: Pool) -> None:
    with pool.lent() as first, pool.lent() as second:
        pass

    with pool.lent() as lent:
        assert lent is first
    assert second is not first


def test_more_than_there_may_be_are_refused_after_a_while(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "WAIT_SECONDS", 0.01)

    with (
        pool.lent(),
        pool.lent(),
        pytest.raises(StorageUnavailable, match="busy"),
        pool.lent(),
    ):
        pass


def test_who_waits_gets_the_one_that_comes_back(pool: Pool) -> None:
    got = threading.Event()

    def wait() -> None:
        with pool.lent():
            got.set()

    with pool.lent(), pool.lent():
        waiting = threading.Thread(target=wait)
        waiting.start()
        assert not got.wait(0.02)
    waiting.join(10)

    assert got.is_set()


def test_one_that_was_left_in_a_transaction_is_not_lent_again(
    pool: Pool, made: list[FakeConnection]
) -> None:
    with pool.lent():
        made[0].pgconn.transaction_status = 2

    assert made[0].closed
    with pool.lent():
        assert len(made) == 2


def test_those_that_are_forgotten_are_closed_now_or_when_they_come_back(
    pool: Pool, made: list[FakeConnection]
) -> None:
    with pool.lent(), pool.lent():
        pass
    with pool.lent():
        pool.forget()
        assert sorted(one.closed for one in made) == [False, True]

    assert all(one.closed for one in made)


def test_one_that_cannot_be_made_leaves_room_for_the_next() -> None:
    def refuse() -> FakeConnection:
        raise StorageUnavailable("no")

    pool = Pool(refuse, size=1)  # type: ignore[arg-type]

    for _ in range(2):
        with pytest.raises(StorageUnavailable, match="no"), pool.lent():
            pass


def test_one_that_was_idle_for_long_is_closed(
    pool: Pool, made: list[FakeConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pool.lent(), pool.lent():
        pass
    monkeypatch.setattr(pools, "IDLE_SECONDS", -1)

    with pool.lent():
        pass

    assert all(one.closed for one in made)


def test_a_child_process_makes_its_own(
    pool: Pool, made: list[FakeConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pool.lent():
        monkeypatch.setattr(os, "getpid", lambda: 1)
        with pool.lent():
            assert len(made) == 2

    assert not made[1].closed
