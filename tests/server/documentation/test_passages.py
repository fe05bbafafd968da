from __future__ import annotations

from expressb2b_server.documentation.book import Page
from expressb2b_server.documentation.passages import LONGEST, passages_of

PAGE = Page(
    "orders",
    "# Orders\n\nFirst.\n\n## States\n\nA.\n\n```bash\n# no heading\n\necho\n```\n\n"
    "## Empty\n\n## States\n\nB.\n",
)


def test_a_passage_is_what_stands_below_a_heading() -> None:
    found = [(one.title, one.anchor, one.markdown) for one in passages_of(PAGE)]

    assert found == [
        ("Orders", "", "First."),
        ("Orders: States", "states", "A.\n\n```bash\n# no heading\n\necho\n```"),
        ("Orders: States", "states-1", "B."),
    ]


def test_a_long_passage_is_cut_between_paragraphs() -> None:
    paragraph = "word " * 100
    page = Page("long", "# Long\n\n" + f"{paragraph}\n\n" * 12)

    found = list(passages_of(page))

    assert len(found) > 1
    assert all(len(one.markdown) <= LONGEST for one in found)
    assert "".join(one.markdown for one in found).count("word") == 1200
