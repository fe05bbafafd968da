"""All generated pages: which there are, and what they say."""

from __future__ import annotations

import json
from collections.abc import Mapping

from expressb2b_cli import reference as command_line
from expressb2b_core import ExpressB2B
from expressb2b_server.app import create_app
from tools.reference import experiments, library, rest, settings


def generated_pages() -> Mapping[str, str]:
    """The Markdown of every generated page, by its name below `docs/`."""
    with ExpressB2B("sqlite:///:memory:") as b2b:
        described = json.loads(create_app(b2b).describe())
    return {
        **rest.pages(described),
        "reference/cli": command_line.page(),
        "reference/settings": settings.page(),
        "reference/python": library.page(),
        "concepts/reliability": experiments.page(),
    }
