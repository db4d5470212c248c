"""Chooses the size that is tried next, and the smallest one, by what the sizes so far have shown. Pure.

The largest size comes first: where it does not hold, none does. Memory follows from what was used at it, and is tried
with all cores. Cores are searched at that memory, from what was used; the smallest that holds and the next smaller one
are then measured until two measurements of each agree, as one alone may be chance.
"""

from __future__ import annotations

from collections.abc import Callable

from scoredock.contrib.profiling.domain.sizes import GIGABYTE, Size, SizeGrid, at_least, below

MEMORY_HEADROOM = 1.25
_CPU_HEADROOM = 1.1
"""From the cores that were used to the first that are tried; only a guess."""
_AGREEING = 2


class SearchPlan:
    """The state of one search: `following` says what to try, `tell` what came of it."""

    def __init__(self, grid: SizeGrid) -> None:
        self.grid = grid
        self._votes: dict[float, list[bool]] = {}
        """By cores, at the memory of now."""
        self._largest: bool | None = None
        self._memory: float | None = None
        self._memory_holds = False
        self._used_cpu = 0.0

    def following(self) -> Size | None:
        """The size to be measured next; None when nothing is left to find out."""
        if self._largest is None:
            return self.grid.largest
        if not self._largest or self._memory is None:
            return None
        if not self._memory_holds:
            return Size(self.grid.cpus[-1], self._memory)
        cpu = self._next_cpu()
        return None if cpu is None else Size(cpu, self._memory)

    def tell(self, size: Size, holds: bool, *, used_bytes: int = 0, used_cpu: float = 0.0) -> None:
        """Takes the result of a measurement: whether the size holds the wish, the most memory in bytes and the cores in
        use meanwhile.
        """
        if self._largest is None:
            self._largest = holds
            self._used_cpu = used_cpu
            self._memory = at_least(self.grid.memories, used_bytes * MEMORY_HEADROOM / GIGABYTE) or size.memory
            self._memory_holds = self._memory == size.memory
            if self._memory_holds:
                self._votes[size.cpu] = [holds]
        else:
            self._memory_holds = True
            self._votes.setdefault(size.cpu, []).append(holds)

    def tell_out_of_memory(self) -> bool:
        """The memory of now does not do: the next larger one is tried. False where there is none."""
        larger = [each for each in self.grid.memories if self._memory is not None and each > self._memory]
        if not larger:
            self._memory = None
            return False
        self._memory, self._memory_holds = larger[0], False
        self._votes.clear()
        return True

    @property
    def smallest(self) -> Size | None:
        """The smallest size that holds by the measurements so far; None where none does."""
        cpu = self._smallest()
        return None if cpu is None or self._memory is None else Size(cpu, self._memory)

    @property
    def next_smaller(self) -> Size | None:
        """Size with the next smaller number of cores; None below the smallest step."""
        smallest = self.smallest
        cpu = below(self.grid.cpus, smallest.cpu) if smallest is not None else None
        return None if cpu is None or smallest is None else Size(cpu, smallest.memory)

    def _next_cpu(self) -> float | None:
        lowest, highest = self._bounds()
        between = [each for each in self.grid.cpus if lowest < each < highest]
        if between:
            return self._guess(between)
        for cpu in (highest, lowest):
            if cpu in self.grid.cpus and not self._is_certain(cpu):
                return cpu
        return None

    def _guess(self, between: list[float]) -> float:
        """Next number of cores to try: what was used and a little more if nothing was tried yet, then its neighbour,
        then the middle.
        """
        if len(self._votes) == 1:
            near = at_least(between, self._used_cpu * _CPU_HEADROOM)
            if near is not None:
                return near
        elif len(self._votes) == 2:
            guessed = list(self._votes)[-1]
            return between[-1] if self._holds(guessed) else between[0]
        return between[(len(between) - 1) // 2]

    def _bounds(self) -> tuple[float, float]:
        """The most cores that do not hold, and the fewest above them that do."""
        lowest = self._edge(max, lambda cpu: not self._holds(cpu), 0.0)
        holding = [cpu for cpu in self._votes if cpu > lowest and self._holds(cpu)]
        return lowest, min(holding, default=self.grid.cpus[-1] + 1)

    def _edge(self, pick: Callable[..., float], matches: Callable[[float], bool], default: float) -> float:
        return float(pick((cpu for cpu in self._votes if matches(cpu)), default=default))

    def _smallest(self) -> float | None:
        lowest, highest = self._bounds()
        return highest if highest in self._votes and highest > lowest else None

    def _holds(self, cpu: float) -> bool:
        """By more than half of its measurements; by the worse one of two that differ."""
        votes = self._votes[cpu]
        return sum(votes) * 2 > len(votes)

    def _is_certain(self, cpu: float) -> bool:
        votes = self._votes.get(cpu, [])
        return max(sum(votes), len(votes) - sum(votes)) >= _AGREEING
