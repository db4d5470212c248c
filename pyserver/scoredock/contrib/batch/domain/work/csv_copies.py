"""CSV files of another encoding or separator: copied once, when a job begins, as the comma-separated UTF-8 that a job
reads. Plan, workers on this machine and elsewhere, and what divides tables see nothing else.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from scoredock import l10n, run
from scoredock.contrib.batch.domain.work.configuration import BatchConfiguration
from scoredock.contrib.batch.domain.work.csv_text import COMMA, require_plain, text_codec
from scoredock.contrib.batch.domain.work.inputs import InputTotals, read_listing, write_listing
from scoredock.contrib.batch.domain.work.jobs import RECODED, origin_of
from scoredock.contrib.batch.domain.work.programs import program
from scoredock.errors import Place, ScoredockError
from scoredock.file_text import UTF_8, named
from scoredock.progress import CancelToken


def require_readable(configuration: BatchConfiguration, listing: Path, origins: Mapping[str, str]) -> None:
    """Checks the first file of CSV tables, whose columns all others must have.

    Raises ScoredockError `batch-input-invalid` for an encoding or separator that nobody has named.
    """
    if configuration.input_format != "csv":
        return
    file = next(each for _, each in read_listing(listing))
    codec = text_codec(configuration.encoding) if configuration.encoding else ""
    require_plain(file.path, origin_of(file.path, origins), codec, configuration.delimiter)


def is_copied(configuration: BatchConfiguration) -> bool:
    """True if its files have to be read as something else than comma-separated UTF-8."""
    codec = text_codec(configuration.encoding or UTF_8)
    return configuration.input_format == "csv" and (codec != UTF_8 or (configuration.delimiter or COMMA) != COMMA)


def copy_tables(
    configuration: BatchConfiguration,
    folder: Path,
    listing: Path,
    origins: Mapping[str, str],
    watch: tuple[Callable[[int], None], CancelToken],
) -> tuple[InputTotals, dict[str, str]]:
    """Copies what is listed below a folder of the job, and lists the copies instead, in the same order. How much there
    is, and which folders are copies of what.

    `watch` hears how many bytes are behind it. Raises ScoredockError `batch-input-invalid`, `batch-storage-failed`,
    `cancelled`, and OSError.
    """
    root = folder / RECODED
    root.mkdir(mode=0o700)
    pairs = [(each.path, _copy_of(each.path, root)) for _, each in read_listing(listing)]
    codec = text_codec(configuration.encoding or UTF_8)
    spec = {"files": pairs, "encoding": codec, "separator": configuration.delimiter or COMMA}
    order = folder / "recode.json"
    order.touch(mode=0o600)
    order.write_text(json.dumps(spec), "ascii")
    facts: dict[str, Any] = {}

    def hear(line: str) -> None:
        with contextlib.suppress(ValueError):  # of its standard error
            facts.update(json.loads(line))
            watch[0](int(facts.get("bytes", 0)))

    try:
        command = [sys.executable, "-I", program("recode.py"), str(order)]
        completion = run.run(command, cwd=folder, env=run.service_environment(), cancel=watch[1], on_line=hear)
    finally:
        order.unlink(missing_ok=True)
    if "fault" in facts:
        raise _unreadable(origin_of(facts["path"], origins), codec, facts)
    if completion.returncode:
        reason = (completion.stderr.strip().splitlines() or [str(completion.returncode)])[-1]
        raise ScoredockError(
            "batch-storage-failed", l10n.t("{path} cannot be used: {reason}.", path=root, reason=reason)
        )
    totals = write_listing([copy for _, copy in pairs], "csv", listing, watch[1])
    return totals, {**{_copy_of(place, root): origin for place, origin in origins.items()}, **_roots(pairs, root)}


def _copy_of(path: str, root: Path) -> str:
    """Below the folder the whole path, so that names, folders and keys in them stay."""
    drive, below = os.path.splitdrive(path)
    return os.path.join(root, drive.strip(":\\/").replace("\\", "_") or "_", below.lstrip("\\/"))  # noqa: PTH118


def _roots(pairs: list[tuple[str, str]], root: Path) -> dict[str, str]:
    """The folder of each drive, and what it stands for."""
    drives = {os.path.splitdrive(path)[0] for path, _ in pairs}
    return {os.path.dirname(_copy_of(f"{drive}{os.sep}x", root)): drive for drive in drives}  # noqa: PTH120


def _unreadable(path: str, codec: str, facts: Mapping[str, Any]) -> ScoredockError:
    line = int(facts["line"])
    return ScoredockError(
        "batch-input-invalid",
        l10n.t(
            "{path} cannot be read as {encoding}: line {line}, {reason}.",
            path=path,
            encoding=named(codec),
            line=line,
            reason=str(facts["fault"]).rstrip("."),
        ),
        l10n.t("Name its own encoding with `--encoding`, or correct that line."),
        place=Place(path, line - 1),
    )
