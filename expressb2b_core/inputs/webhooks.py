"""Webhook endpoints and their deliveries."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Required, TypedDict

from expressb2b_core.inputs.constraints import Bound, Choice, Flag, ListOf, Text
from expressb2b_core.inputs.paging import Paging
from expressb2b_core.rules.order_states import EVENTS


class _Url(Text):
    """Whatever is wrong with a URL has the one code that callers look for."""

    def _problem(self, value: str) -> tuple[str, str] | None:
        found = super()._problem(value)
        return None if found is None else ("webhook_url_not_allowed", found[1])


Url = _Url(1, 2048, example="https://yourapp.com/hooks/orders")
EventNames = ListOf(Choice(*EVENTS, "*"), 1, len(EVENTS) + 1, unique=lambda name: name)


class EndpointInput(TypedDict, total=False):
    """A URL that is told of events."""

    url: Required[Annotated[str, Url, "https, resolving to public addresses only."]]
    events: Required[Annotated[list[str], EventNames, 'Types of events; `["*"]` for all.']]
    description: Annotated[str | None, Text(0, 500)]


class EndpointChange(TypedDict, total=False):
    """Changes to an endpoint; what is absent stays."""

    url: Annotated[str, Url]
    events: Annotated[list[str], EventNames]
    description: Annotated[str | None, Text(0, 500)]
    status: Annotated[
        str, Choice("enabled", "disabled"), "Enabling releases what was held meanwhile."
    ]


class EndpointQuery(Paging, total=False):
    """All endpoints, oldest first."""


class DeliveryQuery(Paging, total=False):
    """Which deliveries of an endpoint, newest first."""

    status: Annotated[str, Choice("pending", "succeeded", "failed")]


class Replay(TypedDict, total=False):
    """Which events to deliver again; the range is half-open."""

    since: Required[Annotated[str | datetime | date, Bound(), "Events from here on."]]
    until: Annotated[str | datetime | date, Bound(closing=True), "Excluded; now by default."]
    failed_only: Annotated[bool, Flag(), "Only those whose delivery failed."]
