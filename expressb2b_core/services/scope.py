"""For whom a service works: the workspace, and who acts in it."""

from __future__ import annotations

from typing import NamedTuple

from expressb2b_core.runtime import Runtime


class Actor(NamedTuple):
    """Who acts: `contact`, `api_key`, `admin` or `system`."""

    type: str
    id: str | None
    name: str


LIBRARY = Actor("system", None, "library")
COMMAND_LINE = Actor("system", None, "command line")
SETUP_LINK = Actor("system", None, "setup link")
SERVER = Actor("system", None, "server")


class Scope(NamedTuple):
    """One workspace as seen by one actor. All services of a workspace share it."""

    runtime: Runtime
    workspace_id: int
    workspace_name: str
    currency: str
    decimals: int
    actor: Actor = LIBRARY
