"""A browser without a screen: follows redirects, keeps cookies, reads and sends forms."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote, urlencode, urlsplit

from expressb2b_server.panel.application import Panel

_DISPOSITION = "Content-Disposition: form-data"


@dataclass
class FoundForm:
    """A form of a page, with the values it would send."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    path: str

    @property
    def text(self) -> str:
        return self.body.decode()

    def header(self, name: str) -> str | None:
        return next((value for found, value in self.headers if found.lower() == name.lower()), None)

    @property
    def cookies(self) -> list[str]:
        return [value for name, value in self.headers if name == "Set-Cookie"]

    @property
    def page(self) -> PageReader:
        reader = PageReader()
        reader.feed(self.text)
        reader.close()
        return reader

    def form(self, action: str) -> FoundForm:
        found = [one for one in self.page.forms if one.action.partition("?")[0].endswith(action)]
        assert found, f"no form to {action} in {self.path}: {[f.action for f in self.page.forms]}"
        return found[0]


class PageReader(HTMLParser):
    """The forms, links, ids and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[FoundForm] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._area: str | None = None
        self._select: str | None = None

    @property
    def said(self) -> str:
        return " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if found.get("id"):
            self.ids.append(found["id"] or "")
        if tag == "a" and found.get("href"):
            self.links.append(found["href"] or "")
        if tag == "form":
            self.forms.append(FoundForm(found.get("action") or "", found.get("method") or "get"))
        self._field(tag, found)

    def _field(self, tag: str, found: dict[str, str | None]) -> None:
        name, value = found.get("name"), found.get("value") or ""
        if tag == "option" and self._select:
            # What a browser sends: the chosen option, or else the first.
            if "selected" in found or self._select not in self.forms[-1].fields:
                self.forms[-1].fields[self._select] = [value]
        elif name is None or not self.forms:
            return
        elif tag == "textarea":
            self._area = name
            self.forms[-1].fields[name] = [""]
        elif tag == "select":
            self._select = name
        elif found.get("type") != "file" and _is_sent(found):
            self.forms[-1].fields.setdefault(name, []).append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None
        if tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._area is not None:
            fields = self.forms[-1].fields
            fields[self._area][0] += data.removeprefix("\n")


def _is_sent(field: dict[str, str | None]) -> bool:
    return field.get("type") != "checkbox" or "checked" in field


class Browser:
    """One browser, with its cookies, at one address."""

    def __init__(self, panel: Panel, address: str = "192.0.2.7", scheme: str = "http") -> None:
        self.panel = panel
        self.address = address
        self.scheme = scheme
        self.jar: dict[str, str] = {}
        self.extra: dict[str, str] = {}

    def get(self, path: str, *, follow: bool = True, method: str = "GET") -> Answer:
        answer = self._send(method, path, b"", "")
        return self._followed(answer) if follow else answer

    def post(self, path: str, fields: dict[str, object], *, follow: bool = True) -> Answer:
        body = urlencode(fields, doseq=True).encode()
        answer = self._send("POST", path, body, "application/x-www-form-urlencoded")
        return self._followed(answer) if follow else answer

    def upload(self, path: str, fields: dict[str, object], name: str, content: bytes) -> Answer:
        boundary = "b0undary"
        parts = [
            f'--{boundary}\r\n{_DISPOSITION}; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, values in fields.items()
            for value in (values if isinstance(values, list) else [values])
        ]
        parts.append(
            f'--{boundary}\r\n{_DISPOSITION}; name="{name}"; filename="x.csv"\r\n'
            "Content-Type: text/csv\r\n\r\n".encode()
            + content
            + b"\r\n"
        )
        body = b"".join(parts) + f"--{boundary}--\r\n".encode()
        answer = self._send("POST", path, body, f"multipart/form-data; boundary={boundary}")
        return self._followed(answer)

    def submit(self, page: Answer, action: str, *, follow: bool = True, **fields: object) -> Answer:
        """Fill in the form that leads to this address, and send it."""
        found = page.form(action)
        sent: dict[str, object] = {**found.fields, **fields}
        if found.method.lower() == "get":
            return self.get(f"{found.action}?{urlencode(sent, doseq=True)}", follow=follow)
        return self.post(found.action, sent, follow=follow)

    def _followed(self, answer: Answer) -> Answer:
        for _ in range(5):
            location = answer.header("Location")
            if answer.status not in (302, 303) or location is None:
                return answer
            answer = self._send("GET", location, b"", "")
        raise AssertionError("redirected in a circle")

    def _send(self, method: str, path: str, body: bytes, content_type: str) -> Answer:
        parts = urlsplit(path)
        environ: dict[str, object] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(parts.path, encoding="latin-1"),
            "QUERY_STRING": parts.query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "8000",
            "HTTP_HOST": "localhost:8000",
            "REMOTE_ADDR": self.address,
            "wsgi.url_scheme": self.scheme,
            "wsgi.input": io.BytesIO(body),
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": str(len(body)) if body else "",
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.jar.items()),
            **self.extra,
        }
        seen: dict[str, object] = {}

        def start_response(status: str, headers: list[tuple[str, str]]) -> None:
            seen.update(status=status, headers=headers)

        content = b"".join(self.panel(environ, start_response))  # type: ignore[arg-type]
        answer = Answer(int(str(seen["status"])[:3]), seen["headers"], content, path)  # type: ignore[arg-type]
        self._keep_cookies(answer)
        return answer

    def _keep_cookies(self, answer: Answer) -> None:
        for cookie in answer.cookies:
            pair, *attributes = cookie.split("; ")
            name, _, value = pair.partition("=")
            if "Max-Age=0" in attributes:
                self.jar.pop(name, None)
            else:
                self.jar[name] = value
