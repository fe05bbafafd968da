"""Request bodies: read once, at most 2 MiB, and strictly JSON in UTF-8.

Whether the JSON says something sensible is left to the declarations of the inputs.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from expressb2b_core.errors import UnreadableBody
from expressb2b_server.api.refusals import PayloadTooLarge, UnsupportedMediaType

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MAX_BYTES = 2 * 1024 * 1024

_MEDIA_TYPE = re.compile(r'application/json\s*(?:;\s*charset="?utf-8"?\s*)?;?\s*', re.IGNORECASE)
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


class Fractional:
    """A number with a fraction or an exponent: nothing here takes one, so it is never computed."""

    __slots__ = ()


class _TwoReadings(ValueError):
    """Python would accept it, and other readers of JSON would not, or would understand another."""


_FRACTIONAL = Fractional()


def read(environ: WSGIEnvironment) -> bytes:
    """The bytes of the body, empty when there is none.

    Raises:
        PayloadTooLarge: more than 2 MiB.
        UnsupportedMediaType: the body is encoded (`Content-Encoding`).
        UnreadableBody: it ended before its announced length.
    """
    if environ.get("HTTP_CONTENT_ENCODING"):
        raise UnsupportedMediaType("A body is sent as it is, without Content-Encoding.")
    announced = environ.get("CONTENT_LENGTH")
    if not announced:
        return _read_to_the_end(environ)
    length = int(announced) if announced.isdecimal() and len(announced) < 10 else MAX_BYTES + 1
    if length > MAX_BYTES:
        raise PayloadTooLarge(MAX_BYTES)
    body: bytes = environ["wsgi.input"].read(length) if length else b""
    if len(body) < length:
        raise UnreadableBody("The body is shorter than its Content-Length.")
    return body


def _read_to_the_end(environ: WSGIEnvironment) -> bytes:
    # Without a length the input may only be read where the server promises that it ends.
    if not environ.get("wsgi.input_terminated"):
        return b""
    body: bytes = environ["wsgi.input"].read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise PayloadTooLarge(MAX_BYTES)
    return body


def parse(body: bytes, media_type: str) -> object:
    """The value of a JSON body.

    Raises:
        UnsupportedMediaType: not declared as JSON in UTF-8.
        UnreadableBody: not JSON, or JSON that can be read in two ways.
    """
    if media_type != "application/json" and not _MEDIA_TYPE.fullmatch(media_type):
        raise UnsupportedMediaType("A body needs Content-Type: application/json.")
    try:
        text = body.decode()
        value: object = _decoder.decode(text)
        if _SURROGATE_ESCAPE.search(text):
            # Escapes can spell half a character, which no text can hold.
            json.dumps(value, ensure_ascii=False, default=_ignore).encode()
    except UnicodeError:
        raise UnreadableBody("The body is not text in UTF-8.") from None
    except RecursionError:
        raise UnreadableBody("The body is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise UnreadableBody(
            f"The body is not valid JSON: {error.msg}, line {error.lineno} column {error.colno}."
        ) from None
    except _TwoReadings as error:
        raise UnreadableBody(f"The body is not valid JSON: {error}.") from None
    except ValueError:  # `int` refuses thousands of digits
        raise UnreadableBody("The body has a number with too many digits.") from None
    return value


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _TwoReadings("an object names a field twice")
    return found


def _refuse_constant(name: str) -> object:
    raise _TwoReadings(f"{name} is not a number of JSON")


def _ignore(value: object) -> None:
    return None


_decoder = json.JSONDecoder(
    object_pairs_hook=_without_duplicates,
    parse_float=lambda text: _FRACTIONAL,
    parse_constant=_refuse_constant,
)
