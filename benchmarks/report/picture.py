"""A picture of the ratios, as SVG, made from the JSON of a run.

    python -m benchmarks.report.picture RUN.json PICTURE.svg

Bars show how many times as many requests a second ours answers. It reads well on light and dark
ground, and says in words what it shows.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from benchmarks.report.figures import Figures, read
from benchmarks.report.names import OURS, PEERS, named
from benchmarks.report.table import figure

WORKS = ("list", "detail", "place", "approve", "bulk 500", "mixed 80/20")
_TITLE = "Requests a second: Express B2B is so many times as fast"
_WIDTH, _LEFT, _RIGHT = 760, 130, 70
_TOP, _BAR, _GAP, _BETWEEN = 66, 15, 3, 14
_MOST_LINES = 8
_STYLE = """
    text { font: 13px system-ui, sans-serif; fill: #24292f; }
    .title { font-size: 15px; font-weight: 600; }
    .small { font-size: 11px; fill: #57606a; }
    .line { stroke: #d0d7de; }
    .fastapi { fill: #0f766e; } .flask { fill: #b45309; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; } .small { fill: #9ba5b0; } .line { stroke: #3d444d; }
      .fastapi { fill: #2dd4bf; } .flask { fill: #f59e0b; }
    }
"""


class Bar(NamedTuple):
    """How many times as fast ours is in a work as one of the others."""

    work: str
    contestant: str
    ratio: float


def bars(figures: Figures) -> list[Bar]:
    """What the picture shows, in its order."""
    found = []
    for work in WORKS:
        for peer in PEERS:
            ratio = figures.ratio(work, OURS, peer)
            if ratio is not None:
                found.append(Bar(work, peer, ratio.median))
    return found


def svg(shown: Sequence[Bar]) -> str:
    """The picture; what it shows stands in its description, too."""
    top = max((bar.ratio for bar in shown), default=1.0)
    parts: list[str] = []
    y = _TOP
    for place, bar in enumerate(shown):
        is_first = place == 0 or shown[place - 1].work != bar.work
        y += _BETWEEN if is_first and place else 0
        parts += _drawn(bar, y, _length(bar.ratio, top), with_name=is_first)
        y += _BAR + _GAP
    height = y + 16
    return "\n".join([*_head(shown, height), *_grid(top, y), *parts, "</svg>", ""])


def description(shown: Sequence[Bar]) -> str:
    """The picture in words."""
    return "; ".join(
        f"{bar.work}: {figure(bar.ratio)} times {named(bar.contestant)}" for bar in shown
    )


def _head(shown: Sequence[Bar], height: int) -> list[str]:
    lines = [
        f"""<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}"
  viewBox="0 0 {_WIDTH} {height}" role="img"
  aria-labelledby="title description">""",
        f'<title id="title">{_TITLE}</title>',
        f'<desc id="description">{escape(description(shown))}</desc>',
        f"<style>{_STYLE}</style>",
        f'<text class="title" x="10" y="22">{_TITLE}</text>',
    ]
    for place, peer in enumerate(PEERS):
        x = 10 + place * 270
        lines.append(f'<rect class="{peer}" x="{x}" y="35" width="12" height="12" rx="2"/>')
        lines.append(f'<text x="{x + 18}" y="46">as {escape(named(peer))}</text>')
    return lines


def _grid(top: float, bottom: int) -> list[str]:
    """Lines at 1× and at whole numbers of a fitting distance."""
    step = next((step for step in (1, 2, 5, 10, 20, 50) if top / step <= _MOST_LINES), 100)
    lines = []
    for at in sorted({1, *range(step, int(top) + 1, step)}):
        x = _LEFT + _length(at, top)
        lines.append(f'<line class="line" x1="{x}" x2="{x}" y1="{_TOP - 6}" y2="{bottom}"/>')
        lines.append(
            f'<text class="small" x="{x}" y="{bottom + 11}" text-anchor="middle">{at}×</text>'
        )
    return lines


def _drawn(bar: Bar, y: int, length: float, *, with_name: bool) -> list[str]:
    lines = [
        f'<rect class="{bar.contestant}" x="{_LEFT}" y="{y}" width="{length}" height="{_BAR}"/>',
        f'<text x="{_LEFT + length + 6}" y="{y + _BAR - 3}">{figure(bar.ratio)}×</text>',
    ]
    if with_name:
        lines.append(
            f'<text x="{_LEFT - 10}" y="{y + _BAR + 5}" text-anchor="end">{escape(bar.work)}</text>'
        )
    return lines


def _length(ratio: float, top: float) -> float:
    return round((_WIDTH - _LEFT - _RIGHT) * ratio / top, 1)


def main() -> None:
    run, picture = Path(sys.argv[1]), Path(sys.argv[2])
    picture.write_text(svg(bars(read(run))))


if __name__ == "__main__":
    main()
