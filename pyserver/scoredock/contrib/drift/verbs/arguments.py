"""Arguments of comparisons and schedules on the command line."""

from __future__ import annotations

from scoredock.contrib.drift.options import DriftChoices
from scoredock.features.arguments import option_arguments

TARGET, *CHOICES = option_arguments(DriftChoices)
