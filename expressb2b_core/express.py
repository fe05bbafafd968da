"""The library's face: open a database, get a workspace, ask its services."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar, overload

import peewee

from expressb2b_core import runtime as outside
from expressb2b_core.errors import Misconfigured
from expressb2b_core.rules.order_states import EVENTS
from expressb2b_core.rules.pagination import Cursors
from expressb2b_core.rules.versions import Versions, supported_versions
from expressb2b_core.runtime import Clock, Runtime, SystemClock
from expressb2b_core.services import workspaces
from expressb2b_core.services.accounts import Accounts
from expressb2b_core.services.approvals import Approvals
from expressb2b_core.services.catalog import Products
from expressb2b_core.services.contacts import Contacts
from expressb2b_core.services.events import Events
from expressb2b_core.services.inventory import Inventory
from expressb2b_core.services.keys import Keys
from expressb2b_core.services.notifications import Callback, Listeners
from expressb2b_core.services.orders import Orders
from expressb2b_core.services.scope import LIBRARY, Actor, Scope
from expressb2b_core.services.sites import Sites
from expressb2b_core.services.tiers import Tiers
from expressb2b_core.services.webhooks import Webhooks
from expressb2b_core.storage.migrations import migrate
from expressb2b_core.storage.opening import open_database, sqlite_path

if TYPE_CHECKING:
    from expressb2b_core.services.keys import Principal

C = TypeVar("C", bound=Callback)

_SECRET_BYTES = 32


class Workspace:
    """One tenant, as one actor sees it. Its attributes are what can be asked."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    @property
    def name(self) -> str:
        """The name it was created with."""
        return self.scope.workspace_name

    @property
    def currency(self) -> str:
        """The ISO 4217 code of all its money."""
        return self.scope.currency

    @cached_property
    def products(self) -> Products:
        """The catalog and its prices."""
        return Products(self.scope)

    @cached_property
    def inventory(self) -> Inventory:
        """Stock levels."""
        return Inventory(self.scope)

    @cached_property
    def tiers(self) -> Tiers:
        """Pricing tiers."""
        return Tiers(self.scope)

    @cached_property
    def accounts(self) -> Accounts:
        """Billing accounts."""
        return Accounts(self.scope)

    @cached_property
    def sites(self) -> Sites:
        """The sites of accounts."""
        return Sites(self.scope)

    @cached_property
    def contacts(self) -> Contacts:
        """The people of accounts."""
        return Contacts(self.scope)

    @cached_property
    def orders(self) -> Orders:
        """Quoting, placing, reading, fulfilling and cancelling orders."""
        return Orders(self.scope)

    @cached_property
    def approvals(self) -> Approvals:
        """Approving and rejecting orders."""
        return Approvals(self.scope)

    @cached_property
    def events(self) -> Events:
        """Everything that happened to orders, in order."""
        return Events(self.scope)

    @cached_property
    def webhooks(self) -> Webhooks:
        """Webhook endpoints and what was delivered to them."""
        return Webhooks(self.scope)

    @cached_property
    def keys(self) -> Keys:
        """API keys."""
        return Keys(self.scope)


class ExpressB2B:
    """An ordering back end on one database.

    Args:
        database: `sqlite:///shop.db`, `sqlite:///:memory:`, `postgresql://user@host/name`, or a
            peewee `SqliteDatabase` or `PostgresqlDatabase`. Tables are made and migrated here.
        secret: Signs cursors and derives webhook secrets. By default it is kept in a file
            beside a SQLite database; PostgreSQL needs one.

    Raises:
        Misconfigured: the database cannot be opened or has no secret.
        DatabaseNewer: it was written by a newer release.
    """

    def __init__(
        self,
        database: str | peewee.Database,
        *,
        secret: bytes | str | None = None,
        clock: Clock | None = None,
        versions: Versions | None = None,
        check_webhook_url: Callable[[str], str | None] | None = None,
    ) -> None:
        opened = open_database(database)
        # A clock that was handed in holds for everything.
        database_clock_ms = opened.clock_ms if clock is None else None
        clock = clock or SystemClock()
        with ExitStack() as on_failure:
            on_failure.callback(opened.close)
            migrate(opened, clock.now())
            found = secret.encode() if isinstance(secret, str) else secret
            found = found or load_secret(opened.peewee)
            self.runtime = Runtime(
                database=opened,
                secret=found,
                cursors=Cursors(found),
                versions=versions or supported_versions(),
                listeners=Listeners(),
                clock=clock,
                database_clock_ms=database_clock_ms,
                check_webhook_url=check_webhook_url,
            )
            workspaces.ensure_default(self.runtime)
            on_failure.pop_all()

    def workspace(self, name: str = "default", *, actor: Actor = LIBRARY) -> Workspace:
        """The workspace of this name; `NotFound` when there is none.

        `actor` is who stands in the history of orders that are changed through it.
        """
        return Workspace(workspaces.scope_of(self.runtime, name, actor))

    def create_workspace(
        self, name: str, *, currency: str = "USD", actor: Actor = LIBRARY
    ) -> Workspace:
        """A new workspace; `AlreadyExists` when the name is taken."""
        workspaces.create(self.runtime, name, currency, actor)
        return self.workspace(name)

    def workspace_for(self, principal: Principal) -> Workspace:
        """The workspace of an API key, with that key as the actor."""
        return Workspace(principal.scope(self.runtime))

    @overload
    def on(self, event_type: str) -> Callable[[C], C]: ...

    @overload
    def on(self, event_type: str, callback: C) -> Callable[[C], C]: ...

    def on(self, event_type: str, callback: C | None = None) -> Callable[[C], C]:
        """Call back after the commit of each such event of this process; `*` means all.

        Called in the thread that made the change, with a `notifications.Event`. Also a
        decorator: `@b2b.on("order.approved")`. Changes made by other processes are not seen:
        use webhooks or `events.list` for those.

        Raises:
            ValueError: there is no such event.
        """
        if event_type not in (*EVENTS, "*"):
            raise ValueError(f"there is no event {event_type!r}; known: {', '.join(EVENTS)}")

        def register(found: C) -> C:
            self.runtime.listeners.add(event_type, found)
            return found

        if callback is not None:
            register(callback)
        return register

    def close(self) -> None:
        """Let go of the database. Asked again, it opens it again."""
        self.runtime.database.close()

    def close_thread(self) -> None:
        """Close this thread's own connection, for threads that end before the program does."""
        self.runtime.database.close_thread()

    def __enter__(self) -> ExpressB2B:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def load_secret(database: peewee.Database) -> bytes:
    """The secret that lies beside a SQLite database, made at the first start (mode 0600).

    Raises:
        Misconfigured: PostgreSQL without a secret, or a file that cannot be read or made.
    """
    path = sqlite_path(database)
    if path is None:
        if isinstance(database, peewee.SqliteDatabase):
            return outside.random_bytes(_SECRET_BYTES)
        raise Misconfigured(
            "PostgreSQL needs a secret that all nodes share: set EXPRESSB2B_SECRET or "
            "EXPRESSB2B_SECRET_FILE (or the argument `secret`)."
        )
    secret_path = Path(f"{path}.secret")
    try:
        return _read_or_make(secret_path)
    except OSError as error:
        raise Misconfigured(f"The secret {secret_path} cannot be read or made: {error}.") from error


def _read_or_make(path: Path) -> bytes:
    # Written whole under another name first: two starting at once must read the same secret.
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(outside.random_bytes(_SECRET_BYTES).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    found = path.read_text().strip().encode()
    if not found:
        raise Misconfigured(f"The secret {path} is empty; restore it from a backup.")
    return found
