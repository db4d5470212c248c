"""Rows of the history of a service, as tests write them."""

from __future__ import annotations

from typing import Any

from scoredock_runtime.contract_history import ANSWER_KINDS, BOUNDS, Row


def history_row(number: int, **given: Any) -> Row:
    """Nothing was asked yet; what a test is about is given."""
    plain = Row(
        number=number,
        wall=1e9 + number,
        clock=float(number),
        elapsed=1.0,
        boot=1,
        origin=7,
        revision=1,
        workers=1,
        in_flight=0,
        queued=0,
        flags=0,
        memory=1 << 20,
        kinds=(0,) * len(ANSWER_KINDS),
        buckets=(0,) * (len(BOUNDS) + 1),
        seconds=0.0,
        cpu=0.0,
    )
    return plain._replace(**given)
