"""How Sphinx builds these pages into the site that the package carries and the server serves.

`contents.toml` alone says which pages there are, and in which order; the Markdown stays plain, so
that it reads the same everywhere. `setup.py` runs the build.
"""

from __future__ import annotations

import configparser
import shutil
import tomllib
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

_FOLDER = Path(__file__).parent
_SETUP = configparser.ConfigParser()
_SETUP.read(_FOLDER.parent / "setup.cfg", encoding="utf-8")
# What is served as it is, beside the HTML made of it.
_COPIED = ("*.md", "*.json", "*.svg", "examples/*.py", "contents.toml")

project = html_title = "Express B2B"
release = _SETUP["metadata"]["version"]
language = "en"
extensions = ["myst_parser"]
exclude_patterns = ["_static", "_templates"]
templates_path = ["_templates"]
nitpicky = True
smartquotes = False
# Request lines and signatures are no whole messages and programs; their colours are good enough.
suppress_warnings = ["misc.highlighting_failure"]
myst_heading_anchors = 4

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["docs.css"]
html_js_files = [("docs.js", {"defer": "defer"})]
html_favicon = "_static/icon.svg"
html_theme_options = {"top_of_page_buttons": ["view"]}
# What the server fills, or answers itself; opened as files, they say so.
html_additional_pages = {"ask": "ask.html", "reference/try": "try.html"}
html_copy_source = False
html_scaled_image_link = False
html_show_copyright = False
html_show_search_summary = False
html_show_sphinx = False
html_use_index = False
pygments_style = "a11y-light"
pygments_dark_style = "a11y-dark"


def setup(app: Sphinx) -> None:
    """Connect the steps below to the build."""
    app.connect("source-read", _list_pages)
    app.connect("doctree-read", _drop_comments)
    app.connect("html-page-context", _make_accessible)
    app.connect("build-finished", _copy_sources)


def _list_pages(app: Sphinx, name: str, source: list[str]) -> None:
    """Put what `contents.toml` lists below the front page, where it becomes the navigation."""
    if name != app.config.root_doc:
        return
    contents = tomllib.loads((_FOLDER / "contents.toml").read_text(encoding="utf-8"))
    for section in contents["section"]:
        pages = "\n".join(page for page in section["pages"] if page != name)
        source[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {section['title']}\n\n{pages}\n```\n"


def _drop_comments(app: Sphinx, doctree: nodes.document) -> None:
    """Leave out the comments, which are for those who run the examples."""
    for node in list(doctree.findall(nodes.raw)):
        if node.astext().startswith("<!--"):
            node.parent.remove(node)


def _make_accessible(
    app: Sphinx, name: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Let what is wider than the screen take the focus, and so the arrow keys.

    An empty cell heads no column.
    """
    if "body" not in context:
        return
    attributes = 'tabindex="0" role="group" aria-label'
    context["body"] = (
        context["body"]
        .replace("<pre>", f'<pre {attributes}="Code">')
        .replace('<div class="table-wrapper', f'<div {attributes}="Table" class="table-wrapper')
        .replace('<th class="head"><p></p></th>', "<td></td>")
    )


def _copy_sources(app: Sphinx, error: Exception | None) -> None:
    """Put every page as Markdown, and the files beside them, where the HTML is."""
    if error is not None:
        return
    for pattern in _COPIED:
        for path in _FOLDER.rglob(pattern):
            below = path.relative_to(_FOLDER)
            if not below.parts[0].startswith("_"):
                (app.outdir / below).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, app.outdir / below)
