"""Sees to it that the process may hold as many files and sockets open as it is asked to serve."""

from __future__ import annotations

import importlib

from expressb2b_server.serving.log import logger

_FOR_EVERYTHING_ELSE = 256
_PER_CONNECTION = 2  # its socket, and a temporary file when much is sent over it


def allow_connections(count: int) -> None:
    """Raises the soft limit on open files as far as the hard one allows; warns if that is less.

    The usual soft limit is 1024, for the sake of programs that use `select`, which this is not.
    """
    try:
        resource = importlib.import_module("resource")
    except ImportError:  # not a Unix: no such limit
        return
    wanted = count * _PER_CONNECTION + _FOR_EVERYTHING_ELSE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft == unlimited or soft >= wanted:
        return
    allowed = wanted if hard == unlimited else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < wanted:
        logger.warning("only %d open files are allowed; %d may be needed", allowed, wanted)
