"""Versions of the interface: named `YYYY-MM`, each older one a small transformation.

Everything inside speaks the newest shape. A document on its way out is taken back one version at
a time, a request on its way in is brought forward the same way. What is transformed is the
resource (`order`, `product`, …), so a rename is written once for list, detail and event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from expressb2b_core.errors import UnknownVersion

Resource = dict[str, object]
Transformation = Callable[[Resource], Resource]

FIRST = "2026-03"


@dataclass(frozen=True, slots=True)
class Version:
    """One version, and how it differs from the next newer one.

    `responses` take a resource of the next newer version back to this one; `requests` bring a
    body of this version forward to the next newer one. Dates are `YYYY-MM-DD`.
    """

    name: str
    released_on: str
    deprecated_on: str | None = None
    sunset_on: str | None = None
    responses: Mapping[str, Transformation] = field(default_factory=dict)
    requests: Mapping[str, Transformation] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """`supported` or `deprecated`."""
        return "deprecated" if self.deprecated_on else "supported"


class Versions:
    """All supported versions."""

    def __init__(self, versions: Sequence[Version]) -> None:
        self._ordered = sorted(versions, key=lambda version: version.name)
        self._by_name = {version.name: version for version in self._ordered}
        self.newest = self._ordered[-1].name

    def __iter__(self) -> Iterator[Version]:
        return iter(self._ordered)

    @property
    def names(self) -> list[str]:
        """All names, oldest first."""
        return list(self._by_name)

    def get(self, name: str) -> Version:
        """The version of this name; `UnknownVersion` lists the ones there are."""
        found = self._by_name.get(name)
        if found is None:
            raise UnknownVersion(name, self.names)
        return found

    def bring_forward(self, kind: str, version: str, body: Resource) -> Resource:
        """A request body of this version in the newest shape. A bulk's records are products."""
        for step in self._steps(version):
            if kind in step.requests:
                body = step.requests[kind](body)
        if kind == "bulk_products":
            body = self._bring_forward_records(version, body)
        return body

    def _bring_forward_records(self, version: str, bulk: Resource) -> Resource:
        records = bulk.get("products")
        if not isinstance(records, list):
            return bulk
        newest = [
            self.bring_forward("product", version, one) if isinstance(one, dict) else one
            for one in records
        ]
        return bulk | {"products": newest}

    def take_back(self, kind: str, version: str, resource: Resource) -> Resource:
        """A resource in the shape of this version. An event's order is an order, too."""
        for step in reversed(self._steps(version)):
            if kind in step.responses:
                resource = step.responses[kind](resource)
        if kind == "event":
            resource = self._take_back_event(version, resource)
        return resource

    def _take_back_event(self, version: str, event: Resource) -> Resource:
        data = event.get("data")
        if not isinstance(data, dict) or not isinstance(data.get("order"), dict):
            return event
        order = self.take_back("order", version, data["order"])
        return event | {"data": data | {"order": order}}

    def _steps(self, version: str) -> list[Version]:
        return [step for step in self._ordered[:-1] if step.name >= version]


def supported_versions() -> Versions:
    """The versions this release answers in."""
    return Versions([Version(FIRST, "2026-03-01")])
