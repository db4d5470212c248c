"""The goals, and how far the figures of a run are from them."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

from measurement import Measurement
from serving.features import ALL_BUT_DATA, WITHOUT_LOG
from serving.figures import Ratio, ratio
from serving.peers import AZURE, FASTAPI, FASTAPI_QUIET, OURS, SELDOM
from serving.workloads import WORKLOADS

TIMES = {
    "small-1": (2.5, 1.2),
    "small-8": (7.0, 2.5),
    "small-32": (7.0, 2.5),
    "rows-8": (4.0, 4.0),
    "empty-32": (12.0, 3.0),
}
"""By workload: how many times less CPU than azmlinfsrv, and than FastAPI async. The lower end of the interval
counts."""
ALL_ON = 6.0
LAUNCH, RELOAD = 0.120, 0.050
MEGABYTES, PACKAGES = 20.0, 8


def times(result: dict[str, Any], peer: str, workload: str) -> Ratio | None:
    """How many times our CPU time the peer's is; None when either was not measured in every round."""
    theirs = result["cells"].get(peer, {}).get(workload, {}).get("cpu", [])
    ours = result["cells"].get(OURS, {}).get(workload, {}).get("cpu", [])
    if theirs and len(theirs) == -(-len(ours) // SELDOM):
        ours = ours[::SELDOM]  # of the rounds in which the other had its turn
    return ratio(theirs, ours) if theirs and len(theirs) == len(ours) else None


def reload_part(result: dict[str, Any], kind: str) -> list[float]:
    """Seconds of each reload without the script's own; the kind is `asked` or `saved`."""
    reloads = result["reloads"]
    return [total - own for total, own in zip(reloads.get(kind, []), reloads.get(f"{kind}_own", []), strict=True)]


def all_on(result: dict[str, Any]) -> Ratio | None:
    """Keys, metrics, ids in the log, strict answers and limits together, against azmlinfsrv, which has none of them."""
    return _feature_against(result, ALL_BUT_DATA, AZURE)


def without_logs(result: dict[str, Any]) -> Ratio | None:
    """Neither writes a line for a request."""
    return _feature_against(result, WITHOUT_LOG, FASTAPI_QUIET)


def _feature_against(result: dict[str, Any], feature: str, peer: str) -> Ratio | None:
    theirs = result["cells"].get(peer, {}).get("small-32", {}).get("cpu", [])
    ours = result["features"].get(feature, [])
    return ratio(theirs, ours) if theirs and len(theirs) == len(ours) else None


def measurements(result: dict[str, Any]) -> Iterator[Measurement]:
    for workload in WORKLOADS:
        for peer, goal in zip((AZURE, FASTAPI), TIMES[workload.key], strict=True):
            found = times(result, peer, workload.key)
            what = f"{workload.title}: CPU of a request against {peer}"
            if found is None:
                yield Measurement(what, f">= {goal:g} x", "not measured", False)
            else:
                yield Measurement(what, f">= {goal:g} x", str(found), found.low >= goal)
    found = all_on(result)
    what = "small JSON, 32 connections, every feature on: against azmlinfsrv"
    yield Measurement(what, f">= {ALL_ON:g} x", str(found or "not measured"), bool(found and found.low >= ALL_ON))
    if found := without_logs(result):
        what = f"small JSON, 32 connections, neither writes a request log: against {FASTAPI}"
        yield Measurement(what, ">= 2.5 x", str(found), found.low >= 2.5)
    starts = result["empty_starts"].get(OURS)
    if starts:
        taken = statistics.median(starts)
        yield Measurement(
            "launch to first answer, empty script", "<= 120 ms", f"{taken * 1000:.0f} ms", taken <= LAUNCH
        )
    part = reload_part(result, "asked")
    taken = statistics.median(part) if part else float("inf")
    what = "order to reload to first new answer, beyond the script's own"
    yield Measurement(what, "<= 50 ms", f"{taken * 1000:.0f} ms" if part else "not measured", taken <= RELOAD)
    if part := reload_part(result, "saved"):
        told = f"{statistics.median(part) * 1000:.0f} ms"
        yield Measurement("saved file to first new answer, beyond the script's own", "", told, None)
    if OURS in result["sizes"]:
        size, count = result["sizes"][OURS]
        told = f"{size / 1e6:.1f} MB, {count} packages"
        fits = size <= MEGABYTES * 1e6 and count <= PACKAGES
        yield Measurement("installed beyond the script's packages", "<= 20 MB, <= 8 packages", told, fits)
