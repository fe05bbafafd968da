"""Runs the server: opens what it needs, says where it is, and stops without losing anything.

What it takes and refuses is `settings`, what it answers `app`, how it listens `serving`.
"""

from __future__ import annotations

import dataclasses
import gc
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

from expressb2b_core import ExpressB2B
from expressb2b_core.services import setup_links
from expressb2b_core.storage.opening import file_of
from expressb2b_server.app import Application, create_app
from expressb2b_server.delivery import DeliveryPool, Sender
from expressb2b_server.documentation.book import NotBuilt, is_built
from expressb2b_server.housekeeping import Housekeeping
from expressb2b_server.release import NAME, release
from expressb2b_server.server_lock import only_server
from expressb2b_server.serving import Serving, listen, stopping_on_signals
from expressb2b_server.settings import Settings

Say = Callable[[str], None]

_DEMO_KEY = "Demo"


def serve(settings: Settings, say: Say) -> None:
    """Serve until SIGTERM or Ctrl-C; what is under way by then is finished.

    Args:
        settings: Where to listen, on which database, and everything else.
        say: Is given each line for the operator.

    Raises:
        Misconfigured: it cannot start like this; the text says what to change.
        StorageUnavailable: the database cannot be used now.
        CannotListen: the address is taken, or not this machine's.
    """
    with ExitStack() as held:
        held.enter_context(stopping_on_signals(_leave))
        database = held.enter_context(_database_address(settings))
        if settings.demo:  # so that the panel shows the database that is used
            settings = dataclasses.replace(settings, database=database)
        lock = held.enter_context(only_server(database))
        sender = Sender(
            timeout_seconds=settings.webhook_timeout_seconds,
            allow_nets=settings.webhook_allow_nets,
        )
        held.callback(sender.close)
        b2b = held.enter_context(
            ExpressB2B(database, secret=settings.secret, check_webhook_url=sender.check)
        )
        demo_key = _load_demo(b2b, say) if settings.demo else None
        application = create_app(b2b, settings)
        server = listen(application, _serving(settings, b2b))
        held.callback(server.close)
        address = settings.url_at(server.effective_port)
        lock.name_holder(address)
        if not settings.listens_everywhere:
            application.found_at(address)
        # Handlers first: whoever reads the addresses may send a signal at once.
        held.enter_context(stopping_on_signals(server.stop))
        held.enter_context(_at_work(application, settings, sender))
        _announce(address, application, settings, demo_key, say)
        _spare_the_collector()
        server.run_until_stopped()


def _spare_the_collector() -> None:
    """Let the garbage collector pass over what was loaded by now: it stays until the end.

    A request with hundreds of records makes it look at everything there is, and while it looks
    at some hundred thousand modules, routes and templates (30 ms) nobody gets an answer.
    """
    gc.collect()
    gc.freeze()


@contextmanager
def _at_work(application: Application, settings: Settings, sender: Sender) -> Iterator[None]:
    """Deliveries and housekeeping, beside the requests."""
    housekeeping = Housekeeping(application)
    pool = DeliveryPool(
        application.b2b.runtime,
        sender,
        steps_seconds=settings.webhook_retry_seconds,
        is_only_pool=file_of(settings.database) is not None or settings.demo,
    )
    housekeeping.start()
    try:
        with pool:
            yield
    finally:
        housekeeping.stop()


@contextmanager
def _database_address(settings: Settings) -> Iterator[str]:
    if not settings.demo:
        yield settings.database
        return
    with tempfile.TemporaryDirectory(prefix="expressb2b-demo-") as folder:
        yield f"sqlite:///{Path(folder) / 'demo.db'}"


def _load_demo(b2b: ExpressB2B, say: Say) -> str:
    """The text of a key for the demo data, once they are there."""
    from expressb2b_server.demo import load_demo  # noqa: PLC0415 - only a demo pays for it

    say("Making demo data …")
    load_demo(b2b)
    return str(b2b.workspace().keys.create(_DEMO_KEY).key)


def _serving(settings: Settings, b2b: ExpressB2B) -> Serving:
    return Serving(
        host=settings.host,
        port=settings.port,
        threads=settings.threads,
        changes_at_once=1 if b2b.runtime.database.commits_together else None,
        trusted_proxy=settings.trusted_proxy,
        trusted_proxy_count=settings.trusted_proxy_count,
        refusal_headers=(("X-ExpressB2B-Version", b2b.runtime.versions.newest),),
    )


def _announce(
    address: str, application: Application, settings: Settings, demo_key: str | None, say: Say
) -> None:
    places = {"API": "/api", **application.places, "OpenAPI": "/api/openapi.json"}
    say(f"{NAME} {release()} is listening.")
    for name, path in places.items():
        say(f"  {name:<9} {address}{path}")
    say(f"  {'Database':<9} {'a throw-away one' if settings.demo else _shown_database(settings)}")
    if demo_key is not None:
        say(f"  {'Key':<9} {demo_key}")
    link = setup_links.make_if_nobody(application.b2b.runtime)
    if link is not None:
        say(f"  {'Setup':<9} {address}{link}")
        say("The setup link makes the first administrator; it works once, for 30 minutes.")
    if not is_built():
        say(str(NotBuilt()))
    say("Stop it with Ctrl-C.")


def _shown_database(settings: Settings) -> str:
    return next(row.value for row in settings.shown() if row.name == "database")


def _leave() -> NoReturn:
    """A signal before there is anything to finish."""
    raise SystemExit(0)
