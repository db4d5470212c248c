"""What several nouns share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["Transitioning", "Healthy", "Unhealthy", "Unschedulable", "Failed", "Stopped"]
EngineName = Literal["process", "docker"]


@dataclass(frozen=True)
class Empty:
    """Nothing to say."""
