"""Workspaces: the tenants of an installation."""

from __future__ import annotations

from typing import Annotated, Required, TypedDict

from expressb2b_core.inputs.constraints import Text
from expressb2b_core.money import CURRENCIES

PRINTABLE = r"[^\x00-\x1f\x7f]+"
"""No control characters: these names stand in terminals and logs."""


class WorkspaceInput(TypedDict, total=False):
    """A new workspace."""

    name: Required[
        Annotated[
            str,
            Text(
                1,
                64,
                trimmed=True,
                pattern=PRINTABLE,
                hint="must not contain control characters",
                example="default",
            ),
        ]
    ]
    currency: Annotated[
        str,
        Text(
            3,
            3,
            pattern="|".join(sorted(CURRENCIES)),
            hint="must be an ISO 4217 code, such as USD",
            example="USD",
        ),
        "Of all money of the workspace; `USD` by default.",
    ]
