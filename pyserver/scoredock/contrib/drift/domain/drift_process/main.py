"""`main(JOB)`: reads two data sets and writes the record of their comparison.

The job is a JSON file that names another one for the result: `{"ok": …}`, or `{"failed": …}` with its kind. What it
has read is said on standard output, a line for each piece.
"""

import json
import os
import platform
import sys
import time
from typing import Any, Dict, List

Job = Dict[str, Any]


def main(path: str) -> None:
    """Does the job of the file; writes the result, whatever happens short of the end of the process."""
    with open(path, encoding="utf-8") as stream:
        job = json.load(stream)
    result = _outcome(job)
    temporary = job["result"] + ".part"
    with open(temporary, "w", encoding="utf-8") as stream:
        json.dump(result, stream, allow_nan=False)
    os.replace(temporary, job["result"])


def _outcome(job: Job) -> Dict[str, Any]:
    try:
        import numpy  # noqa: F401
    except ImportError:
        return _failed("package", "numpy")
    from .tables import PackageMissing

    try:
        return {"ok": _compared(job)}
    except _NothingShared as error:
        return {"failed": {"kind": "columns", "message": "", "baseline": error.before, "target": error.now}}
    except _Empty as error:
        return _failed("empty", str(error))
    except PackageMissing as error:
        return _failed("package", str(error))
    except MemoryError:
        return _failed("memory", "")
    except OSError as error:
        return _failed("file", "{}: {}".format(error.filename or "", error.strerror or error))


def _failed(kind: str, message: str) -> Dict[str, Any]:
    return {"failed": {"kind": kind, "message": message, "baseline": [], "target": []}}


class _NothingShared(Exception):
    def __init__(self, before: List[str], now: List[str]) -> None:
        super(_NothingShared, self).__init__()
        self.before, self.now = before[:20], now[:20]


class _Empty(Exception):
    """A data set without rows."""


def _compared(job: Job) -> Dict[str, Any]:
    import numpy

    from .features import KindThresholds, compare

    began = time.time()
    before, now = _read(job, "baseline"), _read(job, "target")
    for side, rows in (("baseline", before), ("target", now)):
        if not rows.features.rows and not rows.predictions.rows:
            raise _Empty(side)
    print("compare", flush=True)
    _match_places(before, now)
    shared, only_before, only_now = _shared(before.features.columns, now.features.columns, job["exclude"])
    pairs = [("feature", name, before.features, now.features) for name in shared]
    _match_predictions(before, now)
    predictions, _, _ = _shared(before.predictions.columns, now.predictions.columns, job["exclude"])
    pairs += [("prediction", name, before.predictions, now.predictions) for name in predictions]
    if not pairs:
        raise _NothingShared(list(before.features.columns), list(now.features.columns))
    thresholds = KindThresholds(job["thresholds"]["numerical"], job["thresholds"]["categorical"])
    records = []
    for role, name, of_before, of_now in pairs:
        # Each is let go when it is compared.
        columns = of_before.columns.pop(name), of_now.columns.pop(name)
        if name in job["categorical"]:
            for column in columns:
                if column.is_number:
                    column.become_categories()
        record = compare(name, columns[0], columns[1], thresholds)
        record["role"] = role
        records.append(record)
    return {
        "features": records,
        "onlyInBaseline": only_before,
        "onlyInTarget": only_now,
        "baseline": _facts(before),
        "target": _facts(now),
        "python": platform.python_version(),
        "numpy": str(numpy.__version__),
        "seconds": round(time.time() - began, 3),
        "cpuSeconds": round(_cpu(), 3),
    }


def _cpu() -> float:
    times = os.times()
    return times[0] + times[1]


def _read(job: Job, side: str) -> Any:
    from .columns import Sample
    from .tables import Rows, read

    most_rows, most_cells, seed = int(job["mostRows"]), int(job["mostCells"]), int(job["seed"])
    features = Sample(most_rows, most_cells, seed)
    rows = Rows(features, Sample(most_rows, most_cells, seed), job["predictions"])
    rows.tell = lambda: print("rows {} {}".format(side, features.rows), flush=True)
    for source in job[side]:
        read(source, rows)
    for sample in (rows.features, rows.predictions):
        sample.finish()
    return rows


def _facts(rows: Any) -> Dict[str, Any]:
    return {
        "rows": rows.features.rows or rows.predictions.rows,
        "compared": rows.features.kept or rows.predictions.kept,
        "skipped": rows.skipped,
        "skippedPlaces": rows.places,
        "unanswered": rows.unanswered,
    }


def _match_places(before: Any, now: Any) -> None:
    """Columns without names are those of the other data set in the same order, where both have as many."""
    a, b = before.features.columns, now.features.columns
    if before.without_names == now.without_names or len(a) != len(b) or set(a) & set(b):
        return
    unnamed, named = (before, now) if before.without_names else (now, before)
    names = list(named.features.columns)
    unnamed.features.columns = dict(zip(names, unnamed.features.columns.values()))


def _match_predictions(before: Any, now: Any) -> None:
    """One column of predictions on each side is the same, whatever they are called."""
    a, b = before.predictions.columns, now.predictions.columns
    if len(a) == 1 and len(b) == 1 and set(a) != set(b):
        before.predictions.columns = dict(zip(b, a.values()))


def _shared(before: Dict[str, Any], now: Dict[str, Any], exclude: List[str]) -> Any:
    """Names of both in the order of the target; of one alone."""
    left_out = frozenset(exclude)
    shared = [name for name in now if name in before and name not in left_out]
    only_before = [name for name in before if name not in now and name not in left_out]
    return shared, only_before, [name for name in now if name not in before and name not in left_out]


if __name__ == "__main__":
    sys.exit("run through main(JOB)")
