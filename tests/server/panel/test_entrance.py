"""Coming in: the one-time link, signing in, guessing, going out."""

from __future__ import annotations

import logging

import pytest

from expressb2b_core import ExpressB2B
from expressb2b_core.services import setup_links, sign_in
from expressb2b_core.services.administrators import Administrators
from expressb2b_server.panel.application import Panel
from tests.clocks import FakeClock
from tests.core.services.panel_people import PASSWORD, ana, cheap_passwords
from tests.server.panel.browser import Answer, Browser
from tests.server.panel.conftest import SignedIn


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap_passwords(monkeypatch)


def set_up(browser: Browser, page: Answer, password: str = PASSWORD) -> Answer:
    fields = {"name": "Ana Flores", "email": "ana@example.com"}
    return browser.submit(page, "/admin/setup", **fields, password=password, again=password)


def try_password(browser: Browser, password: str, email: str = "ana@example.com") -> Answer:
    page = browser.get("/admin/sign-in")
    return browser.submit(page, "/admin/sign-in", email=email, password=password)


class TestSetup:
    def test_link_leads_to_an_administrator_who_is_signed_in(
        self, b2b: ExpressB2B, visitor: Browser
    ) -> None:
        page = visitor.get(setup_links.make(b2b.runtime))

        home = set_up(visitor, page)

        assert home.status == 200
        assert "Good day, Ana" in home.page.said
        (made,) = Administrators(b2b.runtime).list()
        assert (made.email, made.role, made.state) == ("ana@example.com", "admin", "active")

    def test_token_leaves_the_address_before_anything_is_shown(
        self, b2b: ExpressB2B, visitor: Browser
    ) -> None:
        path = setup_links.make(b2b.runtime)

        answer = visitor.get(path, follow=False)

        assert (answer.status, answer.header("Location")) == (303, "/admin/setup")
        assert answer.body == b""
        assert path.partition("token=")[2] not in str(answer.headers)
        assert "HttpOnly" in answer.cookies[0]

    def test_link_opens_once(self, panel: Panel, b2b: ExpressB2B, visitor: Browser) -> None:
        path = setup_links.make(b2b.runtime)
        visitor.get(path)

        second = Browser(panel).get(path)

        assert second.status == 410
        assert "This link is closed" in second.page.said

    def test_link_expires(self, b2b: ExpressB2B, visitor: Browser, clock: FakeClock) -> None:
        path = setup_links.make(b2b.runtime)
        clock.advance(1800)

        assert visitor.get(path).status == 410

    def test_used_up_link_leads_nowhere(self, b2b: ExpressB2B, visitor: Browser) -> None:
        set_up(visitor, visitor.get(setup_links.make(b2b.runtime)))

        assert visitor.get("/admin/setup").status == 410

    def test_looking_ahead_with_head_does_not_use_it_up(
        self, panel: Panel, b2b: ExpressB2B, visitor: Browser
    ) -> None:
        path = setup_links.make(b2b.runtime)
        Browser(panel).get(path, method="HEAD", follow=False)

        assert visitor.get(path).status == 200

    def test_weak_password_is_asked_for_again(self, b2b: ExpressB2B, visitor: Browser) -> None:
        page = visitor.get(setup_links.make(b2b.runtime))

        refused = set_up(visitor, page, "short")

        assert refused.status == 422
        assert "at least 12 characters" in refused.page.said
        assert refused.form("/admin/setup").fields["name"] == ["Ana Flores"]
        assert set_up(visitor, refused).status == 200

    def test_two_different_passwords_are_refused(self, b2b: ExpressB2B, visitor: Browser) -> None:
        page = visitor.get(setup_links.make(b2b.runtime))

        refused = visitor.submit(
            page, "/admin/setup", name="A", email="a@b.c", password=PASSWORD, again="other"
        )

        assert refused.status == 422
        assert "not the same" in refused.page.said

    def test_invited_person_chooses_a_password_and_no_role(
        self, b2b: ExpressB2B, visitor: Browser
    ) -> None:
        bo = Administrators(b2b.runtime).create(name="Bo", email="bo@example.com", role="approver")
        page = visitor.get(setup_links.make(b2b.runtime, administrator_id=bo.id))

        home = set_up(visitor, page)

        assert "Good day, Bo" in home.page.said
        assert Administrators(b2b.runtime).get(bo.id).role == "approver"

    def test_form_needs_the_cookie_of_the_link(
        self, panel: Panel, b2b: ExpressB2B, visitor: Browser
    ) -> None:
        page = visitor.get(setup_links.make(b2b.runtime))

        refused = set_up(Browser(panel), page)

        assert refused.status == 403
        assert Administrators(b2b.runtime).list() == []

    def test_nothing_of_it_is_logged(
        self, b2b: ExpressB2B, visitor: Browser, caplog: pytest.LogCaptureFixture
    ) -> None:
        path = setup_links.make(b2b.runtime)
        with caplog.at_level(logging.DEBUG):
            set_up(visitor, visitor.get(path))
            visitor.get(path)

        assert path.partition("token=")[2] not in caplog.text
        assert PASSWORD not in caplog.text


class TestSignIn:
    @pytest.fixture(autouse=True)
    def _somebody(self, b2b: ExpressB2B) -> None:
        ana(b2b)

    def test_right_password_lets_in(self, visitor: Browser) -> None:
        assert "Good day, Ana" in try_password(visitor, PASSWORD).page.said

    def test_wrong_password_and_unknown_name_are_told_alike(self, visitor: Browser) -> None:
        wrong = try_password(visitor, "wrong")
        unknown = try_password(visitor, PASSWORD, "nobody@example.com")

        assert wrong.status == unknown.status == 403
        for answer in (wrong, unknown):
            assert "E-mail address or password is wrong." in answer.page.said

    def test_password_is_not_sent_back(self, visitor: Browser) -> None:
        assert "my secret words" not in try_password(visitor, "my secret words").text

    def test_page_that_was_wanted_comes_after_signing_in(self, visitor: Browser) -> None:
        page = visitor.get("/admin/orders?status=approved")

        assert page.path.startswith("/admin/sign-in?next=")
        answer = visitor.submit(
            page, "/admin/sign-in", email="ana@example.com", password=PASSWORD, follow=False
        )

        assert answer.header("Location") == "/admin/orders?status=approved"

    @pytest.mark.parametrize(
        "wanted",
        [
            "https://evil.example",
            "//evil.example",
            "/admin//evil.example",
            "/administrator",
            "/admin/\\evil",
            "/admin/\r\nSet-Cookie: a=b",
            "/api/orders",
            "javascript:alert(1)",
            "/admin/" + "x" * 3000,
        ],
    )
    def test_nobody_is_led_elsewhere(self, visitor: Browser, wanted: str) -> None:
        page = visitor.get("/admin/sign-in")

        answer = visitor.submit(
            page,
            "/admin/sign-in",
            email="ana@example.com",
            password=PASSWORD,
            next=wanted,
            follow=False,
        )

        assert answer.header("Location") == "/admin/"

    def test_guessing_is_slowed_down(self, visitor: Browser, clock: FakeClock) -> None:
        for _ in range(sign_in.FAILURES_PER_PERSON):
            try_password(visitor, "wrong")

        refused = try_password(visitor, PASSWORD)

        assert refused.status == 429
        assert refused.header("Retry-After") == "900"
        assert "Too many requests" in refused.page.said
        clock.advance(900)
        assert try_password(visitor, PASSWORD).status == 200

    def test_refused_sign_in_is_logged_without_what_was_typed(
        self, visitor: Browser, caplog: pytest.LogCaptureFixture
    ) -> None:
        try_password(visitor, "my secret words", "typo-is-a-password@example.com")

        assert "192.0.2.7" in caplog.text
        assert "my secret words" not in caplog.text
        assert "typo-is-a-password" not in caplog.text

    def test_signed_out_session_opens_nothing_any_more(self, panel: Panel, admin: Browser) -> None:
        stolen = Browser(panel)
        stolen.jar = dict(admin.jar)

        page = admin.submit(admin.get("/admin/"), "/admin/sign-out")

        assert "You are signed out." in page.page.said
        assert admin.get("/admin/orders").path.startswith("/admin/sign-in")
        assert stolen.get("/admin/orders").path.startswith("/admin/sign-in")

    def test_disabled_person_is_out_at_the_next_click(
        self, b2b: ExpressB2B, signed_in: SignedIn
    ) -> None:
        reader = signed_in("read_only")
        Administrators(b2b.runtime).disable("read_only@example.com")

        assert reader.get("/admin/orders").path.startswith("/admin/sign-in")

    def test_before_anybody_exists_the_page_says_how_to_begin(self, visitor: Browser) -> None:
        assert "Password forgotten?" in visitor.get("/admin/sign-in").page.said


def test_empty_installation_says_how_to_begin(visitor: Browser) -> None:
    said = visitor.get("/admin/sign-in").page.said

    assert "expressb2b admin setup-link" in said


class TestOwnPassword:
    def test_changing_it_ends_other_sessions_and_keeps_this_one(
        self, panel: Panel, b2b: ExpressB2B, visitor: Browser
    ) -> None:
        ana(b2b)
        other = Browser(panel)
        try_password(visitor, PASSWORD)
        try_password(other, PASSWORD)

        page = visitor.submit(
            visitor.get("/admin/me"),
            "/admin/me/password",
            present=PASSWORD,
            password=PASSWORD + "!",
            again=PASSWORD + "!",
        )

        assert "Your password is changed." in page.page.said
        assert other.get("/admin/").path.startswith("/admin/sign-in")

    def test_the_present_one_is_needed(self, b2b: ExpressB2B, visitor: Browser) -> None:
        ana(b2b)
        try_password(visitor, PASSWORD)

        page = visitor.submit(
            visitor.get("/admin/me"),
            "/admin/me/password",
            present="wrong",
            password=PASSWORD + "!",
            again=PASSWORD + "!",
        )

        assert page.status == 422
        assert "not your password" in page.page.said
