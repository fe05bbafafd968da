"""Finds passages of the documentation by their words: a full-text index in memory (SQLite FTS5).

Each term of a question is ranked by BM25 on its own, so that it is known which passage answers
how much of the question; a passage that holds only a small part of it is no answer.
"""

from __future__ import annotations

import math
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from expressb2b_server.documentation.passages import Passage
from expressb2b_server.documentation.questions import Term, terms_of
from expressb2b_server.documentation.rendering import words

MARKS = ("\x02", "\x03")
"""What stands before and behind a word that was looked for, in an excerpt."""

_ENOUGH = 0.5
# A guide answers a question better than the entry of a reference or a list of links does.
_STANDING = (
    ("reference/python", 0.5),
    ("reference/", 0.75),
    ("architecture", 0.5),
    ("index", 0.5),
    ("five-minute-start", 0.75),
)
_EXCERPT_WORDS = 36
_CREATE = """
CREATE VIRTUAL TABLE passages
USING fts5(page, heading, prose, code, tokenize = "porter unicode61 remove_diacritics 2")
"""
# BM25 is better the lower it is. A word in a heading says more than one in the text, and one in
# an example less.
_RANK = "SELECT rowid, -bm25(passages, 3.0, 6.0, 1.0, 0.5) FROM passages WHERE passages MATCH ?"
_EXCERPT = """
SELECT snippet(passages, 2, ?, ?, '…', ?) FROM passages WHERE passages MATCH ? AND rowid = ?
"""


class Found(NamedTuple):
    """A passage that answers; `share` of the question's weight is in it. The excerpt is plain."""

    passage: Passage
    score: float
    share: float
    excerpt: str


class Index:
    """All passages, ready to be searched. Thread-safe."""

    def __init__(self, passages: Iterable[Passage]) -> None:
        self._passages = list(passages)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.execute(_CREATE)
        self._connection.executemany(
            "INSERT INTO passages (rowid, page, heading, prose, code) VALUES (?, ?, ?, ?, ?)",
            (
                (number, passage.page.title, passage.heading, *words(passage.markdown))
                for number, passage in enumerate(self._passages)
            ),
        )

    def search(self, question: str, limit: int) -> list[Found]:
        """The passages that answer best, the best first; none when the docs have no answer."""
        terms = terms_of(question)
        with self._lock:
            return [
                Found(self._passages[number], score, share, self._excerpt(terms, number))
                for number, score, share in self._ranked(terms)[:limit]
            ]

    def _ranked(self, terms: Sequence[Term]) -> list[tuple[int, float, float]]:
        """Number, score and share of the passages that hold enough of the question."""
        scores: dict[int, float] = defaultdict(float)
        shares: dict[int, float] = defaultdict(float)
        hits = [self._hits(term) for term in terms]
        weights = [self._weight(len(rows)) for rows in hits]
        for rows, weight in zip(hits, weights, strict=True):
            for number, score in rows:
                scores[number] += score
                shares[number] += weight / sum(weights)
        enough = [
            (number, scores[number] * _standing(self._passages[number]), share)
            for number, share in shares.items()
            if share >= _ENOUGH
        ]
        return sorted(enough, key=lambda row: (-row[1] * row[2], row[0]))

    def _hits(self, term: Term) -> list[tuple[int, float]]:
        return self._connection.execute(_RANK, (term.match,)).fetchall()

    def _weight(self, hits: int) -> float:
        """How much a term says: the more, the fewer passages have it; most if none has it.

        The root keeps one rare word from outweighing everything else that was asked.
        """
        return math.sqrt(math.log(1 + len(self._passages) / (hits + 0.5)))

    def _excerpt(self, terms: Sequence[Term], number: int) -> str:
        match = " OR ".join(term.match for term in terms)
        row = self._connection.execute(_EXCERPT, (*MARKS, _EXCERPT_WORDS, match, number)).fetchone()
        return str(row[0])


def _standing(passage: Passage) -> float:
    name = passage.page.name
    return next((factor for start, factor in _STANDING if name.startswith(start)), 1.0)
