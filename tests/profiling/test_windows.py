"""Three windows in a row that agree decide, and nothing before that does."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st
from scoredock.contrib.profiling.domain.load import LoadRequest
from scoredock.contrib.profiling.domain.measurement import MOST_WINDOWS, WindowedRequests
from scoredock.contrib.profiling.domain.windows import (
    LatencyWish,
    LoadWindow,
    latency_of,
    verdict,
    window_seconds,
)

WISH = LatencyWish(rate=20, latency_ms=50)


def flat(milliseconds: float, count: int = 100, **more: int) -> LoadWindow:
    return LoadWindow(tuple([milliseconds] * count), **more)


def said(*milliseconds: float) -> str:
    return verdict([flat(each) for each in milliseconds], WISH, MOST_WINDOWS)


def test_three_windows_that_agree_hold() -> None:
    assert [said(12), said(12, 13), said(12, 13, 12.5)] == ["more", "more", "holds"]


def test_three_windows_above_the_wish_miss() -> None:
    assert said(51, 80, 60) == "misses"


def test_windows_that_do_not_agree_are_waited_for_and_are_never_taken_for_good() -> None:
    restless = [10, 45] * (MOST_WINDOWS // 2)
    assert said(*restless[:-1]) == "more"
    assert said(*restless) == "unsteady"
    assert said(*restless[:3], 12, 12, 12) == "holds"


def test_what_grows_far_beyond_the_wish_is_not_waited_for() -> None:
    assert said(200, 900) == "misses"
    assert said(900, 200) == "more"


def test_a_failure_ends_it() -> None:
    assert verdict([flat(5), LoadWindow((), ("status 500",))], WISH, MOST_WINDOWS) == "failed"


def test_refused_requests_took_forever() -> None:
    assert latency_of([flat(5, 90, busy=10)], 90) == 5
    assert math.isinf(latency_of([flat(5, 90, busy=10)], 95))
    assert verdict([flat(5, 80, busy=20)] * 3, WISH, MOST_WINDOWS) == "misses"


@given(st.lists(st.floats(0.1, 10_000), min_size=1, max_size=MOST_WINDOWS))
def test_what_is_said_to_hold_does(milliseconds: list[float]) -> None:
    answer = said(*milliseconds)
    if answer == "holds":
        assert max(milliseconds[-3:]) <= WISH.latency_ms * 1.2
        assert sorted(milliseconds[-3:])[1] <= WISH.latency_ms
    if len(milliseconds) == MOST_WINDOWS:
        assert answer != "more"


@given(st.floats(0.05, 10_000))
def test_a_window_has_requests_enough_or_is_as_long_as_one_waits(rate: float) -> None:
    seconds = window_seconds(rate)
    assert 3 <= seconds <= 15
    assert seconds * rate >= 99.9 or seconds == 15


def sent(number: int, milliseconds: float = 5.0, lag: float = 0.0) -> LoadRequest:
    return LoadRequest(number, "answered", milliseconds, "", lag)


def windowed(count: int, **more: float) -> WindowedRequests:
    """What was sent at 20 a second: 40 requests warm up, and each window has 100."""
    made = WindowedRequests(WISH)
    for number in range(count):
        made.record(sent(number, **more))
    made.close(count / WISH.rate)
    return made


def test_the_first_two_seconds_only_warm_up() -> None:
    made = WindowedRequests(WISH)
    for number in range(140):
        made.record(sent(number, 500.0 if number < 40 else 5.0))
    made.close(7.0)
    assert [latency_of([each], 100) for each in made.windows] == [5.0]


def test_three_windows_decide() -> None:
    assert windowed(339).outcome() is None
    assert windowed(340).outcome() == "holds"


def test_requests_without_a_response_count_with_the_time_that_they_have_waited() -> None:
    made = WindowedRequests(WISH)
    for number in range(40 + 50):
        made.record(sent(number))
    made.close(7.0 + 1.9)
    assert made.windows == []
    made.close(7.0 + 2.1)
    (window,) = made.windows
    assert window.count == 100
    assert min(sorted(window.latencies)[50:]) >= 2_000


def test_windows_in_which_scoredock_was_late_say_nothing() -> None:
    made = windowed(40 + 100 * MOST_WINDOWS, lag=30.0)
    assert (made.windows, made.outcome()) == ([], "late")
