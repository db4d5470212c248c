"""Inputs that are not paths: registered datasets, what a service has collected, addresses of a storage.

They are copied into the folder of the job, or stand for files that are on this machine.
"""

from __future__ import annotations

import csv
import itertools
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoredock import l10n
from scoredock.context import absolute
from scoredock.data_folder import make_private
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass

if TYPE_CHECKING:
    from scoredock.protocol.messages import BatchInputFormat
    from scoredock.registry import Registry
    from scoredock.registry.records import AssetRecord

_DATASET, _AZUREML, _SERVICE = "dataset:", "azureml:", "service:"
_LONGEST_ROW = 1 << 24


def is_path(text: str) -> bool:
    """True if an input is a file, folder or pattern of this machine."""
    from scoredock.contrib.batch.domain.work.fetched_inputs import is_url

    return not text.startswith((_DATASET, _AZUREML, _SERVICE)) and not is_url(text)


def absolute_input(text: str) -> str:
    """A path from the root, anything else as it is."""
    return str(absolute(text)) if is_path(text) else text


@dataclass
class JobInputs:
    """Paths and addresses of a job's input."""

    paths: list[str] = field(default_factory=list)
    """Files, folders and patterns, in the order in which they were named."""
    origins: dict[str, str] = field(default_factory=dict)
    """Folders of the job, and what they are copies of."""
    urls: list[tuple[str, Path]] = field(default_factory=list)
    """Still to be copied: addresses with the folders for them."""


def find_inputs(inputs: Sequence[str], kind: BatchInputFormat, place: Path, registry: Registry) -> JobInputs:
    """Writes what is registered or was collected into folders below `place`.

    Raises ScoredockError `batch-option-invalid`, `batch-input-empty`, `model-damaged`, the codes of a dataset and a
    service that are missing, and OSError.
    """
    from scoredock.contrib.batch.domain.work.fetched_inputs import is_url, root_of
    from scoredock.registry.assets.datasets import files_of_dataset

    places = JobInputs()
    for number, text in enumerate(inputs):
        if is_path(text):
            places.paths.append(str(absolute(text)))
            continue
        folder = place / str(number)
        make_private(folder)
        if is_url(text):
            places.urls.append((text, folder))
            places.origins[str(folder)] = root_of(text)
        elif text.startswith(_SERVICE):
            places.origins[str(folder)] = text
            _write_collected(text.removeprefix(_SERVICE), kind, folder, registry)
        else:
            record = _dataset(text, registry)
            own = files_of_dataset(registry.folder, record.id)
            if own:
                places.paths += own
                continue
            places.origins[str(folder)] = f"{_DATASET}{record.id}"
            _write_bodies(_bodies_of(record, registry), kind, folder, text)
        places.paths.append(str(folder))
    return places


# Registered datasets


def _dataset(text: str, registry: Registry) -> AssetRecord:
    reference = text.removeprefix(_DATASET).removeprefix(_AZUREML).removesuffix("@latest")
    return registry.assets.get("dataset", reference)


def _bodies_of(record: AssetRecord, registry: Registry) -> Callable[[], Iterable[str]]:
    from scoredock.registry.assets.datasets import every_row

    return lambda: every_row(registry.assets, record)


# What a service has collected


def _write_collected(name: str, kind: BatchInputFormat, folder: Path, registry: Registry) -> None:
    from scoredock.services.ledger import Ledger
    from scoredock_runtime.contract import COLLECTED_FOLDER, DATA_FOLDER

    Ledger(registry.store).require(name)
    collected = registry.folder / "services" / name / DATA_FOLDER / COLLECTED_FOLDER
    tables = [path for path in sorted(collected.rglob("*.csv")) if "inputs" in path.relative_to(collected).parts]
    requests = sorted(collected.rglob("*.jsonl"))
    if tables and (kind == "csv" or not requests):
        for path in tables:
            _copy_rows(path, folder / path.relative_to(collected))
        return
    _write_bodies(lambda: _requests(requests), kind, folder, f"{_SERVICE}{name}")


def _copy_rows(path: Path, target: Path) -> None:
    """Whole rows: the service may be writing more."""
    make_private(target.parent)
    shutil.copyfile(path, target)
    with target.open("rb+") as stream:
        size = stream.seek(0, 2)
        start = stream.seek(max(0, size - _LONGEST_ROW))
        stream.truncate(start + stream.read().rfind(b"\n") + 1)


def _requests(paths: Iterable[Path]) -> Iterator[str]:
    """Bodies of those that were answered."""
    for path in paths:
        with path.open("rb") as stream:
            for line in stream:
                try:
                    record = json.loads(line)
                except ValueError:
                    break  # the service is writing it
                if record.get("status") == 200 and isinstance(record.get("input"), str):
                    yield record["input"]


# Bodies of requests


def _write_bodies(bodies: Callable[[], Iterable[str]], kind: BatchInputFormat, folder: Path, name: str) -> None:
    """A file for each, or one table of all their rows."""
    if kind == "parquet":
        raise ScoredockError(
            "batch-option-invalid",
            l10n.t("{name} has bodies of requests, which are not Parquet.", name=name),
            l10n.t("Choose csv for their rows, or files for a file of each."),
        )
    if next(iter(bodies()), None) is None:
        raise ScoredockError("batch-input-empty", l10n.t("There is nothing in {name}.", name=name))
    if kind == "files":
        for number, body in enumerate(bodies()):
            place = folder / f"{number // 1000:06d}"
            place.mkdir(mode=0o700, exist_ok=True)
            file = place / f"{number:09d}.json"
            file.touch(mode=0o600)
            file.write_text(body, "utf-8", "surrogatepass")
        return
    try:
        columns = _columns(bodies())
        table = folder / "rows.csv"
        table.touch(mode=0o600)
        with table.open("w", encoding="utf-8", errors="surrogatepass", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(columns)
            writer.writerows(_cells(row, columns) for row, _ in _rows(bodies()))
    except (ValueError, RecursionError):
        raise ScoredockError(
            "batch-option-invalid",
            l10n.t("The bodies in {name} are not rows of one table.", name=name),
            l10n.t("Choose files: run() gets a file of each body then."),
        ) from None


def _rows(bodies: Iterable[str]) -> Iterator[tuple[Any, Sequence[str]]]:
    """Each with the names that its body has for its columns. Raises ValueError."""
    from scoredock.formats.body_rows import rows_of_body

    for body in bodies:
        rows, names = rows_of_body(json.loads(body))
        yield from zip(rows, itertools.repeat(names))


def _columns(bodies: Iterable[str]) -> list[str]:
    """Columns of all rows. Raises ValueError if some have names and others have not, or other numbers of values."""
    names: dict[str, None] = {}
    widths: set[int] = set()
    for row, columns in _rows(bodies):
        if isinstance(row, Mapping):
            names.update(dict.fromkeys(map(str, row)))
        else:
            widths.add(len(row) if isinstance(row, list) else 0)
            names.update(dict.fromkeys(columns))
    if not widths:
        return list(names)
    (width,) = widths
    if names:
        if len(names) != width:
            raise ValueError(names)
        return list(names)
    return [str(number) for number in range(width)] or ["text"]


def _cells(row: Any, columns: Sequence[str]) -> list[Any]:
    values = (
        [row.get(name) for name in columns] if isinstance(row, Mapping) else row if isinstance(row, list) else [row]
    )
    return [json.dumps(each) if isinstance(each, (list, dict)) else each for each in values]
