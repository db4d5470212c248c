"""Requests for a trial of a script or for its tests: what is said, and for the rest what Deploy would propose. Files
that stand for models are used where they lie."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.analysis.rule import quoted_names
from scoredock.context import Context, Operation, absolute, request_of
from scoredock.deploy_options import ScriptOptions
from scoredock.errors import Place, Remedy, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.scripts.model_choice import FilesToRegister
from scoredock.scripts.proposal import DeploymentProposal, ProposalQuestion, proposed_deployment

if TYPE_CHECKING:
    from scoredock.registry import Registry
    from scoredock.services.request import DeployRequest
    from scoredock.services.trying.unregistered import WorkspaceWithFiles


@dataclass(frozen=True)
class ScriptToTry(ScriptOptions):
    """An entry script, or an inference configuration that names one; a batch script where it takes inputs."""

    path: str
    model_file: str = ""
    """A model file or folder that is used where it lies, as if it were registered."""
    takes_inputs: bool = False
    workspace_id: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    request: DeployRequest
    registry: Registry
    """The workspace with the files that stand for models."""
    files: list[str]
    """These files."""
    deployment_config: str
    """That Deploy would propose."""


def trial_request(script_to_try: ScriptToTry, context: Context, operation: Operation) -> Trial:
    """Request for a trial of a script. Raises ScoredockError `try-model-unclear`, `model-known-bad`, `script-invalid`,
    and what a proposal raises."""
    from scoredock.analysis.other_languages import other_language
    from scoredock.services.trying.staged_script import refuse_other_language

    place = Path(script_to_try.path)
    if place.suffix.lower() not in (".json", ".ipynb") and other_language(place.name, ""):
        refuse_other_language(place)  # else what is beside it would be tried
    question = ProposalQuestion(
        script_to_try.path,
        model_file=script_to_try.model_file,
        is_script=script_to_try.takes_inputs or place.suffix == ".py",
        workspace_id=script_to_try.workspace_id,
    )
    offer = proposed_deployment(question, context)
    deployments = context.deployments(script_to_try.workspace_id)
    registry, models, files = _with_models(script_to_try, offer, deployments.registry, operation)
    return Trial(_request(script_to_try, offer, models), registry, files, offer.deployment_config)


def _request(script_to_try: ScriptToTry, offer: DeploymentProposal, models: tuple[str, ...]) -> DeployRequest:
    """Request of what is said, and for the rest of what Deploy would have proposed."""
    from scoredock.services.request import DeployRequest

    request = request_of(DeployRequest, script_to_try, name="tried-script")
    path = absolute(script_to_try.path)
    inference = request.inference_config or offer.inference_config
    clicked = inference == str(path)
    file, named = request.environment_file, request.environment
    if not file and not named and not request.inference_config:
        named, file = offer.environment, offer.environment_file
    script = offer.entry_script if inference == offer.inference_config else str(path)
    return replace(
        request,
        models=models,
        entry_script=script or ("" if inference and not request.source_directory else offer.script_path or str(path)),
        source_directory=request.source_directory or ("" if inference or clicked else offer.source_directory),
        inference_config=inference,
        environment_file=file,
        environment=named,
    )


def _with_models(
    script_to_try: ScriptToTry, offer: DeploymentProposal, registry: Registry, operation: Operation
) -> tuple[WorkspaceWithFiles, tuple[str, ...], list[str]]:
    """The workspace with the files that stand for models, the models to run with, and those files."""
    from scoredock.services.trying.unregistered import WorkspaceWithFiles

    extended = WorkspaceWithFiles(registry)
    if script_to_try.models is not None and not script_to_try.model_file:
        return extended, script_to_try.models, []
    choice = offer.choice
    if offer.script_path and choice.state in ("several", "missing"):
        raise _unclear(offer)
    models, files = list(choice.models), list[str]()
    for each in choice.files:
        version = extended.add(each.name, [Path(path) for path in each.paths], operation.cancel)
        if version.metadata.pickle.needing_consent:
            raise _needs_consent(each)
        models.append(version.id)
        files += each.paths
    return extended, tuple(models), files


def _unclear(offer: DeploymentProposal) -> ScoredockError:
    script, model_files = Path(offer.script_path).name, offer.model_files
    names = [Path(path).name for each in model_files for path in each.paths]
    loads = quoted_names(offer.loads) if offer.loads else l10n.t("a model")
    if offer.choice.state == "several" and len(names) > 1:
        message = l10n.t(
            "{script} loads {model}, which can be one of several files: {files}.",
            script=script,
            model=loads,
            files=", ".join(names[:5]),
        )
    else:
        message = l10n.t(
            "{script} loads {model}, which is neither a registered model nor a file of the project.",
            script=script,
            model=loads,
        )
    return ScoredockError(
        "try-model-unclear",
        message,
        place=Place(offer.script_path),
        details={"files": [path for each in model_files if len(each.paths) == 1 for path in each.paths]},
    )


def _needs_consent(files: FilesToRegister) -> ScoredockError:
    path = files.paths[0]
    return ScoredockError(
        "model-known-bad",
        l10n.t("{name} runs code when it is loaded, and that was not allowed.", name=Path(path).name),
        l10n.t("Register it, and allow it with `scoredock model consent {name}`.", name=files.name),
        place=Place(path),
        remedies=(Remedy(l10n.t("Register {name}…", name=Path(path).name), "scoredock.registerModel", (path,)),),
    )
