"""The text of an API key."""

import hashlib
import re
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expressb2b_core.rules.key_format import KEY_PATTERN, RANDOM_BYTES, KeyMode, compose, parse

RANDOM = bytes(range(100, 100 + RANDOM_BYTES))
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

random_material = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES)
modes = st.sampled_from(["live", "test"])


@settings(deadline=None)
@given(modes, random_material)
def test_composed_key_is_parsed_into_its_parts(mode: KeyMode, material: bytes) -> None:
    text = compose(mode, material)

    key = parse(text)

    assert key is not None
    assert key.mode == mode
    assert text.startswith(f"eb2b_{mode}_{key.prefix}_")
    assert key.digest == hashlib.sha256(text.encode()).hexdigest()


def test_key_has_the_documented_shape() -> None:
    assert re.fullmatch(r"eb2b_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}", compose("live", RANDOM))


def test_key_is_the_same_for_the_same_random_bytes_and_another_for_others() -> None:
    assert compose("live", RANDOM) == compose("live", RANDOM)
    assert compose("live", RANDOM) != compose("live", RANDOM[::-1])


def test_composed_text_is_stable_across_releases() -> None:
    text = compose("test", bytes(RANDOM_BYTES))

    assert text == f"eb2b_test_{'0' * 8}_{'0' * 32}2EhJX3"


@settings(deadline=None)
@given(modes, random_material, st.data())
def test_any_one_changed_character_is_refused(
    mode: KeyMode, material: bytes, data: st.DataObject
) -> None:
    text = compose(mode, material)
    index = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.one_of(st.sampled_from(BASE62), st.characters()))

    changed = text[:index] + other + text[index + 1 :]

    assert (parse(changed) is None) == (other != text[index])


def test_every_base62_substitution_of_one_key_is_refused() -> None:
    text = compose("live", RANDOM)

    accepted = [
        (index, other)
        for index, original in enumerate(text)
        for other in BASE62
        if other != original and parse(text[:index] + other + text[index + 1 :]) is not None
    ]

    assert accepted == []


def test_every_swap_of_neighbours_in_one_key_is_refused() -> None:
    text = compose("live", RANDOM)
    swaps = [
        text[:index] + text[index + 1] + text[index] + text[index + 2 :]
        for index in range(len(text) - 1)
        if text[index] != text[index + 1]
    ]

    assert [swapped for swapped in swaps if parse(swapped) is not None] == []


@settings(deadline=None)
@given(st.text())
def test_no_other_text_is_a_key(text: str) -> None:
    assert parse(text) is None


def test_longer_text_is_no_key_even_with_a_right_checksum() -> None:
    body = compose("live", RANDOM)
    checksum, number = "", zlib.crc32(body.encode())
    while len(checksum) < 6:
        number, index = divmod(number, 62)
        checksum = BASE62[index] + checksum

    assert parse(body + checksum) is None


@pytest.mark.parametrize(
    "spoiled",
    [
        compose("live", RANDOM) + "\n",
        " " + compose("live", RANDOM),
        compose("live", RANDOM) * 2,
        compose("live", RANDOM)[:-1],
        compose("live", RANDOM).upper(),
        "eb2b_live_" + "A" * 10_000_000,
        "\ud800" * 57,
        "",
    ],
    ids=["newline", "space", "twice", "cut", "upper", "huge", "surrogates", "empty"],
)
def test_spoiled_key_is_refused(spoiled: str) -> None:
    assert parse(spoiled) is None


@pytest.mark.parametrize("size", [0, 16, RANDOM_BYTES - 1, RANDOM_BYTES + 1])
def test_wrong_amount_of_randomness_is_a_mistake(size: int) -> None:
    with pytest.raises(ValueError, match="40 random bytes"):
        compose("live", bytes(size))


def test_unknown_mode_is_a_mistake() -> None:
    mode: str = "prod"

    with pytest.raises(ValueError, match="live or test"):
        compose(mode, RANDOM)  # type: ignore[arg-type]


def test_leaked_key_is_found_in_other_text() -> None:
    key = compose("live", RANDOM)

    match = KEY_PATTERN.search(f"curl -H 'Authorization: Bearer {key}' https://example.com")

    assert match is not None
    assert match.group() == key
