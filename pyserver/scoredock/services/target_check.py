"""What a check of a compute target found. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CheckState = Literal["good", "missing", "note"]


@dataclass(frozen=True, slots=True)
class TargetCheck:
    """One thing that a check looked at."""

    what: str
    state: CheckState
    detail: str
    fix: str = ""
