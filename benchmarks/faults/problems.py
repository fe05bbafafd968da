"""Whether an answer keeps the form that all answers of the API have."""

from __future__ import annotations

import json
from collections.abc import Mapping

_MEMBERS = {"type": str, "title": str, "status": int, "code": str, "detail": str, "request_id": str}


def flaw(status: int, headers: Mapping[str, str], body: bytes) -> str | None:
    """What is wrong with an answer: of the server's making, or a refusal in another form.

    Header names are in lower case.
    """
    if status >= 500:
        return f"{status}"
    if status < 400:
        return None
    if headers.get("content-type") != "application/problem+json":
        return f"{status} as {headers.get('content-type')}"
    return _flaw_of_problem(status, headers, body)


def _flaw_of_problem(status: int, headers: Mapping[str, str], body: bytes) -> str | None:
    try:
        document = json.loads(body)
    except ValueError:
        return f"{status} with a body that is not JSON"
    wrong = [name for name, kind in _MEMBERS.items() if not isinstance(document.get(name), kind)]
    if wrong:
        return f"{status} without {', '.join(wrong)}"
    # What is kept for repeated requests names the first of them.
    is_first = headers.get("idempotency-replayed") != "true"
    if document["status"] != status:
        return f"{status} that calls itself {document['status']}"
    if is_first and document["request_id"] != headers.get("x-request-id"):
        return f"{status} of another request than its header says"
    return None
