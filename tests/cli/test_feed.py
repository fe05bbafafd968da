"""Following the feed of events over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from expressb2b_cli.exit_codes import ExitCode, Failure
from expressb2b_cli.feed import Answer, Feed, TryAgain


class Server:
    """Answers as `/api/events` does, with so many events, or with the next of `answers`."""

    def __init__(self, count: int = 0, *answers: Answer) -> None:
        self.count = count
        self.answers = list(answers)
        self.asked: list[tuple[str, Mapping[str, str], Mapping[str, str]]] = []

    def __call__(self, url: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        self.asked.append((url, query, headers))
        if self.answers:
            return self.answers.pop(0)
        after = int(query["after"])
        found = list(range(after + 1, self.count + 1))[: int(query["per_page"])]
        page = {
            "data": [{"seq": seq} for seq in found],
            "meta": {"next_after": found[-1] if found else after},
        }
        return Answer(200, {"X-ExpressB2B-Version": "2026-03"}, json.dumps(page).encode())


def feed(server: Server, *types: str) -> Feed:
    return Feed("http://shop.example/", "a key", types, server)


def test_events_come_with_where_to_go_on_and_their_version() -> None:
    page = feed(Server(5)).read(3)

    assert [event["seq"] for event in page.events] == [4, 5]
    assert (page.next_after, page.version) == (5, "2026-03")


def test_the_key_and_the_types_are_sent() -> None:
    server = Server(1)

    feed(server, "order.placed", "order.approved").read(0)

    url, query, headers = server.asked[0]
    assert url == "http://shop.example/api/events"
    assert query["types"] == "order.placed,order.approved"
    assert headers["Authorization"] == "Bearer a key"


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7, 8, 9, 1000, 1023, 1024, 1025])
def test_the_newest_event_is_found_in_few_steps(count: int) -> None:
    server = Server(count)

    assert feed(server).newest() == count
    assert len(server.asked) <= 2 * max(count, 1).bit_length() + 1


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (Answer(429, {"retry-after": "17"}, b""), 17),
        (Answer(503, {"Retry-After": "2"}, b""), 2),
        (Answer(502, {}, b""), 5),
        (Answer(503, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, b""), 5),
    ],
)
def test_a_server_that_cannot_answer_now_is_asked_again(answer: Answer, seconds: int) -> None:
    with pytest.raises(TryAgain) as later:
        feed(Server(0, answer)).read(0)

    assert later.value.seconds == seconds


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_told_as_the_server_tells_it(status: int) -> None:
    problem = {"code": "unauthorized", "detail": "A valid API key is needed."}

    with pytest.raises(Failure) as refused:
        feed(Server(0, Answer(status, {}, json.dumps(problem).encode()))).read(0)

    assert refused.value.exit_code == ExitCode.NOT_AUTHORISED
    assert refused.value.detail == "A valid API key is needed."


@pytest.mark.parametrize(
    "answer", [Answer(404, {}, b"<html>"), Answer(200, {}, b"<html>"), Answer(200, {}, b"[]")]
)
def test_another_server_is_recognised(answer: Answer) -> None:
    with pytest.raises(Failure, match="no such server"):
        feed(Server(0, answer)).read(0)


def test_a_server_that_is_not_there_is_asked_again() -> None:
    with pytest.raises(TryAgain, match="cannot be reached"):
        Feed("http://127.0.0.1:9", "a key").read(0)
