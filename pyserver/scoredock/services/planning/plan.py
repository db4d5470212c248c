"""The plan of a deployment: a revision before it is made. Pure: all it needs was read, chosen and checked before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.registry.grammar import printable
from scoredock.registry.records import ModelVersion
from scoredock.services.entry_script import MODELS_FOLDER, EntryScript
from scoredock.services.planning.findings import LocatedFinding, require_checked, warnings_of
from scoredock.services.planning.front_end import GivenKeys
from scoredock.services.request import is_text
from scoredock.services.revision import Origin, RevisionSpec

if TYPE_CHECKING:
    from scoredock.services.planning.choose import Choice
    from scoredock.services.planning.inputs import Inputs


@dataclass(frozen=True, slots=True)
class Plan:
    """Plan of a revision, with what is needed to make it."""

    service: str
    models: tuple[ModelVersion, ...]
    spec: RevisionSpec
    keys: GivenKeys = field(default_factory=GivenKeys)
    """Of the deployment configuration; they are not part of what is kept of the revision."""
    notes: tuple[str, ...] = ()
    origin: Origin = field(default_factory=Origin)

    @property
    def model_ids(self) -> list[str]:
        """`name:version` of each."""
        return [model.id for model in self.models]

    @property
    def script(self) -> EntryScript:
        """The entry script where the person has it."""
        return self.spec.script

    @property
    def staged_script(self) -> str:
        """Path of the entry script, relative to the root of the application."""
        return self.spec.staged_script

    @property
    def models_beside(self) -> bool:
        """True if the files of its models lie beside it, too."""
        return self.spec.models_beside


def make_plan(
    inputs: Inputs,
    choice: Choice,
    findings: Sequence[LocatedFinding],
    notes: Sequence[str],
    *,
    strict: bool,
    models_beside: bool = False,
) -> Plan:
    """Decide, or refuse; `models_beside` says that the script was written for the first services.

    Raises ScoredockError `check-failed` with every finding of severity error, what `choice` was refused for,
    `port-invalid`, `deploy-input-invalid`.
    """
    request = inputs.request
    require_checked(findings, request.skip_checks)
    if choice.environment is None:
        raise choice.refusal or ScoredockError("internal-error", l10n.t("No environment was chosen."))
    staged = staged_script(inputs.script)
    in_own_folder = request.in_script_folder or models_beside
    spec = RevisionSpec(
        script=inputs.script,
        staged_script=staged,
        model_dir=model_dir(inputs.models),
        environment=choice.environment.spec,
        variables=_variables(inputs, choice.environment.variables),
        port=_port(choice.port if request.port is None else request.port),
        registered_environment=choice.environment.registered,
        front=choice.front_end.front,
        strict=strict,
        options=choice.options,
        configuration=choice.configuration,
        develop=request.develop,
        working_directory=staged.rpartition("/")[0] if in_own_folder else "",
        models_beside=models_beside,
    )
    return Plan(request.name, inputs.models, spec, choice.front_end.keys, (*notes, *warnings_of(findings)))


def _port(port: int | None) -> int | None:
    if port and not 1 <= port <= 65_535:
        raise ScoredockError("port-invalid", l10n.t("{port} is not a port.", port=port), details={"port": str(port)})
    return port or None


def _variables(inputs: Inputs, of_environment: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Those of the request win over those of the environment, of which the later ones win."""
    merged: dict[str, str] = {}
    for group in (*of_environment, inputs.request.environment_variables or {}):
        merged.update(group)
    for name in merged:
        if not name or "=" in name or not is_text(name + merged[name]):
            raise ScoredockError(
                "deploy-input-invalid",
                l10n.t(
                    "The environment variable {name} cannot be set: its name or value is not valid.",
                    name=printable(name),
                ),
            )
    return merged


def staged_script(script: EntryScript) -> str:
    """Path of the entry script below the application's root. Raises ScoredockError `deploy-input-invalid`."""
    if script.source_directory is None:
        return script.path.name
    folder = script.source_directory
    try:
        inside = script.path.relative_to(folder)
    except ValueError:
        raise ScoredockError(
            "deploy-input-invalid",
            l10n.t(
                "The entry script {path} is not inside the source directory {folder}.", path=script.path, folder=folder
            ),
            l10n.t("Choose a source directory that contains the script, or leave it out."),
            place=Place(str(script.path)),
        ) from None
    if folder.name == MODELS_FOLDER or not folder.name:
        raise ScoredockError(
            "deploy-input-invalid",
            l10n.t("The source directory cannot be {folder}.", folder=folder),
            l10n.t("Put the script in a folder of its own."),
            place=Place(str(folder)),
        )
    return f"{folder.name}/{inside.as_posix()}"


def model_dir(models: Sequence[ModelVersion]) -> str:
    """One model: its own folder; none or several: the folder of all, as in Azure ML."""
    if len(models) == 1:
        return f"{MODELS_FOLDER}/{models[0].name}/{models[0].version}"
    return MODELS_FOLDER
