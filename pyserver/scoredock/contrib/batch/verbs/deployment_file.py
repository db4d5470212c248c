"""`batch run --file`: what a batch deployment of v2 asks for, as a job of this machine."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoredock import l10n
from scoredock.context import absolute
from scoredock.contrib.batch import messages
from scoredock.errors import Place, ScoredockError
from scoredock.protocol.messages.services import ModelToRegister

if TYPE_CHECKING:
    from scoredock.contrib.batch.domain.batch_deployment import BatchDeploymentFile
    from scoredock.progress import Progress
    from scoredock.registry import Registry
    from scoredock.scripts.registrations import Registrations
    from scoredock.text import Range

_FILE_BYTES = 4_000_000


def with_deployment_file(
    params: messages.BatchRunParams, registry: Registry, registrations: Registrations, progress: Progress
) -> messages.BatchRunParams:
    """The same with what its file says; what the caller has said otherwise counts more. Its compute counts where a
    cluster of the workspace is attached under that name, and else stands for this machine. A model whose files it names
    is registered, as Azure does it.

    Raises ScoredockError `file-not-found`, `check-failed`, `batch-option-invalid`, `compute-damaged`, and what
    registering raises.
    """
    from scoredock.contrib.batch.domain.work.configuration import foreign_limits

    if not params.file:
        return params
    path = absolute(params.file)
    file, values, model_files = _values(path, skip_checks=params.skip_checks)
    for key, limit in foreign_limits(file.values).items():
        option = f"--{limit.replace('_', '-')}"
        progress.report(
            l10n.t(
                "“{key}” is not a key of batch deployments of v2, which count failed files (error_threshold); here it"
                " holds as {option}.",
                key=key,
                option=option,
            )
        )
    values["compute"] = _attached(values["compute"], registry)
    fields = {name: value for name, value in values.items() if getattr(params, name) == getattr(_DEFAULT, name)}
    if params.environment or params.environment_file:
        fields = {name: value for name, value in fields.items() if name not in ("environment", "environment_file")}
    for name, field in _PATHS.items():
        place = _place(path, file.places.get(field))
        if fields.get(name) and not Path(fields[name]).exists():
            raise ScoredockError("file-not-found", l10n.t("{path} does not exist.", path=fields[name]), place=place)
    if model_files is not None and "models" in fields:
        try:
            registrations.register([model_files])
        except ScoredockError as error:
            error.place = _place(path, file.places.get("model_files"))
            raise
        fields["models"] = registrations.models
    variables = {**values["environment_variables"], **params.environment_variables}
    return dataclasses.replace(params, **{**fields, "environment_variables": variables})


def _place(path: Path, at: Range | None) -> Place:
    return Place(str(path)) if at is None else Place(str(path), at.start.line, at.start.character)


def _attached(name: str, registry: Registry) -> str:
    """The compute target of this name; empty where there is none."""
    from scoredock.clusters.target import DockerTarget
    from scoredock.services.compute_targets import ComputeTargets

    target = ComputeTargets(registry).get_any(name) if name else None
    return "" if target is None or isinstance(target, DockerTarget) else target.name


def _values(path: Path, *, skip_checks: bool) -> tuple[BatchDeploymentFile, dict[str, Any], ModelToRegister | None]:
    """Contents of the file, the fields of BatchRunParams that it sets, and the model that it defines."""
    from scoredock.analysis.facts import Facts
    from scoredock.checks.check import check
    from scoredock.contrib.batch.domain.batch_deployment import BatchDeploymentFault, read_batch_deployment
    from scoredock.contrib.batch.domain.work.configuration import from_v2
    from scoredock.services.planning.findings import LocatedFinding, require_checked
    from scoredock.services.planning.project import PROJECTS
    from scoredock.services.planning.reading import read_text
    from scoredock.services.v2_files.read_files import text_beside

    text = read_text(path, _FILE_BYTES)
    facts = Facts(path=str(path), settings=PROJECTS.settings(path))
    findings = [LocatedFinding(str(path), each) for each in check(text, facts, "batch-deployment")]
    try:
        file = read_batch_deployment(text, lambda below: text_beside(path, below))
        of_file = from_v2(file.values)
    except BatchDeploymentFault as fault:
        require_checked(findings, skip_checks, is_read=False)
        raise ScoredockError("batch-option-invalid", fault.message, place=_place(path, fault.range)) from None
    except ScoredockError as error:
        require_checked(findings, skip_checks, is_read=False)
        error.place = error.place or Place(str(path))
        raise
    require_checked(findings, skip_checks)
    values = {
        **of_file,
        "entry_script": str(path.parent / file.script) if file.script else "",
        "source_directory": str(path.parent / file.source) if file.source else "",
        "models": list(file.models),
        "environment": file.environment,
        "environment_file": str(path.parent / file.conda_file) if file.conda_file else "",
        # Of files; a model without a script gets rows.
        "mini_batch_size": of_file["mini_batch_size"] if file.script else "",
        "compute": str(file.values.get("compute") or "").removeprefix("azureml:"),
        "environment_variables": of_file.get("environment_variables", {}),
    }
    name, below = file.model_files or ("", "")
    model = ModelToRegister(name, [str(path.parent / below)], 0) if name else None
    return file, values, model


_PATHS = {"source_directory": "source", "entry_script": "script", "environment_file": "conda_file"}
"""Fields of BatchRunParams, and the field of the file that says them."""
_DEFAULT = messages.BatchRunParams(inputs=[], output_path="")
