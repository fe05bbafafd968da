"""Reading a form from the body of a request: text of fields, and files."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qsl

import bottle

from expressb2b_server.panel.forms import Form, Upload

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MAX_BODY_BYTES = 2 * 1024 * 1024
_MAX_FIELDS = 5000
_URLENCODED = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"


class UnreadableForm(Exception):
    """The body is no form."""


class _Multipart(bottle.BaseRequest):
    MEMFILE_MAX = MAX_BODY_BYTES


def read(environ: WSGIEnvironment) -> Form:
    """The form in a request.

    Raises:
        UnreadableForm: it is none, or one that cannot be read.
    """
    media_type = str(environ.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()
    length = str(environ.get("CONTENT_LENGTH") or "0")
    if not length.isdigit() or int(length) > MAX_BODY_BYTES:
        raise UnreadableForm
    if media_type == _URLENCODED:
        body: bytes = environ["wsgi.input"].read(int(length))
        return Form(_pairs(body))
    if media_type == _MULTIPART:
        return _multipart(environ)
    raise UnreadableForm


def read_query(environ: WSGIEnvironment) -> Form:
    """The parameters of an address, as a form that filters are shown from."""
    return Form(_pairs(str(environ.get("QUERY_STRING", "")).encode("latin-1")))


def _pairs(raw: bytes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    try:
        pairs = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:  # also of bytes that are no text
        raise UnreadableForm from None
    for name, value in pairs:
        found[name].append(value)
    return dict(found)


def _multipart(environ: WSGIEnvironment) -> Form:
    values: dict[str, list[str]] = defaultdict(list)
    files: dict[str, Upload] = {}
    try:
        sent = _Multipart(environ).POST
        for name, part in sent.allitems():
            if isinstance(part, bottle.FileUpload):
                files[name] = Upload(part.raw_filename or "", part.file.read())
            else:
                values[name].append(cast("str", part))
    except (bottle.HTTPError, bottle.MultipartError, ValueError):
        raise UnreadableForm from None
    return Form(dict(values), files)
