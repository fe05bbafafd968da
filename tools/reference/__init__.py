"""Writes the pages of `docs/reference/` that describe the code, from the code.

`make docs` (or `python -m tools.reference`) writes them; a test fails while they differ.
"""
