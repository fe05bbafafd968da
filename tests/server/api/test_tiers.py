from __future__ import annotations

from tests.client import Client


def test_a_tier_is_made_renamed_listed_and_removed(client: Client) -> None:
    made = client.put("/api/pricing-tiers/volume_b", {"name": "Volume B"})
    renamed = client.put("/api/pricing-tiers/volume_b", {"name": "B"})

    assert (made.status, made.headers["location"]) == (201, "/api/pricing-tiers/volume_b")
    assert renamed.status == 200
    listed = client.get("/api/pricing-tiers").json
    assert [(tier["code"], tier["name"]) for tier in listed["data"]] == [("volume_b", "B")]
    assert client.delete("/api/pricing-tiers/volume_b").status == 204
    assert client.get("/api/pricing-tiers/volume_b").status == 404


def test_a_tier_in_use_stays(client: Client) -> None:
    client.put("/api/pricing-tiers/volume_b", {"name": "B"})
    client.post("/api/billing-accounts", {"name": "A", "pricing_tier": "volume_b"})

    refused = client.delete("/api/pricing-tiers/volume_b")

    assert (refused.status, refused.code) == (409, "in_use")


def test_a_code_that_cannot_be_is_refused(client: Client) -> None:
    answer = client.put("/api/pricing-tiers/a%20b", {"name": "B"})

    assert (answer.status, answer.code) == (422, "validation_failed")
