"""The logger of this folder; waitress's classes are given it too, in place of their own."""

import logging

logger = logging.getLogger("expressb2b.serving")
