"""The settings' reference from their one table."""

from __future__ import annotations

from expressb2b_server.settings import Settings, table

_INTRODUCTION = """\
# Settings

<!-- Written by `make docs` from expressb2b_server/settings.py; do not edit. -->

Settings come from flags, then from the environment, then from defaults. `expressb2b config show`
says what each is now and where it came from; `expressb2b config check` says whether they can be
used. A value that cannot be right is refused at the start, with the name of the setting.

A secret can also be read from a file: `{secret}_FILE=/run/secrets/expressb2b`. It has no flag,
since command lines can be read by others.

"""


def page() -> str:
    """The page: a section for each setting."""
    rows = list(table())
    secret = next(row.variable for row in rows if row.is_secret)
    parts = [_INTRODUCTION.format(secret=secret), "| variable | flag | default |\n|---|---|---|\n"]
    shown = {row.name: row for row in Settings().shown()}
    for row in rows:
        value = shown[row.name].value
        parts.append(
            f"| {_code(row.variable)} | {_code(row.flag)} | {f'`{value}`' if value else '–'} |\n"
        )
    parts.append("\n")
    for row in rows:
        parts.append(f"## {row.variable or row.flag}\n\n{row.help}\n\n")
        others = [name for name in (row.flag if row.variable else None,) if name]
        if row.is_secret:
            others.append(f"{row.variable}_FILE")
        if others:
            parts.append(f"Also: {', '.join(f'`{name}`' for name in others)}.\n\n")
    return "".join(parts).rstrip() + "\n"


def _code(text: str | None) -> str:
    return f"`{text}`" if text else "–"
