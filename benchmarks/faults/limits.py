"""C1, C2, C3: limits are exact to the request and to the second, and one key's are its own."""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from benchmarks.faults.decisions import Decided, fullest_window, wrong_waits
from benchmarks.faults.findings import Finding
from benchmarks.faults.ordering import Client, Shop, database_in, prepared, repeating
from expressb2b_core import ExpressB2B
from expressb2b_core.runtime import SystemClock
from expressb2b_core.services.limits import DEFAULTS
from expressb2b_server.app import Application, create_app
from expressb2b_server.serving import Serving, listen

THREADS = 16
BUCKETS = ("read", "write", "webhook_registration")
WAITERS = 20
WAITERS_LIMIT = 30
_READ = ("GET", "/api/pricing-tiers", None)
_WRITE = ("PUT", "/api/pricing-tiers/gold", b'{"name": "Gold"}')
_REGISTRATION = ("POST", "/api/webhooks", b'{"url": "https://example.com/", "events": ["*"]}')
_REQUESTS = dict(zip(BUCKETS, (_READ, _WRITE, _REGISTRATION), strict=True))


class Stopwatch(SystemClock):
    """The machine's clock, some times as fast; it remembers what each thread read last."""

    def __init__(self, pace: int) -> None:
        self.pace = pace
        self.read = threading.local()

    def monotonic_ns(self) -> int:
        self.read.ns = super().monotonic_ns() * self.pace
        return int(self.read.ns)


@dataclass
class Bench:
    """A server whose decisions are noted, and its shop."""

    b2b: ExpressB2B
    shop: Shop
    port: int
    pace: int
    log: list[Decided]

    def client(self, key: str) -> Client:
        return Client(self.port, replace(self.shop, key=key))

    def new_key(self, **limits: int) -> tuple[str, str]:
        """A key's id and text, with these limits and else the usual ones."""
        key = self.b2b.workspace().keys.create("C", limits=limits)
        return str(key.id), str(key.key)

    def decisions(self, subject: str, bucket: str) -> list[Decided]:
        """What was decided about a key, in order."""
        own = [one for one in self.log if (one.subject, one.bucket) == (subject, bucket)]
        return sorted(own, key=lambda one: one.at_ns)


def run(quick: bool) -> list[Finding]:
    seconds, pace = (20, 8) if quick else (150, 1)
    with _bench(pace) as bench:
        hammered, hammered_key = bench.new_key()
        waiters = [bench.new_key(read=WAITERS_LIMIT) for _ in range(WAITERS)]
        others = _Others(bench)
        late: list[int] = []
        steps: list[Callable[[], object]] = [
            partial(_hammer, bench.client(hammered_key), bucket)
            for bucket in BUCKETS
            for _ in range(THREADS)
        ]
        steps += [partial(_wait_as_told, bench, bench.client(key), late) for _, key in waiters]
        with repeating([*steps, *others.steps()]) as ended:
            ended.wait(seconds)
        return [
            *(_judge_window(bench, hammered, bucket, seconds * pace) for bucket in BUCKETS),
            _judge_waits(bench, [hammered, *(subject for subject, _ in waiters)], late),
            others.judge(),
        ]


@contextmanager
def _bench(pace: int) -> Iterator[Bench]:
    clock = Stopwatch(pace)
    log: list[Decided] = []
    with tempfile.TemporaryDirectory() as name:
        database = database_in(Path(name))
        shop = prepared(database)
        with ExpressB2B(database, clock=clock, check_webhook_url=lambda url: None) as b2b:
            application = create_app(b2b)
            _note_decisions(application, clock, log)
            server = listen(application, Serving(port=0))
            serving = threading.Thread(target=server.run_until_stopped)
            serving.start()
            try:
                yield Bench(b2b, shop, server.effective_port, pace, log)
            finally:
                server.stop()
                serving.join()


def _note_decisions(application: Application, clock: Stopwatch, log: list[Decided]) -> None:
    limits = application.limits
    take = limits.take

    def noting(subject: str, bucket: str, limit: int) -> object:
        decision = take(subject, bucket, limit)
        wait = decision.retry_after_seconds
        log.append(Decided(clock.read.ns, subject, bucket, decision.allowed, wait))
        return decision

    limits.take = noting  # type: ignore[method-assign,assignment]


def _hammer(client: Client, bucket: str) -> None:
    client.request(*_REQUESTS[bucket])
    time.sleep(random.uniform(0, 0.15))  # a server that answers nobody else proves little


def _wait_as_told(bench: Bench, client: Client, late: list[int]) -> None:
    """Ask now and then; refused, wait as told and ask again, which must be accepted."""
    time.sleep(random.uniform(0, 3.5) / bench.pace)
    answer = client.request(*_READ)
    if answer.status == 429:
        client.close()  # the server would, in the middle of a long wait
        time.sleep(int(answer.headers["retry-after"]) / bench.pace)
        late.append(client.request(*_READ).status)


class _Others:
    """A key whose writes are exhausted and who reads, and one that keeps to its limits."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        _, self._exhausted_key = bench.new_key()
        _, self._modest_key = bench.new_key()
        self._statuses: Counter[tuple[str, int]] = Counter()

    def steps(self) -> list[Callable[[], object]]:
        exhausted, modest = self._exhausted_key, self._modest_key
        return [
            self._step("exhausted", exhausted, _WRITE, 0.3),
            self._step("its reads", exhausted, _READ, 0.6),
            self._step("another's reads", modest, _READ, 0.6),
            self._step("another's writes", modest, _WRITE, 1.2),
        ]

    def judge(self) -> Finding:
        counts = self._statuses
        refusals = counts["exhausted", 429]
        others = sum(number for (who, _), number in counts.items() if who != "exhausted")
        accepted = sum(
            number
            for (who, status), number in counts.items()
            if who != "exhausted" and status < 300
        )
        return Finding(
            "C3 others unaffected",
            "a key's writes are exhausted; its reads, and another key's reads and writes",
            others,
            f"{others - accepted} refused while the exhausted bucket refused {refusals}",
            "0 refused",
            others == accepted > 0 and refusals > 0,
        )

    def _step(
        self, who: str, key: str, request: tuple[str, str, bytes | None], every_seconds: float
    ) -> Callable[[], object]:
        client = self._bench.client(key)

        def step() -> None:
            self._statuses[who, client.request(*request).status] += 1
            time.sleep(every_seconds / self._bench.pace)

        return step


def _judge_window(bench: Bench, subject: str, bucket: str, seconds: int) -> Finding:
    log = bench.decisions(subject, bucket)
    fullest = fullest_window([one.at_ns for one in log if one.allowed])
    limit = DEFAULTS[bucket]
    return Finding(
        f"C1 {bucket}",
        f"{THREADS} threads hammer one key for {seconds} s"
        + (f" (a clock {bench.pace} times as fast)" if bench.pace > 1 else ""),
        len(log),
        f"{fullest} in the fullest 60 s, of {sum(one.allowed for one in log)} accepted",
        f"exactly {limit}",
        fullest == limit and len(log) > 2 * limit,
    )


def _judge_waits(bench: Bench, subjects: list[str], late: list[int]) -> Finding:
    wrong = refused = 0
    for subject, bucket in ((subject, bucket) for subject in subjects for bucket in BUCKETS):
        log = bench.decisions(subject, bucket)
        limit = DEFAULTS[bucket] if subject == subjects[0] else WAITERS_LIMIT
        wrong += wrong_waits(log, limit)
        refused += sum(not one.allowed for one in log)
    turned_away = sum(status != 200 for status in late)
    return Finding(
        "C2 Retry-After",
        f"{WAITERS} clients wait exactly as told; all refusals judged by the server's clock",
        refused,
        f"{turned_away} of {len(late)} refused again, {wrong} told a second too long or too short",
        "0 refused again, 0 wrong",
        turned_away == wrong == 0 and len(late) >= WAITERS and refused > 0,
    )
