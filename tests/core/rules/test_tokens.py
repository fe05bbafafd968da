from __future__ import annotations

import pytest

from expressb2b_core.rules import tokens


def test_token_is_made_of_characters_that_need_no_quoting() -> None:
    text = tokens.compose(bytes(range(224, 256)))

    assert len(text) == tokens.TEXT_LENGTH
    assert text.replace("-", "").replace("_", "").isalnum()


def test_token_needs_all_its_randomness() -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        tokens.compose(b"short")


def test_digest_tells_tokens_apart_and_shows_none() -> None:
    text = tokens.compose(bytes(32))

    assert tokens.digest(text) != tokens.digest(text[:-1])
    assert text not in tokens.digest(text)


def test_digest_takes_whatever_a_client_sends() -> None:
    assert tokens.digest("\ud800") == tokens.digest("?")
