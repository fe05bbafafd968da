"""Pages from templates. Everything that templates may call stands here or in `presentation`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING

import bottle

from expressb2b_server.panel import fields, icons, presentation
from expressb2b_server.panel.static_files import StaticFiles

if TYPE_CHECKING:
    from expressb2b_server.panel.requests import Request


class Templates:
    """The templates of the panel, each compiled at its first use."""

    def __init__(self, static: StaticFiles) -> None:
        self._folder = str(resources.files("expressb2b_server.panel") / "templates")
        self._templates: dict[str, bottle.SimpleTemplate] = {}
        self._everywhere: dict[str, object] = {
            "static": static.path,
            "icon": icons.icon,
            **fields.FOR_TEMPLATES,
            **presentation.FOR_TEMPLATES,
        }

    def render(self, request: Request, name: str, values: Mapping[str, object]) -> str:
        """The text of a page."""
        template = self._templates.get(name)
        if template is None:
            template = bottle.SimpleTemplate(name=name, lookup=[self._folder])
            self._templates[name] = template
        text: str = template.render(self._everywhere, _about(request), values)
        return text


def _about(request: Request) -> dict[str, object]:
    token = request.token
    return {
        "request": request,
        "link": request.link,
        "may": request.may,
        "now": request.now,
        "form_token": request.panel.cookies.form_token(token) if token else "",
        "notice": presentation.notice(request),
    }
