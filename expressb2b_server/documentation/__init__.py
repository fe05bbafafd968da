"""The documentation at `/docs`: pages from Markdown, search, answers, and `llms.txt`.

Everything is made here from the folder `docs/`, on this machine and without JavaScript; nothing
is loaded from elsewhere. What the pages say is left to `docs/`.
"""

from expressb2b_server.documentation.site import PATHS, create_documentation

__all__ = ["PATHS", "create_documentation"]
