import errno
import ssl
from http.client import BadStatusLine, IncompleteRead, RemoteDisconnected

import pytest

from expressb2b_server.delivery.answers import AnswerTooLarge
from expressb2b_server.delivery.failures import EXPECTED, UrlNotAllowed, failure_text
from expressb2b_server.delivery.resolver import NotResolved


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (UrlNotAllowed("The URL must use https."), "url_not_allowed: The URL must use https."),
        (NotResolved("Name or service not known"), "name_not_resolved"),
        (TimeoutError("timed out"), "timeout"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), "connection_refused"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "connection_closed"),
        (BrokenPipeError(errno.EPIPE, "broken"), "connection_closed"),
        (RemoteDisconnected("closed"), "connection_closed"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "connection_failed: No route to host"),
        (OSError("odd"), "connection_failed"),
        (ssl.SSLError(1, "[SSL: NO_CIPHER] no cipher (_ssl.c:1006)"), "tls_failed: no cipher"),
        (ssl.SSLError("odd"), "tls_failed"),
        (AnswerTooLarge(), "answer_too_large"),
        (IncompleteRead(b"x", 5), "answer_truncated"),
        (BadStatusLine("x"), "answer_malformed"),
    ],
)  # fmt: skip
def test_a_failure_is_named_by_a_stable_word(error, text):
    assert isinstance(error, EXPECTED)
    assert failure_text(error) == text


def test_details_are_kept_short():
    assert len(failure_text(UrlNotAllowed("x" * 10_000))) < 250
