"""A batch job of a model without a script: rows of tables, scored by the script that services of the model get."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import absolute
from scoredock.contrib.batch.domain.work.needed_packages import needed_packages
from scoredock.errors import ScoredockError

if TYPE_CHECKING:
    from scoredock.contrib.batch import messages
    from scoredock.environments.spec import EnvironmentSpec

_SCRIPT = "batch_score.py"
_TEXT = '''\
"""Scores the rows of tables by {name}, which was created for the model."""

import os

from scoredock_runtime.batch import created_script
from scoredock_runtime.batch.created_script import run


def init():
    created_script.init(os.path.join(os.path.dirname(os.path.abspath(__file__)), "{name}"))
'''


def table_format(params: messages.BatchRunParams) -> messages.BatchInputFormat:
    """Input format that is named, else that of the input: Parquet if all of it is."""
    if params.input_format != "files":
        return params.input_format
    suffixes = {suffix for each in params.inputs for suffix in _suffixes(absolute(each))}
    return "parquet" if suffixes == {".parquet"} else "csv"


def _suffixes(path: Path) -> set[str]:
    if path.is_dir():
        return {each.suffix.lower() for each in path.rglob("*") if each.suffix.lower() in (".csv", ".parquet")}
    return {path.suffix.lower()}


def require_model(params: messages.BatchRunParams) -> None:
    """Raises ScoredockError `batch-option-invalid` where there is nothing that could score."""
    if not params.models:
        raise ScoredockError(
            "batch-option-invalid",
            l10n.t("A job needs an entry script, the file of a batch deployment, or a model that needs no script."),
            l10n.t("Name one with --entry-script, --file or --model."),
        )


def with_readers(
    spec: EnvironmentSpec, form: messages.BatchInputFormat, output: messages.BatchOutputFormat
) -> EnvironmentSpec:
    """The environment with the packages that read the table, and write the output."""
    packages = needed_packages(form, output)
    return dataclasses.replace(
        spec,
        requirements=_with(spec.requirements, packages),
        fallback=None if spec.fallback is None else _with(spec.fallback, packages),
    )


def _with(requirements: tuple[str, ...], packages: Iterable[str]) -> tuple[str, ...]:
    names = {re.split(r"[=<>!~\[; @]", line)[0].lower() for line in requirements}
    return (*requirements, *(each for each in packages if each not in names))


def add_script(app_root: Path, created: str) -> str:
    """Puts the batch script beside the created one; its name, relative to the folder. Raises OSError."""
    script = PurePosixPath(created)
    batch = script.with_name(_SCRIPT)
    app_root.joinpath(*batch.parts).write_text(_TEXT.format(name=script.name), "utf-8")
    return batch.as_posix()
