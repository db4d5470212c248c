"""From what was asked for and read to what will be done. Pure: everything it needs was read before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path, PurePath
from typing import Any, TypeVar

from scoredock.configs.finding import Finding
from scoredock.deploy.front_end import NOTHING_ASKED, Asked
from scoredock.deploy.request import is_text
from scoredock.engines.base import ContainerOptions
from scoredock.engines.front_end import front_end_to_json
from scoredock.environments.spec import CondaPackages, EnvironmentSpec, ImageSpec, SparkSpec
from scoredock.errors import Place, ScoredockError
from scoredock.progress import WARNING
from scoredock.registry.grammar import shown
from scoredock.registry.records import ModelVersion

HARDENED = ContainerOptions()
_T = TypeVar("_T", CondaPackages, ImageSpec, SparkSpec, ContainerOptions)
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
class Script:
    """The entry script where the person has it, and what goes with it."""

    path: Path
    source_directory: Path | None
    """The folder that goes into the service as a whole, or None for the script alone."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One revision, decided down to the last path."""

    service: str
    models: tuple[ModelVersion, ...]
    script: Script
    staged_script: str
    """Relative to the root of the application, forward slashes."""
    model_dir: str
    """AZUREML_MODEL_DIR relative to the root of the application."""
    environment: EnvironmentSpec
    variables: Mapping[str, str]
    port: int | None
    notes: tuple[str, ...] = ()
    registered_environment: str = ""
    """`name:version` of the record that `environment` comes from, if it comes from one."""
    asked: Asked = NOTHING_ASKED
    """Of the front end, by the deployment configuration."""
    strict: bool = False
    """What `[tool.scoredock]` of the project says."""
    options: ContainerOptions = HARDENED
    """What a container may do and take; says nothing to an engine without any."""


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
    return Plan(
        service=service,
        models=tuple(models),
        script=script,
        staged_script=staged_script(script),
        model_dir=model_dir(models),
        environment=environment,
        variables=merged,
        port=port,
        notes=(*notes, *_warnings(findings)),
        registered_environment=registered_environment,
        asked=asked,
        strict=strict,
        options=options,
    )


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


def resolved_to_json(plan: Plan) -> dict[str, Any]:
    """What the ledger keeps beside the request, so that a revision starts again without the person's files."""
    spec = plan.environment
    return {
        "entry_script": str(plan.script.path),
        "source_directory": str(plan.script.source_directory) if plan.script.source_directory else "",
        "staged_script": plan.staged_script,
        "model_dir": plan.model_dir,
        "variables": dict(plan.variables),
        "port": plan.port,
        "registered_environment": plan.registered_environment,
        "front_end": front_end_to_json(plan.asked.front),
        "strict": plan.strict,
        "options": asdict(plan.options),
        "environment": {
            "python": spec.python,
            "requirements": list(spec.requirements),
            "fallback": None if spec.fallback is None else list(spec.fallback),
            "source": spec.source,
            "display_name": spec.display_name,
            "conda": asdict(spec.conda) if spec.conda else None,
            "image": asdict(spec.image),
            "user_managed": spec.user_managed,
            "interpreter": spec.interpreter,
            "spark": asdict(spec.spark) if spec.spark else None,
        },
    }


def environment_from_json(raw: Mapping[str, Any]) -> EnvironmentSpec:
    """The specification that `resolved_to_json` wrote."""
    fallback, conda, image, spark = (raw.get(key) for key in ("fallback", "conda", "image", "spark"))
    return EnvironmentSpec(
        python=raw.get("python"),
        requirements=tuple(raw["requirements"]),
        source=str(raw["source"]),
        display_name=str(raw["display_name"]),
        fallback=None if fallback is None else tuple(fallback),
        conda=_known(CondaPackages, conda) if isinstance(conda, Mapping) else None,
        image=_known(ImageSpec, image),
        user_managed=raw.get("user_managed") is True,
        interpreter=str(raw.get("interpreter") or ""),
        spark=_known(SparkSpec, spark) if isinstance(spark, Mapping) else None,
    )


def options_from_json(raw: object) -> ContainerOptions:
    """The options that `resolved_to_json` wrote; the default ones for revisions of an earlier program."""
    return _known(ContainerOptions, raw)


def _known(kind: type[_T], raw: object) -> _T:
    """Plain data as one of our frozen classes; keys of a newer program are passed over, lists become tuples."""
    names = {each.name for each in fields(kind)}
    told: dict[str, Any] = {}
    for key, value in raw.items() if isinstance(raw, Mapping) else ():
        if key in names:
            told[key] = tuple(value) if isinstance(value, list) else value
    return kind(**told)
