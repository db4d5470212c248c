"""Facts live beside the configs, which need them too; this is the name the checks know them by."""

from __future__ import annotations

from scoredock.analysis.facts import EnvironmentFacts, Facts, ModelFacts

__all__ = ["EnvironmentFacts", "Facts", "ModelFacts"]
