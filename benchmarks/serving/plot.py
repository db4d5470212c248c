"""Bars as SVG, readable on light and dark pages."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

WIDTH, LABEL, ROW, BAR, TOP, GAP = 760, 130, 26, 16, 30, 18
STYLE = """
text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #24292f }
.title { font-weight: 600 } .note { fill: #57606a } .other { fill: #9aa7b4 } .ours { fill: #1f7ae0 } .limit { fill: #c9d1d9 }
line { stroke: #d0d7de }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .note { fill: #9da7b1 } .other { fill: #5c6773 } .ours { fill: #4c9bff } .limit { fill: #39424d }
line { stroke: #39424d }
}"""  # noqa: E501 (a text that would change if it were wrapped)


def bars(panels: Sequence[tuple[str, Sequence[tuple[str, float, str]]]], unit: str) -> str:
    """One panel below the other: a title, and rows of name, value and class (`ours`, `other` or `limit`)."""
    parts: list[str] = []
    height = 0
    for title, rows in panels:
        parts.append(f'<text class="title" x="0" y="{height + 16}">{escape(title)}</text>')
        height += TOP
        longest = max(value for _, value, _ in rows)
        room = WIDTH - LABEL - 110
        parts.append(f'<line x1="{LABEL}" y1="{height - 4}" x2="{LABEL}" y2="{height + ROW * len(rows) - 4}"/>')
        for name, value, kind in rows:
            wide = max(1.0, value / longest * room)
            middle = height + 13
            parts.append(f'<text x="{LABEL - 8}" y="{middle}" text-anchor="end">{escape(name)}</text>')
            parts.append(f'<rect class="{kind}" x="{LABEL}" y="{height}" width="{wide:.1f}" height="{BAR}" rx="2"/>')
            told = f"{value:,.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"
            parts.append(f'<text class="note" x="{LABEL + wide + 6:.1f}" y="{middle}">{escape(told)}</text>')
            height += ROW
        height += GAP
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="CPU of a'
        ' request">'
    )
    return "\n".join([head, f"<style>{STYLE}\n</style>", *parts, "</svg>", ""])
