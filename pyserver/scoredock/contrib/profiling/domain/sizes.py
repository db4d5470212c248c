"""The sizes that a service can have in Azure ML v1, and which of them this machine can hold it to. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from scoredock.late_dataclass import dataclass

GIGABYTE = 1 << 30
"""A gigabyte as limits of containers count it."""
LEAST_CPU, MOST_CPU = 0.1, 3.5
LEAST_MEMORY, MOST_MEMORY = 0.1, 15.0


def _cpu_steps() -> tuple[float, ...]:
    """By 0.1 up to 1 and by 0.5 above."""
    return (*(round(number / 10, 1) for number in range(1, 11)), *(number / 2 for number in range(3, 8)))


def _memory_steps() -> tuple[float, ...]:
    """0.1, by 0.25 up to 2 and by 1 above."""
    return (LEAST_MEMORY, *(number / 4 for number in range(1, 9)), *(float(number) for number in range(3, 16)))


CPU_STEPS = _cpu_steps()
"""Cores, ascending."""
MEMORY_STEPS = _memory_steps()
"""Gigabytes, ascending."""


@dataclass(frozen=True, slots=True, order=True)
class Size:
    """Cores and memory of a service."""

    cpu: float
    """Cores."""
    memory: float
    """Gigabytes."""

    @property
    def memory_bytes(self) -> int:
        return int(self.memory * GIGABYTE)


@dataclass(frozen=True, slots=True)
class SizeGrid:
    """The sizes that are tried, and those of v1 that are not because the machine is smaller."""

    cpus: tuple[float, ...]
    memories: tuple[float, ...]
    untried_cpus: tuple[float, ...] = ()
    untried_memories: tuple[float, ...] = ()

    @property
    def largest(self) -> Size:
        return Size(self.cpus[-1], self.memories[-1])


def grid(machine_cpus: float, machine_bytes: int, cpu_limit: float = 0.0, memory_limit: float = 0.0) -> SizeGrid:
    """Sizes that a machine of so many cores and bytes can hold a service to.

    `cpu_limit` and `memory_limit` are the largest that a person wants to have tried, 0 for all. A machine below the
    smallest step is tried with that step alone, where a limit holds nothing back.
    """
    cpus, untried_cpus = _divided(CPU_STEPS, machine_cpus, cpu_limit)
    memories, untried_memories = _divided(MEMORY_STEPS, machine_bytes / GIGABYTE, memory_limit)
    return SizeGrid(cpus, memories, untried_cpus, untried_memories)


def _divided(steps: Sequence[float], machine: float, limit: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The steps that are tried, and those that only a larger machine has."""
    wanted = tuple(step for step in steps if not limit or step <= limit) or (steps[0],)
    tried = tuple(step for step in wanted if step <= machine) or (steps[0],)
    return tried, tuple(step for step in wanted if step > max(machine, tried[-1]))


def below(steps: Sequence[float], value: float) -> float | None:
    """The next smaller step; None below the first one."""
    return max((step for step in steps if step < value), default=None)


def at_least(steps: Sequence[float], value: float) -> float | None:
    """The smallest step that is not less; None where none is so large."""
    return min((step for step in steps if step >= value), default=None)
