"""How many threads are best for whom: each contestant tries some numbers with each kind of work."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import replace

from benchmarks.report.figures import Measured
from benchmarks.report.names import OURS, OURS_ALONE, PEERS
from benchmarks.scenarios.arena import Arena, Threads, contest
from benchmarks.scenarios.works import Work, bulk_work, detail_work, list_works, place_work

TRIED = (1, 2, 4, 8)


def kinds(place: Arena) -> list[Work]:
    """One work of each kind."""
    return [list_works(place.data)[0], detail_work(place.data), place_work(), bulk_work()]


def tries(place: Arena, numbers: Sequence[int], wanted: Container[str]) -> Iterator[Measured]:
    """The others with each of these numbers, in each wanted kind of work, for a second."""
    for work in kinds(place):
        if work.like not in wanted:
            continue
        for number in numbers:
            threads = {(peer, work.like): number for peer in PEERS}
            yield from contest(replace(place, threads=threads), work, PEERS, 1, 1)


def best_of(tried: list[Measured]) -> Threads:
    """The number with which each contestant did most, by kind of work."""
    best: dict[tuple[str, str], Measured] = {}
    for one in tried:
        known = best.get((one.contestant, one.scenario))
        if known is None or one.per_second > known.per_second:
            best[one.contestant, one.scenario] = one
    return {key: one.threads or 1 for key, one in best.items()}


def ours_with_one(place: Arena, rounds: int, seconds: int) -> Iterator[Measured]:
    """Our reads with the number of threads that we start with, and with one."""
    for work in kinds(place)[:2]:
        alone = replace(place, threads={(OURS_ALONE, work.like): 1})
        for one in contest(alone, work, (OURS, OURS_ALONE), rounds, seconds):
            yield replace(one, scenario=f"{work.name}, threads")
