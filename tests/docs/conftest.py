"""A real server for the examples of the docs, and a workspace of its own for each page."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from expressb2b_core import ExpressB2B
from tests.docs.blocks import ROOT
from tests.docs.running import Shell

_ADDRESS = re.compile(r"(http://127\.0\.0\.1:[0-9]+)/api")


@dataclass(frozen=True)
class Server:
    address: str
    database: str


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    database = f"sqlite:///{tmp_path_factory.mktemp('server') / 'expressb2b.db'}"
    process = subprocess.Popen(
        [sys.executable, "server.py", "--port", "0", "--database", database],
        cwd=ROOT,
        env={**os.environ, "EXPRESSB2B_WEBHOOK_ALLOW_NETS": "127.0.0.0/8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield Server(_address(process), database)
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if found := _ADDRESS.search(line):
            return found[1]
    raise AssertionError(f"the server did not start: {said}")


@pytest.fixture
def shell(tmp_path: Path) -> Callable[..., Shell]:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")

    def made(environment: Mapping[str, str]) -> Shell:
        return Shell(tmp_path, environment, curl)

    return made


@pytest.fixture
def reader(server: Server, request: pytest.FixtureRequest) -> dict[str, str]:
    """What whoever followed the five-minute guide has in their shell, in a workspace of its own."""
    with ExpressB2B(server.database) as b2b:
        shop = b2b.create_workspace(f"page {request.node.name}"[:64])
        shop.tiers.put("volume_b", name="Volume B")
        shop.products.upsert(
            sku="NAP-LIN-WHT-200",
            name="Linen napkin, white, 200 pcs",
            base_price="41.00",
            pricing=[{"tier": "volume_b", "price": "34.00"}],
            inventory={"on_hand": 480},
        )
        account = shop.accounts.create(
            name="Midwest Restaurant Group",
            pricing_tier="volume_b",
            sites=[{"name": "Chicago — Loop"}],
        )
        site_id = account.sites[0]["id"]
        approver = shop.contacts.create(
            account.id, name="Ana Flores", email="ana@example.com", roles=["approver"]
        )
        shop.accounts.update(
            account.id, approval={"levels": [{"name": "manager", "min_total": "100.00"}]}
        )
        order = shop.orders.place(
            billing_account_id=account.id,
            site_id=site_id,
            items=[{"sku": "NAP-LIN-WHT-200", "qty": 4}],
        )
        endpoint = shop.webhooks.register(url="https://yourapp.com/hooks/orders", events=["*"])
        key = shop.keys.create("Reader", limits={"read": 10_000, "write": 10_000})
        return {
            "EXPRESSB2B_URL": server.address,
            "EXPRESSB2B_API_KEY": key.key,
            "EXPRESSB2B_DATABASE": server.database,
            "ACCOUNT_ID": account.id,
            "SITE_ID": site_id,
            "APPROVER_ID": approver.id,
            "ORDER_ID": order.id,
            "WEBHOOK_ID": endpoint.id,
        }
