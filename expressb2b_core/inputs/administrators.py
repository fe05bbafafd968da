"""People who sign in to the panel."""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from expressb2b_core.inputs.accounts import Email
from expressb2b_core.inputs.constraints import Choice, Text
from expressb2b_core.inputs.workspaces import PRINTABLE

ROLES = ("read_only", "approver", "admin")
"""From the one who may least to the one who may all."""

_Name = Text(
    1,
    100,
    trimmed=True,
    pattern=PRINTABLE,
    hint="must not contain control characters",
    example="Ana Flores",
)
_Role = Choice(*ROLES)


class AdministratorInput(TypedDict, total=False):
    """A new administrator. Without a password it is invited, and chooses one by a link."""

    name: Required[Annotated[str, _Name]]
    email: Required[Annotated[str, Email]]
    role: Annotated[str, _Role, "`admin` by default."]
    password: Annotated[str | None, Text(0, 1000)]


class AdministratorChange(TypedDict, total=False):
    """Changes to an administrator; what is absent stays."""

    name: Annotated[str, _Name]
    role: Annotated[str, _Role]
