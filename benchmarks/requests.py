"""Requests per second of the server with everything on, beside a constant answer of equal size.

    python -m benchmarks.requests [--orders 10000] [--rounds 5] [--seconds 3] [--threads 4]
                                  [--json FILE]

Loads both with `wrk` in turn, round by round, and prints medians, spread and ratios. Only the
ratios say something: they come from one run on one machine.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from expressb2b_core import ExpressB2B, Workspace

LINES = 3
PRODUCTS = 1000
ENOUGH = 10**6
SECRET = "a secret for benchmarks, thirty-two"


@dataclass(frozen=True)
class Shop:
    """What the requests need to know of the data set."""

    folder: Path
    key: str
    account_id: str
    site_id: str
    order_id: str

    @property
    def address(self) -> str:
        return f"sqlite:///{self.folder / 'shop.db'}"


@dataclass(frozen=True)
class Work:
    """One kind of request: its path, and the Lua that makes its body, if it has one."""

    name: str
    path: str
    lua: str = ""


def fill(folder: Path, orders: int) -> Shop:
    """A shop with so many orders of three lines, through the services."""
    b2b = ExpressB2B(
        f"sqlite:///{folder / 'shop.db'}", secret=SECRET, check_webhook_url=lambda url: None
    )
    shop = b2b.workspace()
    shop.tiers.put("volume_b", name="Volume B")
    for start in range(0, PRODUCTS, 500):
        shop.products.upsert_many([_product(start + index) for index in range(500)])
    account = shop.accounts.create(
        name="Midwest Restaurant Group",
        pricing_tier="volume_b",
        sites=[{"name": "Chicago — Loop"}],
        approval={"levels": [{"name": "manager", "min_total": "0"}]},
    )
    site_id = account.sites[0]["id"]
    order_id = _place(b2b, shop, account.id, site_id, orders)
    # Every order placed over HTTP queues a delivery; the server refuses to send it to loopback,
    # so that no receiver takes part in what is measured.
    shop.webhooks.register(url="https://127.0.0.1/never", events=["order.placed"])
    limits = dict.fromkeys(("read", "write", "webhook_registration"), ENOUGH)
    key = shop.keys.create("benchmark", limits=limits).key
    b2b.close()
    return Shop(folder, key, account.id, site_id, order_id)


def _product(number: int) -> dict[str, object]:
    return {
        "sku": f"SKU-{number:05d}",
        "name": f"Product number {number}",
        "base_price": "41.00",
        "pricing": [{"tier": "volume_b", "price": "34.00"}],
        "inventory": {"on_hand": ENOUGH},
    }


def _place(b2b: ExpressB2B, shop: Workspace, account_id: str, site_id: str, orders: int) -> str:
    def batch(first: int) -> str:
        for number in range(first, min(first + 200, orders)):
            order = shop.orders.place(
                billing_account_id=account_id,
                site_id=site_id,
                items=[
                    {"sku": f"SKU-{(number * LINES + line) % PRODUCTS:05d}", "qty": line + 1}
                    for line in range(LINES)
                ],
            )
        return order.id

    for first in range(0, orders, 200):
        order_id = b2b.runtime.database.write(lambda first=first: batch(first))  # type: ignore[misc]
        print(f"\r{first} orders", end="", file=sys.stderr)
    print("\r", end="", file=sys.stderr)
    return order_id


def works(shop: Shop) -> list[Work]:
    """What is measured."""
    order = {
        "billing_account_id": shop.account_id,
        "site_id": shop.site_id,
        "items": [{"sku": f"SKU-{line:05d}", "qty": line + 1} for line in range(LINES)],
    }
    bulk = (
        "local n = 0\n"
        "request = function()\n"
        "  n = n + 1\n"
        "  local rows = {}\n"
        "  for i = 1, 500 do\n"
        '    rows[i] = string.format(\'{"sku":"SKU-%05d","base_price":"%d.00"}\', i, 10 + n % 80)\n'
        "  end\n"
        "  local body = '{\"products\":[' .. table.concat(rows, ',') .. ']}'\n"
        '  return wrk.format("POST", nil, nil, body)\n'
        "end\n"
    )
    place = (
        "local n, run = 0, tostring(os.time()) .. tostring(math.random(10^9))\n"
        "request = function()\n"
        "  n = n + 1\n"
        "  local headers = {}\n"
        "  for k, v in pairs(wrk.headers) do headers[k] = v end\n"
        '  headers["Idempotency-Key"] = run .. "-" .. n\n'
        f"  return wrk.format('POST', nil, headers, [[{json.dumps(order)}]])\n"
        "end\n"
    )
    return [
        Work("list 25", "/api/orders"),
        Work("list 25, by status", "/api/orders?status=pending_approval"),
        Work("detail", f"/api/orders/{shop.order_id}"),
        Work("place", "/api/orders", place),
        Work("bulk 500", "/api/products/bulk", bulk),
    ]


@contextmanager
def serving(command: list[str], wanted: str) -> Iterator[int]:
    """A server in a process of its own; the port it prints."""
    process = subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1", "EXPRESSB2B_SECRET": SECRET},
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if found := re.search(wanted, line):
                yield int(found[1])
                break
    finally:
        process.terminate()
        process.wait(20)


def load(port: int, work: Work, key: str, seconds: int, folder: Path, clients: int) -> float:
    """Requests per second; every answer must be 2xx."""
    script = folder / "wrk.lua"
    headers = f'wrk.headers["Authorization"] = "Bearer {key}"\n'
    if work.lua:
        headers += 'wrk.headers["Content-Type"] = "application/json"\n'
    script.write_text("math.randomseed(os.time())\n" + headers + work.lua)
    done = subprocess.run(
        ["wrk", "-t1", f"-c{clients}", f"-d{seconds}", "-s", str(script),
         f"http://127.0.0.1:{port}{work.path}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    if "Non-2xx" in done.stdout:
        raise SystemExit(f"{work.name}: {done.stdout}")
    return float(re.search(r"Requests/sec:\s+([0-9.]+)", done.stdout)[1])  # type: ignore[index]


def size_of(port: int, work: Work, key: str) -> int:
    """The size of one answer, to be imitated."""
    if work.lua:
        return 1500
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}{work.path}", headers={"Authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(asked) as answer:
        return len(answer.read())


def measure(arguments: argparse.Namespace, folder: Path) -> dict[str, dict[str, list[float]]]:
    shop = fill(folder, arguments.orders)
    found: dict[str, dict[str, list[float]]] = {}
    command = ["server.py", "--database", shop.address, "--port", "0"]
    with serving(
        [*command, "--threads", str(arguments.threads)], r"API +http://[^:]+:(\d+)"
    ) as port:
        for work in works(shop):
            size = size_of(port, work, shop.key)
            constant = ["-m", "benchmarks.constant", str(size), str(arguments.threads)]
            rates = found[f"{work.name} ({size:,} bytes)"] = {"ours": [], "constant": []}
            with ExitStack() as held:
                beside = held.enter_context(serving(constant, r"(\d+)"))
                for _ in range(arguments.rounds):
                    for name, at in (("ours", port), ("constant", beside)):
                        rates[name].append(
                            load(at, work, shop.key, arguments.seconds, folder, arguments.clients)
                        )
    return found


def report(found: dict[str, dict[str, list[float]]]) -> None:
    print(f"{'':<32} {'ours/s':>8} {'min-max':>14} {'constant/s':>11} {'ratio':>6} {'min-max':>12}")
    for name, rates in found.items():
        ours = rates["ours"]
        ratios = [a / b for a, b in zip(ours, rates["constant"], strict=True)]
        print(
            f"{name:<32} {statistics.median(ours):8.0f} {min(ours):6.0f}-{max(ours):<7.0f}"
            f" {statistics.median(rates['constant']):11.0f} {statistics.median(ratios):6.2f}"
            f" {min(ratios):5.2f}-{max(ratios):<5.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is needed: apt-get install wrk")
    with tempfile.TemporaryDirectory(prefix="expressb2b-bench-") as folder:
        found = measure(arguments, Path(folder))
    report(found)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
