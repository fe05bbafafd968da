"""Questions that people ask, and the page that answers them."""

from __future__ import annotations

import pytest

from expressb2b_server.documentation import answering
from expressb2b_server.documentation.book import Book
from expressb2b_server.documentation.searching import Index


@pytest.fixture(scope="module")
def index() -> Index:
    return answering.index_of(Book())


@pytest.mark.parametrize(
    ("question", "page"),
    [
        ("How do I verify a webhook's signature?", "integrator/receive-webhooks"),
        ("When is a webhook retried?", "integrator/receive-webhooks"),
        ("My webhook did not arrive", "integrator/receive-webhooks"),
        ("What happens when a price has changed?", "concepts/pricing"),
        ("Which price does a customer pay?", "concepts/pricing"),
        ("How is money rounded?", "concepts/pricing"),
        ("multiple currencies", "concepts/pricing"),
        ("How do I avoid placing an order twice?", "integrator/place-orders"),
        ("what is an idempotency key", "concepts/repeats-and-races"),
        ("Who may approve an order?", "concepts/approvals"),
        ("can two orders get the last item in stock", "concepts/stock"),
        ("How do I make a backup?", "wholesaler/backups"),
        ("restore a backup", "wholesaler/backups"),
        ("how can I rotate an api key", "concepts/security"),
        ("what are the rate limits", "concepts/limits"),
        ("how do I paginate", "concepts/lists"),
        ("How long are deliveries kept?", "concepts/events"),
        ("which version of the api do I get", "concepts/versions"),
        ("import products from excel", "wholesaler/import"),
        ("run it with nginx and https", "wholesaler/server"),
        ("how to upgrade", "wholesaler/upgrade"),
        ("postgres", "wholesaler/postgresql"),
        ("use it in django", "embedding"),
        ("how do I ship an order", "integrator/wms"),
        ("not_an_approver", "reference/errors"),
        ("EXPRESSB2B_WEBHOOK_ALLOW_NETS", "reference/settings"),
    ],
)
def test_the_first_passage_is_from_the_page_that_answers(
    index: Index, question: str, page: str
) -> None:
    found = answering.answer(index, question).found

    assert found[0].passage.page.name == page


@pytest.mark.parametrize(
    "question", ["What is the capital of France?", "bake bread", "who won the cup in 1954", "the"]
)
def test_what_the_docs_do_not_say_is_not_answered(index: Index, question: str) -> None:
    assert answering.answer(index, question).found == []
