from __future__ import annotations

import threading

import pytest

from expressb2b_server.documentation.book import Book, Page
from expressb2b_server.documentation.passages import passages_of
from expressb2b_server.documentation.searching import MARKS, Index


@pytest.fixture
def index(book: Book) -> Index:
    return Index(passage for page in book for passage in passages_of(page))


def test_words_are_found_in_any_form(index: Index) -> None:
    assert [one.passage.anchor for one in index.search("cancelled", 5)] == ["cancelling"]


def test_a_heading_says_more_than_the_text() -> None:
    page = Page("p", "# P\n\nx\n\n## One\n\nStock, stock.\n\n## Stock\n\nFigures.\n")

    assert next(iter(Index(passages_of(page)).search("stock", 5))).passage.heading == "Stock"


def test_a_guide_goes_before_the_reference() -> None:
    guide = Page("guide", "# Guide\n\nRotate the secret.\n")
    reference = Page("reference/python", "# Reference\n\nRotate the secret.\n")
    index = Index([*passages_of(reference), *passages_of(guide)])

    assert [one.passage.page.name for one in index.search("rotate secret", 5)] == [
        "guide",
        "reference/python",
    ]


def test_a_passage_with_a_small_part_of_the_question_is_no_answer(index: Index) -> None:
    assert index.search("rejected zeppelin flights yesterday", 5) == []


def test_an_excerpt_marks_what_was_looked_for(index: Index) -> None:
    (found, *_) = index.search("buyer", 5)

    assert "".join(("The ", MARKS[0], "buyer", MARKS[1], " cancels")) in found.excerpt


def test_no_more_is_returned_than_was_asked_for(index: Index) -> None:
    assert len(index.search("order", 1)) == 1


def test_several_threads_may_search_at_once(index: Index) -> None:
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(len(index.search("rejected", 5))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [1] * 8
