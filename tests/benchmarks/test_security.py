"""The experiments on secrets and on the panel: their quick form, and that they can fail."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from benchmarks.faults import leaked_secrets

SECRET = "whsec_napkins/for+everybody"


def test_no_secret_is_found_where_it_has_no_business() -> None:
    findings = leaked_secrets.run(quick=True)

    assert [(one.experiment, one.result) for one in findings if not one.passed] == []


@pytest.mark.parametrize(
    "written",
    [
        lambda secret: secret,
        lambda secret: secret.replace("/", "%2F").replace("+", "%2B"),
        lambda secret: secret.encode().hex(),
        lambda secret: base64.b64encode(secret.encode()).decode(),
    ],
    ids=["plain", "in an address", "hexadecimal", "base64"],
)
def test_secret_that_was_written_down_is_found(written: Callable[[str], str]) -> None:
    leaked = f"… {written(SECRET.removeprefix('whsec_'))} …".encode()

    finding = leaked_secrets.searched("log", [b"nothing", leaked], {"signing secret": SECRET})

    assert not finding.passed
    assert "1 hits; signing secret" in finding.result


def test_empty_place_proves_nothing() -> None:
    assert not leaked_secrets.searched("log", [], {"signing secret": SECRET}).passed


def test_markup_typed_into_forms_comes_back_as_text() -> None:
    pytest.importorskip("playwright", reason="playwright is not installed")
    from benchmarks.faults import panel_attacks

    finding = panel_attacks.markup_typed(["/accounts/<account_id>", "/product", "/keys/new"])

    assert finding.passed, finding.result
    assert finding.times >= 20
