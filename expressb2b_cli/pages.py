"""Lists on the command line: one page, or all pages, with the options that say so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce, wraps
from typing import Any

import click

from expressb2b_cli import output
from expressb2b_cli.invocation import Invocation
from expressb2b_cli.output import Column, Fields
from expressb2b_core import Document, Page

Ask = Callable[..., Page[Any]]


@dataclass(frozen=True, slots=True)
class Paging:
    """Which part of a list is wanted."""

    per_page: int
    cursor: str | None
    everything: bool


def page_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--per-page`, `--cursor` and `--all` to a command, which gets them as `paging`."""

    @wraps(command)
    def with_paging(
        *arguments: object, per_page: int, cursor: str | None, everything: bool, **others: object
    ) -> None:
        command(*arguments, paging=Paging(per_page, cursor, everything), **others)

    options = (
        click.option("--all", "everything", is_flag=True, help="All rows, page after page."),
        click.option("--cursor", help="Go on behind an earlier page: its `next_cursor`."),
        click.option(
            "--per-page",
            type=click.IntRange(1, 100),
            default=25,
            show_default=True,
            help="Rows on a page.",
        ),
    )
    return reduce(lambda decorated, option: option(decorated), options, with_paging)


def read(ask: Ask, query: Fields, paging: Paging) -> tuple[list[Fields], Fields]:
    """The rows that are wanted, and the `meta` of the list.

    Args:
        ask: A service's `list`.
        query: The list's filters; those that are None are left out.
        paging: Which part of it.
    """
    asked = {name: value for name, value in query.items() if value is not None}
    asked["per_page"] = 100 if paging.everything else paging.per_page
    page = _page(ask, asked, paging.cursor)
    rows = _rows(page)
    while paging.everything and page.next_cursor is not None:
        page = _page(ask, asked, page.next_cursor)
        rows += _rows(page)
    meta = {"total": page.total, "per_page": page.per_page, "next_cursor": page.next_cursor}
    return rows, meta


def show(
    invocation: Invocation, rows: list[Fields], columns: Sequence[Column], meta: Fields
) -> None:
    """Print the rows, and on standard error how many there are and how to see the rest."""
    output.show_list(invocation, rows, columns, meta)
    if invocation.as_json:
        return
    more = "" if meta["next_cursor"] is None else f"; more with --cursor {meta['next_cursor']}"
    output.note(f"{len(rows)} of {meta['total']}{more}")


def _page(ask: Ask, asked: Mapping[str, object], cursor: str | None) -> Page[Document]:
    return ask(**asked) if cursor is None else ask(**asked, cursor=cursor)


def _rows(page: Page[Document]) -> list[Fields]:
    return [document.to_dict() for document in page]
