"""What people call things by, turned into ids."""

from __future__ import annotations

from expressb2b_core import Workspace
from expressb2b_core.errors import NotFound
from expressb2b_core.inputs.constraints import is_id


def account_id(workspace: Workspace, called: str) -> str:
    """The id of the billing account that has this id or `external_id`.

    Raises:
        NotFound: no account has this `external_id`; whether an id exists is not asked here.
    """
    if is_id(called):
        return called
    for account in workspace.accounts.list(external_id=called):
        return account.id
    raise NotFound("billing account", called)
