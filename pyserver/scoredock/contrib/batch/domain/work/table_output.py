"""An output that is a table: CSV that the driver puts together, or Parquet that a worker writes.

Reading and writing Parquet needs pyarrow, which is the script's own. So the last worker gets the parts of row groups
one list after the other; one on another machine gets their bytes, and gives the file back.
"""

from __future__ import annotations

import contextlib
import csv
import io
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.contrib.batch.domain.work.columns import AgreedColumns, PartHead, read_head
from scoredock.contrib.batch.domain.work.results import Results, output_file
from scoredock.contrib.batch.domain.work.worker_pool import WorkerPool
from scoredock.contrib.batch.domain.work.workers import Worker
from scoredock.errors import ScoredockError

_GROUP_BYTES = 32 << 20
_GROUP_PARTS = 4096
"""Of a row group: so much of it is in the memory of the worker, or one mini-batch that is larger."""
_MOST_TRIES = 3
_GROUP_SECONDS = 600.0


class ColumnCheck:
    """Goes through the parts of a job in the order of the input, and finds those whose columns do not fit."""

    def __init__(self, results: Results) -> None:
        self._results = results
        self.agreed = AgreedColumns()

    def unfit(self, indexes: Iterable[int]) -> Iterator[tuple[int, PartHead, str]]:
        """Number, head and problem of each. Parts without a row count where no part has any. Raises OSError."""
        empty = AgreedColumns()
        for index in indexes:
            try:
                head = read_head(self._results.path(index))
            except FileNotFoundError:
                continue  # nothing came back
            if not head.rows:
                empty = AgreedColumns(empty.columns or head.columns)
                continue
            problem = self.agreed.problem(head.columns)
            if problem:
                yield index, head, problem
            else:
                self.agreed.take(head.columns)
        if not self.agreed.columns:
            self.agreed = empty


def csv_header(columns: AgreedColumns) -> bytes:
    """A line; none where nothing came back at all."""
    stream = io.StringIO()
    if columns.columns:
        csv.writer(stream, lineterminator="\n").writerow(columns.names())
    return stream.getvalue().encode("utf-8", "surrogatepass")


class JobOutput:
    """Output that is made of the results: Parquet by one of the workers. Belongs to the driver's main thread."""

    def __init__(self, results: Results, pool: WorkerPool, hear: Callable[[], bool]) -> None:
        """`hear` waits a moment for what workers say, and takes it; False where the job is to be cancelled."""
        self.results = results
        self.first = AgreedColumns()
        """Of the first mini-batch, which all others must have."""
        self._pool = pool
        self._hear = hear
        self._answers: list[dict[str, Any]] = []

    def take(self, message: dict[str, Any]) -> None:
        """Takes a worker's message on the parts that it got."""
        self._answers.append(message)

    def write_parquet(self, indexes: Callable[[], Iterable[int]], columns: AgreedColumns, target: Path) -> bool:
        """`target` is there in one step; False where the job is cancelled. A worker that ends is replaced by one that
        begins anew. Raises OSError, ScoredockError `batch-output-failed` and what `hear` raises."""
        ending = ""
        for _ in range(_MOST_TRIES):
            worker = self._ready_worker()
            if worker is None:
                return False
            try:
                with output_file(target) as temporary:
                    for parts in self._groups(indexes()):
                        self._join(worker, {**parts, "columns": columns.typed(), "result": str(temporary)})
                return True
            except _CancelledError:
                return False
            except _WorkerLostError:
                ending = worker.ending()
        raise _failed(target, ending)

    def _ready_worker(self) -> Worker | None:
        while self._hear():
            worker = self._pool.idle(1)
            if worker is not None:
                return worker
        return None

    def _groups(self, indexes: Iterable[int]) -> Iterator[dict[str, Any]]:
        """Parts of one row group after the other, the last of which has none."""
        parts: list[str] = []
        size, is_first = 0, True
        for index in indexes:
            path = self.results.path(index)
            with contextlib.suppress(FileNotFoundError):
                more = path.stat().st_size
                if parts and (size + more > _GROUP_BYTES or len(parts) == _GROUP_PARTS):
                    yield {"files": parts, "is_first": is_first, "is_last": False}
                    parts, size, is_first = [], 0, False
                parts.append(str(path))
                size += more
        yield {"files": parts, "is_first": is_first, "is_last": True}

    def _join(self, worker: Worker, parts: dict[str, Any]) -> None:
        self._answers.clear()
        worker.tell({"join": parts})
        deadline = time.monotonic() + _GROUP_SECONDS
        while not self._answers:
            if not self._hear():
                raise _CancelledError
            if worker not in self._pool.workers:
                raise _WorkerLostError
            if time.monotonic() > deadline:
                worker.kill("timeout")
        if self._answers[0]["event"] != "joined":
            raise _failed(Path(parts["result"]), str(self._answers[0]["message"]))


class _CancelledError(Exception):
    pass


class _WorkerLostError(Exception):
    pass


def _failed(target: Path, reason: str) -> ScoredockError:
    return ScoredockError(
        "batch-output-failed",
        l10n.t("The Parquet file in {folder} cannot be written: {reason}.", folder=target.parent, reason=reason),
    )
