"""Machines that managed online endpoints run on."""

from __future__ import annotations

import re

from scoredock.late_dataclass import dataclass

MACHINE_SIZES = {
    "Standard_DS2_v2": "2 cores, 7 GiB",
    "Standard_DS3_v2": "4 cores, 14 GiB",
    "Standard_DS4_v2": "8 cores, 28 GiB",
    "Standard_DS5_v2": "16 cores, 56 GiB",
    "Standard_E2s_v3": "2 cores, 16 GiB",
    "Standard_E4s_v3": "4 cores, 32 GiB",
    "Standard_E8s_v3": "8 cores, 64 GiB",
    "Standard_F2s_v2": "2 cores, 4 GiB",
    "Standard_F4s_v2": "4 cores, 8 GiB",
    "Standard_F8s_v2": "8 cores, 16 GiB",
    "Standard_F16s_v2": "16 cores, 32 GiB",
    "Standard_NC4as_T4_v3": "4 cores, 28 GiB, one T4",
    "Standard_NC8as_T4_v3": "8 cores, 56 GiB, one T4",
    "Standard_NC24ads_A100_v4": "24 cores, 220 GiB, one A100",
}
"""Sizes of machines that managed online endpoints take, from the list of Azure; which of them a region has differs."""

_SIZE = re.compile(r"(?P<cpus>[\d.]+) cores?, (?P<memory>[\d.]+) GiB(?:, (?P<gpus>\w+) )?")
_NUMBERS = {"one": 1, "two": 2, "four": 4, "eight": 8}
_SMALLER = {"Standard_DS1_v2": "1 core, 3.5 GiB"}
"""Sizes that the tables of Azure's migration guide name, and that are no longer offered."""


@dataclass(frozen=True, slots=True)
class MachineLimits:
    """Processors, memory and GPUs of one machine."""

    cpus: float
    gigabytes: float
    """Of 2³⁰ bytes."""
    gpus: int


def machine_limits(name: str) -> MachineLimits | None:
    """Limits of a machine size, in any case of letters; None for a size that is not known."""
    sizes = {each.casefold(): text for each, text in {**_SMALLER, **MACHINE_SIZES}.items()}
    match = _SIZE.match(sizes.get(name.casefold(), ""))
    if match is None:
        return None
    gpus = match["gpus"] or ""
    return MachineLimits(float(match["cpus"]), float(match["memory"]), _NUMBERS.get(gpus, 0))
