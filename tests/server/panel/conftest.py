"""A panel on a database in memory, and browsers of people with each role."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.services import admin_sessions
from expressb2b_core.services.administrators import Administrators
from expressb2b_core.services.scope import Actor
from expressb2b_server.panel import cookies
from expressb2b_server.panel.application import Panel, create_panel
from expressb2b_server.settings import Settings
from tests.clocks import FakeClock
from tests.server.panel.browser import Browser


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def b2b(clock: FakeClock) -> Iterator[ExpressB2B]:
    with ExpressB2B("sqlite:///:memory:", secret=b"a secret for tests", clock=clock) as opened:
        yield opened


@pytest.fixture
def shop(b2b: ExpressB2B) -> Workspace:
    return b2b.workspace("default")


@pytest.fixture
def panel(b2b: ExpressB2B) -> Panel:
    return create_panel(b2b, Settings())


@pytest.fixture
def visitor(panel: Panel) -> Browser:
    """A browser in which nobody is signed in."""
    return Browser(panel)


SignedIn = Callable[[str], Browser]


@pytest.fixture
def signed_in(panel: Panel, b2b: ExpressB2B) -> SignedIn:
    """Makes a browser in which somebody with this role is signed in, without a password."""

    def make(role: str) -> Browser:
        people = Administrators(b2b.runtime)
        who = people.create(name=f"Ana {role}", email=f"{role}@example.com", role=role)
        browser = Browser(panel)
        token = admin_sessions.begin(b2b.runtime, Actor("admin", who.id, who.name))
        _, cookie = panel.cookies.write({}, cookies.SESSION, token)
        browser.jar[cookies.SESSION] = cookie.partition("=")[2].partition(";")[0]
        return browser

    return make


@pytest.fixture
def admin(signed_in: SignedIn) -> Browser:
    """A browser of an administrator with all rights."""
    return signed_in("admin")
