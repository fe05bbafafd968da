"""`/api/pricing-tiers`: the price levels that accounts belong to."""

from __future__ import annotations

from expressb2b_core.errors import InUse
from expressb2b_core.inputs.catalog import TierInput, TierQuery
from expressb2b_server.api import answers
from expressb2b_server.api.answers import Answer
from expressb2b_server.api.requests import Request
from expressb2b_server.api.routes import Identity, Routes

CODE = Identity("code", "pricing tier", pattern=None, example="volume_b")

routes = Routes("Pricing tiers", scope="catalog", identity=CODE)


@routes.get("/api/pricing-tiers", gives="pricing_tier", many=True)
def list_pricing_tiers(request: Request, query: TierQuery) -> Answer:
    """List pricing tiers."""
    return answers.page(request, request.workspace.tiers.list(**query))


@routes.get("/api/pricing-tiers/{code}", gives="pricing_tier")
def get_pricing_tier(request: Request, code: str) -> Answer:
    """Retrieve a pricing tier."""
    return answers.document(request, request.workspace.tiers.get(code))


@routes.put(
    "/api/pricing-tiers/{code}",
    gives="pricing_tier",
    takes="pricing_tier",
    statuses=(200, 201),
    has_precondition=True,
)
def put_pricing_tier(request: Request, code: str, body: TierInput) -> Answer:
    """Create or rename a pricing tier."""
    tier = request.workspace.tiers.put(code, if_match=request.if_match, **body)
    return answers.made(request, tier, "/api/pricing-tiers/", code)


@routes.delete("/api/pricing-tiers/{code}", statuses=(204,), raises=(InUse,), has_precondition=True)
def delete_pricing_tier(request: Request, code: str) -> Answer:
    """Remove a pricing tier.

    Refused while accounts belong to it or prices are for it.
    """
    request.workspace.tiers.delete(code, if_match=request.if_match)
    return answers.NOTHING
