"""What every list takes: how many rows, and where to go on."""

from __future__ import annotations

from typing import Annotated, TypedDict

from expressb2b_core.inputs.constraints import Text, Whole
from expressb2b_core.rules.pagination import MAX_PER_PAGE


class Paging(TypedDict, total=False):
    """Where in a list to read. `cursor` and `page` exclude each other."""

    per_page: Annotated[int, Whole(1, MAX_PER_PAGE, example=25), "Rows on a page; 25 by default."]
    cursor: Annotated[
        str, Text(1, 2000), "`meta.next_cursor` of the page before; with the same filters and sort."
    ]
    page: Annotated[int, Whole(1, 10**9), "A page number from 1; reaches the first 10,000 rows."]
