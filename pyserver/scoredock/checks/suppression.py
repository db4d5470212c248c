"""`# scoredock: ignore[SD101]` at the end of a line, for findings that begin or end there."""

from __future__ import annotations

import re

from scoredock.configs.finding import Finding
from scoredock.configs.tree import Lines

_COMMENT = re.compile(r"#\s*scoredock:\s*ignore\[([^\]]{1,200})\]", re.IGNORECASE)


def apply_ignores(findings: list[Finding], text: str) -> list[Finding]:
    """The findings that no comment silences."""
    if not findings or "scoredock" not in text:
        return findings
    lines = Lines(text)
    silenced: dict[int, set[str]] = {}
    for match in _COMMENT.finditer(text):
        codes = {code.strip().upper() for code in match.group(1).split(",")}
        silenced.setdefault(lines.position(match.start()).line, set()).update(codes)
    return [
        f for f in findings if f.code not in silenced.get(f.range.start.line, ()) and f.code not in silenced.get(f.range.end.line, ())
    ]  # fmt: skip
