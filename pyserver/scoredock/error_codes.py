"""Every error code of Scoredock, declared once in `error_codes.json`; `docs/errors.md` is generated from it.

There each group of codes has its codes with two texts: what happened, in general, and what to do next. A code is a
stable kebab-case name. It never changes its meaning and is never reused.
"""

from __future__ import annotations

import json
from pathlib import Path

from scoredock.late_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """Declaration of an error code: its title and next step, wherever it is raised."""

    code: str
    title: str
    """What happened, in general."""
    next_step: str
    """What to do next, unless the place that raises it knows better."""


GROUPS: dict[str, tuple[ErrorCode, ...]] = {
    group: tuple(ErrorCode(code, title, next_step) for code, (title, next_step) in codes.items())
    for group, codes in json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8")).items()
}
CODES: dict[str, ErrorCode] = {declared.code: declared for group in GROUPS.values() for declared in group}
