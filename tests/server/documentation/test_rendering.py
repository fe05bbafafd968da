from __future__ import annotations

import pytest

from expressb2b_server.documentation.rendering import Heading, address, render, resolve, words


def test_headings_are_made_into_anchors_as_github_makes_them() -> None:
    rendered = render(
        "# T\n\n## When `x` has changed!\n\n### A – b\n\n## When `x` has changed!\n", "p"
    )

    assert rendered.headings == [
        Heading(2, "When x has changed!", "when-x-has-changed"),
        Heading(3, "A – b", "a--b"),
        Heading(2, "When x has changed!", "when-x-has-changed-1"),
    ]
    assert '<h2 id="when-x-has-changed">' in rendered.html


@pytest.mark.parametrize(
    ("href", "leads_to"),
    [
        ("orders.md", "/docs/concepts/orders"),
        ("../index.md", "/docs"),
        ("../reference/errors.md#stale", "/docs/reference/errors#stale"),
        ("../examples/shop.py", "/docs/examples/shop.py"),
        ("#here", "#here"),
        ("/llms.txt", "/llms.txt"),
        ("https://example.com/a.md", "https://example.com/a.md"),
        ("mailto:ana@example.com", "mailto:ana@example.com"),
    ],
)
def test_links_lead_to_addresses_of_the_site(href: str, leads_to: str) -> None:
    assert resolve(href, "concepts/prices") == leads_to


def test_pictures_are_found_from_the_page_they_are_on() -> None:
    html = render("![Bars](speed.svg)", "concepts/speed").html

    assert '<img src="/docs/concepts/speed.svg" alt="Bars"' in html


def test_the_first_page_is_the_site_itself() -> None:
    assert (address("index"), address("a/b")) == ("/docs", "/docs/a/b")


def test_code_is_escaped_and_can_be_reached_with_the_keyboard() -> None:
    html = render("```bash\n# why\ncurl -s '<b>' $URL\n```\n", "p").html

    assert '<pre tabindex="0"' in html
    assert '<span class="c"># why</span>' in html
    assert "<span class=\"s\">'&lt;b&gt;'</span>" in html
    assert '<span class="v">$URL</span>' in html


def test_code_of_an_unknown_language_stays_plain() -> None:
    assert '<code class="abc">a &lt; b\n</code>' in render("```abc\na < b\n```\n", "p").html


def test_markup_in_a_page_is_shown_not_obeyed() -> None:
    assert "<script>" not in render("Hi <script>alert(1)</script>\n", "p").html


def test_comments_are_left_out_except_in_code() -> None:
    html = render("<!-- not run: why -->\n```text\n<!-- kept -->\n```\n", "p").html

    assert "not run" not in html
    assert "&lt;!-- kept --&gt;" in html


def test_the_words_of_a_passage_are_told_apart_from_its_code() -> None:
    found = words("Say **hello** to `x`.\n\n| a |\n|---|\n| b |\n\n```bash\nls\n```\n")

    assert found == ("Say hello to x. a b", "ls\n")
