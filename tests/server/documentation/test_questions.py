from __future__ import annotations

import pytest

from expressb2b_server.documentation.questions import MAX_TERMS, terms_of


def looked_for(question: str) -> list[str]:
    return [term.word for term in terms_of(question)]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How do I verify a webhook's signature?", ["verify", "webhook", "signature"]),
        ("What is not_an_approver?", ["not_an_approver"]),
        ("X-RateLimit-Reset", ["x-ratelimit-reset"]),
        ("GET /api/orders", ["api", "orders"]),
        ("price price PRICE", ["price"]),
        ("", []),
        ("the of and", []),
        ("?! …", []),
        ("a 1 *", []),
    ],
)
def test_a_question_becomes_the_words_that_tell_what_it_is_about(
    question: str, words: list[str]
) -> None:
    assert looked_for(question) == words


def test_other_names_of_a_thing_are_looked_for_too() -> None:
    (term,) = terms_of("customers")

    assert term.match == '"customers"* OR "billing account"*'


def test_what_would_steer_the_index_is_only_text() -> None:
    assert looked_for('" OR NEAR(a) * ^ {') == ["near"]


def test_a_very_long_question_is_cut() -> None:
    assert len(terms_of(" ".join(f"word{number}" for number in range(1000)))) == MAX_TERMS
