"""The first lines of the output of a batch job, also of one that is not there yet."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.counts import counted

if TYPE_CHECKING:
    from scoredock.contrib.batch.domain.work.jobs import JobRecord

_LINES = 20
_CHARACTERS = 1_000
_PARTS = 50
_SECONDS = 30.0


def first_lines(job: JobRecord, files: Sequence[Path], *, is_whole: bool) -> list[str]:
    """First lines of the output, or of the results that are there so far, in their order."""
    form = job.configuration.output_format
    if form == "parquet":
        return _cut(_of_arrow(job, files[:_PARTS]))
    if form == "csv" and not is_whole:
        return _cut(_of_csv_parts(files))
    return _cut(_of_text(files, _LINES))


def _cut(lines: list[str]) -> list[str]:
    return [line[:_CHARACTERS] for line in lines]


def _of_text(files: Sequence[Path], count: int, skip: int = 0) -> list[str]:
    lines: list[str] = []
    for file in files:
        try:
            with file.open(encoding="utf-8", errors="replace") as stream:
                lines += [line.rstrip("\n") for line in itertools.islice(stream, skip, skip + count - len(lines))]
        except OSError:
            continue
        if len(lines) >= count:
            break
    return lines


def _of_csv_parts(files: Sequence[Path]) -> list[str]:
    from scoredock.contrib.batch.domain.work.columns import AgreedColumns, read_head
    from scoredock.contrib.batch.domain.work.table_output import csv_header

    for file in files:
        try:
            header = csv_header(AgreedColumns(read_head(file).columns))
        except (OSError, ValueError, KeyError):
            continue
        return [header.decode("utf-8", "replace").rstrip("\n"), *_of_text(files, _LINES - 1, skip=1)]
    return []


def _of_arrow(job: JobRecord, files: Sequence[Path]) -> list[str]:
    """By the interpreter of the script, which has what reads it; where that is elsewhere, what the file says."""
    from scoredock import run
    from scoredock.contrib.batch.domain.work.programs import program

    python = job.script_python or job.python
    if files and not job.compute and Path(python).is_file():
        command = [python, "-I", program("head.py"), str(_LINES), *map(str, files)]
        try:
            done = run.run(command, cwd=files[0].parent, env=run.service_environment(), timeout=_SECONDS)
            if done.returncode == 0:
                return done.stdout.splitlines()[: _LINES + 1]
        except (OSError, run.TimedOut):
            pass
    return [line for file in files[:1] for line in _facts(file)]


def _facts(file: Path) -> list[str]:
    from scoredock.contrib.batch.domain.work.columns import read_head
    from scoredock.contrib.batch.domain.work.parquet_rows import NoParquet, read_footer

    try:
        with file.open("rb") as stream:
            footer = read_footer(stream)
        names, rows = list(footer.columns), footer.rows
    except (OSError, NoParquet):
        try:
            head = read_head(file)
        except (OSError, ValueError, KeyError):
            return []
        names, rows = [each.name for each in head.columns], head.rows
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(names)
    return [line.getvalue().rstrip("\n"), l10n.t("… {rows} of Parquet", rows=counted(rows, "row"))]
