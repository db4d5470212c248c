"""What is started for a look at a script or for its tests: what is said, and for the rest what Deploy would propose.
Files that stand for models are used where they lie."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.analysis.rule import quoted_names
from scoredock.context import Context, Operation, absolute, request_of
from scoredock.errors import Place, Remedy, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.protocol import messages
from scoredock.scripts.proposal import proposal

if TYPE_CHECKING:
    from scoredock.registry import Registry
    from scoredock.services.request import DeployRequest
    from scoredock.services.trying.unregistered import WorkspaceWithFiles


@dataclass(frozen=True, slots=True)
class Trial:
    request: DeployRequest
    registry: Registry
    """The workspace with the files that stand for models."""
    files: list[str]
    """These files."""
    deployment_config: str
    """That Deploy would propose."""


def trial_request(params: messages.DocumentTryParams, context: Context, operation: Operation) -> Trial:
    """Raises ScoredockError `try-model-unclear`, `model-known-bad`, `script-invalid`, and what a proposal raises."""
    from scoredock.analysis.other_languages import other_language
    from scoredock.services.trying.staged_script import refuse_other_language

    place = Path(params.path)
    if place.suffix.lower() not in (".json", ".ipynb") and other_language(place.name, ""):
        refuse_other_language(place)  # else what is beside it would be tried
    folder = messages.ServiceProposeParams(params.path, model_file=params.model_file, workspace_id=params.workspace_id)
    offered = proposal(folder, context, is_script=bool(params.inputs))
    deployments = context.deployments(params.workspace_id)
    registry, models, files = _with_models(params, offered, deployments.registry, operation)
    return Trial(_request(params, offered, models), registry, files, offered.deployment_config)


def _request(
    params: messages.DocumentTryParams, offered: messages.ServiceProposal, models: tuple[str, ...]
) -> DeployRequest:
    """What is said, and for the rest what Deploy would have proposed."""
    from scoredock.services.request import DeployRequest

    request = request_of(DeployRequest, params, name="tried-script")
    path = absolute(params.path)
    inference = request.inference_config or offered.inference_config
    clicked = inference == str(path)
    file, named = request.environment_file, request.environment
    if not file and not named and not request.inference_config:
        named, file = offered.environment, offered.environment_file
    script = offered.entry_script if inference == offered.inference_config else str(path)
    return replace(
        request,
        models=models,
        entry_script=script or ("" if inference and not request.source_directory else offered.script or str(path)),
        source_directory=request.source_directory or ("" if inference or clicked else offered.source_directory),
        inference_config=inference,
        environment_file=file,
        environment=named,
    )


def _with_models(
    params: messages.DocumentTryParams, offered: messages.ServiceProposal, registry: Registry, operation: Operation
) -> tuple[WorkspaceWithFiles, tuple[str, ...], list[str]]:
    """The workspace with the files that stand for models, the models to run with, and those files."""
    from scoredock.services.trying.unregistered import WorkspaceWithFiles

    extended = WorkspaceWithFiles(registry)
    if params.models is not None and not params.model_file:
        return extended, params.models, []
    if offered.script and offered.model_state in ("several", "missing"):
        raise _unclear(offered)
    models, files = list(offered.models), []
    for each in offered.register_models:
        version = extended.add(each.name, [Path(path) for path in each.paths], operation.cancel)
        if version.metadata.pickle.needing_consent:
            raise _needs_consent(each)
        models.append(version.id)
        files += each.paths
    return extended, tuple(models), files


def _unclear(offered: messages.ServiceProposal) -> ScoredockError:
    script = Path(offered.script).name
    names = [Path(path).name for each in offered.model_files for path in each.paths]
    loads = quoted_names(offered.loads) if offered.loads else l10n.t("a model")
    if offered.model_state == "several" and len(names) > 1:
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
        place=Place(offered.script),
        details={"files": [path for each in offered.model_files if len(each.paths) == 1 for path in each.paths]},
    )


def _needs_consent(files: messages.ModelToRegister) -> ScoredockError:
    path = files.paths[0]
    return ScoredockError(
        "model-known-bad",
        l10n.t("{name} runs code when it is loaded, and that was not allowed.", name=Path(path).name),
        l10n.t("Register it, and allow it with `scoredock model consent {name}`.", name=files.name),
        place=Place(path),
        remedies=(Remedy(l10n.t("Register {name}…", name=Path(path).name), "scoredock.registerModel", (path,)),),
    )
