"""Cursor text to position and back, and the arithmetic of pages."""

import re
import string

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from expressb2b_core.rules.pagination import (
    Cursor,
    Cursors,
    CursorScope,
    FilterValue,
    UnusableCursor,
    cut_page,
    filters_digest,
    is_too_deep,
    page_offset,
)

SECRET = b"a secret of the server"
CURSORS = Cursors(SECRET)
ORDERS = CursorScope("orders", 7, filters_digest({"sort": "-created_at"}))
POSITION = (1_773_585_127, "01936b4a-2c5e-7a1f-9d83-e7f2c4a18b3d")

positions = st.lists(st.one_of(st.integers(), st.text(st.characters())), max_size=4).map(tuple)


@settings(deadline=None)
@given(positions, st.none() | st.integers(min_value=0))
def test_cursor_gives_back_what_it_was_made_of(
    position: tuple[int | str, ...], total: int | None
) -> None:
    text = CURSORS.encode(ORDERS, position, total)

    assert CURSORS.decode(text, ORDERS) == Cursor(position, total)


def test_cursor_needs_no_escaping_in_a_url() -> None:
    text = CURSORS.encode(ORDERS, (1, "Ünï códe/?&=\ud800"), 47)

    assert re.fullmatch(r"[0-9A-Za-z_.-]+", text)


def test_cursor_is_understood_by_another_process_with_the_same_secret() -> None:
    text = CURSORS.encode(ORDERS, POSITION)

    assert Cursors(SECRET).decode(text, ORDERS).position == POSITION


@settings(deadline=None)
@given(st.data())
def test_cursor_with_any_one_changed_character_is_refused(data: st.DataObject) -> None:
    text = CURSORS.encode(ORDERS, POSITION, 47)
    index = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda character: character != text[index]))

    with pytest.raises(UnusableCursor):
        CURSORS.decode(text[:index] + other + text[index + 1 :], ORDERS)


def test_last_character_has_one_spelling_only() -> None:
    text = CURSORS.encode(ORDERS, POSITION)
    others = set(string.ascii_letters + string.digits + "-_") - {text[-1]}

    for other in others:
        with pytest.raises(UnusableCursor):
            CURSORS.decode(text[:-1] + other, ORDERS)


@settings(deadline=None)
@given(st.data())
def test_cursor_with_a_character_more_or_less_is_refused(data: st.DataObject) -> None:
    text = CURSORS.encode(ORDERS, POSITION, 47)
    index = data.draw(st.integers(0, len(text)))
    inserted = text[:index] + data.draw(st.characters()) + text[index:]
    shortened = text[: max(0, index - 1)] + text[max(1, index) :]

    for changed in (inserted, shortened):
        with pytest.raises(UnusableCursor):
            CURSORS.decode(changed, ORDERS)


@settings(deadline=None)
@given(st.text(st.characters(categories=None)))
@example("\ud800.\ud800")
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(UnusableCursor):
        CURSORS.decode(text, ORDERS)


@pytest.mark.parametrize(
    "scope",
    [
        ORDERS._replace(resource="products"),
        ORDERS._replace(workspace_id=8),
        ORDERS._replace(filters=filters_digest({"sort": "created_at"})),
    ],
    ids=["resource", "workspace", "filters"],
)
def test_cursor_of_another_scope_is_refused(scope: CursorScope) -> None:
    text = CURSORS.encode(ORDERS, POSITION)

    with pytest.raises(UnusableCursor, match="another list"):
        CURSORS.decode(text, scope)


def test_cursor_of_another_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("expressb2b_core.rules.pagination._FORMAT_VERSION", 2)
        text = CURSORS.encode(ORDERS, POSITION)

    with pytest.raises(UnusableCursor):
        CURSORS.decode(text, ORDERS)


def test_cursor_of_another_server_is_refused() -> None:
    text = Cursors(b"another secret").encode(ORDERS, POSITION)

    with pytest.raises(UnusableCursor):
        CURSORS.decode(text, ORDERS)


def test_walk_goes_on_while_the_secret_is_replaced() -> None:
    text = Cursors(b"old").encode(ORDERS, POSITION)

    assert Cursors([b"new", b"old"]).decode(text, ORDERS).position == POSITION


def test_newest_secret_signs() -> None:
    text = Cursors([b"new", b"old"]).encode(ORDERS, POSITION)

    assert Cursors(b"new").decode(text, ORDERS).position == POSITION
    with pytest.raises(UnusableCursor):
        Cursors(b"old").decode(text, ORDERS)


@pytest.mark.parametrize("secret", [b"", [], [b"good", b""]])
def test_missing_secret_is_a_mistake(secret: bytes | list[bytes]) -> None:
    with pytest.raises(ValueError, match="secret"):
        Cursors(secret)


def test_digest_does_not_depend_on_the_order_of_names() -> None:
    first = filters_digest({"status": ["approved"], "sort": "-created_at"})
    second = filters_digest({"sort": "-created_at", "status": ("approved",)})

    assert first == second


def test_digest_takes_none_as_absent() -> None:
    assert filters_digest({"q": "tea", "site_id": None}) == filters_digest({"q": "tea"})


def test_digest_is_stable_across_releases() -> None:
    assert filters_digest({"status": "approved", "active": True}) == "f4d5139f7563f1a1"


def test_digest_tells_different_filters_apart() -> None:
    different: list[dict[str, FilterValue]] = [
        {},
        {"q": ""},
        {"q": "1"},
        {"q": 1},
        {"q": True},
        {"q": ["1"]},
        {"q": ["1", "2"]},
        {"q": ["1,2"]},
        {"status": "1"},
    ]

    assert len({filters_digest(filters) for filters in different}) == len(different)


@pytest.mark.parametrize(
    ("count", "page", "has_more"), [(0, 0, False), (2, 2, False), (3, 3, False), (4, 3, True)]
)
def test_page_is_cut_before_the_row_too_many(count: int, page: int, has_more: bool) -> None:
    rows = list(range(count))

    assert cut_page(rows, per_page=3) == (rows[:page], has_more)


def test_pages_count_from_one() -> None:
    assert page_offset(1, 25) == 0
    assert page_offset(3, 25) == 50
    with pytest.raises(ValueError, match="at least 1"):
        page_offset(0, 25)


@pytest.mark.parametrize(
    ("page", "per_page", "too_deep"),
    [(400, 25, False), (401, 25, True), (100, 100, False), (101, 100, True), (10_000, 1, False)],
)
def test_pages_beyond_the_first_ten_thousand_rows_are_too_deep(
    page: int, per_page: int, too_deep: bool
) -> None:
    assert is_too_deep(page, per_page) is too_deep
