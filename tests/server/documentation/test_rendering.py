from __future__ import annotations

import pytest

from expressb2b_server.documentation.rendering import Slugs, address, render, resolve, words


def test_anchors_are_made_as_github_makes_them() -> None:
    slugs = Slugs()
    titles = ["When x has changed!", "A – b", "When x has changed!"]

    assert [slugs.of(title) for title in titles] == [
        "when-x-has-changed",
        "a--b",
        "when-x-has-changed-1",
    ]


@pytest.mark.parametrize(
    ("href", "leads_to"),
    [
        ("orders.md", "/docs/concepts/orders.html"),
        ("../index.md", "/docs/index.html"),
        ("../reference/errors.md#stale", "/docs/reference/errors.html#stale"),
        ("../examples/shop.py", "/docs/examples/shop.py"),
        ("#here", "/docs/concepts/prices.html#here"),
        ("/llms.txt", "/llms.txt"),
        ("https://example.com/a.md", "https://example.com/a.md"),
        ("mailto:ana@example.com", "mailto:ana@example.com"),
    ],
)
def test_links_lead_to_addresses_of_the_site(href: str, leads_to: str) -> None:
    assert resolve(href, "concepts/prices") == leads_to


def test_pictures_are_found_from_the_page_they_are_on() -> None:
    html = render("![Bars](speed.svg)", "concepts/speed")

    assert '<img src="/docs/concepts/speed.svg" alt="Bars"' in html


def test_a_page_stands_at_its_name() -> None:
    assert address("a/b") == "/docs/a/b.html"


def test_code_is_escaped_and_can_be_reached_with_the_keyboard() -> None:
    html = render("```bash\ncurl -s '<b>' $URL\n```\n", "p")

    assert '<pre tabindex="0"' in html
    assert "curl -s '&lt;b&gt;' $URL" in html


def test_markup_in_a_page_is_shown_not_obeyed() -> None:
    assert "<script>" not in render("Hi <script>alert(1)</script>\n", "p")


def test_comments_are_left_out_except_in_code() -> None:
    html = render("<!-- not run: why -->\n```text\n<!-- kept -->\n```\n", "p")

    assert "not run" not in html
    assert "&lt;!-- kept --&gt;" in html


def test_the_words_of_a_passage_are_told_apart_from_its_code() -> None:
    found = words("Say **hello** to `x`.\n\n| a |\n|---|\n| b |\n\n```bash\nls\n```\n")

    assert found == ("Say hello to x. a b", "ls\n")
