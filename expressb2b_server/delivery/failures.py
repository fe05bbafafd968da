"""Names what went wrong with an attempt, in words that stay the same over releases.

A failure is one of the words below, some followed by a colon and details for people.
"""

import re
import ssl
from http.client import HTTPException, IncompleteRead

from expressb2b_server.delivery.answers import AnswerTooLarge
from expressb2b_server.delivery.resolver import NotResolved

TIMEOUT = "timeout"
REDIRECT = "redirect_not_followed"

_MAX_DETAIL = 200
_OPENSSL_MARKS = re.compile(r"\[[^\]]*\] | \(_ssl\.c:[0-9]+\)")


class UrlNotAllowed(Exception):
    """Nothing is sent to this URL; the text is the sentence for the integrator."""


# The first class that fits counts: the special ones stand before the general ones.
_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (UrlNotAllowed, "url_not_allowed"),
    (NotResolved, "name_not_resolved"),
    (TimeoutError, TIMEOUT),
    (ssl.SSLError, "tls_failed"),
    (ConnectionRefusedError, "connection_refused"),
    (ConnectionError, "connection_closed"),
    (OSError, "connection_failed"),
    (AnswerTooLarge, "answer_too_large"),
    (IncompleteRead, "answer_truncated"),
    (HTTPException, "answer_malformed"),
)

EXPECTED = tuple(kind for kind, _ in _WORDS)
"""Everything that a hostile or broken receiver can make an attempt raise."""


def failure_text(error: Exception) -> str:
    """Return the failure's word, with details where the integrator can do something with them."""
    word = next(word for kind, word in _WORDS if isinstance(error, kind))
    detail = _detail(error)[:_MAX_DETAIL]
    return f"{word}: {detail}" if detail else word


def _detail(error: Exception) -> str:
    if isinstance(error, UrlNotAllowed):
        return str(error)
    if isinstance(error, ssl.SSLError) or type(error) is OSError:
        return _OPENSSL_MARKS.sub("", error.strerror or "")
    return ""
