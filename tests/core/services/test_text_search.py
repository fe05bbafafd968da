from __future__ import annotations

from expressb2b_core.services.text_search import folded, pattern


def test_stored_text_and_what_is_sought_are_folded_alike() -> None:
    assert folded("Straße", "ÄPFEL") == "strasse\näpfel"
    assert pattern("STRASSE") == "%strasse%"


def test_wildcards_are_escaped() -> None:
    assert pattern("50%_!") == "%50!%!_!!%"
