"""Deployments without an entry script: what is proposed, and the generated script as files of the person's."""

from __future__ import annotations

from pathlib import Path

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.features.context import Context, Operation, absolute
from scoredock.features.service_names import free_name, service_name, serving_without_code
from scoredock.protocol import messages


def propose(params: messages.NoCodeProposeParams, context: Context, operation: Operation) -> messages.NoCodeProposal:
    """Raises `no-code-…` for what cannot be deployed without a script, `file-not-found`, `model-not-found`."""
    from scoredock.no_code.generating import look, look_at_path
    from scoredock.no_code.subject import model_place

    _require_one(params.model, params.path)
    workspace = context.workspace(params.workspace_id)
    deployments = context.deployments(workspace.id)
    registry = deployments.registry
    if params.path:
        path = model_place(absolute(params.path))
        model, what, stem = "", look_at_path(path), path.name if path.is_dir() else path.stem
    else:
        found = registry.model(params.model)
        model, what, stem, path = found.id, look([found], registry), found.name, Path()
    existing = [view.name for view in deployments.services()]
    former = serving_without_code(model, str(path), existing, deployments)
    name, overwrite = former or free_name(service_name(stem), existing), bool(former)
    return messages.NoCodeProposal(name, model, str(path) if params.path else "", what, overwrite, existing)


def write(params: messages.NoCodeWriteParams, context: Context, operation: Operation) -> messages.ProjectCreated:
    """Script, conda file and inference configuration, which behave the same when they are deployed.

    Raises `no-code-…`, `project-exists`, `file-not-found`, `model-not-found`.
    """
    from scoredock.no_code.ejecting import eject, eject_path

    _require_one(params.model, params.path)
    deployments = context.deployments(params.workspace_id)
    registry, environments = deployments.registry, deployments.environments
    folder = absolute(params.folder)
    if params.path:
        files = eject_path(absolute(params.path), folder, environments, operation.progress, operation.cancel)
    else:
        models = [registry.model(params.model)]
        files = eject(models, registry, folder, environments, operation.progress, operation.cancel)
    return messages.ProjectCreated(str(folder), str(files[0]), [file.name for file in files])


def script(params: messages.NoCodeProposeParams, context: Context, operation: Operation) -> messages.ModelText:
    """The script that would be deployed. Raises as `propose`."""
    from scoredock.no_code.ejecting import script_text, script_text_of_path

    _require_one(params.model, params.path)
    if params.path:
        return messages.ModelText(script_text_of_path(absolute(params.path)), True)
    registry = context.registry(params.workspace_id)
    return messages.ModelText(script_text([registry.model(params.model)], registry), True)


def _require_one(model: str, path: str) -> None:
    if bool(model) == bool(path):
        raise ScoredockError("no-code-models", l10n.t("Give either a registered model or the path of one."))
