from __future__ import annotations

from typing import Any

import pytest

from expressb2b_server.serving.admission import Admission
from expressb2b_server.serving.deadlines import Patience, Phase
from expressb2b_server.serving.settings import Serving

HOME = "192.0.2.7"
AWAY = "198.51.100.7"


class Member:
    """A connection that leaves when it is closed, and counts how often it is looked at."""

    looks = 0

    def __init__(self, place: Admission, origin: str | None, phase: Phase, since: float) -> None:
        self.patience = Patience(Serving(), since)
        self.origin = origin
        self.is_open = True
        self._phase = phase
        self._place = place
        place.enter(self)

    @property
    def phase(self) -> Phase:
        Member.looks += 1
        return self._phase

    def handle_close(self) -> None:
        self.is_open = False
        self._place.leave(self)


def admission(**settings: Any) -> Admission:
    made = Admission(Serving(**settings))
    made.begin_turn(newcomers=64)
    return made


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        (HOME, HOME),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", HOME),
        ("127.0.0.1", None),
        ("::1", None),
    ],
)
def test_customers_are_told_apart_and_this_machine_is_nobody(
    address: str, origin: str | None
) -> None:
    assert admission().origin_of(address) == origin


@pytest.mark.parametrize("trusted", [HOME, "*"])
def test_a_trusted_proxy_is_not_limited(trusted: str) -> None:
    assert admission(trusted_proxy=trusted).origin_of(HOME) is None


def test_below_the_limits_everybody_stays() -> None:
    place = admission(connection_limit=2, connections_per_address=2)
    member = Member(place, HOME, Phase.IDLE, 0)

    assert place.has_room_for(HOME)
    assert member.is_open


def test_an_address_with_too_many_makes_room_itself() -> None:
    place = admission(connections_per_address=2)
    oldest = Member(place, AWAY, Phase.IDLE, 0)
    mine = [Member(place, HOME, Phase.HEADER, since) for since in (2, 1)]

    assert place.has_room_for(HOME)

    assert [member.is_open for member in (oldest, *mine)] == [True, True, False]


def test_an_address_whose_requests_are_all_being_answered_gets_no_more() -> None:
    place = admission(connections_per_address=1)
    member = Member(place, HOME, Phase.ANSWERING, 0)

    assert not place.has_room_for(HOME)
    assert place.has_room_for(AWAY)
    assert member.is_open


def test_who_waits_longest_makes_room_and_who_is_silent_before_who_sends() -> None:
    place = admission(connection_limit=3)
    dripping = Member(place, AWAY, Phase.HEADER, 0)
    newest, oldest = (Member(place, HOME, Phase.IDLE, since) for since in (2, 1))

    assert place.has_room_for(AWAY)
    assert [member.is_open for member in (dripping, newest, oldest)] == [True, True, False]


def test_there_is_no_room_when_nobody_waits() -> None:
    place = admission(connection_limit=1)
    Member(place, HOME, Phase.SENDING, 0)

    assert not place.has_room_for(AWAY)


def test_a_crowd_costs_one_look_at_everybody() -> None:
    place = admission(connection_limit=500)
    for since in range(500):
        Member(place, None, Phase.IDLE, since)
    before = Member.looks

    for _ in range(64):
        assert place.has_room_for(None)
        Member(place, None, Phase.HEADER, 1000)

    assert Member.looks - before < 2 * 500


def test_who_was_to_be_spared_may_have_left_or_begun_by_then() -> None:
    place = admission(connection_limit=3)
    members = [Member(place, HOME, Phase.IDLE, since) for since in range(3)]
    assert place.make_room()
    members[1].handle_close()

    assert place.make_room()

    assert not any(member.is_open for member in members)
    assert not place.make_room()
