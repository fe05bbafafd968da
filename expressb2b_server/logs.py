"""The log on standard error: text for people at a terminal, JSON lines for everything else."""

from __future__ import annotations

import json
import logging
import re
import sys

from expressb2b_core.inputs import moments

_FOR_PEOPLE = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_REQUEST_ID = re.compile(r"\brequest_id=(\S+)")


class JsonLines(logging.Formatter):
    """One JSON object in a line: `at`, `level`, `logger`, `message`.

    `request_id` is there where a message is about one request, `exception` (the traceback) where
    something failed. A line break inside a text cannot begin another line.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line of this record, without its end."""
        message = record.getMessage()
        line = {
            "at": moments.text(int(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message,
        }
        if found := _REQUEST_ID.search(message):
            line["request_id"] = found[1]
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def log_to_stderr() -> None:
    """Send what the server logs to standard error, in the form for who reads it there."""
    handler = logging.StreamHandler(sys.stderr)
    is_watched = sys.stderr.isatty()
    handler.setFormatter(logging.Formatter(_FOR_PEOPLE) if is_watched else JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
