"""The machine size of a managed online endpoint for what a container of v1 asks for."""

from __future__ import annotations

import re

from scoredock.formats.v2.machine_sizes import MACHINE_SIZES
from scoredock.late_dataclass import dataclass

_REQUESTED = (
    (1, 0, 1.2, "Standard_DS1_v2"),
    (2, 1.2, 1.7, "Standard_F2s_v2"),
    (2, 1.7, 4.7, "Standard_DS2_v2"),
    (2, 4.7, 13.7, "Standard_E2s_v3"),
    (4, 0, 5.7, "Standard_F4s_v2"),
    (4, 5.7, 11.7, "Standard_DS3_v2"),
    (4, 11.7, 16, "Standard_E4s_v3"),
)
"""Most CPUs, memory in gigabytes (more than, at most), and the machine size for them: the table of Azure for services
on Azure Container Instances."""
_FEWEST_CPUS = {1: 0, 2: 1, 4: 2}
"""A row is for more CPUs than these."""
_LARGER = re.compile(r"(\d+) cores, (\d+) GiB$")


@dataclass(frozen=True, slots=True)
class MachineSize:
    """The machine size for what a container asks for."""

    name: str
    exact: bool
    """Whether the table of Azure has a row for it; else it is rounded up to the next row, or beyond the table to the
    next size that holds it."""
    fits: bool = True
    """Whether it holds that much; the largest size where none does."""


def size_for(cpu: float, memory: float) -> MachineSize:
    """The smallest size that holds CPUs and gigabytes of memory."""
    fitting = [row for row in _REQUESTED if cpu <= row[0] and memory <= row[2]]
    if fitting:
        most_cpu, least, _, name = min(fitting)
        return MachineSize(name, exact=cpu > _FEWEST_CPUS[most_cpu] and memory > least)
    return _beyond(cpu, memory)


def _beyond(cpu: float, memory: float) -> MachineSize:
    sizes = [
        (int(match[1]), int(match[2]), name) for name, text in MACHINE_SIZES.items() if (match := _LARGER.match(text))
    ]
    holding = [size for size in sizes if cpu <= size[0] and memory <= size[1]]
    return MachineSize(min(holding)[2], exact=False) if holding else MachineSize(max(sizes)[2], exact=False, fits=False)
