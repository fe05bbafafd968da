"""`/api/inventory`: stock levels, as a warehouse knows them."""

from __future__ import annotations

from expressb2b_core.errors import TooManyRecords
from expressb2b_server.api import answers
from expressb2b_server.api.answers import Answer
from expressb2b_server.api.bulk import BulkLevels
from expressb2b_server.api.requests import Request
from expressb2b_server.api.routes import Routes

routes = Routes("Inventory", scope="catalog")


@routes.post(
    "/api/inventory",
    gives="bulk_level_results",
    takes="bulk_levels",
    raises=(TooManyRecords,),
)
def set_inventory(request: Request, body: BulkLevels) -> Answer:
    """Set stock levels.

    Each level is counted (`on_hand`) or changed (`delta`) and has its own result, in the order
    sent. A count older than the stored one (`as_of`) is `stale` and changes nothing.
    """
    result = request.workspace.inventory.set_levels(body["levels"], as_of=body.get("as_of"))
    return answers.plain(request, result.text)
