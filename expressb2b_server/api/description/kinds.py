"""Every kind of resource by name, with its schema: the components of the OpenAPI document.

A new resource is added here; `gives` of its routes names it.
"""

from __future__ import annotations

from collections.abc import Mapping

from expressb2b_server.api.description import (
    account_shapes,
    catalog_shapes,
    event_shapes,
    general_shapes,
    order_shapes,
    webhook_shapes,
)
from expressb2b_server.api.description.shapes import Schema

KINDS: Mapping[str, Schema] = {
    "order": order_shapes.ORDER,
    "quote": order_shapes.QUOTE,
    "order_pricing": order_shapes.ORDER_PRICING,
    "product": catalog_shapes.PRODUCT,
    "price": catalog_shapes.PRICE,
    "pricing_tier": catalog_shapes.PRICING_TIER,
    "bulk_product_results": catalog_shapes.BULK_PRODUCTS,
    "bulk_level_results": catalog_shapes.BULK_LEVELS,
    "billing_account": account_shapes.BILLING_ACCOUNT,
    "site": account_shapes.SITE,
    "contact": account_shapes.CONTACT,
    "event": event_shapes.EVENT,
    "event_data": event_shapes.EVENT_DATA,
    "webhook_event": event_shapes.WEBHOOK_EVENT,
    "webhook": webhook_shapes.WEBHOOK,
    "delivery": webhook_shapes.DELIVERY,
    "queued": webhook_shapes.QUEUED,
    "field_error": general_shapes.FIELD_ERROR,
    "problem": general_shapes.PROBLEM,
    "page_meta": general_shapes.PAGE_META,
    "feed_meta": general_shapes.FEED_META,
    "versions": general_shapes.VERSIONS,
    "about": general_shapes.ABOUT,
    "health": general_shapes.HEALTH,
    "openapi": general_shapes.OPENAPI,
}
