"""The feed of events: where to go on, and which types."""

from __future__ import annotations

from typing import Annotated, TypedDict

from expressb2b_core.inputs.constraints import Choices, Whole
from expressb2b_core.rules.order_states import EVENTS
from expressb2b_core.rules.pagination import MAX_PER_PAGE


class EventQuery(TypedDict, total=False):
    """Which events, in the order in which they happened."""

    after: Annotated[int, Whole(0, 2**53), "The last `seq` you have seen; 0 by default."]
    types: Annotated[str | list[str], Choices(*EVENTS), "Only these, separated by commas."]
    per_page: Annotated[int, Whole(1, MAX_PER_PAGE, example=25), "25 by default."]
