"""Odd texts and prices that are valid, stored and read back on both databases; for B2."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

from benchmarks.faults.findings import Finding
from benchmarks.faults.odd_values import ODD_PRICES, ODD_TEXTS
from benchmarks.faults.twins import Twin, Twins
from benchmarks.faults.whole_bodies import Body, whole_bodies
from tests.client import Answer

_LISTS = (
    "/api/orders?sort=created_at", "/api/orders?sort=-updated_at", "/api/products?sort=sku",
    "/api/products?sort=updated_at", "/api/billing-accounts?", "/api/pricing-tiers?",
    "/api/webhooks?",
)  # fmt: skip
_FILTERS = (
    "/api/products?q={}", "/api/billing-accounts?q={}", "/api/billing-accounts?external_id={}",
    "/api/orders?external_id={}", "/api/orders?po_number={}", "/api/products/{}",
    "/api/products/{}/price?qty=1000000",
)  # fmt: skip


def kept_alike(twins: Twins, quick: bool) -> list[Finding]:
    """Write every text into every field, then read everything, list by list and text by text."""
    texts = ODD_TEXTS[::8] if quick else ODD_TEXTS
    altered: list[str] = []
    written = _Alike(twins)
    for number, text in enumerate(texts):
        altered += _written(twins, text, ODD_PRICES[number % len(ODD_PRICES)])
    writing = written.finding(
        "written", f"{len(texts)} odd texts in every field that takes text", altered
    )
    read = _Alike(twins)
    for target in _targets(texts):
        twins.ask(target, _asking("GET", target))
    _read_events(twins)
    return [writing, read.finding("read", "all of it, in lists, by filter and one by one", [])]


class _Alike:
    """What the two did differently since this was made."""

    def __init__(self, twins: Twins) -> None:
        self._twins = twins
        self._times = twins.times
        self._different = len(twins.different)

    def finding(self, name: str, tried: str, altered: list[str]) -> Finding:
        times = self._twins.times - self._times
        different = [*self._twins.different[self._different :], *altered]
        return Finding(
            f"B2 {name}",
            tried,
            times * len(self._twins.twins),
            f"{len(different)} different{''.join(f'; {one}' for one in different[:4])}",
            "equal on both databases, and as it was sent",
            not different and times > 0,
        )


def _written(twins: Twins, text: str, price: str) -> Iterator[str]:
    """Send the text in every body; what of it came back otherwise."""
    for name, method, path in _WRITES:
        answers = twins.ask(f"{name} {text!r}", _writing(name, method, path, text, price))
        yield from _altered(name, text, answers[0])
    for steps in (("approve_order", "fulfill_order"), ("reject_order",), ("cancel_order",)):
        placed = twins.ask(f"place {text!r}", lambda twin: _place(twin, text))
        ids = {id(twin): one.json["id"] for twin, one in zip(twins.twins, placed, strict=True)}
        for name in steps:
            twins.ask(f"{name} {text!r}", _deciding(name, text, ids))


_WRITES = (
    ("upsert_product", "POST", "/api/products"),
    ("upsert_products", "POST", "/api/products/bulk"),
    ("put_product", "PUT", "/api/products/{sku}"),
    ("create_billing_account", "POST", "/api/billing-accounts"),
    ("create_site", "POST", "/api/billing-accounts/{account}/sites"),
    ("create_contact", "POST", "/api/billing-accounts/{account}/contacts"),
    ("put_pricing_tier", "PUT", "/api/pricing-tiers/{tier}"),
    ("quote_order", "POST", "/api/orders/quote"),
    ("place_order", "POST", "/api/orders"),
    ("update_webhook", "PATCH", "/api/webhooks/{webhook}"),
)


def _writing(name: str, method: str, path: str, text: str, price: str) -> Callable[[Twin], Answer]:
    def send(twin: Twin) -> Answer:
        it = twin.things
        ids = {"sku": it.sku, "account": it.account, "tier": it.tier, "webhook": it.webhook}
        body = _body(twin, name, text, price)
        return twin.client.request(method, path.format(**ids), body)

    return send


def _body(twin: Twin, name: str, text: str, price: str = "1.00") -> Body:
    body = whole_bodies(twin.things, text, price)[name]
    if name in ("place_order", "quote_order"):
        body["items"] = [{"sku": "NAP", "qty": 4}]
    return body


def _place(twin: Twin, text: str) -> Answer:
    return twin.client.post("/api/orders", _body(twin, "place_order", text) | {"external_id": None})


def _deciding(name: str, text: str, ids: dict[int, str]) -> Callable[[Twin], Answer]:
    action = name.removesuffix("_order")

    def send(twin: Twin) -> Answer:
        return twin.client.post(f"/api/orders/{ids[id(twin)]}/{action}", _body(twin, name, text))

    return send


def _altered(name: str, text: str, answer: Answer) -> Iterator[str]:
    if answer.status not in (200, 201):
        return
    for field in ("name", "note", "po_number", "description", "external_id"):
        said = answer.json.get(field, text)
        if said != text:
            yield f"{name}: {field} {text!r} came back as {said!r}"


def _targets(texts: tuple[str, ...]) -> Iterator[str]:
    for start in _LISTS:
        for page in (1, 2, 3):
            yield f"{start}&per_page=100&page={page}".replace("?&", "?")
    for text in texts:
        for pattern in _FILTERS:
            yield pattern.format(quote(text, safe=""))


def _asking(method: str, target: str) -> Callable[[Twin], Answer]:
    return lambda twin: twin.client.request(method, target)


def _read_events(twins: Twins) -> None:
    after = 0
    while True:
        target = f"/api/events?after={after}&per_page=100"
        answers = twins.ask(target, _asking("GET", target))
        if not answers[0].json["data"]:
            return
        after = answers[0].json["meta"]["next_after"]
