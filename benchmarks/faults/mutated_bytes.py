"""Real requests with bytes changed, cut, doubled and put in, over raw sockets, for B1."""

from __future__ import annotations

import json
import random
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing

from benchmarks.faults.findings import Finding
from benchmarks.faults.ordering import Shop
from benchmarks.faults.problems import flaw
from tests.server.serving.harness import Answer, Client

SEED = 20260315
_SPICES = (
    b"\r\n", b"\n", b"\r", b"\x00", b"%00", b"%ff", b"%", b"\xff", b"\xed\xa0\x80", b"\\ud800",
    b"{", b"[" * 500, b"]", b'"', b"NaN", b"1e999", b"9" * 5000, b"-", b":", b" ", b"\t", b"?",
    b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"Expect: 100-continue\r\n",
    b"Connection: close\r\n", b"HTTP/1.1", b"HEAD ", b"0\r\n\r\n", b"../", b"//", b"&",
)  # fmt: skip
_PRINTABLE = bytes(range(33, 127))

Message = tuple[bytes, bytes]
"""Head and body of a request."""


def mutated(port: int, shop: Shop, times: int) -> list[Finding]:
    """What answers so many requests with a key, and as many without one."""
    chance = random.Random(SEED)
    with_key = f"Authorization: Bearer {shop.key}\r\n".encode()
    return [
        _sent(f"B1 bytes {name}", port, chance, _messages(shop, field), times)
        for name, field in (("with a key", with_key), ("without a key", b""))
    ]


def _sent(
    name: str, port: int, chance: random.Random, messages: Sequence[Message], times: int
) -> Finding:
    wrong: Counter[str] = Counter()
    statuses: Counter[int] = Counter()
    for number in range(times):
        data = _mutation(chance, messages)
        try:
            answers = _exchange(port, f"127.2.{number // 250 % 250}.{number % 250 + 1}", data)
        except (AssertionError, ValueError, LookupError) as error:
            wrong[f"unreadable answer to {data[:200]!r}: {error}"] += 1
        except TimeoutError:
            wrong[f"hung at {data[:200]!r}"] += 1
        else:
            statuses.update(answer.status for answer in answers)
            found = (flaw(answer.status, answer.headers, answer.body) for answer in answers)
            wrong.update(f"{what} to {data[:200]!r}" for what in found if what is not None)
    named = "".join(f"; {what}" for what in list(wrong)[:3])
    told = ", ".join(f"{times} × {status}" for status, times in sorted(statuses.items()))
    return Finding(
        name,
        f"{len(messages)} requests, each with up to 4 changes by chance",
        times,
        f"{wrong.total()} wrong{named}; answers: {told}",
        "0 × 5xx, 0 hung, each refusal in the error format",
        not wrong and statuses.total() > times // 2,
    )


def _exchange(port: int, source: str, data: bytes) -> list[Answer]:
    """Everything that is answered until the server closes, after the client said all."""
    with closing(Client(port, source=source)) as client:
        try:
            client.send(data)
            client.socket.shutdown(socket.SHUT_WR)
        except (ConnectionError, OSError):
            pass  # refused before its end
        return _answers(client.rest())


def _answers(received: bytes) -> list[Answer]:
    found = []
    while received:
        head, end, received = received.partition(b"\r\n\r\n")
        assert end, f"an answer that breaks off: {head!r}"
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        headers = {name.lower(): value for name, value in headers.items()}
        status = int(status_line.split()[1])
        length = 0 if status in (100, 204, 304) else int(headers["content-length"])
        is_to_head = received[:5] == b"HTTP/" or not received
        body, received = (b"", received) if is_to_head else (received[:length], received[length:])
        assert is_to_head or len(body) == length, "a body that breaks off"
        found.append(Answer(status, headers, body))
    return found


def _mutation(chance: random.Random, messages: Sequence[Message]) -> bytes:
    """A request with changes in its head, or in its body, whose length is then told anew."""
    head, body = chance.choice(messages)
    if body and chance.random() < 0.5:
        body = _changed(chance, body, messages)
        before, _, rest = head.partition(b"Content-Length: ")
        return b"%sContent-Length: %d\r\n\r\n%s" % (before, len(body), body) if rest else head
    return _changed(chance, head + body, messages)


def _changed(chance: random.Random, data: bytes, messages: Sequence[Message]) -> bytes:
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        start = chance.randrange(len(data) + 1)
        end = min(len(data), start + chance.choice((1, 1, 2, 8, 64)))
        change = chance.choice(_CHANGES)
        data = data[:start] + change(chance, data[start:end], messages) + data[end:]
    return data


_Change = Callable[[random.Random, bytes, Sequence[Message]], bytes]
_CHANGES: tuple[_Change, ...] = (
    lambda chance, piece, messages: b"",
    lambda chance, piece, messages: piece * chance.choice((2, 3, 300)),
    lambda chance, piece, messages: chance.randbytes(len(piece)),
    lambda chance, piece, messages: bytes(chance.choices(_PRINTABLE, k=len(piece))),
    lambda chance, piece, messages: chance.choice(_SPICES) + piece,
    lambda chance, piece, messages: chance.choice(_SPICES),
    lambda chance, piece, messages: bytes(byte ^ 1 << chance.randrange(8) for byte in piece),
    lambda chance, piece, messages: b"".join(chance.choice(messages))[: chance.randrange(400)],
)


def _messages(shop: Shop, authorization: bytes) -> list[Message]:
    order = shop.order("bytes")
    product = {"name": "Napkin", "base_price": "41.00", "metadata": {"colour": "white"}}
    account = f"/api/billing-accounts/{shop.account_id}"
    bodies = [
        ("POST /api/orders", order),
        ("POST /api/orders/quote", order),
        ("PUT /api/products/NAP", json.dumps(product).encode()),
        ("POST /api/products/bulk", json.dumps({"products": [product | {"sku": "X"}]}).encode()),
        ("POST /api/inventory", b'{"levels": [{"sku": "NAP", "delta": 1}]}'),
        (f"PATCH {account}", b'{"name": "Midwest \\u2014 Loop", "metadata": {"a": "b"}}'),
        (f"POST {account}/contacts", b'{"name": "Bo", "email": "bo@example.com"}'),
        ("PUT /api/pricing-tiers/volume_b", b'{"name": "Volume"}'),
    ]
    targets = [
        "/api", "/livez", "/api/versions", "/api/products/NAP", account,
        "/api/orders?status=approved,rejected&created_from=2026-01-01&per_page=5",
        "/api/products?q=nap&active=true&sort=-updated_at",
        "/api/events?after=0&types=order.placed",
        f"/api/products/NAP/price?billing_account_id={shop.account_id}&qty=4&at=2026-03-15",
    ]  # fmt: skip
    told = authorization + b"Host: shop\r\nAccept: application/json\r\nX-Request-Id: bytes-1\r\n"
    reading = [(f"GET {target} HTTP/1.1\r\n".encode() + told + b"\r\n", b"") for target in targets]
    writing = [
        (
            b"%s HTTP/1.1\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            % (line.encode(), told, len(body)),
            body,
        )
        for line, body in bodies
    ]
    chunked = (
        b"POST /api/orders HTTP/1.1\r\n%sContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (told, len(order), order),
        b"",
    )
    return [*reading, *writing, chunked]
