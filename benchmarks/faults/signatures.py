"""D1: deliveries from a socket, judged by verifiers that are not ours; none takes a changed one."""

from __future__ import annotations

import base64
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.faults.findings import Finding
from benchmarks.faults.verifiers import (
    ID,
    OWN,
    SIGNATURE,
    TIMESTAMP,
    Sample,
    Verifier,
    matched_by_openssl,
    verifiers,
)
from benchmarks.shops import LOOPBACK
from expressb2b_core import ExpressB2B, Workspace
from expressb2b_core.runtime import SystemClock
from expressb2b_server.delivery import DeliveryPool, Sender
from tests.receivers import Received, Receiver

NEEDS = ("node", "php", "javac", "openssl")

TOLERANCE_SECONDS = 300
DAY_SECONDS = 86_400
TEXTS = (
    "Chicago — Loop", "Größe 20 €, «doux»", "東京の紙ナプキン", "مطعم الوسط", "🧻🍽️", "e\u0301 é",
    "\u2028 \u00a0 \ufeff", '"\\/ \t <>&', "plain",
)  # fmt: skip


def run(quick: bool) -> list[Finding]:
    orders, flips = (9, 200) if quick else (36, 2000)
    draw = random.Random(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        genuine, outdated = _capture(folder, orders)
        judges = verifiers(folder)

        def flipped(own: bool) -> list[Sample]:
            return [_flipped(draw.choice(genuine), own, draw) for _ in range(flips)]

        others = [replace(one, secret=_random_secret(draw)) for one in genuine] + outdated
        times = partial(_at_other_times, genuine)
        return [
            _accepted(judges, genuine, matched_by_openssl(genuine[::5], folder)),
            _refused("bit flips", "one bit flipped in body or header", judges, flipped),
            _refused("times", "from 301 s to 10 days before and after", judges, times),
            _refused(
                "secrets", "secrets of others, too new or too old", judges, lambda own: others
            ),
        ]


# What is captured


class _MovedClock(SystemClock):
    """The machine's clock, some time ahead on the wall."""

    ahead_seconds = 0

    def now(self) -> int:
        return super().now() + self.ahead_seconds

    def now_ms(self) -> int:
        return super().now_ms() + self.ahead_seconds * 1000


def _capture(folder: Path, orders: int) -> tuple[list[Sample], list[Sample]]:
    """Requests from before, during and after a rotation; with secrets that do not sign them."""
    clock = _MovedClock()
    address = f"sqlite:///{folder}/shop.db"
    sender = Sender(allow_nets=LOOPBACK)
    with (
        closing(sender),
        ExpressB2B(address, clock=clock, check_webhook_url=lambda url: None) as b2b,
        Receiver() as receiver,
        DeliveryPool(b2b.runtime, sender),
    ):
        shop = b2b.workspace()
        endpoint = shop.webhooks.register(url=receiver.url, events=["*"])
        arrive = partial(_arrived, shop, receiver, orders)
        before = arrive()
        new_secret = shop.webhooks.rotate_secret(endpoint.id).secret
        during = arrive()
        clock.ahead_seconds = DAY_SECONDS + 1
        after = arrive()
    old = partial(_sample, endpoint.secret)
    new = partial(_sample, new_secret)
    genuine = [*map(old, before), *map(old, during), *map(new, during), *map(new, after)]
    return genuine, [*map(new, before), *map(old, after)]


def _arrived(shop: Workspace, receiver: Receiver, orders: int) -> list[Received]:
    """What comes of so many orders with all kinds of text in them."""
    known = len(receiver.requests)
    for number in range(orders):
        text = TEXTS[number % len(TEXTS)].strip()
        shop.products.upsert(sku=f"NAP-{number}", name=text, base_price="38.50")
        account = shop.accounts.create(name=text, sites=[{"name": text}])
        shop.orders.place(
            billing_account_id=account.id,
            site_id=account.sites[0]["id"],
            items=[{"sku": f"NAP-{number}", "qty": 4}],
            note=text,
        )
    return receiver.wait_for(known + 2 * orders)[known:]  # placed, and approved at once


def _sample(secret: str, request: Received) -> Sample:
    return Sample(secret, request.headers, request.body, int(request.headers[TIMESTAMP]))


# What is made of it


def _flipped(sample: Sample, own: bool, draw: random.Random) -> Sample:
    """The same with one bit of what is covered changed; of two signatures neither is touched,
    since the other one stays valid.
    """
    names = [OWN] if own else [ID, TIMESTAMP, SIGNATURE]
    has_two = sample.headers[OWN].count("v1=") > 1
    part = draw.choice(["body"] if has_two else ["body", *names])
    if part == "body":
        return replace(sample, body=_with_flip(sample.body, draw))
    if part == SIGNATURE:
        # In the bytes, not their base64: its last letter has bits that mean nothing.
        signature = base64.b64decode(sample.headers[SIGNATURE].removeprefix("v1,"))
        changed = base64.b64encode(_with_flip(signature, draw)).decode()
        return sample.with_header(SIGNATURE, f"v1,{changed}")
    value = _with_flip(sample.headers[part].encode(), draw)
    return sample.with_header(part, value.decode("latin-1"))


def _with_flip(data: bytes, draw: random.Random) -> bytes:
    changed = bytearray(data)
    changed[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _at_other_times(genuine: Sequence[Sample], own: bool) -> list[Sample]:
    away = (TOLERANCE_SECONDS + 1, 3600, 10 * DAY_SECONDS)
    shifts = [sign * seconds for seconds in away for sign in (1, -1)]
    return [replace(one, now=one.now + shift) for one in genuine for shift in shifts]


def _random_secret(draw: random.Random) -> str:
    return "whsec_" + base64.b64encode(draw.randbytes(32)).decode()


# What is found


def _accepted(
    judges: Mapping[str, Verifier], genuine: Sequence[Sample], openssl: tuple[int, int]
) -> Finding:
    at_the_edge = [
        replace(one, now=one.now + shift)
        for one in genuine
        for shift in (0, TOLERANCE_SECONDS, -TOLERANCE_SECONDS)
    ]
    refused = {name: verifier.judge(at_the_edge).count(False) for name, verifier in judges.items()}
    non_ascii = sum(not one.body.isascii() for one in genuine)
    return Finding(
        "D1 genuine",
        f"captured before, during and after a rotation, {non_ascii} with other scripts; judged at "
        f"once and {TOLERANCE_SECONDS} s away",
        len(at_the_edge),
        f"refused by {_counts(refused)}; made again with openssl {openssl[0]} of {openssl[1]}",
        "refused by none, openssl all",
        not any(refused.values()) and openssl[0] == openssl[1] > 0 and non_ascii > 0,
    )


def _refused(
    name: str,
    tried: str,
    judges: Mapping[str, Verifier],
    make: Callable[[bool], Sequence[Sample]],
) -> Finding:
    samples = {own: make(own) for own in (True, False)}
    accepted = {
        who: verifier.judge(samples[verifier.reads_own]).count(True)
        for who, verifier in judges.items()
    }
    return Finding(
        f"D1 {name}",
        tried,
        len(samples[True]),
        f"accepted by {_counts(accepted)}",
        "accepted by none",
        not any(accepted.values()) and bool(samples[True]) and bool(samples[False]),
    )


def _counts(by_verifier: Mapping[str, int]) -> str:
    some = [f"{name} {count}" for name, count in by_verifier.items() if count]
    return ", ".join(some) or f"none of {', '.join(by_verifier)}"
