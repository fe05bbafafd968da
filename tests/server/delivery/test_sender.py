import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from expressb2b_core.rules.webhook_urls import parse_allow_nets
from expressb2b_server.delivery.answers import Answer
from expressb2b_server.delivery.resolver import CACHE_SECONDS
from expressb2b_server.delivery.sender import OutgoingRequest
from tests.receivers import Reply, answer_and_close, count_only, refused_port

BODY = '{"name": "Café — 日本"}'.encode()


def request_to(url, body=BODY, **headers):
    return OutgoingRequest(url, body, {"Content-Type": "application/json", **headers})


def test_body_and_headers_arrive_as_they_were_given(sender, receiver):
    hook = receiver()
    url = f"http://127.0.0.1:{hook.port}/hooks/a?b=c"

    outcome = sender().send(request_to(url, **{"X-ExpressB2B-Event": "order.placed"}))

    (received,) = hook.wait_for(1)
    assert outcome.ok
    assert (received.method, received.path, received.body) == ("POST", "/hooks/a?b=c", BODY)
    assert received.headers == {
        "host": f"127.0.0.1:{hook.port}",
        "accept-encoding": "identity",
        "user-agent": "ExpressB2B-Webhooks",
        "content-type": "application/json",
        "x-expressb2b-event": "order.placed",
        "content-length": str(len(BODY)),
    }


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_a_whole_answer_of_2xx_is_a_success(sender, receiver, status):
    hook = receiver(Reply(status, b"" if status == 204 else b"thanks"))

    outcome = sender().send(request_to(hook.url))

    assert (outcome.ok, outcome.status, outcome.error) == (True, status, None)
    assert outcome.response == ("" if status == 204 else "thanks")


@pytest.mark.parametrize("status", [400, 404, 410, 429, 500, 503])
def test_a_refusal_is_recorded_with_its_status_and_answer(sender, receiver, status):
    hook = receiver(Reply(status, b"no"))

    outcome = sender().send(request_to(hook.url))

    assert (outcome.ok, outcome.status, outcome.response) == (False, status, "no")
    assert outcome.error is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_failure_and_never_followed(sender, receiver, raw_receiver, status):
    canary = raw_receiver(count_only)
    hook = receiver(Reply(status, headers={"Location": canary.url}))

    outcome = sender().send(request_to(hook.url))

    assert (outcome.ok, outcome.status) == (False, status)
    assert outcome.error == "redirect_not_followed"
    assert canary.connections == 0


def test_only_the_first_kib_of_the_answer_is_kept(sender, receiver):
    hook = receiver(Reply(200, b"a" * 1024 + b"b" * 200_000))

    outcome = sender().send(request_to(hook.url))

    assert outcome.ok
    assert outcome.response == "a" * 1024


def test_an_answer_that_is_no_utf8_becomes_text_that_can_be_stored(sender, receiver):
    hook = receiver(Reply(200, b"a\xff\x00b"))

    assert sender().send(request_to(hook.url)).response == "a\ufffd\ufffdb"


def test_a_compressed_answer_is_not_unpacked(sender, receiver):
    hook = receiver(Reply(200, b"\x1f\x8b bomb", headers={"Content-Encoding": "gzip"}))

    assert sender().send(request_to(hook.url)).response == "\x1f\ufffd bomb"


def test_an_answer_without_length_ends_with_the_connection(sender, raw_receiver):
    hook = raw_receiver(answer_and_close(b"HTTP/1.0 200 OK\r\n\r\nall of it"))

    outcome = sender().send(request_to(hook.url))

    assert (outcome.ok, outcome.response) == (True, "all of it")


def test_a_chunked_answer_is_put_together(sender, raw_receiver):
    chunks = b"3\r\nall\r\n6;x=y\r\n of it\r\n0\r\nTrailer: 1\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    hook = raw_receiver(answer_and_close(head, chunks))

    outcome = sender().send(request_to(hook.url))

    assert (outcome.ok, outcome.response) == (True, "all of it")


def test_retry_after_is_told_with_a_refusal_only(sender, receiver):
    asking = {"Retry-After": "120"}
    refusing = receiver(Reply(503, headers=asking))
    accepting = receiver(Reply(200, headers=asking))

    assert sender().send(request_to(refusing.url)).retry_after_seconds == 120
    assert sender().send(request_to(accepting.url)).retry_after_seconds is None


def test_a_date_in_retry_after_is_measured_with_the_clock(sender, receiver, clock):
    hook = receiver(Reply(503, headers={"Retry-After": "Tue, 14 Nov 2023 22:13:50 GMT"}))

    assert sender(clock=clock).send(request_to(hook.url)).retry_after_seconds == 30


def test_nobody_listening_is_a_failure(sender):
    outcome = sender().send(request_to(f"http://127.0.0.1:{refused_port()}/"))

    assert (outcome.ok, outcome.status, outcome.error) == (False, None, "connection_refused")


def test_an_answer_that_came_past_the_deadline_is_a_failure(sender, receiver, clock):
    def answer_late(request):
        clock.advance(5)
        return Reply(200)

    outcome = sender(clock=clock, timeout_seconds=5).send(request_to(receiver(answer_late).url))

    assert (outcome.ok, outcome.status, outcome.error) == (False, None, "timeout")
    assert outcome.duration_ms == 5000


def test_a_wrong_header_is_the_callers_mistake_and_raised(sender, receiver):
    with pytest.raises(ValueError, match="one line"):
        sender().send(request_to(receiver().url, **{"X-Evil": "a\r\nb: c"}))


def test_proxies_of_the_environment_are_ignored(sender, receiver, raw_receiver, monkeypatch):
    canary = raw_receiver(count_only)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, canary.url)
        monkeypatch.setenv(name.upper(), canary.url)
    monkeypatch.delenv("REQUEST_METHOD", raising=False)
    monkeypatch.setenv("no_proxy", "")

    outcome = sender().send(request_to(receiver().url))

    assert outcome.ok
    assert canary.connections == 0


def test_three_requests_share_one_connection(sender, receiver):
    hook = receiver()
    one = sender()

    outcomes = [one.send(request_to(hook.url)) for _ in range(3)]

    assert all(outcome.ok for outcome in outcomes)
    assert (len(hook.requests), hook.connections) == (3, 1)


def test_a_receiver_that_closes_gets_a_new_connection_each_time(sender, receiver):
    hook = receiver(Reply(200, close=True))
    one = sender()

    outcomes = [one.send(request_to(hook.url)) for _ in range(3)]

    assert all(outcome.ok for outcome in outcomes)
    assert hook.connections == 3


def test_a_kept_connection_that_died_is_replaced_within_the_attempt(sender, receiver):
    replies = iter([Reply(200), None, Reply(202)])
    hook = receiver(lambda request: next(replies))
    one = sender()
    one.send(request_to(hook.url))

    outcome = one.send(request_to(hook.url))

    assert (outcome.ok, outcome.status) == (True, 202)
    assert (len(hook.requests), hook.connections) == (3, 2)


def test_a_kept_connection_that_dies_in_the_answer_is_a_failure(sender, receiver, monkeypatch):
    hook = receiver()
    one = sender()
    one.send(request_to(hook.url))

    def reset(answer):
        raise ConnectionResetError

    monkeypatch.setattr(Answer, "read_to_end", reset)
    outcome = one.send(request_to(hook.url))

    assert (outcome.ok, outcome.error) == (False, "connection_closed")
    assert (len(hook.requests), hook.connections) == (2, 1)


def test_a_new_connection_that_dies_is_not_tried_again(sender, receiver):
    hook = receiver(lambda request: None)

    outcome = sender().send(request_to(hook.url))

    assert (outcome.ok, outcome.error) == (False, "connection_closed")
    assert hook.connections == 1


def test_a_closed_sender_keeps_no_connection(sender, receiver):
    hook = receiver()
    one = sender()
    one.close()

    outcomes = [one.send(request_to(hook.url)) for _ in range(2)]

    assert all(outcome.ok for outcome in outcomes)
    assert hook.connections == 2


def test_many_threads_share_a_sender(sender, receiver):
    hook = receiver(lambda request: Reply(200, request.body))
    one = sender()
    bodies = [f"body {number}".encode() for number in range(200)]

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(lambda body: one.send(request_to(hook.url, body)), bodies))

    assert [outcome.response.encode() for outcome in outcomes] == bodies
    assert sorted(request.body for request in hook.requests) == sorted(bodies)
    assert hook.connections <= 8


def test_the_name_is_resolved_once_and_the_checked_address_connected_to(sender, receiver):
    hook = receiver(host="127.0.0.2")
    canary = receiver(port=hook.port)
    answers = iter([["127.0.0.2"]])
    one = sender(
        allow_nets=parse_allow_nets("127.0.0.2/32"),
        lookup=lambda host, port: next(answers, ["127.0.0.1"]),
    )

    outcome = one.send(request_to(f"http://rebinding.test:{hook.port}/"))

    assert outcome.ok
    assert hook.requests[0].headers["host"] == f"rebinding.test:{hook.port}"
    assert canary.connections == 0


def test_a_name_that_changes_to_a_refused_address_after_registration_is_refused(
    sender, receiver, clock
):
    canary = receiver()
    answers = iter([["93.184.215.14"]])
    one = sender(allow_nets=(), clock=clock, lookup=lambda host, port: next(answers, ["127.0.0.1"]))
    url = f"https://rebinding.test:{canary.port}/"
    registered = one.check(url)
    clock.advance(CACHE_SECONDS)

    outcome = one.send(request_to(url))

    assert registered is None
    assert outcome.error.startswith("url_not_allowed: The host rebinding.test leads to")
    assert canary.connections == 0


def test_a_kept_connection_is_not_used_when_the_name_has_moved(sender, receiver, clock):
    old = receiver(host="127.0.0.2")
    new = receiver(host="127.0.0.3", port=old.port)
    addresses = ["127.0.0.2"]
    one = sender(clock=clock, lookup=lambda host, port: addresses)
    url = f"http://moving.test:{old.port}/"
    one.send(request_to(url))
    addresses[0] = "127.0.0.3"
    clock.advance(CACHE_SECONDS)

    one.send(request_to(url))

    assert (len(old.requests), len(new.requests)) == (1, 1)


def test_one_refused_address_among_several_refuses_the_attempt(sender, receiver):
    canary = receiver()
    one = sender(lookup=lambda host, port: ["127.0.0.1", "10.0.0.1"])

    outcome = one.send(request_to(f"http://mixed.test:{canary.port}/"))

    assert "10.0.0.0/8" in outcome.error
    assert canary.connections == 0


def test_the_next_address_is_tried_when_one_refuses(sender, receiver):
    hook = receiver(host="127.0.0.3")
    one = sender(lookup=lambda host, port: ["127.0.0.2", "127.0.0.3"])

    assert one.send(request_to(f"http://two.test:{hook.port}/")).ok


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "017700000001",
        "0177.0.0.1",
        "127.0.0.01",
        "１２７.０.０.１",
        "127。0。0。1",
        "127.0.0.1.",
        "0.0.0.0",
        "0",
        "localhost",
        "LOCALHOST",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "public.example@127.0.0.1",
        "public.example\\@127.0.0.1",
    ],
)
def test_no_writing_of_loopback_is_connected_to(sender, raw_receiver, scheme, host):
    canary = raw_receiver(count_only)

    outcome = sender(allow_nets=()).send(request_to(f"{scheme}://{host}:{canary.port}/"))

    assert not outcome.ok
    assert outcome.error.startswith("url_not_allowed: ")
    assert canary.connections == 0


def test_a_lookup_that_hangs_ends_with_the_deadline(sender):
    release = threading.Event()
    one = sender(lookup=lambda host, port: release.wait(10) and [], timeout_seconds=0.1)

    outcome = one.send(request_to("https://hanging.test/"))
    release.set()

    assert (outcome.ok, outcome.error) == (False, "timeout")
    assert outcome.duration_ms < 600


def unresolvable(host, port):
    raise OSError("Name or service not known")


def test_a_name_without_address_is_a_failure(sender):
    outcome = sender(lookup=unresolvable).send(request_to("https://nowhere.test/"))

    assert (outcome.ok, outcome.error) == (False, "name_not_resolved")


def test_check_accepts_what_may_be_sent_to(sender):
    one = sender(lookup=lambda host, port: ["93.184.215.14"])

    assert one.check("https://public.test/hook") is None
    assert sender().check("http://127.0.0.1:8000/hook") is None


def test_check_says_why_nothing_may_be_sent_there(sender):
    assert "must use https" in sender().check("ftp://example.com/")
    assert "does not resolve" in sender(lookup=unresolvable).check("https://nowhere.test/")
    assert "EXPRESSB2B_WEBHOOK_ALLOW_NETS" in sender(allow_nets=()).check("https://127.0.0.1/")
