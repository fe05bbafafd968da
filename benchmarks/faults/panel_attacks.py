"""B7: the panel is attacked: forged forms, planted cookies, frames, guessing, markup in all fields.

Pages are asked for without a network, except where markup is shown to a real browser.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from benchmarks.faults.findings import Finding
from expressb2b_core import ExpressB2B
from expressb2b_core.rules import passwords
from expressb2b_core.services import admin_sessions, setup_links
from expressb2b_core.services.administrators import Administrators
from expressb2b_core.services.scope import Actor
from expressb2b_core.services.sign_in import (
    ATTEMPTS_PER_ACCOUNT,
    ATTEMPTS_PER_ADDRESS,
    FAILURES_PER_PERSON,
    SignIn,
)
from expressb2b_server.panel import cookies
from expressb2b_server.panel.application import Panel, create_panel
from expressb2b_server.panel.pages.table import ROUTES
from expressb2b_server.serving import Serving, listen
from expressb2b_server.settings import Settings
from tests.clocks import FakeClock
from tests.server.panel.browser import Answer, Browser
from tests.server.panel.markup import GETS, MARKUP, SHORT, address, fill, is_harmless

if TYPE_CHECKING:
    from playwright.sync_api import Page

NEEDS = ("chromium",)

PASSWORD = "napkins for everybody"
_CHEAP = passwords.Cost(n=2, r=1, p=1)
_POSTS = [route for route in ROUTES if route.method == "POST"]
_SOME_ID = "01936a11-0000-7000-8000-000000000000"
_TEXT_FIELDS = ("text", "search", "email", "url", "number")

_WATCH = """
window.ran = 0;
for (const name of ['alert', 'confirm', 'prompt']) window[name] = () => { window.ran += 1; };
"""
_BROWSER_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


def run(quick: bool) -> list[Finding]:
    found = without_browser(quick)
    return [*found, _shown_to_chromium(GETS[::5] if quick else GETS)]


def without_browser(quick: bool) -> list[Finding]:
    """All attacks but the one that needs Chromium."""
    return [
        _forged_forms(),
        _planted_cookies(),
        _cookie_flags(),
        _frames(),
        *_guesses(200 if quick else 2000),
        markup_typed(GETS[::3] if quick else GETS),
    ]


@contextmanager
def _house() -> Iterator[tuple[ExpressB2B, Panel]]:
    """A panel on a database in memory whose passwords cost nothing to check."""
    with ExpressB2B("sqlite:///:memory:", clock=FakeClock()) as b2b:
        panel = create_panel(b2b, Settings())
        panel.sign_in = SignIn(b2b.runtime, _CHEAP)
        yield b2b, panel


def _administrator(b2b: ExpressB2B, name: str) -> Actor:
    email = f"{name.lower()}@example.com"
    who = Administrators(b2b.runtime).create(name=name, email=email, role="admin")
    database, kept = b2b.runtime.database, passwords.protect(PASSWORD, b"salt" * 4, _CHEAP)
    change = "UPDATE administrators SET password = ? WHERE id = ?"
    database.write(lambda: database.run_sql(change, (kept, who.id)))
    return Actor("admin", who.id, who.name)


def _signed_in(b2b: ExpressB2B, panel: Panel, who: Actor) -> Browser:
    browser = Browser(panel)
    token = admin_sessions.begin(b2b.runtime, who)
    _, cookie = panel.cookies.write({}, cookies.SESSION, token)
    browser.jar[cookies.SESSION] = cookie.partition("=")[2].partition(";")[0]
    return browser


def _forged_forms() -> Finding:
    """Each action, with every token that another site could come by, or from another site."""
    sent = changes = 0
    with _house() as (b2b, panel):
        victim = _signed_in(b2b, panel, _administrator(b2b, "Ana"))
        other = _signed_in(b2b, panel, _administrator(b2b, "Bo"))
        known = fill(b2b)
        own, others = _token(victim), _token(other)
        forgeries: Sequence[tuple[Mapping[str, object], str]] = (
            ({}, ""),
            ({"token": ""}, ""),
            ({"token": own[:-1]}, ""),
            ({"token": others}, ""),
            ({"token": own}, "cross-site"),
            ({"token": own}, "same-site"),
        )
        before = _everything(b2b)
        for route in _POSTS:
            for fields, site in forgeries:
                victim.extra["HTTP_SEC_FETCH_SITE"] = site
                answer = victim.post(address(route.rule, known), dict(fields), follow=False)
                sent += 1
                changes += answer.status != 403 or _everything(b2b) != before
    return Finding(
        "B7 forged forms",
        f"{len(_POSTS)} actions: no, wrong or a stranger's token, or from another site",
        sent,
        f"{changes} accepted or changed something",
        "0 changes",
        changes == 0,
    )


def _planted_cookies() -> Finding:
    """What a browser held before somebody signed in, by an attacker's hand, opens nothing."""
    opened = tried = 0
    with _house() as (b2b, panel):
        _administrator(b2b, "Ana")
        attackers = _signed_in(b2b, panel, _administrator(b2b, "Eve")).jar[cookies.SESSION]
        for planted in (attackers, "made up", f"{attackers}x", ""):
            victim = Browser(panel)
            victim.get("/admin/sign-in")
            victim.jar[cookies.SESSION] = planted
            if planted == attackers:  # the victim sees that somebody else is in, and signs out
                victim.submit(victim.get("/admin/"), "/admin/sign-out")
            _sign_in(victim, "ana@example.com", PASSWORD)
            is_in = victim.get("/admin/me").status == 200
            thief = Browser(panel)
            thief.jar[cookies.SESSION] = planted
            is_theirs = "Ana" in thief.get("/admin/me").page.said
            opened += is_theirs or not is_in or victim.jar[cookies.SESSION] == planted
            tried += 1
    return Finding(
        "B7 fixation",
        "session cookies planted before a sign-in",
        tried,
        f"{opened} opened somebody's session",
        "0 opened",
        opened == 0,
    )


def _cookie_flags() -> Finding:
    wrong = []
    seen = 0
    for scheme in ("http", "https"):
        with _house() as (b2b, panel):
            for cookie in _cookies_of_a_visit(b2b, panel, scheme):
                seen += 1
                name, *flags = cookie.split("; ")
                wanted = {"Path=/", "HttpOnly"} | ({"Secure"} if scheme == "https" else set())
                is_strict = any(flag in ("SameSite=Lax", "SameSite=Strict") for flag in flags)
                is_bound = name.startswith("__Host-") == (scheme == "https")
                if not (wanted <= set(flags) and is_strict and is_bound):
                    wrong.append(cookie)
    return Finding(
        "B7 cookie flags",
        "cookies of setup, sign-in and sign-out, over http and https",
        seen,
        f"{len(wrong)} without HttpOnly, SameSite, or (https) Secure and __Host-",
        "0 without",
        seen > 0 and not wrong,
    )


def _cookies_of_a_visit(b2b: ExpressB2B, panel: Panel, scheme: str) -> Iterator[str]:
    browser = Browser(panel, scheme=scheme)
    link = setup_links.make(b2b.runtime)
    yield from browser.get(link, follow=False).cookies
    fields = {"name": "Ana", "email": "ana@example.com", "password": PASSWORD, "again": PASSWORD}
    page = browser.get("/admin/setup")
    yield from browser.submit(page, "/admin/setup", follow=False, **fields).cookies
    yield from browser.submit(browser.get("/admin/"), "/admin/sign-out", follow=False).cookies
    yield from browser.get("/admin/sign-in").cookies
    yield from _sign_in(browser, "ana@example.com", PASSWORD).cookies


def _frames() -> Finding:
    open_to_frames = []
    with _house() as (b2b, panel):
        browser = _signed_in(b2b, panel, _administrator(b2b, "Ana"))
        known = fill(b2b)
        paths = [address(rule, known) for rule in GETS]
        paths += ["/admin/sign-in", "/admin/setup", "/admin/nowhere", "/admin/w/99/orders"]
        for path in paths:
            answer = browser.get(path, follow=False)
            policy = answer.header("Content-Security-Policy") or ""
            is_guarded = "frame-ancestors 'none'" in policy and "default-src 'none'" in policy
            if not (is_guarded and answer.header("X-Frame-Options") == "DENY"):
                open_to_frames.append(path)
    return Finding(
        "B7 frames",
        "pages, and pages of refusals, without a policy against frames and foreign scripts",
        len(paths),
        f"{len(open_to_frames)} without",
        "0 without",
        not open_to_frames,
    )


def _guesses(times: int) -> list[Finding]:
    """Passwords guessed within a moment: how many were looked at, and whether one got in."""
    ways: tuple[tuple[str, int, Callable[[int], tuple[str, str]]], ...] = (
        (
            "one account, one address",
            FAILURES_PER_PERSON,
            lambda number: ("ana@example.com", "192.0.2.7"),
        ),
        (
            "one account, many addresses",
            ATTEMPTS_PER_ACCOUNT,
            lambda number: ("ana@example.com", f"198.51.{number // 250}.{number % 250}"),
        ),
        (
            "many accounts, one address",
            ATTEMPTS_PER_ADDRESS,
            lambda number: (f"person{number}@example.com", "203.0.113.9"),
        ),
    )
    return [_guessed(name, limit, times, way) for name, limit, way in ways]


def _guessed(name: str, limit: int, times: int, way: Callable[[int], tuple[str, str]]) -> Finding:
    looked_at = entered = 0
    with _house() as (b2b, panel):
        _administrator(b2b, "Ana")
        for number in range(times):
            email, network_address = way(number)
            guess = PASSWORD if number > limit else f"guess {number}"
            answer = _sign_in(Browser(panel, network_address), email, guess)
            looked_at += answer.status != 429
            entered += answer.status == 303
    return Finding(
        f"B7 guessing, {name}",
        "passwords, the right one among them after the limit",
        times,
        f"{looked_at} looked at, {entered} got in",
        f"at most {limit} in 15 minutes, 0 got in",
        looked_at <= limit and entered == 0,
    )


def markup_typed(rules: Sequence[str]) -> Finding:
    """Every text field of every form is filled with markup; what comes back must be harmless."""
    fields = harmful = 0
    for rule in rules:
        with _house() as (b2b, panel):
            browser = _signed_in(b2b, panel, _administrator(b2b, "Ana"))
            known = fill(b2b)
            page = browser.get(address(rule, known))
            names = _text_fields(page)
            for form in page.page.forms:
                own = names & form.fields.keys()
                for text in (MARKUP, SHORT) if own else ():
                    answer = browser.submit(page, form.action, **dict.fromkeys(own, text))
                    fields += len(own)
                    harmful += not is_harmless(answer) or answer.status == 500
            harmful += not is_harmless(browser.get(address(rule, known)))
    return Finding(
        "B7 markup typed",
        f"text fields of the forms of {len(rules)} pages",
        fields,
        f"{harmful} answers with live markup",
        "0 with",
        fields > 0 and harmful == 0,
    )


def _text_fields(page: Answer) -> set[str]:
    found = {
        fields.get("name") or ""
        for tag, fields in page.page.tags
        if tag == "textarea" or (tag == "input" and fields.get("type", "text") in _TEXT_FIELDS)
    }
    return found - {""}


def _shown_to_chromium(rules: Sequence[str]) -> Finding:
    """Pages full of markup in a real browser: nothing of it runs, nothing of it is an element."""
    executions = elements = 0
    with ExpressB2B("sqlite:///:memory:") as b2b:
        panel = create_panel(b2b, Settings())
        session = _signed_in(b2b, panel, _administrator(b2b, "Ana")).jar[cookies.SESSION]
        known = fill(b2b)
        with _served(panel) as home, sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=list(_BROWSER_FLAGS)
            )
            context = chromium.new_context()
            context.add_init_script(_WATCH)
            context.add_cookies([{"name": cookies.SESSION, "value": session, "url": home}])
            page = context.new_page()
            for rule in rules:
                page.goto(home + address(rule, known))
                ran, made = _harm(page)
                executions, elements = executions + ran, elements + made
            chromium.close()
    return Finding(
        "B7 markup shown",
        "pages with markup in every text, in Chromium",
        len(rules),
        f"{executions} executions, {elements} elements",
        "0 executions, 0 elements",
        executions == elements == 0,
    )


def _harm(page: Page) -> tuple[int, int]:
    ran: int = page.evaluate("window.ran")
    elements: int = page.locator("img, b, iframe, style, script:not([src]), [onerror]").count()
    return ran, elements


@contextmanager
def _served(panel: Panel) -> Iterator[str]:
    server = listen(panel, Serving(port=0))
    thread = threading.Thread(target=server.run_until_stopped)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.stop()
        thread.join(10)
        server.close()


def _sign_in(browser: Browser, email: str, password: str) -> Answer:
    page = browser.get("/admin/sign-in")
    return browser.submit(page, "/admin/sign-in", email=email, password=password, follow=False)


def _token(browser: Browser) -> str:
    found = browser.get("/admin/me").form("/admin/sign-out").fields["token"]
    return found[0]


def _everything(b2b: ExpressB2B) -> list[str]:
    """All rows of all tables."""
    database = b2b.runtime.database
    tables = database.run_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
    rows = (database.run_sql(f'SELECT * FROM "{name}"') for (name,) in tables)
    return [repr(row) for row in chain.from_iterable(rows)]
