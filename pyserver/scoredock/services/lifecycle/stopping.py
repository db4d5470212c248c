"""Ends what runs: requests under way are waited for, which is said, or cut off."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from scoredock import l10n
from scoredock.containers.waiting import unsaid, until_cancelled
from scoredock.counts import counted
from scoredock.engines.base import Engine
from scoredock.engines.handle import Handle
from scoredock.errors import ServiceBusy
from scoredock.progress import CancelToken, Progress
from scoredock.services.ledger import Ledger

_NEW_SECONDS = 10.0
"""Of a row of the history: what is older is that of a replica that has ended, or does not answer."""
_CUT_SECONDS = 30.0
_LOOK_SECONDS = 0.05


def end(engine: Engine, handle: Handle, grace: float, progress: Progress | None) -> None:
    """Stop it; requests under way have `grace` seconds. Raises what the engine raises."""
    requests = requests_under_way(engine, handle) if grace and progress is not None else 0
    if progress is None or not requests:
        engine.stop(handle, grace)
        return
    amount = counted(requests, "request")
    progress.report(l10n.t("Waiting up to {seconds} s for {requests}", seconds=f"{grace:g}", requests=amount))
    with unsaid():
        engine.stop(handle, grace)


def until_over(cancel: CancelToken | None, progress: Progress | None) -> AbstractContextManager[None]:
    """Block for an end, which takes nothing back when it is cancelled."""
    return until_cancelled(cancel or CancelToken(), progress, cleans_up=False)


def requests_under_way(engine: Engine, handle: Handle) -> int:
    """Number of requests that workers work on or that wait for one, as far as the service says. Never raises."""
    newest = {row.origin: row for row in engine.history(handle)}
    return sum(row.in_flight + row.queued for row in newest.values() if time.time() - row.wall < _NEW_SECONDS)


def cuts_off(ledger: Ledger, engine_of: Callable[[str], Engine], name: str, cancel: CancelToken) -> bool:
    """True if a stop was under way, of somebody else; it is over then, as it waits no longer. Raises what the engine
    raises, ScoredockError `service-busy`, `cancelled`."""
    rows = ledger.require(name)
    intent, handle = rows.intent, rows.service.handle
    if intent is None or intent.verb != "stop" or handle is None or not ledger.in_use(intent):
        return False
    engine_of(rows.service.engine).stop(handle, 0)
    deadline = time.monotonic() + _CUT_SECONDS
    while any(each.service == name and each.begun == intent.begun for each in ledger.intents()):
        if cancel.wait(_LOOK_SECONDS):
            cancel.raise_if_cancelled()
        if time.monotonic() > deadline:
            raise ServiceBusy(l10n.t("{name} is being stopped.", name=name))
    return True
