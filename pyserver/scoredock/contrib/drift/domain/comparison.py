"""Runs `drift_process` in the person's interpreter, and puts its failures into sentences."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.contrib.drift.domain.record import new_record
from scoredock.contrib.drift.domain.thresholds import Thresholds
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, PartOfStep, Progress
from scoredock.run import run, service_environment
from scoredock.temporary.folders import TemporaryFolder

MOST_ROWS = 500_000
"""Of each data set; of more a random sample is compared."""
_MOST_CELLS = 20_000_000
"""Rows times columns of each data set: 160 MB of numbers."""
_SEED = 20_261_128
"""The same rows every time."""
_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from drift_process.main import main; main(sys.argv[2])"
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_LAST_WORDS = 300


@dataclass(frozen=True, slots=True)
class NumpyPython:
    """A Python of the person's, and how its processes are started."""

    python: str
    title: str
    """For people: the environment that it is of, or its path."""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DataSet:
    """Data set to compare: what the person named, and the files that it comes to."""

    title: str
    sources: tuple[Mapping[str, Any], ...]
    """As `drift_process.tables` reads them."""
    since: str = ""
    until: str = ""
    """UTC; empty for no bound."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Request for a comparison: two data sets, thresholds and columns."""

    name: str
    baseline: DataSet
    target: DataSet
    thresholds: Thresholds
    categorical: Sequence[str] = ()
    exclude: Sequence[str] = ()
    predictions: Sequence[str] = ()
    most_rows: int = MOST_ROWS


class NumpyMissing(ScoredockError):
    """The interpreter has no NumPy; another one may."""


def compare(
    comparison: Comparison, interpreter: NumpyPython, progress: Progress, cancel: CancelToken
) -> dict[str, Any]:
    """The record.

    Raises NumpyMissing, ScoredockError `drift-package-missing`, `drift-columns-differ`, `drift-data-empty`,
    `drift-data-unreadable`, `drift-process-failed`, `cancelled`; no process is left then.
    """
    baseline, target = comparison.baseline, comparison.target
    with TemporaryFolder("drift") as scratch:
        measured = _measured(comparison, interpreter, scratch, (progress, cancel))
    described = {
        "baseline": {"source": baseline.title, "since": baseline.since, "until": baseline.until},
        "target": {"source": target.title, "since": target.since, "until": target.until},
        "thresholds": comparison.thresholds.to_json(),
    }
    return new_record(comparison.name, time.time(), described, measured)


def _measured(
    comparison: Comparison, interpreter: NumpyPython, folder: Path, watch: tuple[Progress, CancelToken]
) -> dict[str, Any]:
    progress, cancel = watch
    result, work = folder / "result.json", folder / "job.json"
    job = {
        "baseline": comparison.baseline.sources,
        "target": comparison.target.sources,
        "thresholds": comparison.thresholds.to_json(),
        "categorical": list(comparison.categorical),
        "exclude": list(comparison.exclude),
        "predictions": list(comparison.predictions),
        "mostRows": comparison.most_rows,
        "mostCells": _MOST_CELLS,
        "seed": _SEED,
        "result": str(result),
    }
    work.touch(mode=0o600)
    work.write_text(json.dumps(job), "utf-8")
    command = [interpreter.python, "-I", "-B", "-c", _PROGRAM, str(Path(__file__).parent), str(work)]
    environment = {**service_environment(), **interpreter.environment, **_ONE_THREAD}
    progress.report(l10n.t("Reading the data"))
    try:
        completed = run(
            command, cwd=folder, env=environment, cancel=cancel, on_line=_Watcher(comparison, progress).line
        )
    except OSError as error:
        raise ScoredockError(
            "drift-process-failed",
            l10n.t("{path} cannot be started: {reason}.", path=interpreter.python, reason=error.strerror or str(error)),
        ) from None
    try:
        document: dict[str, Any] = json.loads(result.read_text("utf-8"))
    except (OSError, ValueError):
        last = (completed.stderr.strip().splitlines() or [l10n.t("no message")])[-1][:_LAST_WORDS]
        raise ScoredockError(
            "drift-process-failed",
            l10n.t(
                "The process in {environment} ended with exit code {code}: {reason}.",
                environment=interpreter.title,
                code=completed.returncode,
                reason=last,
            ),
        ) from None
    if "failed" in document:
        raise _failure(document["failed"], comparison, interpreter)
    measured: dict[str, Any] = document["ok"]
    return measured


class _Watcher:
    """Turns the lines of the process into progress."""

    def __init__(self, comparison: Comparison, progress: Progress) -> None:
        self._titles = {"baseline": comparison.baseline.title, "target": comparison.target.title}
        self._progress = progress

    def line(self, line: str) -> None:
        words = line.split()
        with contextlib.suppress(KeyError, ValueError):
            if len(words) == 3 and words[0] == "rows":
                step = l10n.t("Reading {name}", name=self._titles[words[1]])
                self._progress.report(PartOfStep(step, l10n.t(", {count:,} rows", count=int(words[2]))))
            elif words == ["compare"]:
                self._progress.report(l10n.t("Comparing"))


def _failure(failed: Mapping[str, Any], comparison: Comparison, interpreter: NumpyPython) -> ScoredockError:
    kind, message = str(failed["kind"]), str(failed["message"])
    if kind == "package":
        error = NumpyMissing if message == "numpy" else ScoredockError
        return error(
            "drift-package-missing",
            l10n.t("{environment} has no {package}.", environment=interpreter.title, package=_PACKAGES[message]),
            l10n.t(
                "Install {package} there, or name another Python that has it with --python.", package=_PACKAGES[message]
            ),
        )
    if kind == "columns":
        return ScoredockError(
            "drift-columns-differ",
            l10n.t(
                "{baseline} and {target} share no column. The baseline has {before}; the target has {now}.",
                baseline=comparison.baseline.title,
                target=comparison.target.title,
                before=_listed(failed["baseline"]),
                now=_listed(failed["target"]),
            ),
        )
    if kind == "empty":
        side = comparison.baseline if message == "baseline" else comparison.target
        return ScoredockError("drift-data-empty", _empty_text(side))
    if kind == "memory":
        return ScoredockError(
            "drift-process-failed",
            l10n.t("The process in {environment} ran out of memory.", environment=interpreter.title),
            l10n.t("Compare fewer rows with --sample-rows."),
        )
    path, _, reason = message.partition(": ")
    return ScoredockError(
        "drift-data-unreadable",
        l10n.t("{path} cannot be read: {reason}.", path=path, reason=reason or message),
        place=Place(path) if path else None,
    )


_PACKAGES = {"numpy": "NumPy", "pyarrow": "pyarrow"}


def _empty_text(side: DataSet) -> str:
    if side.since or side.until:
        return l10n.t(
            "{name} has no rows from {since} to {until} (UTC).",
            name=side.title,
            since=side.since or l10n.t("the beginning"),
            until=side.until or l10n.t("now"),
        )
    return l10n.t("{name} has no rows that can be read.", name=side.title)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:8])
    return f"{shown} …" if len(names) > 8 else shown or l10n.t("none")
