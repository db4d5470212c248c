"""Prepares what a batch job needs before it begins: its models, and the columns that a model takes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context
from scoredock.contrib.batch import messages
from scoredock.errors import ScoredockError

if TYPE_CHECKING:
    from scoredock.contrib.batch.domain.work.configuration import BatchConfiguration
    from scoredock.contrib.batch.domain.work.jobs import JobFolder
    from scoredock.registry import ModelVersion, Registry

_COLLECTED = "$"
"""What a ModelDataCollector adds begins with it; a model does not get that."""
_SIGNATURE = "MLmodel"
_COLUMNS = "--columns"
_MOST_SHOWN = 20


def models_of(params: messages.BatchRunParams, script: Path, context: Context) -> tuple[tuple[str, ...], bool]:
    """Models that are given; else registered ones that the script asks for with get_model_path(), whose name it has
    itself or from its arguments, as scripts of v1 do. And True if it asks for none.
    """
    from scoredock.scripts.models_around import needs_of

    if params.models:
        return tuple(params.models), False
    needs = needs_of(script, params.source_directory, context)
    names = [name if version is None else f"{name}:{version}" for name, version in needs.names]
    if needs.any_model:
        names += params.arguments
    registry = context.registry(params.workspace_id)
    registered = tuple(name for name in dict.fromkeys(names) if _is_registered(name, registry))
    return registered, not needs.names and not needs.any_model


def _is_registered(name: str, registry: Registry) -> bool:
    try:
        registry.summary(name)
    except ScoredockError:
        return False
    return True


def columns_note(
    models: Sequence[ModelVersion],
    configuration: BatchConfiguration,
    folder: JobFolder,
    registry: Registry,
) -> str:
    """Note on columns that the tables lack, or have beside those that the model takes as its files say; empty if they
    fit. Raises ScoredockError `batch-input-invalid`.
    """
    if configuration.input_format == "files" or len(models) != 1:
        return ""
    from scoredock.contrib.batch.domain.work.divided_tables import table_columns
    from scoredock.contrib.batch.domain.work.inputs import read_listing
    from scoredock.contrib.batch.domain.work.jobs import LISTING
    from scoredock.services.access.body_facts import inputs_of

    inputs = inputs_of(models[0], registry)
    names = inputs.names or tuple(each.name for each in inputs.tensors if inputs.file == _SIGNATURE)
    path = next(each for _, each in read_listing(folder.of(LISTING))).path
    columns = _chosen(configuration.arguments) or [
        each for each in table_columns(path, configuration.input_format) if not each.startswith(_COLLECTED)
    ]
    if names and all(names):
        missing = [each for each in names if each not in columns and each not in _with_underscores(columns)]
        return _lacks(models[0].id, missing, columns) if missing else ""
    if inputs.features and inputs.features != len(columns):
        return l10n.t(
            "The input has another number of columns ({number}: {names}) than the model {model} takes ({count}).",
            number=len(columns),
            names=_listed(columns),
            model=models[0].id,
            count=inputs.features,
        )
    return ""


def require_columns(note: str) -> None:
    """Raises ScoredockError `batch-columns-differ` for what `columns_note` says."""
    if note:
        raise ScoredockError("batch-columns-differ", note)


def _chosen(arguments: Sequence[str]) -> list[str]:
    """Columns that an argument of a model without a script names."""
    for argument, value in itertools.pairwise((*arguments, "")):
        if argument == _COLUMNS:
            return value.split(",")
        if argument.startswith(f"{_COLUMNS}="):
            return argument.partition("=")[2].split(",")
    return []


def _with_underscores(columns: Iterable[str]) -> set[str]:
    """Columns by the names that LightGBM keeps."""
    return {each.replace(" ", "_") for each in columns}


def _lacks(model: str, missing: Sequence[str], columns: Sequence[str]) -> str:
    return l10n.t(
        "The input lacks columns that the model {model} takes: {missing}. It has {names}.",
        model=model,
        missing=_listed(missing),
        names=_listed(columns),
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_SHOWN]) + (", …" if len(names) > _MOST_SHOWN else "")
