"""Watches a revision that starts until it is healthy, and says why it did not become so."""

from __future__ import annotations

import time
from collections.abc import Callable

from scoredock import l10n
from scoredock.engine_table import engine_kind
from scoredock.engines.base import Engine, Launch, Observation
from scoredock.engines.failure import LaunchFailed
from scoredock.engines.handle import Handle
from scoredock.progress import CancelToken, Progress
from scoredock.services.lifecycle.failures import WAITS, not_up, report_waiting
from scoredock.state_table import is_at_rest, is_changing
from scoredock_runtime.contract import SERVICE_CRASHED, Failure

_COPY_SECONDS = 0.3
"""From one copy of the log of a container that starts to the next."""
_PAUSES = {False: (0.01, 0.1), True: (0.2, 0.5)}
"""Seconds between two looks at a service that starts, at first and at most; on another machine each is many calls."""
_PROOF_SECONDS = 10.0
"""A revision that says it is ready must answer its self-check within this."""
_SILENT_SECONDS = 60.0
"""While it starts, an engine or a parent may be too busy to answer for this long, one look after the other."""
_MARGIN_SECONDS = 15.0
"""Beyond the start time-out, for an engine that keeps it itself."""


def health_of_start(
    engine: Engine,
    handle: Handle,
    launch: Launch,
    note_phase: Callable[[str], None],
    progress: Progress,
    cancel: CancelToken,
) -> Observation:
    """Waits until init() has returned and a self-check was answered with proof. Raises LaunchFailed, `cancelled`.

    That init() has returned is known from the service itself: an engine that cannot reach it knows nothing.
    """
    whole = time.monotonic() + launch.start_timeout + _MARGIN_SECONDS
    copied = time.monotonic()
    probing: float | None = None  # until when its self-check must be answered
    silent: float | None = None  # until when it must be heard of again
    reason = ""
    contained = engine_kind(engine.name).contained
    pause, longest = _PAUSES[engine_kind(engine.name).needs_compute]
    while True:
        if contained and time.monotonic() > copied + _COPY_SECONDS:
            engine.logs(handle)  # brings the log out of the container, so that a long init() can be watched
            copied = time.monotonic()
        observation = engine.observe(handle)
        reason = report_waiting(observation, reason, progress.report, note_phase)
        if is_at_rest(observation.state):
            raise LaunchFailed(
                observation.failure or Failure(SERVICE_CRASHED, l10n.t("The service ended while it was starting."))
            )
        now = time.monotonic()
        if observation.state == "Unhealthy" and not observation.revision:
            probing, silent = None, silent or now + _SILENT_SECONDS
        elif is_changing(observation.state) or observation.state == WAITS:
            if probing is not None:  # its worker has died since, and another one starts
                note_phase("starting")
            probing = silent = None
        elif probing is None:
            probing, silent = now + _PROOF_SECONDS, None
            note_phase("probing")
        elif observation.state == "Healthy":
            return observation
        if now > min(silent or whole, whole) if probing is None else now > probing:
            waits = observation.failure if observation.state == WAITS else None
            raise LaunchFailed(waits or not_up(observation, launch, silent=silent is not None))
        if cancel.wait(pause if observation.state != "Healthy" else 0):
            cancel.raise_if_cancelled()
        pause = min(longest, pause * 1.2)
