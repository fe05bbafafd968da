from __future__ import annotations

import pytest

from expressb2b_core.services.overview import Day
from expressb2b_server.panel import chart, curl
from expressb2b_server.panel.presentation import (
    NOTICES,
    ago,
    counted,
    detail_lines,
    failure_words,
    money,
    pill,
    when,
)
from tests.clocks import MARCH_15

NOW = "2026-03-15T14:32:07Z"


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0.00", "USD 0.00"),
        ("999.99", "USD 999.99"),
        ("1234.5678", "USD 1,234.5678"),
        ("1234567.00", "USD 1,234,567.00"),
        ("-1234.00", "USD -1,234.00"),
        ("1000", "USD 1,000"),
        (None, "–"),
    ],
)
def test_money_has_its_thousands_apart(amount: str | None, shown: str) -> None:
    assert money(amount, "USD") == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (NOW, "just now"),
        ("2026-03-15T14:32:30Z", "in a moment"),
        ("2026-03-15T14:31:00Z", "1 minute ago"),
        ("2026-03-15T12:00:00Z", "2 hours ago"),
        ("2026-03-10T12:00:00Z", "5 days ago"),
        ("2026-03-17T14:32:07Z", "in 2 days"),
    ],
)
def test_distance_in_time_is_told_in_words(text: str, shown: str) -> None:
    assert ago(text, MARCH_15) == shown


def test_moment_is_told_to_people_and_programs() -> None:
    assert when(NOW) == (f'<time datetime="{NOW}" title="{NOW}">15 Mar 2026, 14:32</time>')


def test_state_is_told_in_words_not_by_colour_alone() -> None:
    assert "Waiting for approval" in pill("pending_approval")


def test_unknown_state_is_escaped() -> None:
    assert "<b>" not in pill("<b>")


def test_counts_agree_with_their_word() -> None:
    assert [counted(count, "order") for count in (0, 1, 1200)] == [
        "0 orders",
        "1 order",
        "1,200 orders",
    ]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("connection_refused", "Connection refused"),
        ("tls_failed: certificate of ERP.example has expired",
         "Tls failed: certificate of ERP.example has expired"),
    ],
)  # fmt: skip
def test_failed_attempt_is_told_in_words(error: str, words: str) -> None:
    assert failure_words(error) == words


def test_details_of_changes_are_told_field_by_field() -> None:
    lines = detail_lines(
        {"changes": {"active": [True, False], "name": [None, "New"]}, "comment": None}
    )

    assert lines == [("Active", "yes → no"), ("Name", "New")]


def test_changed_prices_are_told_in_words() -> None:
    row = {"tier": "gold", "billing_account_id": None, "price": "3.00", "min_qty": 1}

    assert detail_lines({"changes": {"pricing": [[], [row]]}}) == [
        ("Pricing", "nothing → tier gold, price 3.00, min qty 1")
    ]


def test_notices_can_all_be_filled_in() -> None:
    assert all(text.format(n="3") for text in NOTICES.values())


def test_chart_says_in_words_what_it_shows() -> None:
    days = [Day(86_400 * day, day % 3, f"{day}.00") for day in range(20_000, 20_030)]

    drawn = chart.draw(days, "300.00", "USD")

    assert drawn.words.startswith("30 orders in the last 30 days, USD 300.00 together.")
    assert len(drawn.bars) == 30
    assert max(bar.height for bar in drawn.bars) == chart.HEIGHT
    assert all(bar.y + bar.height == chart.HEIGHT for bar in drawn.bars)


def test_chart_of_nothing_says_so() -> None:
    drawn = chart.draw([Day(0, 0, "0.00")] * 30, "0.00", "USD")

    assert drawn.words == "No orders in the last 30 days."


def test_command_survives_whatever_stands_in_an_address_or_body() -> None:
    command = curl.post("http://h/a b'$(x)", "/api/x", {"reason": "it's $HOME"})

    assert "'http://h/a b'\"'\"'$(x)/api/x'" in command
    assert "$EXPRESSB2B_API_KEY" in command
