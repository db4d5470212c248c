"""What the daemon tells of times."""

from __future__ import annotations

import pytest
from scoredock.containers.events import nanoseconds


@pytest.mark.parametrize(
    "stamp",
    [
        "2026-11-21T03:00:00.12345678Z",
        "2026-11-21T05:00:00.12345678+02:00",
        "2026-11-20T20:30:00.123456780-06:30",
        "2026-11-21T03:00:00.1234567809Z",
    ],
)
def test_a_time_counts_wherever_the_daemon_is(stamp: str) -> None:
    """Its clock it tells by the time of its place, without the zeros that a fraction ends with."""
    assert nanoseconds(stamp) == 1_795_230_000_123_456_780


@pytest.mark.parametrize("stamp", ["", "yesterday", "2026-11-21", "2026-13-21T03:00:00Z", "2026-11-21T03:00:00+2:00"])
def test_what_is_no_time_counts_as_none(stamp: str) -> None:
    assert nanoseconds(stamp) == 0


def test_whole_seconds() -> None:
    assert nanoseconds("1970-01-01T01:00:01+01:00") == 10**9
