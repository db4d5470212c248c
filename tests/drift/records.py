"""What the tests of drift look for in a record."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import scoredock.contrib.drift.domain

PROCESS = Path(scoredock.contrib.drift.domain.__file__).parent
"""The folder of `drift_process`."""


def feature(record: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A column of a record."""
    (one,) = [each for each in record["features"] if each["name"] == name]
    return dict(one)


def metric(of: Mapping[str, Any], name: str) -> dict[str, Any]:
    """One of its metrics."""
    (one,) = [each for each in of["metrics"] if each["name"] == name]
    return dict(one)
