"""How much a machine of Azure gives to a service: what is a limit of its container here."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scoredock.formats.v2.machine_sizes import MACHINE_SIZES

_SIZE = re.compile(r"(?P<cpus>[\d.]+) cores?, (?P<memory>[\d.]+) GiB(?:, (?P<gpus>\w+) )?")
_NUMBERS = {"one": 1, "two": 2, "four": 4, "eight": 8}
_SMALLER = {"Standard_DS1_v2": "1 core, 3.5 GiB"}
"""Sizes that the tables of Azure's migration guide name, and that are no longer offered."""


@dataclass(frozen=True, slots=True)
class MachineLimits:
    """Of one machine."""

    cpus: float
    gigabytes: float
    """Of 2³⁰ bytes."""
    gpus: int


def machine_limits(name: str) -> MachineLimits | None:
    """Of a machine size, in any case of letters; None for one that is not known here."""
    sizes = {each.casefold(): text for each, text in {**_SMALLER, **MACHINE_SIZES}.items()}
    match = _SIZE.match(sizes.get(name.casefold(), ""))
    if match is None:
        return None
    gpus = match["gpus"] or ""
    return MachineLimits(float(match["cpus"]), float(match["memory"]), _NUMBERS.get(gpus, 0))
