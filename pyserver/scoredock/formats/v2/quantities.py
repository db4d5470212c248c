"""Quantities as Kubernetes writes them: `500m`, `1Gi`, `2`."""

from __future__ import annotations

import re
from decimal import Decimal

_QUANTITY = re.compile(r"\+?(\d+(?:\.\d*)?|\.\d+)(?:([numkMGTPE]|[KMGTPE]i)|[eE][+-]?\d{1,2})?")
_FACTORS = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    **{unit: Decimal(1000) ** power for power, unit in enumerate(("k", "M", "G", "T", "P", "E"), 1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", 1)},
}


def quantity(text: str) -> Decimal | None:
    """The number that a quantity stands for, in cores or bytes; None for what Kubernetes does not read."""
    match = _QUANTITY.fullmatch(text)
    if match is None:
        return None
    unit = match.group(2)
    return Decimal(match.group(1)) * _FACTORS[unit] if unit else Decimal(text)
