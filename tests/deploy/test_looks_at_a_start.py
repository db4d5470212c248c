"""How often a service that starts is looked at: on another machine each look is many calls."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scoredock.engines.base import Observation
from scoredock.engines.handle import Handle
from scoredock.progress import CancelToken, Silent
from scoredock.services.lifecycle.launch import Launcher

from pace import within

SECONDS = 3.0


@pytest.mark.parametrize(("engine", "most"), [("process", 100), ("kubernetes", 12), ("remote-docker", 12)])
def test_a_start_elsewhere_is_looked_at_twice_a_second(engine: str, most: int) -> None:
    begun, looks = time.monotonic(), 0

    def observe(_: Handle) -> Observation:
        nonlocal looks
        looks += 1
        return Observation("Healthy" if time.monotonic() > begun + SECONDS else "Transitioning", port=1)

    ledger = SimpleNamespace(set_phase=lambda *_: None)
    running = SimpleNamespace(name=engine, observe=observe, logs=lambda _: iter(()))
    launcher = Launcher(*cast("Any", (None, ledger, running, None, None)))
    handle = Handle(engine, Path("none"), "nonce")
    launch = cast("Any", SimpleNamespace(service="prices", start_timeout=60.0))
    assert launcher.await_health(handle, launch, Silent(), CancelToken()).state == "Healthy"
    assert within(time.monotonic() - begun, SECONDS + 1)
    assert 4 <= looks <= most
