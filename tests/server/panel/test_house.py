"""The house itself: administrators, the audit log, settings, several workspaces, the first page."""

from __future__ import annotations

import csv
import io

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.services import admin_sessions, audit
from expressb2b_core.services.administrators import Administrators
from expressb2b_core.services.scope import COMMAND_LINE
from expressb2b_server.panel.application import Panel, create_panel
from expressb2b_server.settings import Settings
from tests.builders import customer, napkin, order
from tests.clocks import FakeClock
from tests.core.services.panel_people import PASSWORD, ana, cheap_passwords
from tests.server.panel.browser import Browser
from tests.server.panel.conftest import SignedIn


class TestAdministrators:
    @pytest.fixture(autouse=True)
    def _cheap(self, monkeypatch: pytest.MonkeyPatch) -> None:
        cheap_passwords(monkeypatch)

    def test_invited_person_comes_in_by_the_link_with_the_role_given(
        self, panel: Panel, b2b: ExpressB2B, admin: Browser
    ) -> None:
        page = admin.get("/admin/administrators/new")
        made = admin.submit(
            page, "/admin/administrators", name="Bo", email="bo@example.com", role="approver"
        )
        address = made.text.partition("http://localhost:8000")[2].partition("<")[0]
        assert address.startswith("/admin/setup?token=")

        bos = Browser(panel)
        home = bos.submit(bos.get(address), "/admin/setup", password=PASSWORD, again=PASSWORD)

        assert "Good day, Bo" in home.page.said
        assert bos.get("/admin/administrators").status == 403
        assert Administrators(b2b.runtime).get("bo@example.com").role == "approver"

    def test_taken_address_is_told(self, admin: Browser) -> None:
        page = admin.get("/admin/administrators/new")

        refused = admin.submit(
            page, "/admin/administrators", name="Bo", email="ADMIN@example.com", role="admin"
        )

        assert refused.status == 409
        assert "already" in refused.page.said

    def test_role_counts_from_the_next_click(self, b2b: ExpressB2B, signed_in: SignedIn) -> None:
        boss, bo = signed_in("admin"), signed_in("approver")
        person = Administrators(b2b.runtime).get("approver@example.com")
        path = f"/admin/administrators/{person.id}"
        ana(b2b, email="spare@example.com")

        boss.submit(boss.get(path), f"{path}/edit", role="admin")

        assert bo.get("/admin/audit").status == 200

    def test_disabled_person_is_signed_out(self, b2b: ExpressB2B, signed_in: SignedIn) -> None:
        boss, bo = signed_in("admin"), signed_in("approver")
        person = Administrators(b2b.runtime).get("approver@example.com")
        path = f"/admin/administrators/{person.id}"

        after = boss.submit(boss.get(path), f"{path}/disable")

        assert "signed out everywhere" in after.page.said
        assert bo.get("/admin/").path.startswith("/admin/sign-in")

    def test_last_one_in_charge_cannot_lock_everybody_out(
        self, b2b: ExpressB2B, visitor: Browser
    ) -> None:
        person = ana(b2b)
        page = visitor.get("/admin/sign-in")
        visitor.submit(page, "/admin/sign-in", email="ana@example.com", password=PASSWORD)
        path = f"/admin/administrators/{person.id}"

        refused = visitor.submit(visitor.get(path), f"{path}/disable")

        assert refused.status == 409
        assert "the only one in charge" in refused.page.said
        assert visitor.get("/admin/").status == 200


class TestAuditLog:
    def test_log_says_who_did_what_from_which_door(
        self, b2b: ExpressB2B, shop: Workspace, admin: Browser
    ) -> None:
        b2b.workspace(actor=COMMAND_LINE).keys.create("made in a terminal")
        admin.submit(admin.get("/admin/keys/new"), "/admin/keys", name="made here")

        said = admin.get("/admin/audit").page.said

        assert "Ana admin Panel Key created" in said
        assert "command line Command line Key created" in said

    def test_log_is_narrowed(self, b2b: ExpressB2B, admin: Browser) -> None:
        b2b.workspace(actor=COMMAND_LINE).keys.create("made in a terminal")

        assert "made in a terminal" in admin.get("/admin/audit?door=command").page.said
        assert "made in a terminal" not in admin.get("/admin/audit?door=panel").page.said
        assert admin.get("/admin/audit?door=window").status == 422

    def test_long_log_goes_on(self, shop: Workspace, admin: Browser) -> None:
        for number in range(60):
            shop.keys.create(f"key {number}")
        first = admin.get("/admin/audit?subject_type=api_key")
        (older,) = [link for link in first.page.links if "before=" in link]

        second = admin.get(older)

        assert "key 0 " not in first.page.said
        assert "key 0 " in second.page.said
        assert "subject_type=api_key" in older

    def test_file_of_the_log_has_every_entry(self, shop: Workspace, admin: Browser) -> None:
        for number in range(120):
            shop.keys.create(f"=key {number}")

        text = admin.get("/admin/audit.csv?subject_type=api_key").text

        rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
        assert len(rows) == 120
        assert rows[0]["action"] == "key.created"


class TestHome:
    def test_everything_that_needs_a_person_leads_to_its_remedy(
        self, b2b: ExpressB2B, shop: Workspace, admin: Browser
    ) -> None:
        napkin(shop, inventory={"on_hand": 4})
        order(shop, customer(shop, {"name": "manager", "min_total": "1.00"}))
        key = shop.keys.create("ERP", expires_in_seconds=86_400)

        page = admin.get("/admin/").page

        assert "1 order waits for approval" in page.said
        assert "The key ERP expires in 1 day" in page.said
        assert "1 product runs low" in page.said
        for path in ("/admin/approvals", f"/admin/keys/{key.id}", "/admin/products?stock=low"):
            assert path in page.links

    def test_calm_day_is_said_to_be_calm(self, admin: Browser) -> None:
        assert "Nothing waits." in admin.get("/admin/").page.said

    def test_missing_backup_is_said_and_a_recorded_one_shown(
        self, b2b: ExpressB2B, admin: Browser
    ) -> None:
        assert "No backup is on record" in admin.get("/admin/").page.said

        b2b.runtime.database.write(
            lambda: audit.record_installation(
                b2b.runtime, COMMAND_LINE, "backup.created", "backup", None
            )
        )

        assert "Last backup just now" in admin.get("/admin/").page.said

    def test_old_backup_leads_to_how_they_are_made(
        self, b2b: ExpressB2B, admin: Browser, clock: FakeClock
    ) -> None:
        b2b.runtime.database.write(
            lambda: audit.record_installation(
                b2b.runtime, COMMAND_LINE, "backup.created", "backup", None
            )
        )
        clock.advance(seconds=4 * 86_400)
        b2b.runtime.database.run_sql("UPDATE admin_sessions SET expires_at = expires_at + 999999")

        page = admin.get("/admin/").page

        assert "The last backup was made 4 days ago" in page.said
        assert "/docs/wholesaler/backups" in page.links

    def test_picture_has_its_words_and_its_table(self, shop: Workspace, admin: Browser) -> None:
        napkin(shop)
        order(shop, customer(shop))

        page = admin.get("/admin/").page

        (picture,) = [
            found for tag, found in page.tags if tag == "svg" and found.get("role") == "img"
        ]
        assert (picture["aria-label"] or "").startswith("1 order in the last 30 days, USD 164.00")
        assert "15 Mar 2026 1 USD 164.00" in page.said


class TestWorkspaces:
    def test_switcher_appears_with_the_second_one(self, b2b: ExpressB2B, admin: Browser) -> None:
        assert "/admin/w/2/" not in admin.get("/admin/").page.links
        b2b.create_workspace("europe", currency="EUR")

        assert "/admin/w/2/" in admin.get("/admin/").page.links

    def test_each_address_says_which_workspace_it_works_on(
        self, b2b: ExpressB2B, shop: Workspace, admin: Browser
    ) -> None:
        europe = b2b.create_workspace("europe", currency="EUR")

        page = admin.get("/admin/w/2/keys/new")
        made = admin.submit(page, "/admin/w/2/keys", name="ERP")

        assert [key.name for key in europe.keys.list()] == ["ERP"]
        assert shop.keys.list() == []
        internal = [link for link in made.page.links if "/keys" in link]
        assert internal
        assert all(link.startswith("/admin/w/2/") for link in internal)

    def test_new_one_is_made_and_entered(self, b2b: ExpressB2B, admin: Browser) -> None:
        page = admin.get("/admin/workspaces")

        made = admin.submit(page, "/admin/workspaces", name=" Nord GmbH ", currency="EUR")

        assert made.path.startswith("/admin/w/2/")
        assert "you are in it" in made.page.said
        north = b2b.workspace("Nord GmbH").scope
        (entry,) = audit.entries(north, subject_type="workspace")
        assert (entry.action, entry.door) == ("workspace.created", "panel")
        assert "EUR" in admin.get("/admin/w/2/workspaces").page.said

    @pytest.mark.parametrize(
        ("name", "told"), [("default", "already"), ("", "1 to 64"), ("a\tb", "control")]
    )
    def test_name_that_cannot_be_is_refused_at_its_field(
        self, admin: Browser, name: str, told: str
    ) -> None:
        answer = admin.submit(admin.get("/admin/workspaces"), "/admin/workspaces", name=name)

        assert answer.status in (409, 422)
        assert told in answer.page.said

    @pytest.mark.parametrize("number", ["99", "0", "x", "-1", "1e1", "٢"])
    def test_absent_workspace_is_not_found(self, admin: Browser, number: str) -> None:
        assert admin.get(f"/admin/w/{number}/orders").status == 404


def test_settings_are_shown_without_secrets(b2b: ExpressB2B, signed_in: SignedIn) -> None:
    browser = signed_in("admin")
    browser.panel = create_panel(
        b2b,
        Settings(
            secret="a secret of this house",
            database="postgresql://user:hunter2@host/name",
            public_url="http://orders.example.com",
        ),
    )

    said = browser.get("/admin/settings").page.said

    assert "EXPRESSB2B_WEBHOOK_TIMEOUT_SECONDS" in said
    assert "http://orders.example.com" in said
    assert "a secret of this house" not in said
    assert "hunter2" not in said


def test_panel_can_stand_below_another_path(panel: Panel, b2b: ExpressB2B) -> None:
    browser = Browser(panel)
    browser.extra["SCRIPT_NAME"] = "/shop"

    page = browser.get("/admin/sign-in")

    assert page.form("/shop/admin/sign-in")


class TestSessions:
    @pytest.fixture
    def elsewhere(self, b2b: ExpressB2B, admin: Browser) -> str:
        """The token of another browser in which the same person is signed in."""
        (who,) = Administrators(b2b.runtime).list()
        return admin_sessions.begin(b2b.runtime, who.actor)

    def test_other_browsers_are_seen_and_signed_out(
        self, b2b: ExpressB2B, admin: Browser, elsewhere: str
    ) -> None:
        page = admin.get("/admin/me")
        assert len(admin.get("/admin/me/sessions.csv").text.splitlines()) == 3

        after = admin.submit(page, "/admin/me/sign-out-elsewhere")

        assert "Signed out of all other browsers." in after.page.said
        assert "everywhere else" not in after.page.said
        assert admin_sessions.find(b2b.runtime, elsewhere) is None

    def test_somebody_is_signed_out_everywhere_by_an_administrator(
        self, b2b: ExpressB2B, admin: Browser, signed_in: SignedIn
    ) -> None:
        reader = signed_in("read_only")
        path = (
            f"/admin/administrators/{Administrators(b2b.runtime).get('read_only@example.com').id}"
        )

        admin.submit(admin.get(path), f"{path}/sign-out")

        assert "Nowhere." in admin.get(path).page.said
        assert reader.get("/admin/", follow=False).status == 303
        entry = next(iter(audit.entries(b2b.workspace().scope)))
        assert (entry.action, entry.door) == ("administrator.sessions_ended", "panel")

    def test_whoever_signs_themselves_out_everywhere_stays_in_this_browser(
        self, b2b: ExpressB2B, admin: Browser, elsewhere: str
    ) -> None:
        (who,) = Administrators(b2b.runtime).list()
        path = f"/admin/administrators/{who.id}"

        after = admin.submit(admin.get(path), f"{path}/sign-out")

        assert "Signed out of all other browsers." in after.page.said
        assert admin_sessions.find(b2b.runtime, elsewhere) is None
