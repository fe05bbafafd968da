from __future__ import annotations

from pathlib import Path

import pytest

from expressb2b_server.documentation import book
from tests.cli.conftest import Cli


def test_a_question_is_answered_with_passages_and_where_they_stand(cli: Cli) -> None:
    ended = cli("ask", "How do I verify a webhook's signature?")

    assert ended.code == 0
    assert "Receive and verify webhooks: Verify the signature" in ended.out
    assert "/docs/integrator/receive-webhooks.html#verify-the-signature" in ended.out


def test_words_need_no_quotes(cli: Cli) -> None:
    assert cli("ask", "rate", "limit").out == cli("ask", "rate limit").out


def test_the_answer_comes_as_json_with_whole_links(cli: Cli) -> None:
    found = cli("ask", "rate limit", "--json", EXPRESSB2B_PUBLIC_URL="https://b2b.example.com").json

    assert found["found"] is True
    assert found["passages"][0]["url"].startswith(
        "https://b2b.example.com/docs/concepts/limits.html"
    )


def test_what_the_docs_do_not_say_is_not_found(cli: Cli) -> None:
    ended = cli("ask", "how do I bake bread", "--json")

    assert (ended.code, ended.error["code"]) == (3, "no_answer")


def test_a_source_tree_without_the_built_pages_says_how_they_are_built(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "BUILT", tmp_path)
    ended = cli("ask", "rate limit", "--json")

    assert (ended.code, ended.error["code"]) == (1, "not_built")
    assert "make docs" in ended.error["detail"]


def test_asking_needs_no_database(cli: Cli) -> None:
    assert cli("ask", "rate limit", EXPRESSB2B_DATABASE="sqlite:////nowhere/at/all.db").code == 0
