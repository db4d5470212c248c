"""The steps of sizes are v1's, and none is larger than the machine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scoredock.contrib.profiling.domain.sizes import (
    CPU_STEPS,
    GIGABYTE,
    MEMORY_STEPS,
    at_least,
    below,
    grid,
)


def test_the_steps_are_those_of_v1() -> None:
    assert CPU_STEPS == (
        0.1,
        0.2,
        0.3,
        0.4,
        0.5,
        0.6,
        0.7,
        0.8,
        0.9,
        1.0,
        1.5,
        2.0,
        2.5,
        3.0,
        3.5,
    )
    assert MEMORY_STEPS[:10] == (0.1, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 3.0)
    assert MEMORY_STEPS[-1] == 15.0
    assert len(MEMORY_STEPS) == 22


@given(
    cpus=st.floats(0.05, 64),
    gigabytes=st.floats(0.05, 64),
    most_cpu=st.one_of(st.just(0.0), st.floats(0.05, 4)),
    most_memory=st.one_of(st.just(0.0), st.floats(0.05, 16)),
)
def test_a_step_is_tried_or_said_not_to_be(cpus: float, gigabytes: float, most_cpu: float, most_memory: float) -> None:
    made = grid(cpus, int(gigabytes * GIGABYTE), most_cpu, most_memory)
    assert made.cpus == tuple(sorted(made.cpus))
    assert all(each <= cpus for each in made.cpus[1:])
    assert all(each <= gigabytes for each in made.memories[1:])
    assert all(each > cpus for each in made.untried_cpus)
    assert not {*made.cpus} & {*made.untried_cpus}
    if not most_cpu:
        assert (*made.cpus, *made.untried_cpus) == CPU_STEPS
    else:
        assert max((*made.cpus, *made.untried_cpus)) <= max(most_cpu, 0.1)
    assert (made.largest.cpu, made.largest.memory) == (made.cpus[-1], made.memories[-1])


def test_a_machine_of_two_cores_and_eight_gigabytes() -> None:
    made = grid(2, 8 * GIGABYTE)
    assert (made.cpus[-1], made.untried_cpus) == (2.0, (2.5, 3.0, 3.5))
    assert (made.memories[-1], made.untried_memories) == (
        8.0,
        tuple(float(each) for each in range(9, 16)),
    )


@pytest.mark.parametrize(
    ("value", "smaller", "larger"),
    [(0.1, None, 0.1), (0.35, 0.3, 0.4), (1.0, 0.9, 1.0), (3.6, 3.5, None)],
)
def test_neighbours(value: float, smaller: float | None, larger: float | None) -> None:
    assert (below(CPU_STEPS, value), at_least(CPU_STEPS, value)) == (smaller, larger)
