from __future__ import annotations

from pathlib import Path

import pytest

from expressb2b_server.documentation import book, create_documentation
from tests.server.documentation.conftest import BUILT, DESCRIBED, Get, asking


@pytest.mark.parametrize("path", ["/docs/", "/docs/index.html"])
def test_the_front_page_is_at_the_site_itself(get: Get, path: str) -> None:
    answer = get(path)

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.text == BUILT["index.html"]


def test_a_page_is_the_one_that_was_built(get: Get) -> None:
    answer = get("/docs/concepts/orders.html")

    assert (answer.status, answer.text) == (200, BUILT["concepts/orders.html"])


def test_a_site_that_is_not_built_says_how_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "BUILT", tmp_path)
    answer = asking(create_documentation(lambda: DESCRIBED))("/docs/")

    assert (answer.status, answer.text) == (
        503,
        "The documentation is not built: run `make docs`.\n",
    )


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/docs/index", "/docs/index.html"),
        ("/docs/concepts/orders", "/docs/concepts/orders.html"),
        ("/docs/concepts", "/docs/concepts/orders.html"),
        ("/docs/concepts/", "/docs/concepts/orders.html"),
        ("/docs/reference/try", "/docs/reference/try.html"),
    ],
)
def test_addresses_that_mean_a_page_lead_to_it(get: Get, path: str, leads_to: str) -> None:
    answer = get(path)

    assert (answer.status, answer.headers["Location"]) == (308, leads_to)


def test_front_page_stands_at_the_address_of_all_with_links_that_work_from_there(get: Get) -> None:
    answer = get("/docs")

    assert answer.status == 200
    assert '<a href="/docs/concepts/orders.html">' in answer.text


def test_a_page_comes_as_markdown_without_its_comments(get: Get) -> None:
    answer = get("/docs/concepts/orders.md")

    assert answer.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer.text.startswith("# Orders\n\nAn order is placed once.")


def test_files_beside_the_pages_are_served(get: Get) -> None:
    answer = get("/docs/vectors.json")

    assert (answer.json, answer.headers["Content-Type"]) == ({"a": 1}, "application/json")


def test_pictures_beside_the_pages_are_served_as_pictures(get: Get) -> None:
    answer = get("/docs/picture.svg")

    assert (answer.text, answer.headers["Content-Type"]) == ("<svg/>", "image/svg+xml")


@pytest.mark.parametrize(
    "path",
    [
        "/docs/nothing",
        "/docs/../setup.cfg",
        "/docs/concepts/../../setup.cfg",
        "/docs/contents.toml",
        "/docs/objects.inv",
        "/docs/_static/../../book.py",
        "/docs/_static/nothing.css",
        "/docs//etc/passwd",
        "/docs/concepts//",
        "/llms.txt/x",
    ],
)
def test_what_is_not_there_is_404(get: Get, path: str) -> None:
    assert get(path).status == 404


def test_a_browser_gets_a_page_and_a_program_a_problem_when_nothing_is_there(get: Get) -> None:
    assert "There is nothing at this address" in get("/docs/nothing").text
    refused = get("/docs/nothing", accept="*/*")
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json["code"] == "not_found"


def test_other_methods_are_refused_with_those_that_are_possible(get: Get) -> None:
    refused = get("/docs", method="POST")

    assert (refused.status, refused.headers["Allow"]) == (405, "GET, HEAD")
    assert refused.json["code"] == "method_not_allowed"


def test_head_has_the_headers_of_get_and_no_body(get: Get) -> None:
    whole, head = get("/docs/"), get("/docs/", method="HEAD")

    assert (head.body, head.headers) == (b"", whole.headers)


@pytest.mark.parametrize("path", ["/docs/", "/docs/index.md", "/llms.txt", "/llms-full.txt"])
def test_what_is_held_already_is_not_sent_again(get: Get, path: str) -> None:
    first = get(path)
    again = get(path, HTTP_IF_NONE_MATCH=first.headers["ETag"])

    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", first.headers["ETag"])


@pytest.mark.parametrize("path", ["/docs/", "/docs/search", "/docs/ask", "/docs/nothing"])
def test_pages_load_nothing_from_elsewhere_and_are_framed_by_nobody(get: Get, path: str) -> None:
    answer = get(path)
    policy = answer.headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_console_alone_may_have_styles_in_its_elements(get: Get) -> None:
    console = get("/docs/reference/try.html")

    assert console.status == 200
    assert "style-src 'self' 'unsafe-inline'" in console.headers["Content-Security-Policy"]
    assert "script-src 'self';" in console.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("_static/docs.css", "text/css; charset=utf-8"),
        ("_static/docs.js", "text/javascript; charset=utf-8"),
        ("console/swagger.css", "text/css; charset=utf-8"),
        ("console/swagger.js", "text/javascript; charset=utf-8"),
    ],
)
def test_what_pages_refer_to_is_served(get: Get, name: str, media_type: str) -> None:
    answer = get(f"/docs/{name}")

    assert (answer.status, answer.headers["Content-Type"]) == (200, media_type)
    assert answer.body


@pytest.mark.parametrize("path", ["/docs/search", "/docs/concepts/nothing"])
def test_what_the_server_fills_wears_the_look_of_the_site_at_any_address(
    get: Get, path: str
) -> None:
    page = get(path).text

    assert '<link href="/docs/_static/docs.css?v=1">' in page
    assert '<a href="/docs/concepts/orders.html#states">' in page
    assert '<form action="/docs/search.html">' in page
    assert '<a href="#content">' in page and '<a href="/llms.txt">' in page
    assert "The server answers." not in page


def test_a_filled_page_has_a_title_of_its_own(get: Get) -> None:
    page = get("/docs/search").text

    assert "<title>Search - Express B2B</title>" in page
    assert "<title>Menu</title>" in page


@pytest.mark.parametrize("name", ["search", "ask"])
def test_the_forms_of_built_pages_are_answered_by_the_server(get: Get, name: str) -> None:
    assert get(f"/docs/{name}.html", "q=rejected").body == get(f"/docs/{name}", "q=rejected").body


def test_a_search_shows_where_the_words_are(get: Get) -> None:
    page = get("/docs/search", "q=rejected").text

    assert '<a href="/docs/concepts/orders.html#states">Orders: States</a>' in page
    assert "<mark>rejected</mark>" in page


def test_a_search_that_finds_nothing_says_so(get: Get) -> None:
    assert "Nothing found" in get("/docs/search", "q=zeppelin").text


@pytest.mark.parametrize("path", ["/docs/search", "/docs/ask"])
@pytest.mark.parametrize("query", ["", "q=", "q=%00", "q=%FF", "q=%22*%28", "x=1", "q=a&q=b"])
def test_odd_questions_are_answered_with_a_page(get: Get, path: str, query: str) -> None:
    assert get(path, query).status == 200


@pytest.mark.parametrize("path", ["/docs/search", "/docs/ask"])
def test_markup_in_a_question_stays_text(get: Get, path: str) -> None:
    page = get(path, "q=%3Cscript%3Ealert(1)%3C/script%3E+rejected").text

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_question_is_answered_with_the_passage(get: Get) -> None:
    page = get("/docs/ask", "q=what+happens+to+a+rejected+order").text

    assert "A rejected order stays rejected." in page


@pytest.mark.parametrize(
    ("query", "accept"), [("&format=json", "text/html"), ("", "application/json")]
)
def test_a_program_gets_the_passages_as_json(get: Get, query: str, accept: str) -> None:
    found = get("/docs/ask", f"q=rejected+orders{query}", accept=accept).json

    assert found["question"] == "rejected orders"
    assert found["found"] is True
    assert found["passages"][0]["url"] == "/docs/concepts/orders.html#states"
    assert found["passages"][0]["markdown_url"] == "/docs/concepts/orders.md"
    assert found["passages"][0]["markdown"].startswith("A rejected order stays rejected.")


def test_a_program_is_told_honestly_that_there_is_no_answer(get: Get) -> None:
    found = get("/docs/ask", "q=zeppelin+flights&format=json").json

    assert found == {"question": "zeppelin flights", "found": False, "passages": []}
