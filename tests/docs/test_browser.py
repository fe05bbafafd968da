"""The pages in a real browser: on a phone and on a desk, with JavaScript and without.

Needs playwright and Chromium (Debian: `apt-get install chromium`). With EXPRESSB2B_AXE naming a
copy of axe.min.js (https://github.com/dequelabs/axe-core), each page is also checked by it.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from expressb2b_core import ExpressB2B
from expressb2b_server.app import create_app
from expressb2b_server.documentation.book import BUILT
from expressb2b_server.serving import Serving, listen

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = os.environ.get("EXPRESSB2B_AXE")
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
LOOKED_AT = (
    "/docs",
    "/docs/concepts/orders.html",
    "/docs/reference/rest/orders.html",
    "/docs/search?q=price",
    "/docs/ask?q=who+may+approve",
    "/docs/nothing",
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ExpressB2B("sqlite:///:memory:") as b2b:
        server = listen(create_app(b2b), Serving(host="127.0.0.1", port=0))
        thread = threading.Thread(target=server.run_until_stopped)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.effective_port}"
        finally:
            server.stop()
            thread.join()
            server.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


def problems_of(page: Page) -> list[str]:
    """What the page says on its console from now on, such as a policy that was violated."""
    found: list[str] = []
    page.on("console", lambda said: found.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def is_on_screen(found: Locator) -> bool:
    box = found.bounding_box()
    return box is not None and box["x"] >= 0


# Colours decide nothing but contrast, which axe measures.
@pytest.mark.parametrize("scheme", ["light", "dark"] if AXE else ["light"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_pages_fit_and_complain_of_nothing(
    browser: Browser, address: str, size: dict[str, int], scheme: str
) -> None:
    page = browser.new_page(viewport=size, color_scheme=scheme, bypass_csp=AXE is not None)
    problems = problems_of(page)
    for path in LOOKED_AT:
        page.goto(address + path)
        room = page.evaluate("document.documentElement.clientWidth")
        assert page.evaluate("document.documentElement.scrollWidth") <= room, path
        if AXE is not None:
            page.evaluate(Path(AXE).read_text())
            assert page.evaluate("axe.run().then((found) => found.violations)") == [], path
    page.close()

    assert [said for said in problems if "404" not in said] == []


def test_a_phone_finds_its_way_without_javascript(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/docs")

    pages = page.get_by_role("navigation", name="Pages")
    pages.get_by_role("link", name="Stock").wait_for()
    assert not is_on_screen(pages.get_by_role("link", name="Stock"))
    page.locator(".mobile-header label[for=__navigation]").click()
    pages.get_by_role("link", name="Stock").click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("Stock")

    page.locator(".mobile-header label[for=__navigation]").click()
    page.get_by_label("Search the documentation").fill("oversold")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Stock: What orders do to it").wait_for()
    context.close()


def test_the_built_folder_can_be_read_and_searched_without_a_server(browser: Browser) -> None:
    page = browser.new_page(viewport=DESK)
    problems = problems_of(page)
    page.goto((BUILT / "index.html").as_uri())

    pages = page.get_by_role("navigation", name="Pages")
    pages.get_by_role("link", name="Stock").click()
    page.get_by_role("link", name="Idempotency-Key").first.click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("Repeats and races")
    page.get_by_label("Search the documentation").fill("oversold")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Stock", exact=True).last.wait_for()
    page.close()

    assert problems == []


def test_the_colours_that_were_chosen_are_kept(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=DESK, color_scheme="light")
    page = context.new_page()
    page.goto(f"{address}/docs/")
    page.get_by_role("button", name="Toggle Light / Dark").last.click()
    chosen = page.evaluate("document.body.dataset.theme")
    page.goto(f"{address}/docs/ask")

    assert chosen == "dark"
    assert page.evaluate("document.body.dataset.theme") == "dark"
    context.close()


def test_a_page_and_its_code_can_be_copied(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=DESK)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{address}/docs/concepts/stock")

    page.get_by_role("button", name="Copy page").click()
    page.get_by_role("button", name="Copied").wait_for()
    whole = page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("button", name="Copy", exact=True).first.click()
    page.get_by_role("button", name="Copied").nth(1).wait_for()
    code = page.evaluate("navigator.clipboard.readText()")
    context.close()

    assert whole.startswith("# Stock\n")
    assert code.startswith('curl -s "$EXPRESSB2B_URL/api/inventory"')


def test_requests_can_be_tried(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport=DESK)
    problems = problems_of(page)
    page.goto(f"{address}/docs/reference/try#/About/list_versions")

    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    page.get_by_text('"newest": "2026-03"').first.wait_for()
    page.close()

    assert [said for said in problems if "Content Security Policy" in said] == []
