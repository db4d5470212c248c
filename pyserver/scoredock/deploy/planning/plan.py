"""From what was asked for and read to what will be done. Pure: everything it needs was read before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from scoredock.configs.finding import Finding
from scoredock.deploy.planning.front_end import NOTHING_ASKED, Asked, GivenKeys
from scoredock.deploy.request import is_text
from scoredock.deploy.revision import RevisionSpec, Script
from scoredock.engines.base import ContainerOptions
from scoredock.environments.spec import EnvironmentSpec
from scoredock.errors import Place, ScoredockError
from scoredock.progress import WARNING
from scoredock.registry.grammar import shown
from scoredock.registry.records import ModelVersion

HARDENED = ContainerOptions()
MODELS_FOLDER = "azureml-models"
MAIN_SCRIPT = "main.py"
_MOST_WARNINGS = 10
_OF_CONFIGURATIONS = "234"
"""First digits of the rules about configurations and environments."""


@dataclass(frozen=True, slots=True)
class Found:
    """A finding and the file it lies in."""

    path: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Plan:
    """A revision before it is made: what it will be, and what its making needs besides."""

    service: str
    models: tuple[ModelVersion, ...]
    spec: RevisionSpec
    keys: GivenKeys = field(default_factory=GivenKeys)
    """Of the deployment configuration; they are not part of what is kept of the revision."""
    notes: tuple[str, ...] = ()


def make_plan(
    service: str,
    *,
    models: Sequence[ModelVersion],
    script: Script,
    environment: EnvironmentSpec,
    variables: Sequence[Mapping[str, str]],
    ports: Sequence[int | None],
    findings: Sequence[Found],
    skip_checks: bool,
    notes: Sequence[str] = (),
    registered_environment: str = "",
    asked: Asked = NOTHING_ASKED,
    strict: bool = False,
    options: ContainerOptions = HARDENED,
) -> Plan:
    """Decide, or refuse.

    `variables` are in rising precedence, `ports` in falling. Raises ScoredockError `check-failed` with every finding of
    severity error, `port-invalid`, `deploy-input-missing`.
    """
    require_checked(findings, skip_checks)
    port = next((each for each in ports if each), None)
    if port is not None and not 1 <= port <= 65_535:
        raise ScoredockError("port-invalid", f"{port} is not a port.", details={"port": str(port)})
    merged: dict[str, str] = {}
    for group in variables:
        merged.update(group)
    for name in merged:
        if not name or "=" in name or not is_text(name + merged[name]):
            raise ScoredockError(
                "deploy-input-invalid",
                f"The environment variable {shown(name)} cannot be set: its name or value is not valid.",
            )
    spec = RevisionSpec(
        script=script,
        staged_script=staged_script(script),
        model_dir=model_dir(models),
        environment=environment,
        variables=merged,
        port=port,
        registered_environment=registered_environment,
        front=asked.front,
        strict=strict,
        options=options,
    )
    return Plan(service, tuple(models), spec, asked.keys, (*notes, *_warnings(findings)))


def require_checked(findings: Sequence[Found], skip_checks: bool) -> None:
    """Raises ScoredockError `check-failed` when a finding would fail the deployment.

    `skip_checks` passes over what is said of the script, which only running it can prove. A configuration or an
    environment file with an error cannot be skipped: what it was to say would have to be guessed. The details of the
    error say `lasting` then.
    """
    errors = [found for found in findings if found.finding.severity == "error"]
    lasting = [found for found in errors if found.finding.code[2] in _OF_CONFIGURATIONS]
    if skip_checks:
        errors = lasting
    if not errors:
        return
    first = errors[0]
    told = first.finding.message
    if len(errors) > 1:
        told = f"{told.rstrip('.?')}, and {len(errors) - 1} more."
    start = first.finding.range.start
    raise ScoredockError(
        "check-failed",
        f"{PurePath(first.path).name}, line {start.line + 1}: {told}",
        place=Place(first.path, start.line, start.character),
        details={"findings": [describe(found) for found in errors], **({"lasting": "yes"} if lasting else {})},
    )


def _warnings(findings: Sequence[Found]) -> list[str]:
    """What the checks warn of, for the log of the deployment; in the editor it stands at its lines."""
    told = [f"{WARNING}{describe(found)}" for found in findings if found.finding.severity == "warning"]
    more = len(told) - _MOST_WARNINGS
    return [
        *told[:_MOST_WARNINGS],
        *([f"{WARNING}{more} more warnings: `scoredock check` shows them"] if more > 0 else []),
    ]


def describe(found: Found) -> str:
    """`path:line:column: code message`, one-based, as compilers write it."""
    start = found.finding.range.start
    return f"{found.path}:{start.line + 1}:{start.character + 1}: {found.finding.code} {found.finding.message}"


def staged_script(script: Script) -> str:
    """Where the entry script lies below the root of the application. Raises ScoredockError `deploy-input-invalid`."""
    if script.source_directory is None:
        return script.path.name
    folder = script.source_directory
    try:
        inside = script.path.relative_to(folder)
    except ValueError:
        raise ScoredockError(
            "deploy-input-invalid",
            f"The entry script {script.path} is not inside the source directory {folder}.",
            "Choose a source directory that contains the script, or leave it out.",
            place=Place(str(script.path)),
        ) from None
    if folder.name == MODELS_FOLDER or not folder.name:
        raise ScoredockError(
            "deploy-input-invalid",
            f"The source directory cannot be {folder}.",
            "Put the script in a folder of its own.",
            place=Place(str(folder)),
        )
    return f"{folder.name}/{inside.as_posix()}"


def model_dir(models: Sequence[ModelVersion]) -> str:
    """One model: its own folder; none or several: the folder of all, as in Azure ML."""
    if len(models) == 1:
        return f"{MODELS_FOLDER}/{models[0].name}/{models[0].version}"
    return MODELS_FOLDER
