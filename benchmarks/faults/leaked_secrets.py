"""B6: every secret that was issued is looked for wherever it has no business to be."""

from __future__ import annotations

import base64
import io
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import click

from benchmarks.faults.findings import Finding
from benchmarks.faults.issued_secrets import House, lived_in
from expressb2b_cli.main import cli

_SERVER_SECRET = "server secret"
_SHOWN_PREFIX = len("eb2b_live_12345678_")
_WORDS = ("key", "secret", "password", "token")


def run(quick: bool) -> list[Finding]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with lived_in(folder, quick) as house:
            backup = folder / "backup.tar"
            house.run("backup", "create", str(backup))
            places = {
                "database while it runs": _files(folder, "shop.db*"),
                "error pages and messages": house.refusals,
                "command lines": house.command_lines,
            }
            house.server.stop()
        places |= {
            "log": _files(folder, "*.log"),
            "database after its end": _files(folder, "shop.db*"),
            "backup": list(_members(backup)),
        }
        found = [searched(place, texts, house.secrets) for place, texts in places.items()]
    return [*found, _asked_on_command_lines(house)]


def searched(place: str, texts: Iterable[bytes], secrets: Mapping[str, str]) -> Finding:
    hits = [
        name
        for name, secret in secrets.items()
        for text in texts
        if any(form in text for form in _forms(name, secret))
    ]
    size = sum(map(len, texts))
    return Finding(
        f"B6 {place}",
        f"{len(secrets)} secrets, plain and encoded, in {size} bytes",
        len(secrets),
        f"{len(hits)} hits{''.join(f'; {name}' for name in hits)}",
        "0 hits, in more than 0 bytes",
        not hits and size > 0,
    )


def _asked_on_command_lines(house: House) -> Finding:
    """Whether any option takes a secret itself, rather than a file or the environment."""
    asked = sorted(set(_options_for_secrets(cli, click.Context(cli))))
    return Finding(
        "B6 flags",
        "options of all commands that would take a secret",
        len(house.command_lines),
        f"{len(asked)} found{''.join(f'; {name}' for name in asked)}",
        "0 found",
        not asked,
    )


def _options_for_secrets(command: click.Command, context: click.Context) -> Iterator[str]:
    for parameter in command.params:
        for flag in parameter.opts:
            if isinstance(parameter, click.Option) and not parameter.is_flag and _is_secret(flag):
                yield f"{command.name} {flag}"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from _options_for_secrets(found, context)


def _is_secret(flag: str) -> bool:
    return any(flag.endswith(word) for word in _WORDS)


def _forms(name: str, secret: str) -> Iterator[bytes]:
    """The secret as it might have been written down; of a key, what is not shown anyway."""
    kept = secret[_SHOWN_PREFIX:] if secret.startswith("eb2b_") else secret
    kept = kept.removeprefix("whsec_")
    plain = kept.encode()
    yield plain
    yield quote(kept, safe="").encode()
    yield plain.hex().encode()
    yield base64.b64encode(plain).rstrip(b"=")[:-1]
    if name == _SERVER_SECRET:
        yield from _decoded(kept)


def _decoded(text: str) -> Iterator[bytes]:
    """The bytes that a text of hexadecimal digits stands for."""
    try:
        yield bytes.fromhex(text)
    except ValueError:
        return


def _files(folder: Path, pattern: str) -> list[bytes]:
    """The files of this name; the secret beside the database is where it belongs."""
    paths = sorted(folder.glob(pattern))
    return [path.read_bytes() for path in paths if not path.name.endswith(".secret")]


def _members(backup: Path) -> Iterator[bytes]:
    """What a backup holds, except the member that is the server's secret on purpose."""
    with tarfile.open(fileobj=io.BytesIO(backup.read_bytes())) as archive:
        for member in archive.getmembers():
            content = archive.extractfile(member)
            if content is not None and member.name != "secret":
                yield content.read()
