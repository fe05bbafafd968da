"""What the benchmarks make of their figures, and what answers they refuse."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.report.figures import Figures, Measured, read
from benchmarks.report.goals import outcomes
from benchmarks.report.markdown import BEGIN, END, put_into, tables
from benchmarks.report.note import note
from benchmarks.report.picture import bars, svg
from benchmarks.scenarios.asking import BadAnswer, require_no_failures, require_same_shape
from benchmarks.wrk import Load

ABOUT = {"rounds": 2, "seconds": 1, "orders": 10_000, "cores": 2, "python": "3", "sqlite": "3"}


def measured(contestant: str, *rates: float, work: str = "list") -> Measured:
    return Measured(work, contestant, [Load(100, rate, 1.0, 2.0, 3.0) for rate in rates])


@pytest.fixture
def figures() -> Figures:
    both = [measured("ours", 1000, 2000, 900), measured("fastapi", 20, 50, 10)]
    return Figures(ABOUT, both)


def test_ratio_is_the_median_of_the_rounds(figures: Figures) -> None:
    ratio = figures.ratio("list", "ours", "fastapi")

    assert ratio is not None
    assert (ratio.lowest, ratio.median, ratio.highest) == (40, 50, 90)


def test_goal_is_met_from_its_bound_on(figures: Figures) -> None:
    (exceeded,) = outcomes(figures)
    (missed,) = outcomes(Figures(ABOUT, [measured("ours", 390), measured("fastapi", 10)]))

    assert (exceeded.work, exceeded.bound, exceeded.met) == ("list", 40, True)
    assert not missed.met


def test_what_was_not_measured_has_no_goal() -> None:
    assert outcomes(Figures(ABOUT)) == []


def test_figures_are_the_same_after_being_written(figures: Figures, tmp_path: Path) -> None:
    figures.write(tmp_path / "run.json", {"goals": []})

    assert read(tmp_path / "run.json") == figures


def test_picture_is_well_formed_and_says_in_words_what_it_shows(figures: Figures) -> None:
    picture = ElementTree.fromstring(svg(bars(figures)))

    told = picture.findtext("{http://www.w3.org/2000/svg}desc")
    assert told == "list: 50.0 times FastAPI + SQLAlchemy + uvicorn"


def test_picture_of_nothing_is_well_formed() -> None:
    ElementTree.fromstring(svg([]))


def test_tables_stand_between_the_marks_of_a_page(figures: Figures) -> None:
    page = put_into(f"# Speed\n\n{BEGIN}\nold\n{END}\n\nThe end.\n", tables(figures))

    assert "| list | 1,000 | – | 50.0 | – | – |" in page
    assert "old" not in page
    assert page.endswith(f"{END}\n\nThe end.\n")


def test_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="no <!-- figures"):
        put_into("# Speed\n", "text")


def test_answers_with_the_same_fields_compare() -> None:
    require_same_shape({"data": [{"id": 1}], "meta": {}}, {"meta": {}, "data": [{"id": 2}]}, "x")


@pytest.mark.parametrize("theirs", [{"data": [{}]}, {"data": [{"id": 1, "name": "x"}]}, {}])
def test_answer_with_other_fields_ends_the_run(theirs: object) -> None:
    with pytest.raises(BadAnswer):
        require_same_shape({"data": [{"id": 1}]}, theirs, "x")


def test_note_is_the_section_of_the_documentation() -> None:
    assert note().startswith("All answer the same requests")
    assert "##" not in note()


def test_bulk_answer_with_refused_records_ends_the_run() -> None:
    require_no_failures({"data": [{}], "meta": {"failed": 0}})

    with pytest.raises(BadAnswer, match="1 records"):
        require_no_failures({"data": [{"status": "failed"}], "meta": {"failed": 1}})
