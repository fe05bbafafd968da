"""The server's settings: one table, read from flags, then the environment, then defaults.

A value that cannot be right, or two that contradict each other, are refused here, before anything
starts. Adding a setting is adding a field to `Settings`.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from expressb2b_core.errors import Misconfigured
from expressb2b_core.rules import retry_schedule, webhook_urls
from expressb2b_core.storage.opening import without_password
from expressb2b_server import setting_values as values

T = TypeVar("T")


class UnusableFlag(Misconfigured):
    """The value of a flag is not usable: a mistake of whoever typed the command."""


PREFIX = "EXPRESSB2B_"
# Variables that commands and clients read; they are no settings, and no mistakes.
_BESIDE_SETTINGS = ("ADMIN_PASSWORD", "API_KEY", "URL", "WEBHOOK_SECRET")
DEFAULT_DATABASE = "sqlite:///expressb2b-data/expressb2b.db"
_HIGHEST_PORT = 65_535
_WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 - recognised, not listened on


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table: where a value comes from, and what is said about it."""

    name: str
    convert: Callable[[str], object]
    help: str
    flag: str | None
    has_variable: bool
    is_secret: bool

    @property
    def variable(self) -> str | None:
        """The environment variable; None for what only a flag can say."""
        return PREFIX + self.name.upper() if self.has_variable else None


@dataclass(frozen=True, slots=True)
class Shown:
    """A setting as `config show` prints it; secrets only say whether they are set."""

    name: str
    value: str
    source: str
    variable: str | None
    flag: str | None
    help: str


def _setting(
    default: T,
    convert: Callable[[str], T],
    help: str,  # noqa: A002 - the field's word
    *,
    flag: str | None = None,
    has_variable: bool = True,
    is_secret: bool = False,
) -> T:
    row = {
        "convert": convert,
        "help": help,
        "flag": flag,
        "has_variable": has_variable,
        "is_secret": is_secret,
    }
    made: T = field(default=default, metadata=row)
    return made


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings. `sources` says where each came from: flag, environment, file or default."""

    database: str = _setting(
        DEFAULT_DATABASE,
        values.database,
        "Where everything is kept: sqlite:///file, or postgresql://user@host/name.",
        flag="--database",
    )
    host: str = _setting(
        "127.0.0.1",
        values.host,
        "The address to listen on; 0.0.0.0 is every IPv4 address of this machine.",
        flag="--host",
    )
    port: int = _setting(
        8000,
        values.whole_number(0, _HIGHEST_PORT),
        "The port to listen on; 0 takes a free one.",
        flag="--port",
    )
    threads: int = _setting(
        4,
        values.whole_number(1, 64),
        "How many requests are answered at the same time; one more, if it only reads.",
        flag="--threads",
    )
    secret: str | None = _setting(
        None,
        values.secret,
        "Signs cursors and sessions, and webhook secrets derive from it; "
        "16 characters or more. By default kept in a file beside the SQLite database.",
        is_secret=True,
    )
    public_url: str | None = _setting(
        None, values.public_url, "The address clients use; by default http://host:port."
    )
    webhook_allow_nets: tuple[webhook_urls.Network, ...] = _setting(
        (),
        webhook_urls.parse_allow_nets,
        "Networks that webhooks may go to although they are not public, such as 127.0.0.0/8.",
    )
    webhook_retry_seconds: tuple[float, ...] = _setting(
        retry_schedule.DEFAULT_STEPS_SECONDS,
        retry_schedule.parse_steps,
        "The waits before a failed delivery is tried again, separated by commas.",
    )
    webhook_timeout_seconds: float = _setting(
        15.0, values.webhook_timeout, "How long a receiver may take to answer a delivery."
    )
    metrics_token: str | None = _setting(
        None,
        values.secret,
        "A bearer token of 16 characters or more that may read /metrics; "
        "without it only this machine may.",
        is_secret=True,
    )
    trusted_proxy: str | None = _setting(
        None,
        lambda text: text if text == "*" else values.host(text),
        "The address of the proxy whose X-Forwarded-For and X-Forwarded-Proto are believed.",
    )
    trusted_proxy_count: int = _setting(
        1, values.whole_number(1, 10), "How many proxies stand in a row before this server."
    )
    demo: bool = _setting(
        False,
        values.switch,
        "Start on a throw-away database with demo data, and print a key.",
        flag="--demo",
        has_variable=False,
    )
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def listens_everywhere(self) -> bool:
        """Whether the host says nothing of the address that clients use."""
        return self.host in _WILDCARDS

    def url_at(self, port: int) -> str:
        """The address clients use when it listens on this port."""
        if self.public_url is not None:
            return self.public_url
        host = "127.0.0.1" if self.listens_everywhere else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def shown(self) -> list[Shown]:
        """Every setting with its value and source; secrets and passwords are masked."""
        derived = {"public_url": self.url_at(self.port)}
        return [
            Shown(
                row.name,
                derived.get(row.name) or _shown_value(row, getattr(self, row.name)),
                self.sources.get(row.name, "default"),
                row.variable,
                row.flag,
                row.help,
            )
            for row in table()
        ]


def table() -> Iterator[Setting]:
    """The rows of the table, in order."""
    for entry in dataclasses.fields(Settings):
        if entry.metadata:
            yield Setting(name=entry.name, **entry.metadata)


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """What to say of each variable with our prefix that is no setting: it has no effect."""
    known = {PREFIX + name for name in _BESIDE_SETTINGS}
    for row in table():
        if row.variable is not None:
            known |= {row.variable, f"{row.variable}_FILE"} if row.is_secret else {row.variable}
    return [
        f"{name} is no setting and has no effect{_meant(name, known)}"
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in known
    ]


def _meant(name: str, known: Collection[str]) -> str:
    names = sorted(one.removeprefix(PREFIX) for one in known)
    near = difflib.get_close_matches(name.removeprefix(PREFIX), names, 1)
    return f": did you mean {PREFIX}{near[0]}?" if near else "."


def load(flags: Mapping[str, str | None], environ: Mapping[str, str]) -> Settings:
    """The settings that these flags (by setting's name; None is absent) and variables make.

    Raises:
        Misconfigured: one sentence that names the setting and what would be right.
    """
    given: dict[str, object] = {}
    sources: dict[str, str] = {}
    for row in table():
        found = _find(row, flags, environ)
        if found is not None:
            text, source, said_by = found
            given[row.name] = _converted(row, text, said_by)
            sources[row.name] = source
    settings = dataclasses.replace(Settings(sources=sources), **given)  # type: ignore[arg-type]
    _refuse_contradictions(settings)
    return settings


def _find(
    row: Setting, flags: Mapping[str, str | None], environ: Mapping[str, str]
) -> tuple[str, str, str] | None:
    """The text of a setting, the kind of its source, and the name it was said by."""
    flagged = flags.get(row.name)
    if flagged is not None:
        return flagged, "flag", str(row.flag)
    if row.variable is None:
        return None
    file_variable = f"{row.variable}_FILE"
    if row.is_secret and file_variable in environ:
        if row.variable in environ:
            raise Misconfigured(f"{row.variable} and {file_variable} are both set: unset one.")
        return _read_secret(file_variable, environ[file_variable]), "file", file_variable
    if row.variable in environ:
        return environ[row.variable], "environment", row.variable
    return None


def _read_secret(variable: str, name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise Misconfigured(f"{variable}: the file {name!r} cannot be read: {error}.") from error


def _converted(row: Setting, text: str, said_by: str) -> object:
    try:
        return row.convert(text)
    except ValueError as error:
        problem = str(error).removeprefix(f"{said_by}: ")
        said = said_by if row.is_secret else f"{said_by} {without_password(text)!r}"
        refusal = UnusableFlag if said_by == row.flag else Misconfigured
        raise refusal(f"{said} is not usable: {problem}.") from error


def _refuse_contradictions(settings: Settings) -> None:
    if settings.demo and settings.sources.get("database") == "flag":
        raise UnusableFlag(
            "--demo uses a throw-away database of its own: leave out --database, or --demo."
        )
    if settings.trusted_proxy is None and "trusted_proxy_count" in settings.sources:
        raise Misconfigured(
            f"{PREFIX}TRUSTED_PROXY_COUNT means nothing alone: "
            f"set {PREFIX}TRUSTED_PROXY to the proxy's address."
        )


def _shown_value(row: Setting, value: object) -> str:
    if value is None:
        return ""
    if row.is_secret:
        return "(set)"
    if isinstance(value, tuple):
        return ",".join(f"{entry:g}" if isinstance(entry, float) else str(entry) for entry in value)
    if isinstance(value, bool):
        return str(value).lower()
    return without_password(f"{value:g}" if isinstance(value, float) else str(value))
