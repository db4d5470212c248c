"""Tables whose partition keys are columns: divided once, when a job begins, into a file for each combination of values.

A process of its own does that, so that neither the server nor the driver has rows: for Parquet the interpreter of the
script, which has pyarrow.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from scoredock import l10n, run
from scoredock.contrib.batch.domain.work.configuration import BatchConfiguration
from scoredock.contrib.batch.domain.work.csv_rows import RowTooLong, header_end
from scoredock.contrib.batch.domain.work.inputs import InputTotals, read_listing, write_listing
from scoredock.contrib.batch.domain.work.jobs import origin_of
from scoredock.contrib.batch.domain.work.parquet_rows import NoParquet, read_footer
from scoredock.contrib.batch.domain.work.programs import program
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken


def is_divided(configuration: BatchConfiguration, listing: Path) -> bool:
    """True if the keys are columns, and not parts of the paths.

    Raises ScoredockError `batch-option-invalid` for keys that are neither.
    """
    keys = configuration.partition_keys
    if configuration.input_format == "files" or not keys or configuration.partition_format:
        return False
    file = next(each for _, each in read_listing(listing))
    if configuration.key_pattern.match(file.path.replace(os.sep, "/")):
        return False
    columns = table_columns(file.path, configuration.input_format)
    missing = next((key for key in keys if key not in columns), "")
    if missing:
        raise ScoredockError(
            "batch-option-invalid",
            l10n.t(
                "The partition key “{key}” is not a column of {file}, and no folder above it.",
                key=missing,
                file=file.path,
            ),
            l10n.t("Its columns: {columns}.", columns=", ".join(columns)[:400]),
            place=Place(file.path),
        )
    return True


def require_keys(configuration: BatchConfiguration, listing: Path) -> None:
    """Checks that keys are parts of the paths. Raises ScoredockError `batch-option-invalid` if no path has them."""
    keys, form = configuration.partition_keys, configuration.partition_format
    pattern = configuration.key_pattern if keys else None
    if pattern is None or any(pattern.match(each.path.replace(os.sep, "/")) for _, each in read_listing(listing)):
        return
    path = next(each.path for _, each in read_listing(listing))
    raise ScoredockError(
        "batch-option-invalid",
        l10n.t("No path of the input has the partition keys {keys}, as {path}.", keys=", ".join(keys), path=path),
        l10n.t(
            "Name folders such as {example}, or say with `--partition-format` where they stand.", example=f"{keys[0]}=…"
        )
        if not form
        else l10n.t("`--partition-format` says how the end of each path looks."),
        place=Place(path),
    )


def table_columns(path: str, kind: str) -> tuple[str, ...]:
    """Names of them. Raises ScoredockError `batch-input-invalid`."""
    try:
        with open(path, "rb") as stream:  # noqa: PTH123
            if kind == "parquet":
                return read_footer(stream).columns
            end = header_end(stream)
            stream.seek(0)
            head = stream.read(end).decode("utf-8-sig", "surrogateescape")
        return tuple(next(csv.reader(io.StringIO(head, newline="")), []))
    except (OSError, NoParquet, RowTooLong, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _unusable(path, reason) from None


@dataclass(frozen=True, slots=True)
class TablePlaces:
    """Paths of the divided tables, their listing and their index."""

    listing: Path
    """Of the tables; afterwards of what came of them."""
    folder: Path
    """For what comes of them."""
    index: Path
    """For the values of each."""
    origins: Mapping[str, str]
    """Folders of the job, and what they are copies of."""


def divide_tables(
    configuration: BatchConfiguration,
    places: TablePlaces,
    python: str,
    watch: Callable[[int], None],
    cancel: CancelToken,
) -> InputTotals:
    """Divides tables by the columns of the partition keys, with an interpreter that can read them.

    `watch` hears how many bytes are behind it. Raises ScoredockError `batch-input-invalid`, `batch-package-missing`,
    `batch-storage-failed`, `cancelled`, and OSError.
    """
    listing, folder = places.listing, places.folder
    files = [file.path for _, file in read_listing(listing)]
    folder.mkdir(mode=0o700)
    spec = {
        "kind": configuration.input_format,
        "files": files,
        "names": [os.fsencode(origin_of(path, places.origins)).decode("utf-8", "replace") for path in files],
        "keys": configuration.partition_keys,
        "folder": str(folder),
        "index": str(places.index),
        "origin": configuration.input_keys,
    }
    order = folder.with_name("divide.json")
    order.touch(mode=0o600)
    order.write_text(json.dumps(spec), "ascii")
    facts: dict[str, Any] = {}

    def hear(line: str) -> None:
        with contextlib.suppress(ValueError):  # of its standard error
            facts.update(json.loads(line))
            watch(int(facts.get("bytes", 0)))

    command = [python, "-I", program("divide.py"), str(order)]
    completion = run.run(command, cwd=folder, env=run.service_environment(), cancel=cancel, on_line=hear)
    order.unlink()
    if "package" in facts:
        raise ScoredockError(
            "batch-package-missing",
            l10n.t(
                "Dividing Parquet needs pyarrow in the environment of the script: {reason}.", reason=facts["package"]
            ),
        )
    if "fault" in facts:
        raise _unusable(facts["path"], str(facts["fault"]))
    if completion.returncode:
        reason = (completion.stderr.strip().splitlines() or [str(completion.returncode)])[-1]
        raise ScoredockError(
            "batch-storage-failed", l10n.t("{path} cannot be used: {reason}.", path=folder, reason=reason)
        )
    return write_listing([str(folder)], configuration.input_format, listing, cancel)


def _unusable(path: str, reason: str) -> ScoredockError:
    return ScoredockError(
        "batch-input-invalid",
        l10n.t("{path} cannot be divided: {reason}.", path=path, reason=reason.rstrip(".")),
        place=Place(path),
    )
