"""Billing accounts, their sites and their people, as they are answered."""

from __future__ import annotations

from collections.abc import Mapping

from expressb2b_server.api.description.shapes import (
    AMOUNT,
    COUNT,
    FLAG,
    ID,
    METADATA,
    MOMENT,
    NULL_TEXT,
    TEXT,
    Schema,
    choice,
    fields,
    listed,
)

_SITE_FIELDS: Mapping[str, Schema] = {
    "id": ID,
    "name": TEXT,
    "external_id": NULL_TEXT,
    "active": FLAG,
}

BILLING_ACCOUNT = fields(
    "A customer of the wholesaler.",
    {
        "id": ID,
        "name": TEXT,
        "external_id": NULL_TEXT,
        "pricing_tier": NULL_TEXT,
        "active": FLAG,
        "sites_count": COUNT,
        "sites": listed(fields("A site.", _SITE_FIELDS)),
        "approval": fields(
            "How its orders are approved; without levels they need no approval.",
            {
                "allow_self_approval": FLAG,
                "levels": listed(
                    fields(
                        "Who must approve from which total on.",
                        {
                            "name": TEXT,
                            "min_total": AMOUNT,
                            "required": COUNT,
                            "approver_ids": listed(ID),
                        },
                    )
                ),
            },
        ),
        "metadata": METADATA,
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
)
SITE = fields(
    "A place that an account orders for.",
    {**_SITE_FIELDS, "billing_account_id": ID, "created_at": MOMENT, "updated_at": MOMENT},
)
CONTACT = fields(
    "A person of an account.",
    {
        "id": ID,
        "billing_account_id": ID,
        "name": TEXT,
        "email": TEXT,
        "roles": listed(choice("buyer", "approver")),
        "site_ids": listed(ID) | {"description": "Empty: all sites."},
        "active": FLAG,
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
)
