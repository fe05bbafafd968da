from __future__ import annotations

from typing import Any

import pytest

from expressb2b_server.serving.settings import Serving, ServingAdjustments


def test_only_loopback_is_served_unless_told_otherwise() -> None:
    serving = Serving()

    assert serving.host == "127.0.0.1"
    assert serving.trusted_proxy is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": -1},
        {"port": 65536},
        {"threads": 0},
        {"connection_limit": 0},
        {"queue_limit": 0},
        {"header_seconds": 31},
    ],
)
def test_contradiction_is_refused_before_anything_starts(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Serving(**wrong)


def test_waitress_names_neither_itself_nor_its_version() -> None:
    assert ServingAdjustments(Serving()).ident is None
