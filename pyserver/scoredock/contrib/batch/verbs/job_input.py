"""The input of a new job: copied where it lies elsewhere, listed, and divided where its keys are columns."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Operation
from scoredock.contrib.batch.verbs.named_inputs import find_inputs
from scoredock.counts import counted
from scoredock.late_dataclass import dataclass
from scoredock.progress import PartOfStep

if TYPE_CHECKING:
    from scoredock.contrib.batch import messages
    from scoredock.contrib.batch.domain.work.configuration import BatchConfiguration
    from scoredock.contrib.batch.domain.work.jobs import JobFolder
    from scoredock.environments.built import BuiltEnvironment
    from scoredock.registry import Registry

_MEGABYTE = 1e6


@dataclass(frozen=True)
class JobInput:
    """Input that is listed in the folder of the job."""

    names: tuple[str, ...]
    """As the person named it, from the root, and without what is secret."""
    origins: Mapping[str, str]
    """Folders of the job, and what they are copies of."""
    files: int
    bytes: int


def prepare_input(
    params: messages.BatchRunParams,
    configuration: BatchConfiguration,
    folder: JobFolder,
    registry: Registry,
    environment: Callable[[], BuiltEnvironment],
    operation: Operation,
) -> JobInput:
    """`environment` builds that of the script, and is called where its packages copy or divide the input.

    Raises what `find_inputs` raises, ScoredockError `batch-input-…`, `batch-option-invalid`, `batch-package-missing`,
    `cancelled`, what `environment` raises, and OSError.
    """
    from scoredock.contrib.batch.domain.work.csv_copies import is_copied, require_readable
    from scoredock.contrib.batch.domain.work.divided_tables import is_divided, require_keys
    from scoredock.contrib.batch.domain.work.fetched_inputs import fetch_inputs, without_secrets
    from scoredock.contrib.batch.domain.work.inputs import suffixes_of, write_listing
    from scoredock.contrib.batch.domain.work.jobs import INPUTS, LISTING

    inputs = find_inputs(params.inputs, configuration.input_format, folder.of(INPUTS), registry)
    if inputs.urls:
        step = l10n.t("Copying the input")

        def watch(files: int, bytes: int) -> None:
            amounts = l10n.t(", {files}, {count} MB", files=counted(files, "file"), count=f"{bytes / _MEGABYTE:,.0f}")
            operation.progress.report(PartOfStep(step, amounts))

        job = _python(environment()), configuration.environment_variables
        operation.progress.report(step)
        fetch_inputs(inputs.urls, suffixes_of(configuration.input_format), job, (watch, operation.cancel))
    operation.progress.report(l10n.t("Listing the input"))
    totals = write_listing(inputs.paths, configuration.input_format, folder.of(LISTING), operation.cancel)
    size, origins = totals.bytes, inputs.origins
    require_readable(configuration, folder.of(LISTING), origins)
    if is_copied(configuration):
        size, origins = recoded(configuration, folder.path, folder.of(LISTING), origins, operation)
    if is_divided(configuration, folder.of(LISTING)):
        size = _divided(configuration, folder, origins, environment, operation)
    else:
        require_keys(configuration, folder.of(LISTING))
    return JobInput(tuple(map(without_secrets, _names(params))), origins, totals.files, size)


def recoded(
    configuration: BatchConfiguration, folder: Path, listing: Path, origins: Mapping[str, str], operation: Operation
) -> tuple[int, dict[str, str]]:
    """Copies tables of another encoding or separator; the bytes of all, and what the folders of copies stand for."""
    from scoredock.contrib.batch.domain.work.csv_copies import copy_tables

    step = l10n.t("Reading the input as comma-separated UTF-8")

    def watch(size: int) -> None:
        amounts = l10n.t(", {count} MB done", count=f"{size / _MEGABYTE:,.0f}")
        operation.progress.report(PartOfStep(step, amounts))

    operation.progress.report(step)
    totals, roots = copy_tables(configuration, folder, listing, origins, (watch, operation.cancel))
    return totals.bytes, roots


def _names(params: messages.BatchRunParams) -> list[str]:
    from scoredock.contrib.batch.verbs.named_inputs import absolute_input

    return [absolute_input(each) for each in params.inputs]


def _python(environment: BuiltEnvironment) -> str:
    return str(environment.script_python or environment.server)


def _divided(
    configuration: BatchConfiguration,
    folder: JobFolder,
    origins: Mapping[str, str],
    environment: Callable[[], BuiltEnvironment],
    operation: Operation,
) -> int:
    """Makes a file for each combination of the values of partition keys that are columns; the bytes of all."""
    from scoredock.contrib.batch.domain.work.divided_tables import TablePlaces, divide_tables
    from scoredock.contrib.batch.domain.work.jobs import DIVIDED, KEY_VALUES, LISTING

    step = l10n.t("Dividing the input")

    def watch(size: int) -> None:
        amounts = l10n.t(", {count} MB done", count=f"{size / _MEGABYTE:,.0f}")
        operation.progress.report(PartOfStep(step, amounts))

    operation.progress.report(step)
    python = _python(environment()) if configuration.input_format == "parquet" else sys.executable
    places = TablePlaces(folder.of(LISTING), folder.of(DIVIDED), folder.of(KEY_VALUES), origins)
    return divide_tables(configuration, places, python, watch, operation.cancel).bytes
