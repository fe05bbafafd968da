"""The documentation at `/docs`: the pages that Sphinx has built, search, answers, and `llms.txt`.

Everything comes from this machine and works without JavaScript; nothing is loaded from elsewhere.
What the pages say is left to `docs/`.
"""

from expressb2b_server.documentation.site import PATHS, create_documentation

__all__ = ["PATHS", "create_documentation"]
