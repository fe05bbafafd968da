from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressb2b_core.rules.approval import (
    Level,
    PendingOrder,
    Person,
    Progress,
    advance,
    applicable_levels,
    complete,
    current_level,
    eligible,
    is_blocked,
    number_levels,
    refusal,
    start,
)

MANAGER = Level(1, "manager", min_total=10_000, required=1)
DIRECTOR = Level(2, "director", min_total=100_000, required=2)


def approver(
    person_id: str = "ann",
    *,
    account: str = "midwest",
    active: bool = True,
    roles: frozenset[str] = frozenset({"approver"}),
    sites: frozenset[str] = frozenset(),
) -> Person:
    return Person(person_id, person_id.title(), account, active, roles, sites)


def order(
    *,
    placed_by: str | None = "buyer",
    allow_self: bool = False,
    decided: frozenset[str] = frozenset(),
) -> PendingOrder:
    return PendingOrder("midwest", "chicago", placed_by, allow_self, decided)


# Which levels apply


def test_order_below_every_limit_needs_no_approval() -> None:
    assert applicable_levels([MANAGER, DIRECTOR], 9_999) == ()


def test_level_applies_from_its_limit_on() -> None:
    assert applicable_levels([MANAGER, DIRECTOR], 10_000) == (MANAGER,)
    assert applicable_levels([MANAGER, DIRECTOR], 99_999) == (MANAGER,)
    assert applicable_levels([MANAGER, DIRECTOR], 100_000) == (MANAGER, DIRECTOR)


def test_level_from_zero_applies_even_to_an_order_that_costs_nothing() -> None:
    everything = Level(1, "everything", min_total=0, required=1)

    assert applicable_levels([everything], 0) == (everything,)


def test_levels_are_sorted_by_limit_and_numbered_from_one() -> None:
    numbered = number_levels([DIRECTOR._replace(number=0), MANAGER._replace(number=0)])

    assert numbered == (MANAGER, DIRECTOR)


def test_levels_with_the_same_limit_keep_their_order() -> None:
    first, second = Level(1, "sales", 0, 1), Level(2, "finance", 0, 1)

    assert number_levels([second, first]) == (first, second)
    assert [level.name for level in number_levels([Level(0, "b", 0, 1), Level(0, "a", 0, 1)])] == [
        "b",
        "a",
    ]


LIMITS = st.lists(st.integers(0, 5), max_size=5)


@given(LIMITS, st.integers(0, 6))
def test_applicable_levels_are_always_the_first_of_the_account_without_a_gap(
    limits: list[int], total: int
) -> None:
    levels = [Level(0, "level", limit, required=1) for limit in limits]

    needed = applicable_levels(levels, total)

    assert needed == number_levels(levels)[: len(needed)]
    assert [level.number for level in needed] == list(range(1, len(needed) + 1))
    assert [level.min_total for level in needed] == sorted(n for n in limits if n <= total)


# Who may decide


def test_active_approver_of_the_account_may_decide() -> None:
    assert refusal(approver(), MANAGER, order()) is None


def test_contact_of_another_account_is_refused() -> None:
    assert refusal(approver(account="stranger"), MANAGER, order()) == "wrong_account"


def test_inactive_contact_is_refused() -> None:
    assert refusal(approver(active=False), MANAGER, order()) == "inactive"


@pytest.mark.parametrize("roles", [frozenset(), frozenset({"buyer"})])
def test_contact_who_is_no_approver_is_refused(roles: frozenset[str]) -> None:
    assert refusal(approver(roles=roles), MANAGER, order()) == "no_role"


def test_approver_who_also_buys_may_decide() -> None:
    assert refusal(approver(roles=frozenset({"buyer", "approver"})), MANAGER, order()) is None


def test_approver_bound_to_sites_decides_for_these_only() -> None:
    of_boston = approver(sites=frozenset({"boston"}))
    of_both = approver(sites=frozenset({"boston", "chicago"}))

    assert refusal(of_boston, MANAGER, order()) == "wrong_site"
    assert refusal(of_both, MANAGER, order()) is None


def test_nobody_approves_their_own_order() -> None:
    assert refusal(approver("ann"), MANAGER, order(placed_by="ann")) == "own_order"


def test_account_can_allow_people_to_approve_their_own_orders() -> None:
    assert refusal(approver("ann"), MANAGER, order(placed_by="ann", allow_self=True)) is None


def test_order_that_nobody_in_person_placed_is_nobodys_own() -> None:
    assert refusal(approver(), MANAGER, order(placed_by=None)) is None


def test_who_decided_one_level_cannot_decide_another() -> None:
    assert refusal(approver("ann"), DIRECTOR, order(decided=frozenset({"ann"}))) == (
        "already_decided"
    )


def test_level_that_names_people_is_decided_by_them_alone() -> None:
    named = MANAGER._replace(approver_ids=("bob", "eve"))

    assert refusal(approver("ann"), named, order()) == "wrong_level"
    assert refusal(approver("eve"), named, order()) is None


def test_being_named_in_a_level_replaces_none_of_the_other_conditions() -> None:
    named = MANAGER._replace(approver_ids=("ann",))

    assert refusal(approver("ann", active=False), named, order()) == "inactive"
    assert refusal(approver("ann", roles=frozenset()), named, order()) == "no_role"


def test_of_several_reasons_the_first_in_the_documented_order_is_given() -> None:
    hopeless = Person("ann", "Ann", "stranger", False, frozenset(), frozenset({"boston"}))
    level = MANAGER._replace(approver_ids=("bob",))
    subject = order(placed_by="ann", decided=frozenset({"ann"}))

    of_account = hopeless._replace(account_id="midwest")
    active = of_account._replace(active=True)
    with_role = active._replace(roles=frozenset({"approver"}))
    of_site = with_role._replace(site_ids=frozenset())
    not_own = subject._replace(placed_by="buyer")
    undecided = not_own._replace(decided=frozenset())
    reasons = [
        *(refusal(who, level, subject) for who in (hopeless, of_account, active, with_role)),
        *(refusal(of_site, level, which) for which in (subject, not_own, undecided)),
    ]

    assert reasons == [
        "wrong_account",
        "inactive",
        "no_role",
        "wrong_site",
        "own_order",
        "already_decided",
        "wrong_level",
    ]


def test_eligible_people_are_those_whom_nothing_speaks_against() -> None:
    ann, bob, buyer = approver("ann"), approver("bob", active=False), approver("buyer")

    assert eligible(MANAGER, [ann, bob, buyer], order(placed_by="buyer")) == (ann,)


# How far the order has come


def test_levels_are_decided_one_after_the_other() -> None:
    progress = start([MANAGER, DIRECTOR])
    seen = [current_level(progress)]
    for _ in range(3):
        progress = advance(progress)
        seen.append(current_level(progress))

    assert seen == [MANAGER, DIRECTOR, DIRECTOR, None]
    assert progress == (Progress(MANAGER, 1), Progress(DIRECTOR, 2))


def test_order_without_levels_has_nothing_to_decide() -> None:
    assert current_level(start([])) is None


def test_approving_when_nothing_is_left_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="nothing is left to approve"):
        advance(complete(start([MANAGER])))


def test_merchants_decision_fulfils_all_levels_at_once() -> None:
    progress = complete(advance(start([MANAGER, DIRECTOR])))

    assert progress == (Progress(MANAGER, 1), Progress(DIRECTOR, 2))
    assert current_level(progress) is None


# When nobody could decide


def test_order_is_not_blocked_while_enough_people_could_decide_each_level() -> None:
    people = [approver("ann"), approver("bob")]

    assert not is_blocked(start([MANAGER, DIRECTOR]), people, order())


def test_order_is_blocked_when_a_later_level_lacks_people() -> None:
    assert not is_blocked(start([MANAGER]), [approver("ann")], order())
    assert is_blocked(start([MANAGER, DIRECTOR]), [approver("ann")], order())


def test_order_is_blocked_when_its_only_approver_placed_it() -> None:
    people = [approver("ann")]

    assert is_blocked(start([MANAGER]), people, order(placed_by="ann"))
    assert not is_blocked(start([MANAGER]), people, order(placed_by="ann", allow_self=True))


def test_approvals_already_given_are_no_longer_asked_for() -> None:
    progress = advance(start([DIRECTOR]))

    assert not is_blocked(
        progress, [approver("ann"), approver("bob")], order(decided=frozenset({"ann"}))
    )
    assert is_blocked(progress, [approver("ann")], order(decided=frozenset({"ann"})))


def test_only_approver_of_two_levels_blocks_the_order_after_deciding_the_first() -> None:
    second = Level(2, "second look", 20_000, required=1)
    progress = start([MANAGER, second])

    assert not is_blocked(progress, [approver("ann")], order())
    assert is_blocked(advance(progress), [approver("ann")], order(decided=frozenset({"ann"})))


def test_finished_level_blocks_nothing_even_if_its_people_have_left() -> None:
    assert not is_blocked(complete(start([MANAGER, DIRECTOR])), [], order())


PEOPLE = [
    approver("ann"),
    approver("bob"),
    approver("eve", sites=frozenset({"chicago"})),
    approver("buyer"),
    approver("gone", active=False),
    approver("far", sites=frozenset({"boston"})),
    approver("spy", account="stranger"),
]
NAMED = st.lists(st.sampled_from(["ann", "bob", "eve", "buyer", "gone"]), unique=True, max_size=3)
LEVELS = st.lists(
    st.builds(
        Level,
        number=st.just(0),
        name=st.just("level"),
        min_total=st.integers(0, 3),
        required=st.integers(1, 3),
        approver_ids=NAMED.map(tuple),
    ),
    max_size=3,
).map(number_levels)


def decide_in_turn(
    levels: tuple[Level, ...], attempts: list[Person], subject: PendingOrder
) -> tuple[list[tuple[int, str]], tuple[Progress, ...], PendingOrder]:
    """Let people try to approve one after the other, as the order would meet them."""
    progress, approvals = start(levels), list[tuple[int, str]]()
    for person in attempts:
        level = current_level(progress)
        if level is None:
            break
        if refusal(person, level, subject) is None:
            progress = advance(progress)
            approvals.append((level.number, person.id))
            subject = subject._replace(decided=subject.decided | {person.id})
    return approvals, progress, subject


ATTEMPTS = st.lists(st.sampled_from(PEOPLE), max_size=25)


@given(LEVELS, ATTEMPTS, st.booleans())
def test_nobody_ever_decides_twice_nor_without_being_entitled(
    levels: tuple[Level, ...], attempts: list[Person], allow_self: bool
) -> None:
    approvals, _, _ = decide_in_turn(levels, attempts, order(allow_self=allow_self))

    deciders = [person_id for _, person_id in approvals]
    assert len(deciders) == len(set(deciders))
    assert set(deciders) <= {"ann", "bob", "eve"} | ({"buyer"} if allow_self else set())
    for number, person_id in approvals:
        named = levels[number - 1].approver_ids
        assert not named or person_id in named


@given(LEVELS, ATTEMPTS)
def test_no_level_is_ever_skipped_or_given_more_approvals_than_it_requires(
    levels: tuple[Level, ...], attempts: list[Person]
) -> None:
    approvals, progress, _ = decide_in_turn(levels, attempts, order())

    numbers = [number for number, _ in approvals]
    assert numbers == sorted(numbers)
    given_to = Counter(numbers)
    for level, approved in progress:
        assert approved == given_to[level.number] <= level.required
        if approved:
            assert all(earlier.remaining == 0 for earlier in progress[: level.number - 1])


@given(LEVELS, ATTEMPTS)
def test_blocked_means_exactly_that_some_unfinished_level_lacks_people(
    levels: tuple[Level, ...], attempts: list[Person]
) -> None:
    _, progress, subject = decide_in_turn(levels, attempts, order())

    lacking = False
    for level, approved in progress:
        could = sum(refusal(person, level, subject) is None for person in PEOPLE)
        lacking = lacking or could + approved < level.required
    assert is_blocked(progress, PEOPLE, subject) == lacking


@given(LEVELS, st.permutations(PEOPLE))
def test_order_that_is_stuck_after_everybody_tried_says_that_it_is_blocked(
    levels: tuple[Level, ...], attempts: list[Person]
) -> None:
    rounds = attempts * (len(levels) + 1)
    _, progress, subject = decide_in_turn(levels, rounds, order())

    assert is_blocked(progress, PEOPLE, subject) == (current_level(progress) is not None)
