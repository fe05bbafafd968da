"""Telling whether a password is right, without helping those who guess.

Attempts are counted in memory, for each account, for each address, and for the two together; the
answer to an unknown name takes as long as to a wrong password.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from expressb2b_core.errors import RateLimited
from expressb2b_core.inputs.constraints import Text
from expressb2b_core.rules import passwords
from expressb2b_core.rules.rate_limit import Window
from expressb2b_core.runtime import Runtime
from expressb2b_core.services.administrators import AdministratorState
from expressb2b_core.services.scope import Actor
from expressb2b_core.storage import tables
from expressb2b_core.storage.statements import Statement, param

A = tables.Administrator

WINDOW_SECONDS = 900
FAILURES_PER_PERSON = 5
"""Attempts on one account from one address; a right password starts it anew."""
ATTEMPTS_PER_ACCOUNT = 50
ATTEMPTS_PER_ADDRESS = 30

_MAX_WINDOWS = 20_000
_AT_ONCE = 2
_PATIENCE_SECONDS = 1.0
_LONGEST_EMAIL = 254

_COLUMNS = tuple(getattr(A, name) for name in AdministratorState._fields)
_by_email = Statement(lambda: A.select(*_COLUMNS).where(A.email == param("email")))
_improve = Statement(
    lambda: A.update(password=param("improved")).where(
        (A.id == param("id")) & (A.password == param("present"))
    )
)
_storable = Text(0, passwords.MAX_CHARACTERS * 10)


class SignIn:
    """The door of one process; keep one for as long as it runs. Thread-safe."""

    def __init__(self, runtime: Runtime, cost: passwords.Cost = passwords.DEFAULT_COST) -> None:
        self._runtime = runtime
        self._cost = cost
        self._lock = threading.Lock()
        self._windows: OrderedDict[tuple[str, ...], Window] = OrderedDict()
        # Each check takes 16 MiB and a processor: more at once would starve everybody else.
        self._turns = threading.BoundedSemaphore(_AT_ONCE)

    def attempt(self, email: str, password: str, address: str) -> Actor | None:
        """Who this is; None when name or password is wrong, whichever it was.

        Raises:
            RateLimited: too many attempts; the password was not looked at.
        """
        folded = email.strip().casefold()[:_LONGEST_EMAIL]
        self._count(("person", folded, address), FAILURES_PER_PERSON)
        self._count(("account", folded), ATTEMPTS_PER_ACCOUNT)
        self._count(("address", address), ATTEMPTS_PER_ADDRESS)
        found = self._find(folded)
        usable = found is not None and found.disabled_at is None and found.password is not None
        kept = found.password if found is not None and found.password is not None else None
        is_right = self._compare(password, kept or passwords.nobodys(self._cost))
        if found is None or not usable or not is_right:
            return None
        with self._lock:
            self._windows.pop(("person", folded, address), None)
        self._keep_better(found, password)
        return Actor("admin", found.id, found.name)

    def _count(self, subject: tuple[str, ...], limit: int) -> None:
        with self._lock:
            window = self._windows.pop(subject, None) or Window(limit, WINDOW_SECONDS)
            self._windows[subject] = window
            if len(self._windows) > _MAX_WINDOWS:
                self._windows.popitem(last=False)
            decision = window.take(self._runtime.clock.monotonic_ns())
        if not decision.allowed:
            raise RateLimited(decision.retry_after_seconds)

    def _find(self, email: str) -> AdministratorState | None:
        if _storable.check(email, "", []) is None:
            return None
        row = self._runtime.database.row(_by_email, email=email)
        return None if row is None else AdministratorState._make(row)

    def _compare(self, password: str, kept: str) -> bool:
        if not self._turns.acquire(timeout=_PATIENCE_SECONDS):
            raise RateLimited(2)
        try:
            return passwords.is_right(password[: passwords.MAX_CHARACTERS + 1], kept)
        finally:
            self._turns.release()

    def _keep_better(self, found: AdministratorState, password: str) -> None:
        assert found.password is not None
        if not passwords.is_outdated(found.password, self._cost):
            return
        database, present = self._runtime.database, found.password
        salt = self._runtime.random_bytes(passwords.SALT_BYTES)
        improved = passwords.protect(password, salt, self._cost)
        database.write(
            lambda: database.execute(_improve, id=found.id, present=present, improved=improved)
        )
