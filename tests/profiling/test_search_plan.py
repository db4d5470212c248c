"""The search finds the smallest size of any service, also where a measurement near the edge is chance."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st
from scoredock.contrib.profiling.domain.search_plan import SearchPlan
from scoredock.contrib.profiling.domain.sizes import (
    CPU_STEPS,
    GIGABYTE,
    Size,
    at_least,
    below,
    grid,
)

MACHINE = grid(4, 64 * GIGABYTE)


@dataclass
class Subject:
    """A service that needs so much."""

    cpu: float
    gigabytes: float
    told_cpu: float = 0.0
    """Cores that a reading shows, right or wrong."""

    def holds(self, size: Size) -> bool:
        return size.cpu >= self.cpu


def searched(subject: Subject) -> tuple[SearchPlan, list[Size]]:
    plan, tried = SearchPlan(MACHINE), []
    while (size := plan.following()) is not None:
        tried.append(size)
        assert len(tried) < 40, "it does not end"
        if size.memory < subject.gigabytes:
            assert plan.tell_out_of_memory()
            continue
        used = int(subject.gigabytes * GIGABYTE)
        plan.tell(size, subject.holds(size), used_bytes=used, used_cpu=subject.told_cpu)
    return plan, tried


@given(cpu=st.floats(0.01, 3.5), gigabytes=st.floats(0.01, 12), told=st.floats(0, 4))
def test_the_smallest_is_found_whatever_the_first_guess_is(cpu: float, gigabytes: float, told: float) -> None:
    plan, tried = searched(Subject(cpu, gigabytes, told))
    smallest = at_least(CPU_STEPS, cpu)
    assert plan.smallest is not None
    assert plan.smallest.cpu == smallest
    assert plan.smallest.memory >= gigabytes * 1.25 or plan.smallest.memory == MACHINE.memories[-1]
    smaller = below(CPU_STEPS, plan.smallest.cpu)
    assert plan.next_smaller == (None if smaller is None else Size(smaller, plan.smallest.memory))
    assert tried.count(plan.smallest) >= 2
    if plan.next_smaller is not None:
        assert tried.count(plan.next_smaller) >= 2
    assert len(tried) <= 11


@given(cpu=st.floats(3.51, 10))
def test_nothing_is_tried_below_a_largest_size_that_does_not_hold(cpu: float) -> None:
    plan, tried = searched(Subject(cpu, 1))
    assert (plan.smallest, tried) == (None, [MACHINE.largest])


@given(st.data())
def test_it_ends_and_gives_a_size_that_held_more_often_than_not(
    data: st.DataObject,
) -> None:
    plan, votes = SearchPlan(MACHINE), dict[Size, list[bool]]()
    for _ in range(60):
        size = plan.following()
        if size is None:
            break
        holds = size == MACHINE.largest or data.draw(st.booleans())
        votes.setdefault(size, []).append(holds)
        plan.tell(size, holds, used_bytes=GIGABYTE, used_cpu=data.draw(st.floats(0, 4)))
    else:
        raise AssertionError("it does not end")
    if plan.smallest is not None and plan.smallest != MACHINE.largest:
        assert sum(votes[plan.smallest]) >= 2
    if plan.smallest is not None and plan.next_smaller is not None:
        assert votes[plan.next_smaller].count(False) >= 2


def test_memory_that_does_not_do_is_followed_by_the_next_step() -> None:
    plan = SearchPlan(MACHINE)
    plan.tell(MACHINE.largest, True, used_bytes=int(0.5 * GIGABYTE), used_cpu=1.0)
    assert plan.following() == Size(3.5, 0.75)
    assert plan.tell_out_of_memory()
    assert plan.following() == Size(3.5, 1.0)


def test_cores_are_searched_with_the_memory_that_was_found() -> None:
    _, tried = searched(Subject(0.25, 0.3, told_cpu=0.2))
    assert [each.cpu for each in tried] == [3.5, 3.5, 0.3, 0.2, 0.3, 0.2]
    assert {each.memory for each in tried[1:]} == {0.5}
