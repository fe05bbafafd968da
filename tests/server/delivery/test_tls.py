import ssl

import pytest

from expressb2b_server.delivery.sender import OutgoingRequest
from tests.certificates import Authority
from tests.receivers import answer_and_close, drip, hold

NAME = "hooks.example.test"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


def tls_sender(sender, authority, **options):
    return sender(
        tls=authority.client_context(), lookup=lambda host, port: ["127.0.0.1"], **options
    )


def send(one, hook, name=NAME):
    return one.send(OutgoingRequest(f"https://{name}:{hook.port}/", b"{}", {}))


def test_a_certificate_for_the_name_is_accepted(sender, receiver, authority):
    hook = receiver(tls=authority.server_context(f"DNS:{NAME}"))

    outcome = send(tls_sender(sender, authority), hook)

    assert (outcome.ok, outcome.response) == (True, "ok")
    assert hook.requests[0].body == b"{}"


def test_the_name_is_sent_to_choose_the_certificate_by(sender, receiver, authority):
    names = []
    context = authority.server_context(f"DNS:{NAME}")
    context.sni_callback = lambda connection, name, old: names.append(name)

    send(tls_sender(sender, authority), receiver(tls=context))

    assert names == [NAME]


def test_a_certificate_for_another_name_is_refused(sender, receiver, authority):
    hook = receiver(tls=authority.server_context("DNS:other.example.test"))

    outcome = send(tls_sender(sender, authority), hook)

    assert not outcome.ok
    assert outcome.error.startswith("tls_failed: certificate verify failed: Hostname mismatch")
    assert hook.requests == []


def test_a_certificate_for_the_address_does_not_stand_for_the_name(sender, receiver, authority):
    hook = receiver(tls=authority.server_context("IP:127.0.0.1"))
    one = tls_sender(sender, authority)

    assert not send(one, hook).ok
    assert send(one, hook, "127.0.0.1").ok


def test_a_certificate_of_an_unknown_authority_is_refused(sender, receiver, authority):
    hook = receiver(tls=authority.server_context(f"DNS:{NAME}"))
    one = sender(lookup=lambda host, port: ["127.0.0.1"])

    outcome = send(one, hook)

    assert outcome.error.startswith("tls_failed: certificate verify failed: unable to get local")
    assert hook.requests == []


def test_three_requests_share_one_connection(sender, receiver, authority):
    hook = receiver(tls=authority.server_context(f"DNS:{NAME}"))
    one = tls_sender(sender, authority)

    outcomes = [send(one, hook) for _ in range(3)]

    assert all(outcome.ok for outcome in outcomes)
    assert hook.connections == 1


def test_a_receiver_that_speaks_no_tls_is_refused(sender, raw_receiver, authority):
    def answer_plainly(receiver, connection):
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    outcome = send(tls_sender(sender, authority), raw_receiver(answer_plainly))

    assert outcome.error == "tls_failed: wrong version number"


def drip_handshake(receiver, connection):
    # The head of a record that holds a handshake message of 16 KB.
    connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03")
    while not receiver.closing.wait(0.02):
        connection.sendall(b"x")


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(hold, id="says nothing"),
        pytest.param(drip_handshake, id="drips"),
    ],
)
def test_a_slow_handshake_is_cut_at_the_deadline(sender, raw_receiver, authority, script):
    outcome = send(tls_sender(sender, authority, timeout_seconds=0.3), raw_receiver(script))

    assert (outcome.ok, outcome.error) == (False, "timeout")
    assert outcome.duration_ms < 800


def test_a_body_that_drips_within_tls_is_cut_at_the_deadline(sender, raw_receiver, authority):
    hook = raw_receiver(
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
        tls=authority.server_context(f"DNS:{NAME}"),
    )

    outcome = send(tls_sender(sender, authority, timeout_seconds=0.3), hook)

    assert (outcome.ok, outcome.error) == (False, "timeout")
    assert outcome.duration_ms < 800


def test_an_answer_truncated_within_tls_is_a_failure(sender, raw_receiver, authority):
    hook = raw_receiver(
        answer_and_close(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok"),
        tls=authority.server_context(f"DNS:{NAME}"),
    )

    assert send(tls_sender(sender, authority), hook).error == "answer_truncated"


def test_the_default_context_verifies_and_starts_at_tls_1_2(sender):
    context = sender()._tls

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
