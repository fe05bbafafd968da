"""The cookies of the panel: signed, out of reach of scripts, and bound to forms.

What stands in a cookie is a random token; what it opens is known to the database alone. The
signature lets garbage be refused without asking there.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Literal

from itsdangerous import BadSignature, Signer

from expressb2b_server.panel.responses import Header

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SESSION = "expressb2b_session"
SETUP = "expressb2b_setup"
VISITOR = "expressb2b_visitor"

SameSite = Literal["Lax", "Strict"]


class Cookies:
    """Makes and reads the cookies of an installation.

    Behind https their names begin with `__Host-`: browsers then take them from this very host
    only, and never over plain http (RFC 6265bis section 4.1.3).
    """

    def __init__(self, secret: bytes) -> None:
        self._tokens = _signer(secret, b"expressb2b.panel.cookie")
        self._forms = _signer(secret, b"expressb2b.panel.form")

    def read(self, environ: WSGIEnvironment, name: str) -> str | None:
        """The token in this cookie; None when there is none that was made here."""
        wanted = _full_name(environ, name)
        sent = str(environ.get("HTTP_COOKIE", "")).split(";")
        pairs = (entry.strip().partition("=") for entry in sent)
        value = next((value for found, _, value in pairs if found == wanted), None)
        if value is None:
            return None
        try:
            return self._tokens.unsign(f"{name}:{value}").decode().partition(":")[2]
        except (BadSignature, UnicodeError):
            return None

    def write(
        self, environ: WSGIEnvironment, name: str, token: str, same_site: SameSite = "Lax"
    ) -> Header:
        """The header that gives a browser this token, until the browser is closed."""
        signed = self._tokens.sign(f"{name}:{token}").decode().partition(":")[2]
        return _header(environ, name, signed, f"SameSite={same_site}")

    def drop(self, environ: WSGIEnvironment, name: str) -> Header:
        """The header that takes a cookie back."""
        return _header(environ, name, "", "SameSite=Lax; Max-Age=0")

    def form_token(self, token: str) -> str:
        """What the forms of this browser carry, so that no other site can send them."""
        return self._forms.get_signature(token).decode()

    def is_form_token(self, token: str, sent: str) -> bool:
        """Whether a form was made for this browser."""
        return hmac.compare_digest(self.form_token(token).encode(), sent.encode("utf-8", "replace"))


def is_secure(environ: WSGIEnvironment) -> bool:
    """Whether the browser came by https, or the public address says that it does."""
    return environ.get("wsgi.url_scheme") == "https"


def _full_name(environ: WSGIEnvironment, name: str) -> str:
    return f"__Host-{name}" if is_secure(environ) else name


def _header(environ: WSGIEnvironment, name: str, value: str, attributes: str) -> Header:
    secure = "; Secure" if is_secure(environ) else ""
    text = f"{_full_name(environ, name)}={value}; Path=/; HttpOnly{secure}; {attributes}"
    return "Set-Cookie", text


def _signer(secret: bytes, salt: bytes) -> Signer:
    return Signer(secret, salt=salt, key_derivation="hmac", digest_method=hashlib.sha256)
