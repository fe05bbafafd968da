from __future__ import annotations

import pytest

from expressb2b_server.serving.descriptors import allow_connections

resource = pytest.importorskip("resource")


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The limits of this process, soft and hard, last set last; nothing is really changed."""
    limits = [(1024, 4096)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: limits.append(pair))
    return limits


def test_soft_limit_is_raised_to_what_is_needed(limits: list[tuple[int, int]]) -> None:
    allow_connections(1000)

    assert limits[1:] == [(2256, 4096)]


def test_limit_that_is_high_enough_is_left_alone(limits: list[tuple[int, int]]) -> None:
    allow_connections(100)

    assert limits[1:] == []


def test_hard_limit_is_kept_to_and_the_rest_said(
    limits: list[tuple[int, int]], caplog: pytest.LogCaptureFixture
) -> None:
    allow_connections(10_000)

    assert limits[1:] == [(4096, 4096)]
    assert "only 4096 open files" in caplog.text
