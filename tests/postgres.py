"""A PostgreSQL server of the tests' own, from the binaries that the system has.

Each worker of the suite starts one when its first test needs it: a temporary folder, a socket
instead of a port, nothing synced to disk. Text sorts by a language's rules there, which no list
of ours may follow.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from expressb2b_core.storage.tables import SCHEMA_VERSION

DEBIAN = Path("/usr/lib/postgresql")
DEADLINE_SECONDS = 30

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "100",
    "deadlock_timeout": "100ms",
}
_INITDB = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")

_EMPTY = f"""
DO $$
DECLARE one text;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        IF one = 'schema_version' THEN
            UPDATE schema_version SET version = {SCHEMA_VERSION};
        ELSE
            EXECUTE format('DELETE FROM %I', one);
        END IF;
    END LOOP;
    FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', one);
    END LOOP;
END
$$
"""


class Server:
    """A running server; `stop` and `start` restart it, as an upgrade or a crash would."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries = binaries
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._databases: dict[str, psycopg.Connection[tuple[object, ...]]] = {}
        self._account = _account()
        if self._account is not None:
            os.chown(folder, self._account.pw_uid, self._account.pw_gid)
        self._run("initdb", "--pgdata", str(self._data), *_INITDB, "--no-sync").check_returncode()

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = {**_SETTINGS, "unix_socket_directories": str(self._folder)}
        command = [str(self._binaries / "postgres"), "-D", str(self._data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self._folder, **self._identity()
            )
        deadline = time.monotonic() + DEADLINE_SECONDS
        while True:
            try:
                psycopg.connect(self.address("postgres")).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.02)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End it: SIGQUIT is a crash, which all that was committed survives; SIGINT is orderly."""
        for connection in self._databases.values():
            connection.close()
        self._databases.clear()
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(DEADLINE_SECONDS)

    def log(self) -> str:
        """What it has written so far of what went wrong."""
        return (self._folder / "log").read_text()

    def address(self, name: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://postgres@/{name}?host={self._folder}"

    def emptied(self, name: str = "shop") -> str:
        """The address of a database that holds nothing but, perhaps, empty tables."""
        if name not in self._databases:
            self.create(name)
            self._databases[name] = psycopg.connect(self.address(name), autocommit=True)
            self._databases[name].execute("SET lock_timeout = '10s'")
        self._databases[name].execute(_EMPTY)
        return self.address(name)

    def create(self, name: str, options: str = "") -> str:
        """The address of a database made anew."""
        new = sql.Identifier(name)
        hostile = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(new))
            made = sql.SQL("CREATE DATABASE {} " + (options or hostile)).format(new)
            connection.execute(made)
        return self.address(name)

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = [str(self._binaries / program), *arguments]
        return subprocess.run(
            command, cwd=self._folder, capture_output=True, check=False, **self._identity()
        )

    def _identity(self) -> dict[str, object]:
        """Whom it runs as: PostgreSQL refuses to run as root."""
        if self._account is None:
            return {}
        return {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}


@contextmanager
def running() -> Iterator[Server]:
    """A server for this block; skips the test where PostgreSQL is not installed."""
    binaries = _binaries()
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        server = Server(binaries, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _binaries() -> Path:
    found = _candidates()
    if found:
        return found[0]
    reason = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _candidates() -> Sequence[Path]:
    """Folders with server programs, the newest version first."""
    versions = [path for path in DEBIAN.glob("*/bin") if (path / "initdb").exists()]
    on_path = shutil.which("initdb")
    newest_first = sorted(versions, key=lambda path: int(path.parent.name), reverse=True)
    return [*newest_first, *([Path(on_path).resolve().parent] if on_path else [])]


def _account() -> pwd.struct_passwd | None:
    """The account to run as when this is root; None when this is not."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")
