"""The pages of the panel: which address leads where, and who may go there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Concatenate, NamedTuple, ParamSpec

from expressb2b_core.inputs.administrators import ROLES

if TYPE_CHECKING:
    from expressb2b_server.panel.requests import Request
    from expressb2b_server.panel.responses import Response

P = ParamSpec("P")
Handler = Callable[..., "Response"]

READ_ONLY, APPROVER, ADMIN = ROLES


class Route(NamedTuple):
    """One page or action.

    `role` is the least role that may come here; None lets everybody in. When an action is
    refused by a rule, `on_refusal` shows the form again, with what was typed and what is wrong.
    """

    method: str
    rule: str
    role: str | None
    handler: Handler
    on_refusal: Handler | None = None

    def lets_in(self, role: str) -> bool:
        """Whether somebody with this role may come here."""
        return self.role is None or ROLES.index(role) >= ROLES.index(self.role)


class Pages:
    """The routes of one file of pages; wildcards in rules become keyword arguments."""

    def __init__(self) -> None:
        self._routes: list[Route] = []

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)

    def get(
        self, rule: str, role: str | None = READ_ONLY
    ) -> Callable[
        [Callable[Concatenate[Request, P], Response]], Callable[Concatenate[Request, P], Response]
    ]:
        """A page."""

        def register(
            handler: Callable[Concatenate[Request, P], Response],
        ) -> Callable[Concatenate[Request, P], Response]:
            self._routes.append(Route("GET", rule, role, handler))
            return handler

        return register

    def post(
        self, rule: str, role: str | None = ADMIN, *, on_refusal: Handler | None = None
    ) -> Callable[
        [Callable[Concatenate[Request, P], Response]], Callable[Concatenate[Request, P], Response]
    ]:
        """An action; its form carries the token of the session."""

        def register(
            handler: Callable[Concatenate[Request, P], Response],
        ) -> Callable[Concatenate[Request, P], Response]:
            self._routes.append(Route("POST", rule, role, handler, on_refusal))
            return handler

        return register
