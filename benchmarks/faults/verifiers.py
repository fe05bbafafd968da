"""Who judges captured deliveries: the snippets of the docs, a third party's library, and ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from standardwebhooks import webhooks as standard

from expressb2b_core import WebhookVerificationFailed, verify_webhook
from tests.docs.snippet_verifiers import JUDGES, Case, Judge, signature_by_openssl

OWN = "x-expressb2b-signature"
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


@dataclass(frozen=True)
class Sample:
    """A request and what its receiver knows: its secret, and what time it is."""

    secret: str
    headers: Mapping[str, str]
    body: bytes
    now: int

    def with_header(self, name: str, value: str) -> Sample:
        return replace(self, headers={**self.headers, name: value})


@dataclass(frozen=True)
class Verifier:
    """How it judges, and whether it reads our own header or those of Standard Webhooks."""

    judge: Callable[[Sequence[Sample]], list[bool]]
    reads_own: bool


def verifiers(folder: Path) -> dict[str, Verifier]:
    """All of them by name; the folder is for files that they need."""
    found = {name: _of_snippet(judge, folder) for name, (_, judge) in JUDGES.items()}
    found["verify_webhook"] = Verifier(partial(_one_by_one, _by_library), reads_own=True)
    found["verify_webhook without our header"] = Verifier(
        partial(_one_by_one, _by_library_from_standard_headers), reads_own=False
    )
    found["standardwebhooks"] = Verifier(partial(_one_by_one, _by_standard), reads_own=False)
    return found


def _one_by_one(judge: Callable[[Sample], bool], samples: Sequence[Sample]) -> list[bool]:
    return [judge(sample) for sample in samples]


def _of_snippet(judge: Judge, folder: Path) -> Verifier:
    def judge_samples(samples: Sequence[Sample]) -> list[bool]:
        cases = [Case(one.secret, one.headers[OWN], one.body, one.now) for one in samples]
        return judge(cases, folder)

    return Verifier(judge_samples, reads_own=True)


def _by_library(sample: Sample) -> bool:
    try:
        verify_webhook(sample.secret, sample.headers, sample.body, sample.now)
    except WebhookVerificationFailed:
        return False
    return True


def _by_library_from_standard_headers(sample: Sample) -> bool:
    headers = {name: value for name, value in sample.headers.items() if name != OWN}
    return _by_library(replace(sample, headers=headers))


def _by_standard(sample: Sample) -> bool:
    with _time_is(sample.now):
        try:
            standard.Webhook(sample.secret).verify(sample.body, dict(sample.headers))
        except (standard.WebhookVerificationError, ValueError):  # also what is no UTF-8 any more
            return False
    return True


@contextmanager
def _time_is(now: int) -> Iterator[None]:
    """The library asks the machine for the time; let it be this one."""
    real = standard.datetime

    class Then(real):  # type: ignore[misc, valid-type]
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return real.fromtimestamp(now, tz)

    standard.datetime = Then  # type: ignore[misc]
    try:
        yield
    finally:
        standard.datetime = real  # type: ignore[misc]


def matched_by_openssl(samples: Sequence[Sample], folder: Path) -> tuple[int, int]:
    """How many signatures made by hand stand in the header, and of how many."""
    matching = 0
    for one in samples:
        signed_at = re.search(r"t=([0-9]+)", one.headers[OWN])
        assert signed_at is not None
        signature = signature_by_openssl(one.secret, signed_at[1], one.body, folder)
        matching += f"v1={signature}" in one.headers[OWN]
    return matching, len(samples)
