"""Valid and invalid requests that schemathesis makes of the OpenAPI document, for B1."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from itertools import count, islice
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from requests.adapters import HTTPAdapter
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

from benchmarks.faults.findings import Finding
from benchmarks.faults.problems import flaw
from tests.server.api.conformance import not_promised, takes_anything

TIMEOUT_SECONDS = 10
_numbers = count()
_MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
_FAILURES_OF_AN_ADDRESS = 50
"""How often one address asks without a key; beyond 60 a minute all it hears is 429."""
_ABOUT_KEYS = (checks.ignored_auth, checks.missing_required_header)
"""Checks that leave the key out, or expect that it was; that is an experiment of its own here."""
_UNSENDABLE = (
    UnicodeError, ValueError, requests.exceptions.InvalidHeader, requests.exceptions.InvalidURL,
)  # fmt: skip


class Asked:
    """Requests to one server, and what was wrong with the answers."""

    def __init__(self, address: str, key: str | None) -> None:
        self.statuses: Counter[str] = Counter()
        self.unsendable = 0
        self.wrong: Counter[str] = Counter()
        self._address = address
        self._headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._sessions = _sessions(limited=key is None)

    def ask(self, case: Case) -> None:
        """Send it, and judge what comes back."""
        _keep_at_home(case)
        label = case.operation.label
        try:
            answer = case.call(
                base_url=self._address,
                session=next(self._sessions),
                headers=self._headers,
                timeout=TIMEOUT_SECONDS,
            )
        except requests.exceptions.Timeout:
            self.wrong[f"{label}: hung"] += 1
        except requests.exceptions.ConnectionError as error:
            self.wrong[f"{label}: no answer, {type(error).__name__}"] += 1
        except _UNSENDABLE:
            self.unsendable += 1
        else:
            self.statuses[f"{answer.status_code // 100}xx"] += 1
            self.wrong.update(f"{label}: {found}" for found in self._flaws(case, answer))

    def _flaws(self, case: Case, answer: schemathesis.Response) -> list[str]:
        headers = {name: values[0] for name, values in answer.headers.items()}
        found = None if case.method == "HEAD" else flaw(answer.status_code, headers, answer.content)
        if found is not None:
            return [found]
        if not self._headers and _needs_key(case.operation) and not _is_kept_out(answer):
            return [f"{answer.status_code} without a key"]
        excluded = [*not_promised(case.operation), *_ABOUT_KEYS]
        try:
            case.validate_response(answer, excluded_checks=excluded, headers=self._headers)
        except FailureGroup as group:
            return [failure.title for failure in group.exceptions]
        return []


def generated(address: str, key: str, examples: int, one_in: int = 1) -> list[Finding]:
    """What answers the requests, with the key and without one.

    Arguments:
        examples: how many valid and how many invalid requests each operation gets by chance.
        one_in: which part of the boundaries is tried.
    """
    warnings.simplefilter("ignore")  # schemathesis warns of what it cannot generate
    schema = schemathesis.openapi.from_url(f"{address}/api/openapi.json")
    operations = [operation.ok() for operation in schema.get_all_operations()]
    findings = []
    for name, sent in (("with a key", key), ("without a key", None)):
        boundaries, chance = Asked(address, sent), Asked(address, sent)
        for operation in operations:
            for case in islice(_boundaries(operation), 0, None, one_in):
                boundaries.ask(case)
            _by_chance(operation, chance, examples if sent else 1)
        findings += [
            _judged(f"B1 boundaries {name}", "every boundary of every field", boundaries),
            _judged(f"B1 schemathesis {name}", "requests by chance, valid and not", chance),
        ]
    return findings


def _boundaries(operation: APIOperation) -> Iterator[Case]:
    """The least and the most of each field, and just beside; methods that are not there."""
    schema = operation.schema
    return schema.iter_coverage_cases(
        operation,
        generation_modes=list(_MODES),
        generation_config=schema.config.generation_for(operation=operation),
    )


def _by_chance(operation: APIOperation, asked: Asked, examples: int) -> None:
    for mode in _MODES:
        if mode is GenerationMode.NEGATIVE and not takes_anything(operation):
            continue

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(mode))
        def ask(case: Case) -> None:
            asked.ask(case)

        ask()


def _judged(experiment: str, tried: str, asked: Asked) -> Finding:
    named = "".join(f"; {times} × {what}" for what, times in asked.wrong.most_common(8))
    told = ", ".join(f"{times} × {status}" for status, times in sorted(asked.statuses.items()))
    times = asked.statuses.total()
    return Finding(
        experiment,
        tried,
        times,
        f"{asked.wrong.total()} wrong{named}; answers: {told}",
        "0 × 5xx, 0 hung, each refusal in the error format, each answer as announced",
        not asked.wrong and times > asked.unsendable,
    )


def _needs_key(operation: APIOperation) -> bool:
    return bool(operation.definition.raw.get("security", True))


def _is_kept_out(answer: schemathesis.Response) -> bool:
    """Whether it was refused without a look at what was asked, but for its path and method."""
    unread = answer.status_code == 400 and answer.json().get("code") == "bad_request"
    return unread or answer.status_code in (401, 404, 405)


class _From(HTTPAdapter):
    """Connects from one address of the machine's own."""

    def __init__(self, source: str) -> None:
        self._source = source
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, source_address=(self._source, 0), **options)


def _sessions(*, limited: bool) -> Iterator[requests.Session]:
    """A session for each request: ever the same one, or another where attempts are limited."""
    for number in _numbers:
        with requests.Session() as session:
            session.mount("http://", _From(f"127.1.{number // 250}.{number % 250 + 1}"))
            for _ in count() if not limited else range(_FAILURES_OF_AN_ADDRESS):
                yield session


def _keep_at_home(case: Case) -> None:
    """Let no endpoint be registered that lies elsewhere: deliveries would go there."""
    body = case.body
    if isinstance(body, dict) and str(body.get("url", "")).lower().startswith("http"):
        case.body = {**body, "url": "https://127.0.0.1:9/"}
