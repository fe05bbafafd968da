"""The requests that are measured: for each a path, and the Lua that makes bodies for `wrk`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.data.sets import DataSet
from benchmarks.data.stretch import LINES
from benchmarks.scenarios.asking import deep_cursor
from benchmarks.wrk import Shot

_JSON = 'wrk.headers["Content-Type"] = "application/json"\n'
_DEEP_ROWS = 5000
RECORDS = 500


@dataclass(frozen=True)
class Work:
    """One kind of request.

    `shot` makes it for a server that listens on a port. `sample` is a body that may be sent by
    hand, None for what is only read, and `sample_path` where to, if elsewhere. `like` names the
    work whose best number of threads holds. `uses_up` is for what cannot be asked twice of the
    same data.
    """

    name: str
    shot: Callable[[DataSet, int], Shot]
    like: str
    sample: Callable[[DataSet], Any] = lambda data: None
    sample_path: Callable[[DataSet], str | None] = lambda data: None
    uses_up: bool = False


def list_works(data: DataSet) -> list[Work]:
    """Lists, 25 orders each: as they come, under each filter, and far inside."""
    paths = {
        "list": "/api/orders",
        "list, status": "/api/orders?status=pending_approval",
        "list, account": f"/api/orders?billing_account_id={data.customer.account_id}",
        "list, site": f"/api/orders?site_id={data.customer.site_ids[0]}",
        "list, one day": f"/api/orders?created_from={data.day}&created_to={data.day}",
        "list, half of all days": f"/api/orders?created_from={data.middle_day}",
    }
    return [_read(name, path) for name, path in paths.items()] + [_deep()]


def detail_work(data: DataSet) -> Work:
    """One order, with its history."""
    return _read("detail", f"/api/orders/{data.order_id}", like="detail")


def _read(name: str, path: str, like: str = "list") -> Work:
    return Work(name, lambda data, port: Shot(path), like)


def _deep() -> Work:
    def shot(data: DataSet, port: int) -> Shot:
        rows = min(_DEEP_ROWS, data.orders // 2)
        return Shot(f"/api/orders?cursor={deep_cursor(port, data.key, rows)}")

    return Work("list, cursor deep inside", shot, "list")


def order_body(data: DataSet) -> dict[str, Any]:
    """An order of three lines of an account whose orders are approved."""
    return {
        "billing_account_id": data.customer.account_id,
        "site_id": data.customer.site_ids[0],
        "items": [{"sku": data.skus[line * 7], "qty": line + 1} for line in range(LINES)],
    }


_NEW_KEY = """
math.randomseed(os.time() + tonumber(tostring({}):sub(-6), 16))
local run, count = string.format("%d-%d-", os.time(), math.random(1000000000)), 0
local function post(path, body)
  count = count + 1
  return wrk.format("POST", path, {
    ["Authorization"] = wrk.headers["Authorization"],
    ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = run .. count}, body)
end
"""


def place_work() -> Work:
    """An order, each with an `Idempotency-Key` of its own."""

    def shot(data: DataSet, port: int) -> Shot:
        body = json.dumps(order_body(data))
        return Shot(
            "/api/orders",
            f"{_NEW_KEY}request = function() return post('/api/orders', [[{body}]]) end\n",
        )

    return Work("place", shot, "place", order_body)


def approve_work() -> Work:
    """Approving orders that wait, each once, in the name of the key."""

    def shot(data: DataSet, port: int) -> Shot:
        # The first was approved by hand, to see the answer.
        ids = ",".join(f'"{one}"' for one in data.pending_ids()[1:])
        lua = (
            f"{_JSON}wrk.method, wrk.body = 'POST', '{{}}'\n"
            f"local ids, count = {{{ids}}}, 0\n"
            "request = function()\n"
            "  count = count + 1\n"
            "  local id = ids[count] or 'none-is-left'\n"
            "  return wrk.format(nil, '/api/orders/' .. id .. '/approve')\n"
            "end\n"
        )
        return Shot("/api/orders", lua)

    return Work(
        "approve",
        shot,
        "place",
        lambda data: {},
        lambda data: f"/api/orders/{data.pending_ids()[0]}/approve",
        uses_up=True,
    )


def bulk_body(data: DataSet, time: int, changed_of_ten: int) -> dict[str, Any]:
    """500 products; of ten, so many have another price each time."""
    return {
        "products": [
            {
                "sku": sku,
                "name": f"Table linen, {sku}",
                "base_price": f"{10 + time * (number % 10 < changed_of_ten)}.{number % 90 + 10}",
            }
            for number, sku in enumerate(data.skus[:RECORDS])
        ]
    }


def bulk_work(changed_of_ten: int = 10) -> Work:
    """Upserts of 500 products each, all of which change, or some."""

    def shot(data: DataSet, port: int) -> Shot:
        bodies = ",".join(
            f"[[{json.dumps(bulk_body(data, time, changed_of_ten))}]]" for time in range(1, 9)
        )
        lua = (
            f"{_JSON}wrk.method = 'POST'\n"
            f"local bodies, count = {{{bodies}}}, 0\n"
            "request = function()\n"
            "  count = count + 1\n"
            "  return wrk.format(nil, nil, nil, bodies[count % #bodies + 1])\n"
            "end\n"
        )
        return Shot("/api/products/bulk", lua)

    name = "bulk 500" if changed_of_ten == 10 else f"bulk 500, {changed_of_ten} of 10 changed"
    return Work(name, shot, "bulk 500", lambda data: bulk_body(data, 0, changed_of_ten))


def mixed_work() -> Work:
    """Four reads to one order: half of the reads are lists, half details."""

    def shot(data: DataSet, port: int) -> Shot:
        body = json.dumps(order_body(data))
        lua = (
            f"{_NEW_KEY}local turn = 0\n"
            "request = function()\n"
            "  turn = turn + 1\n"
            f"  if turn % 5 == 0 then return post('/api/orders', [[{body}]]) end\n"
            "  if turn % 2 == 0 then return wrk.format('GET', '/api/orders') end\n"
            f"  return wrk.format('GET', '/api/orders/{data.order_id}')\n"
            "end\n"
        )
        return Shot("/api/orders", lua)

    return Work("mixed 80/20", shot, "list")


def all_works(data: DataSet) -> Sequence[Work]:
    """Everything that all contestants are asked."""
    return [
        *list_works(data), detail_work(data), place_work(), approve_work(), bulk_work(),
        bulk_work(changed_of_ten=1), mixed_work(),
    ]  # fmt: skip
