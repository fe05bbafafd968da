"""Colours for code: comments, strings, names, keywords and numbers, in the languages of the docs.

It tells tokens apart, no more; what it does not know stays plain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

_STRING = r"""(?P<s>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)"""
_NUMBER = r"(?P<n>\b[0-9][0-9_]*(?:\.[0-9]+)?\b)"
_SLASHES = r"(?P<c>//[^\n]*|/\*.*?\*/)"
_HASH = r"(?P<c>(?:(?<=\s)|^)\#[^\n]*)"


def _words(text: str) -> str:
    return rf"(?P<k>\b(?:{'|'.join(text.split())})\b)"


def _compiled(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts), re.MULTILINE | re.DOTALL)


_PYTHON = _compiled(
    r'(?P<s>[rbf]{0,2}""".*?"""|[rbf]{0,2}"(?:\\.|[^"\\\n])*"|[rbf]{0,2}\'(?:\\.|[^\'\\\n])*\')',
    r"(?P<c>\#[^\n]*)",
    r"(?P<v>^[ \t]*@[\w.]+)",
    _words(
        "and as assert async await break class continue def del elif else except False finally "
        "for from if import in is lambda None nonlocal not or pass raise return True try while "
        "with yield"
    ),
    _NUMBER,
)
_C_LIKE = _compiled(
    _STRING,
    _SLASHES,
    _words(
        "as async await bool byte case catch class const else false final for foreach from "
        "function if import int let long match new null private public return static string "
        "switch this throw throws true try use using var void while"
    ),
    r"(?P<v>\$\w+)",
    _NUMBER,
)
_SHELL = _compiled(
    r"(?P<s>\"(?:\\.|[^\"\\])*\"|'[^']*')",
    _HASH,
    r"(?P<p>^\$ )",
    r"(?P<v>\$\{?\w+\}?)",
    _words("do done elif else export fi for function if in return sudo then while"),
    r"(?P<o>(?<=\s)--?[A-Za-z][\w-]*)",
)
_JSON = _compiled(
    r'(?P<v>"(?:\\.|[^"\\\n])*"(?=\s*:))',
    r'(?P<s>"(?:\\.|[^"\\\n])*")',
    r"(?P<k>\b(?:true|false|null)\b)",
    r"(?P<n>-?\b[0-9]+(?:\.[0-9]+)?\b)",
)
_INI = _compiled(
    r"(?P<c>^[ \t]*[\#;][^\n]*)", r"(?P<k>^\[[^\]\n]*\])", r"(?P<v>^[\w.-]+(?=\s*=))", _STRING
)
_NGINX = _compiled(r"(?P<c>\#[^\n]*)", _STRING, r"(?P<k>^[ \t]*[a-z_]+)", r"(?P<v>\$\w+)", _NUMBER)
_HTTP = _compiled(
    r"(?P<k>^(?:GET|POST|PUT|PATCH|DELETE|HEAD)\b|^HTTP/[0-9.]+ [0-9]+)", r"(?P<v>^[\w-]+(?=:))"
)

_LANGUAGES: Mapping[str, re.Pattern[str]] = {
    "bash": _SHELL,
    "console": _SHELL,
    "csharp": _C_LIKE,
    "http": _HTTP,
    "ini": _INI,
    "java": _C_LIKE,
    "javascript": _C_LIKE,
    "json": _JSON,
    "nginx": _NGINX,
    "php": _C_LIKE,
    "python": _PYTHON,
    "toml": _INI,
}


def highlighted(code: str, language: str) -> str:
    """The code as HTML; each token of a kind stands in a `span` with the kind's letter."""
    pattern = _LANGUAGES.get(language)
    if pattern is None:
        return escape(code, quote=False)
    parts = []
    at = 0
    for token in pattern.finditer(code):
        parts.append(escape(code[at : token.start()], quote=False))
        parts.append(f'<span class="{token.lastgroup}">{escape(token[0], quote=False)}</span>')
        at = token.end()
    parts.append(escape(code[at:], quote=False))
    return "".join(parts)
