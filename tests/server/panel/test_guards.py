"""What holds for every page: headers, cookies, form tokens, no fixation, no frames."""

from __future__ import annotations

import io
from collections.abc import Callable
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_server.panel import cookies
from expressb2b_server.panel.application import Panel, create_panel
from expressb2b_server.panel.pages.table import ROUTES
from expressb2b_server.panel.routing import Route
from expressb2b_server.settings import Settings
from tests.core.services.panel_people import PASSWORD, ana, cheap_passwords
from tests.server.panel.browser import Browser

POSTS = [route for route in ROUTES if route.method == "POST"]
SOME_ID = "01936a11-0000-7000-8000-000000000000"


def address_of(route: Route) -> str:
    parts = [SOME_ID if part.startswith("<") else part for part in route.rule.split("/")]
    return "/admin" + "/".join(parts)


def named(route: Route) -> str:
    return f"{route.method} {route.rule}"


class TestHeaders:
    @pytest.mark.parametrize(
        "path", ["/admin/sign-in", "/admin/setup", "/admin/nowhere", "/admin/orders"]
    )
    def test_every_answer_is_guarded(self, visitor: Browser, path: str) -> None:
        answer = visitor.get(path, follow=False)

        policy = answer.header("Content-Security-Policy") or ""
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy
        assert "form-action 'self'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert answer.header("X-Frame-Options") == "DENY"
        assert answer.header("X-Content-Type-Options") == "nosniff"
        assert answer.header("Referrer-Policy") == "no-referrer"
        assert answer.header("Cache-Control") == "no-store"

    def test_stylesheet_is_kept_under_an_address_of_its_content(self, visitor: Browser) -> None:
        page = visitor.get("/admin/sign-in").page
        (href,) = [a["href"] for t, a in page.tags if t == "link" and a.get("rel") == "stylesheet"]
        assert href is not None

        answer = visitor.get(href)

        assert answer.status == 200
        assert answer.header("Content-Type") == "text/css; charset=utf-8"
        assert "immutable" in (answer.header("Cache-Control") or "")

    def test_pages_have_no_scripts_styles_or_handlers_of_their_own(self, admin: Browser) -> None:
        page = admin.get("/admin/").page

        assert not [1 for tag, _ in page.tags if tag == "style"]
        assert all(found.get("src") for tag, found in page.tags if tag == "script")
        names = {name for _, found in page.tags for name in found}
        assert not [name for name in names if name.startswith("on") or name == "style"]

    def test_nothing_is_loaded_from_elsewhere(self, admin: Browser) -> None:
        page = admin.get("/admin/").page

        loaded = [
            found.get("src") or found.get("href") or ""
            for tag, found in page.tags
            if tag in ("script", "link", "img", "iframe")
        ]
        assert all(source.startswith(("/admin/static/", "data:")) for source in loaded)

    def test_head_has_no_body(self, visitor: Browser) -> None:
        answer = visitor.get("/admin/sign-in", method="HEAD")

        assert (answer.status, answer.body) == (200, b"")

    def test_wrong_method_names_the_right_one(self, admin: Browser) -> None:
        answer = admin.get("/admin/sign-out")

        assert (answer.status, answer.header("Allow")) == (405, "POST")

    @pytest.mark.parametrize(
        "path", ["/admin/nowhere", "/admin/orders/%00", "/admin/w/99/orders", "/admin/%ff"]
    )
    def test_absent_page_says_so(self, admin: Browser, path: str) -> None:
        answer = admin.get(path)

        assert answer.status == 404
        assert "Not found" in answer.page.said


class TestCookies:
    @pytest.fixture(autouse=True)
    def _somebody(self, b2b: ExpressB2B, monkeypatch: pytest.MonkeyPatch) -> None:
        cheap_passwords(monkeypatch)
        ana(b2b)

    def sign_in(self, browser: Browser) -> list[str]:
        page = browser.get("/admin/sign-in")
        answer = browser.submit(
            page, "/admin/sign-in", email="ana@example.com", password=PASSWORD, follow=False
        )
        assert answer.status == 303
        return answer.cookies

    def test_session_is_out_of_reach_of_scripts_and_other_sites(self, visitor: Browser) -> None:
        session, visitors = self.sign_in(visitor)

        assert session.startswith("expressb2b_session=")
        assert session.endswith("; Path=/; HttpOnly; SameSite=Lax")
        assert "Max-Age=0" in visitors

    def test_behind_https_it_never_travels_without(self, b2b: ExpressB2B) -> None:
        panel = create_panel(b2b, Settings(public_url="https://orders.example.com"))

        session = self.sign_in(Browser(panel))[0]

        assert session.startswith("__Host-expressb2b_session=")
        assert "; Secure;" in session
        assert "Domain" not in session

    def test_proxy_that_speaks_https_is_enough(self, panel: Panel) -> None:
        session = self.sign_in(Browser(panel, scheme="https"))[0]

        assert "; Secure;" in session

    def test_session_is_made_at_sign_in_whatever_the_browser_held(self, visitor: Browser) -> None:
        self.sign_in(visitor)
        first = visitor.jar[cookies.SESSION]
        attackers = dict(visitor.jar)
        visitor.submit(visitor.get("/admin/"), "/admin/sign-out")
        visitor.jar = attackers

        self.sign_in(visitor)

        assert visitor.jar[cookies.SESSION] != first

    @pytest.mark.parametrize("change", ["{}x", "x{}", "", "abc.def", "{}.{}", "é"])
    def test_changed_cookie_opens_nothing(self, visitor: Browser, change: str) -> None:
        self.sign_in(visitor)
        value = visitor.jar[cookies.SESSION]
        visitor.jar[cookies.SESSION] = change.format(value, value)

        assert visitor.get("/admin/").path.startswith("/admin/sign-in")

    def test_cookie_of_one_kind_is_none_of_another(self, visitor: Browser) -> None:
        self.sign_in(visitor)
        visitor.jar[cookies.SETUP] = visitor.jar[cookies.SESSION]

        assert visitor.get("/admin/setup").status == 410

    def test_cookie_of_another_installation_opens_nothing(
        self, visitor: Browser, b2b: ExpressB2B
    ) -> None:
        self.sign_in(visitor)
        with ExpressB2B("sqlite:///:memory:", secret=b"another secret") as other:
            stranger = Browser(create_panel(other))
            stranger.jar = dict(visitor.jar)

            assert stranger.get("/admin/").path.startswith("/admin/sign-in")


class TestForms:
    @pytest.mark.parametrize("route", POSTS, ids=named)
    def test_no_action_without_the_token_of_the_session(
        self, b2b: ExpressB2B, admin: Browser, route: Route
    ) -> None:
        before = _everything(b2b)

        for token in ({}, {"token": ""}, {"token": "x"}, {"token": "é"}):
            assert admin.post(address_of(route), token, follow=False).status == 403

        assert _everything(b2b) == before

    @pytest.mark.parametrize("site", ["cross-site", "same-site"])
    def test_no_action_from_another_site_even_with_the_token(
        self, shop: Workspace, admin: Browser, site: str
    ) -> None:
        page = admin.get("/admin/keys/new")
        admin.extra["HTTP_SEC_FETCH_SITE"] = site

        assert admin.submit(page, "/admin/keys", name="ERP").status == 403
        assert shop.keys.list() == []

    def test_token_of_another_session_is_refused(self, admin: Browser, panel: Panel) -> None:
        page = admin.get("/admin/keys/new")
        admin.submit(page, "/admin/sign-out")

        assert admin.submit(page, "/admin/keys", name="ERP").path.startswith("/admin/sign-in")

    def test_body_that_is_no_form_is_refused(self, panel: Panel, admin: Browser) -> None:
        for kind in ("application/json", "text/plain", "multipart/form-data", ""):
            answer = admin._send("POST", "/admin/keys", b"{}", kind)
            assert answer.status == 400, kind

    @pytest.mark.parametrize("body", [b"a=%ff", b"\xff=1", b"&".join([b"a=1"] * 6000)])
    def test_form_that_cannot_be_read_is_refused(self, admin: Browser, body: bytes) -> None:
        answer = admin._send("POST", "/admin/keys", body, "application/x-www-form-urlencoded")

        assert answer.status == 400

    def test_form_that_is_too_large_is_refused_unread(self, admin: Browser) -> None:
        admin.extra["CONTENT_LENGTH"] = str(3 * 1024 * 1024)
        admin.extra["wsgi.input"] = io.BytesIO()

        answer = admin.post("/admin/keys", {"name": "x"})

        assert answer.status == 400


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "path", ["/admin/", "/admin/orders.csv", "/admin/nowhere", "/admin/sign-in", "/admin"]
)
def test_rules_of_wsgi_are_kept(admin: Browser, method: str, path: str) -> None:
    environ: dict[str, object] = {
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "REQUEST_METHOD": method,
    }
    setup_testing_defaults(environ)
    environ["HTTP_COOKIE"] = "; ".join(f"{name}={value}" for name, value in admin.jar.items())
    statuses = []

    def start_response(status: str, *_: object) -> Callable[[bytes], object]:
        statuses.append(status)
        return lambda _: None

    answer = validator(admin.panel)(environ, start_response)
    body = b"".join(answer)
    answer.close()  # type: ignore[attr-defined]

    assert len(statuses) == 1
    assert (body == b"") == (method == "HEAD" or statuses[0].startswith("303"))


def test_failing_page_says_nothing_but_its_id(
    admin: Browser, shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr("expressb2b_core.services.overview.read", fail)

    answer = admin.get("/admin/")

    assert answer.status == 500
    assert "a secret of the house" not in answer.text
    assert "Something went wrong" in answer.page.said


def _everything(b2b: ExpressB2B) -> str:
    connection = b2b.runtime.database.peewee.connection()  # type: ignore[no-untyped-call]
    return "\n".join(connection.iterdump())


def test_page_that_is_not_there_still_shows_the_way(admin: Browser, visitor: Browser) -> None:
    assert "/admin/approvals" in admin.get("/admin/nowhere").page.links
    assert "/admin/approvals" not in visitor.get("/admin/nowhere").page.links
