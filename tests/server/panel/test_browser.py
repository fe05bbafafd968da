"""The panel in a real browser: the first morning of a wholesaler, on a desk and on a phone.

Needs playwright and Chromium (Debian: `apt-get install chromium`). With EXPRESSB2B_AXE naming a
copy of axe.min.js (https://github.com/dequelabs/axe-core), each page is also checked by it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.rules.webhook_urls import parse_allow_nets
from expressb2b_core.services import setup_links
from expressb2b_core.services.administrators import Administrators
from expressb2b_server.app import create_app
from expressb2b_server.delivery import DeliveryPool, Sender
from expressb2b_server.serving import Serving, listen
from expressb2b_server.settings import Settings
from tests.builders import NAPKIN, Customer, customer, napkin
from tests.receivers import Receiver, Reply

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = os.environ.get("EXPRESSB2B_AXE")
PASSWORD = "napkins for everybody"
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
PATIENCE_SECONDS = 10

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@dataclass
class House:
    """A running server with a customer, and the receiver of its webhooks."""

    b2b: ExpressB2B
    shop: Workspace
    of: Customer
    address: str
    receiver: Receiver


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with ExitStack() as held:
        receiver = held.enter_context(Receiver([Reply(503, b"closed for lunch"), Reply()]))
        sender = Sender(timeout_seconds=5, allow_nets=parse_allow_nets("127.0.0.0/8"))
        held.callback(sender.close)
        b2b = held.enter_context(
            ExpressB2B(f"sqlite:///{tmp_path / 'shop.db'}", check_webhook_url=sender.check)
        )
        shop = b2b.workspace()
        napkin(shop)
        of = customer(shop, {"name": "manager", "min_total": "100.00"})
        server = listen(create_app(b2b, Settings()), Serving(port=0))
        thread = threading.Thread(target=server.run_until_stopped)
        thread.start()
        held.callback(server.close)
        held.callback(thread.join, PATIENCE_SECONDS)
        held.callback(server.stop)
        held.enter_context(DeliveryPool(b2b.runtime, sender, steps_seconds=[3600]))
        yield House(b2b, shop, of, f"http://127.0.0.1:{server.effective_port}", receiver)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


def opened(chromium: Browser, house: House, **options: Any) -> BrowserContext:
    context = chromium.new_context(base_url=house.address, **options)
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    return context


def set_up(page: Page, house: House) -> None:
    page.goto(setup_links.make(house.b2b.runtime))
    page.get_by_label("Your name").fill("Ana Flores")
    page.get_by_label("E-mail address").fill("ana@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Go in").click()
    page.get_by_role("heading", name="Good day, Ana").wait_for()


def place_order(house: House, key: str) -> str:
    body = {
        "billing_account_id": house.of.account_id,
        "site_id": house.of.site_id,
        "items": [{"sku": NAPKIN, "qty": 4}],
    }
    request = Request(
        f"{house.address}/api/orders",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        return str(json.load(answer)["id"])


def until(page: Page, condition: Callable[[], bool]) -> None:
    """Load the page again until the condition holds, as a person would."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, page.locator("main").inner_text()
        page.wait_for_timeout(50)
        page.reload()


def look_over(page: Page) -> None:
    """What has to hold for every page as it is shown."""
    sideways = page.evaluate("scrollTo(9999, 0), scrollX")
    assert sideways == 0, f"{page.url} scrolls sideways"
    burst = page.evaluate(
        """() => [...document.querySelectorAll("main .panel, main .sheet, main .queue > li")]
            .filter((one) => one.scrollWidth > one.clientWidth + 1)
            .map((one) => one.outerHTML.slice(0, 200))"""
    )
    assert burst == [], f"{page.url} has what stands out of its frame"
    small = page.evaluate(
        """() => [...document.querySelectorAll("main button, main summary, main .button, nav a")]
            .filter((one) => one.checkVisibility())
            .filter((one) => one.getBoundingClientRect().height < 24)
            .map((one) => one.outerHTML)"""
    )
    assert small == [], f"{page.url} has small targets"
    if AXE:
        page.evaluate(Path(AXE).read_text(encoding="utf-8"))
        # Of WCAG 2.2; axe leaves it out unless asked.
        found = page.evaluate("axe.run(document, {rules: {'target-size': {enabled: true}}})")
        assert [(one["impact"], one["id"]) for one in found["violations"]] == [], page.url


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_first_morning_from_the_link_to_the_repeated_delivery(
    chromium: Browser, house: House, caplog: pytest.LogCaptureFixture, scripts: bool
) -> None:
    caplog.set_level("DEBUG")
    desk = opened(chromium, house, viewport=DESK, java_script_enabled=scripts)
    page = desk.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    set_up(page, house)

    # A key, and the command that is shown with it.
    page.get_by_role("link", name="Make an API key").click()
    page.get_by_label("Name").fill("ERP")
    page.get_by_role("button", name="Make the key").click()
    key = page.locator("#key-text").inner_text().strip()
    command = page.locator("pre", has_text="curl").inner_text()
    told = subprocess.run(["sh", "-c", command], capture_output=True, check=True, timeout=30)
    assert json.loads(told.stdout)["meta"]["total"] == 0

    # An endpoint, that will be closed for lunch at first.
    page.goto("/admin/webhooks/new")
    page.get_by_label("Address").fill(house.receiver.url)
    page.get_by_role("button", name="Register").click()
    assert page.locator("pre.secret").inner_text().startswith("whsec_")

    # An order waits, and is approved on the phone.
    order_id = place_order(house, key)
    phone = desk.browser.new_context(  # type: ignore[union-attr]
        base_url=house.address,
        viewport=PHONE,
        java_script_enabled=scripts,
        storage_state=desk.storage_state(),
        color_scheme="dark",
        has_touch=True,
    )
    pocket = phone.new_page()
    pocket.goto("/admin/")
    pocket.get_by_label("Most used pages").get_by_role("link", name="Approvals").tap()
    pocket.get_by_text("USD 164.00").wait_for()
    pocket.get_by_role("button", name="Approve").tap()
    pocket.get_by_text("Nothing waits for approval.").wait_for()
    assert house.shop.orders.get(order_id).status == "approved"

    # Its delivery is seen to have failed, and repeated.
    page.goto(f"/admin/orders/{order_id}")
    placed = page.locator("li", has_text="order.placed")
    until(page, lambda: "1 attempt" in placed.inner_text())
    placed.get_by_role("link").click()
    page.get_by_text("Answered 503").wait_for()
    page.get_by_text("closed for lunch").wait_for()
    page.get_by_role("button", name="Deliver again").click()
    until(page, lambda: page.get_by_text("Answered 200").count() == 1)

    assert page.locator(".pill").first.inner_text().endswith("Delivered")
    assert complaints == []
    assert not [one for one in ("token=", key, PASSWORD, "whsec_") if one in caplog.text]
    phone.close()
    desk.close()


# Colours decide nothing but contrast, which axe measures.
@pytest.mark.parametrize("scheme", ["light", "dark"] if AXE else ["light"])
def test_no_page_scrolls_sideways_or_has_targets_too_small(
    chromium: Browser, house: House, scheme: str
) -> None:
    _fill(house)
    desk = opened(chromium, house, color_scheme=scheme, bypass_csp=bool(AXE), viewport=DESK)
    page = desk.new_page()
    page.goto("/admin/sign-in")
    look_over(page)
    set_up(page, house)
    paths = _paths(house)

    for path in paths:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == (404 if "nowhere" in path else 200), path
        for size in (DESK, PHONE):
            page.set_viewport_size(size)
            look_over(page)
    desk.close()


def test_copy_button_appears_only_with_scripts(chromium: Browser, house: House) -> None:
    first = opened(chromium, house)
    set_up(first.new_page(), house)
    counts = []

    for scripts in (True, False):
        state = first.storage_state()
        context = opened(chromium, house, java_script_enabled=scripts, storage_state=state)
        page = context.new_page()
        page.goto("/admin/keys/new")
        page.get_by_label("Name").fill("ERP")
        page.get_by_role("button", name="Make the key").click()
        page.locator("#key-text").wait_for()
        counts.append(page.get_by_role("button", name="Copy").count())
        context.close()

    assert counts == [2, 0]
    first.close()


def test_menu_opens_on_a_phone_without_scripts(chromium: Browser, house: House) -> None:
    context = opened(chromium, house, viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    set_up(page, house)
    menu = page.get_by_label("All pages")
    assert not menu.is_visible()

    page.get_by_role("link", name="Menu", exact=True).click()
    menu.get_by_role("link", name="Webhooks").click()

    page.get_by_role("heading", name="Webhooks", exact=True).wait_for()
    assert not menu.is_visible()
    context.close()


def test_orders_are_decided_by_keyboard_alone(chromium: Browser, house: House) -> None:
    first, second = (place_order(house, house.shop.keys.create("ERP")["key"]) for _ in range(2))
    context = opened(chromium, house, viewport=DESK)
    page = context.new_page()
    set_up(page, house)

    page.goto("/admin/approvals")
    tab_to(page, "Approve order 1001")
    page.keyboard.press("Enter")
    page.get_by_text("Approved.").wait_for()
    tab_to(page, "Reject… order 1002")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Over the budget")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Rejected.").wait_for()

    assert house.shop.orders.get(first).status == "approved"
    assert house.shop.orders.get(second).approval_history[-1]["comment"] == "Over the budget"
    context.close()


def tab_to(page: Page, words: str) -> None:
    """Press Tab until what has the focus says this, and shows that it has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.locator(":focus-visible")
        if focused.count() and " ".join(focused.inner_text().split()) == words:
            assert focused.evaluate("(one) => getComputedStyle(one).outlineStyle") != "none"
            return
    raise AssertionError(f"the keyboard does not lead to {words!r}")


def test_keyboard_reaches_the_content_first(chromium: Browser, house: House) -> None:
    context = opened(chromium, house, viewport=DESK)
    page = context.new_page()
    set_up(page, house)
    page.goto("/admin/orders")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    context.close()


def _fill(house: House) -> None:
    """Something long on every page."""
    shop = house.shop
    long_word = "Unbreakable" * 8
    shop.products.upsert(sku="S" * 64, name=long_word, base_price="1234567890.1234")
    shop.accounts.update(house.of.account_id, name=long_word, external_id="E" * 60)
    shop.contacts.create(house.of.account_id, name=long_word, email=f"{'a' * 60}@example.com")
    shop.webhooks.register(url=f"{house.receiver.url}/{'path' * 40}", events=["order.approved"])
    shop.keys.create(long_word, expires_in_seconds=86_400)
    for number in range(30):
        shop.orders.place(
            billing_account_id=house.of.account_id,
            site_id=house.of.site_id,
            items=[{"sku": "S" * 64, "qty": number + 1}],
            po_number="P" * 60,
            note=long_word,
        )
    shop.webhooks.test(next(iter(shop.webhooks.list())).id)
    for order in list(shop.orders.list(per_page=3)):
        shop.approvals.reject(order.id, reason=long_word)
    house.b2b.create_workspace(long_word[:60])


def _paths(house: House) -> list[str]:
    shop = house.shop
    account = f"/admin/accounts/{house.of.account_id}"
    endpoint = next(iter(shop.webhooks.list()))
    rejected = next(iter(shop.orders.list(status="rejected")))
    waiting = next(iter(shop.orders.list(status="pending_approval")))
    prices = f"/admin/prices?sku={'S' * 64}&billing_account_id={house.of.account_id}"
    delivery = next(iter(shop.webhooks.deliveries(endpoint.id)))
    (person,) = Administrators(house.b2b.runtime).list()
    return [
        *("/admin/", "/admin/orders", "/admin/approvals", "/admin/accounts", account),
        *(f"{account}/levels", f"{account}/people/new", f"{account}/sites/new"),
        *("/admin/products", f"/admin/product?sku={'S' * 64}", "/admin/product/new"),
        *("/admin/tiers", "/admin/prices", "/admin/import", "/admin/keys", "/admin/keys/new"),
        *(f"/admin/keys/{shop.keys.list()[0].id}", "/admin/webhooks", "/admin/webhooks/new"),
        *(f"/admin/webhooks/{endpoint.id}", "/admin/audit", "/admin/administrators"),
        *("/admin/administrators/new", "/admin/workspaces", "/admin/settings", "/admin/me"),
        *("/admin/nowhere", "/admin/products?stock=low", "/admin/accounts/import", prices),
        *(f"/admin/deliveries/{delivery.id}", f"/admin/administrators/{person.id}"),
        *(f"/admin/orders/{waiting.id}", f"/admin/orders/{rejected.id}"),
    ]
