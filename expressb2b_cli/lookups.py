"""What people call things by, turned into ids."""

from __future__ import annotations

import re

from expressb2b_core import Workspace
from expressb2b_core.errors import NotFound
from expressb2b_core.inputs.constraints import is_id
from expressb2b_core.services import order_search

_NUMBER = re.compile(r"#?([0-9]{1,15})", re.ASCII)


def order_id(workspace: Workspace, called: str) -> str:
    """The id of the order that has this id or number (`1042` or `#1042`).

    Raises:
        NotFound: no order has this number; whether an id exists is not asked here.
    """
    number = _NUMBER.fullmatch(called)
    if number is None:
        return called
    found = order_search.find_by_number(workspace.scope, int(number[1]))
    if found is None:
        raise NotFound("order", called)
    return found


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
