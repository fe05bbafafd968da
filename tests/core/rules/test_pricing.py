from itertools import permutations
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from expressb2b_core.rules.pricing import Candidate, PriceRow, base_price, choose, winner

NOON = 1_773_576_000
HOUR = 3600


def price_row(
    row_id: int = 1,
    *,
    tier: str | None = None,
    account: str | None = None,
    price: int = 410_000,
    min_qty: int = 1,
    valid_from: int | None = None,
    valid_to: int | None = None,
) -> PriceRow:
    return PriceRow(row_id, tier, account, price, min_qty, valid_from, valid_to)


def verdicts(rows: list[PriceRow], qty: int = 1, at: int = NOON) -> dict[int, str]:
    return {c.row.id: c.verdict for c in choose(rows, qty, at).candidates}


def test_account_price_beats_tier_price_beats_base_price() -> None:
    base = price_row(1)
    tier = price_row(2, tier="volume_b", price=340_000)
    account = price_row(3, account="midwest", price=385_000)

    assert winner([base, tier, account], 4, NOON) == account
    assert winner([base, tier], 4, NOON) == tier
    assert winner([base], 4, NOON) == base


def test_cheaper_tier_price_does_not_undercut_the_price_agreed_with_the_account() -> None:
    tier = price_row(1, tier="volume_b", price=340_000)
    account = price_row(2, account="midwest", price=385_000)

    assert verdicts([tier, account]) == {1: "outranked", 2: "won"}


def test_account_price_for_larger_quantities_leaves_small_ones_to_the_tier() -> None:
    tier = price_row(1, tier="volume_b")
    account = price_row(2, account="midwest", min_qty=10)

    assert verdicts([tier, account], qty=9) == {1: "won", 2: "qty_too_low"}
    assert verdicts([tier, account], qty=10) == {1: "outranked", 2: "won"}


def test_largest_quantity_break_within_the_quantity_wins_even_if_dearer() -> None:
    single = price_row(1, tier="volume_b", price=300_000, min_qty=1)
    dozen = price_row(2, tier="volume_b", price=320_000, min_qty=12)
    gross = price_row(3, tier="volume_b", price=280_000, min_qty=144)

    assert verdicts([single, dozen, gross], qty=143) == {
        1: "outranked",
        2: "won",
        3: "qty_too_low",
    }


def test_quantity_break_goes_before_a_later_start() -> None:
    recent = price_row(1, min_qty=1, valid_from=NOON - HOUR)
    older_break = price_row(2, min_qty=5, valid_from=NOON - 9 * HOUR)

    assert winner([recent, older_break], 5, NOON) == older_break


def test_of_equal_breaks_the_latest_start_wins() -> None:
    last_year = price_row(1, valid_from=NOON - 9 * HOUR)
    this_year = price_row(2, valid_from=NOON - HOUR)

    assert winner([last_year, this_year], 1, NOON) == this_year


def test_row_without_a_start_counts_as_the_earliest_even_before_1970() -> None:
    always = price_row(1)
    since_the_year_one = price_row(2, valid_from=-62_135_596_800)

    assert winner([always, since_the_year_one], 1, NOON) == since_the_year_one


def test_of_otherwise_equal_rows_the_lowest_id_wins() -> None:
    rows = [price_row(7), price_row(3), price_row(5)]

    assert verdicts(rows) == {3: "won", 5: "outranked", 7: "outranked"}


def test_window_includes_its_start_and_excludes_its_end() -> None:
    row = price_row(1, valid_from=NOON, valid_to=NOON + HOUR)

    assert verdicts([row], at=NOON - 1) == {1: "not_yet_valid"}
    assert verdicts([row], at=NOON) == {1: "won"}
    assert verdicts([row], at=NOON + HOUR - 1) == {1: "won"}
    assert verdicts([row], at=NOON + HOUR) == {1: "expired"}


def test_price_change_at_an_instant_leaves_neither_gap_nor_overlap() -> None:
    old = price_row(1, valid_to=NOON)
    new = price_row(2, valid_from=NOON)

    assert winner([old, new], 1, NOON - 1) == old
    assert winner([old, new], 1, NOON) == new


def test_expired_account_price_falls_back_to_the_tier() -> None:
    tier = price_row(1, tier="volume_b")
    account = price_row(2, account="midwest", valid_to=NOON)

    assert verdicts([tier, account]) == {1: "won", 2: "expired"}


def test_window_is_named_before_the_quantity_when_both_rule_a_row_out() -> None:
    expired = price_row(1, min_qty=10, valid_to=NOON)
    future = price_row(2, min_qty=10, valid_from=NOON + 1)

    assert verdicts([expired, future], qty=1) == {1: "expired", 2: "not_yet_valid"}


def test_row_closed_before_it_began_is_never_valid() -> None:
    withdrawn = price_row(1, valid_from=NOON + HOUR, valid_to=NOON)

    assert verdicts([withdrawn], at=NOON - 1) == {1: "not_yet_valid"}
    assert verdicts([withdrawn], at=NOON) == {1: "expired"}
    assert verdicts([withdrawn], at=NOON + HOUR) == {1: "expired"}


def test_product_without_any_price_row_has_no_winner() -> None:
    assert choose([], 1, NOON) == (None, ())


def test_product_whose_rows_are_all_ruled_out_has_no_winner_but_explains_itself() -> None:
    decision = choose([price_row(1, min_qty=2)], 1, NOON)

    assert decision.winner is None
    assert [c.verdict for c in decision.candidates] == ["qty_too_low"]


def test_free_goods_are_a_price_like_any_other() -> None:
    base = price_row(1, price=410_000)
    sample = price_row(2, account="midwest", price=0)

    assert winner([base, sample], 1, NOON) == sample


def test_candidates_list_the_winner_first_and_the_rest_by_precedence() -> None:
    base = price_row(1)
    tier = price_row(2, tier="volume_b")
    tier_break = price_row(3, tier="volume_b", min_qty=50)
    account = price_row(4, account="midwest", valid_to=NOON)

    for rows in permutations([base, tier, tier_break, account]):
        assert choose(rows, 1, NOON).candidates == (
            Candidate(tier, "tier", "won"),
            Candidate(account, "account", "expired"),
            Candidate(tier_break, "tier", "qty_too_low"),
            Candidate(base, "base", "outranked"),
        )


def test_base_price_is_shown_beside_a_negotiated_one() -> None:
    old_base = price_row(1, price=400_000, valid_to=NOON)
    base = price_row(2, price=410_000, valid_from=NOON)
    account = price_row(3, account="midwest", price=385_000)

    assert base_price([old_base, base, account], 4, NOON) == 410_000
    assert base_price([old_base, base, account], 4, NOON - 1) == 400_000
    assert base_price([account], 4, NOON) is None


# Few distinct values, so that ties and touching windows are common.
MOMENTS = st.integers(min_value=-3, max_value=3)
OWNERS = st.sampled_from([(None, None), ("volume_b", None), (None, "midwest")])


@st.composite
def price_lists(draw: st.DrawFn) -> list[PriceRow]:
    ids = draw(st.lists(st.integers(1, 50), unique=True, max_size=9))
    return [
        PriceRow(
            row_id,
            *draw(OWNERS),
            price=draw(st.integers(0, 5)),
            min_qty=draw(st.integers(1, 4)),
            valid_from=draw(st.none() | MOMENTS),
            valid_to=draw(st.none() | MOMENTS),
        )
        for row_id in ids
    ]


QUANTITIES = st.integers(1, 5)


def is_valid(row: PriceRow, at: int) -> bool:
    started = row.valid_from is None or row.valid_from <= at
    ended = row.valid_to is not None and row.valid_to <= at
    return started and not ended


def winner_told_step_by_step(rows: list[PriceRow], qty: int, at: int) -> PriceRow | None:
    """The rule as one would say it aloud: narrow down one level after the other."""
    levels = [
        [r for r in rows if r.billing_account_id],
        [r for r in rows if r.tier],
        [r for r in rows if not r.billing_account_id and not r.tier],
    ]
    for level in levels:
        left = [r for r in level if is_valid(r, at) and r.min_qty <= qty]
        if not left:
            continue
        largest = max(r.min_qty for r in left)
        left = [r for r in left if r.min_qty == largest]
        starts = [r.valid_from for r in left if r.valid_from is not None]
        if starts:
            left = [r for r in left if r.valid_from == max(starts)]
        return next(r for r in left if r.id == min(r.id for r in left))
    return None


@given(price_lists(), QUANTITIES, MOMENTS)
def test_winner_agrees_with_the_rule_told_step_by_step(
    rows: list[PriceRow], qty: int, at: int
) -> None:
    assert winner(rows, qty, at) == winner_told_step_by_step(rows, qty, at)


@given(price_lists(), QUANTITIES, MOMENTS)
def test_fast_path_and_full_explanation_name_the_same_winner(
    rows: list[PriceRow], qty: int, at: int
) -> None:
    decision = choose(rows, qty, at)

    assert decision.winner == winner(rows, qty, at)
    won = [c.row for c in decision.candidates if c.verdict == "won"]
    assert won == ([] if decision.winner is None else [decision.winner])
    assert won == [c.row for c in decision.candidates][: len(won)]


@given(price_lists(), QUANTITIES, MOMENTS)
def test_every_row_is_explained_exactly_once_and_truthfully(
    rows: list[PriceRow], qty: int, at: int
) -> None:
    candidates = choose(rows, qty, at).candidates

    assert sorted(c.row for c in candidates) == sorted(rows)
    for row, source, verdict in candidates:
        assert source == row.source
        if verdict in ("expired", "not_yet_valid"):
            assert not is_valid(row, at)
        else:
            assert is_valid(row, at)
            assert (verdict == "qty_too_low") == (row.min_qty > qty)


@given(price_lists(), QUANTITIES, MOMENTS, st.randoms())
def test_order_in_which_rows_arrive_changes_nothing(
    rows: list[PriceRow], qty: int, at: int, random: Random
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)

    assert choose(shuffled, qty, at) == choose(rows, qty, at)
