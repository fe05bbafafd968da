"""Express B2B: negotiated prices, approvals, stock and events, as a library.

    from expressb2b_core import ExpressB2B

    b2b = ExpressB2B("sqlite:///shop.db")
    shop = b2b.workspace("default")
    shop.products.upsert(sku="NAP-LIN-WHT-200", name="Linen napkin", base_price="41.00")

Importing it starts no thread and opens nothing.
"""

from expressb2b_core.errors import ExpressB2BError, FieldError
from expressb2b_core.express import ExpressB2B, Workspace
from expressb2b_core.rules.signing import WebhookVerificationFailed
from expressb2b_core.services.documents import Document, Page
from expressb2b_core.services.notifications import Event
from expressb2b_core.services.scope import Actor
from expressb2b_core.webhook_verification import verify_webhook

__all__ = [
    "Actor",
    "Document",
    "Event",
    "ExpressB2B",
    "ExpressB2BError",
    "FieldError",
    "Page",
    "WebhookVerificationFailed",
    "Workspace",
    "verify_webhook",
]
