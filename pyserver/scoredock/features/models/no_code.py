"""The script that serves a model without an entry script: as text, and as files of the person's."""

from __future__ import annotations

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.errors import ScoredockError
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, argument, rows, verb


@verb(
    "noCode/write",
    progress="Writing the script",
    errors=("project-exists", "file-not-found", "model-not-found"),
    terminal=CliCommand(
        "model script",
        "Print the entry script that is created for a model of a supported framework, or write"
        " it with its configuration.",
        (
            argument(
                "model",
                help="NAME:VERSION, or NAME for the newest version",
                names="model",
                nargs="?",
                default="",
                metavar="MODEL",
            ),
            argument("--path", help="model file or folder that is not registered", default="", metavar="PATH"),
            argument(
                "-o",
                "--output",
                help="folder to write score.py and its configuration files to",
                default="",
                metavar="FOLDER",
            ),
        ),
        ("scoredock model script iris:1", "scoredock model script iris:1 --output serving"),
    ),
    editor=(
        EditorCommand(
            "showScript",
            "Generate Entry Script…",
            "services/deployWithoutCode",
            menus=(rows("models", "version|group", "2_save@4", menu="scoredock.model.copy"),),
        ),
    ),
)
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


def script(model: str, path: str, context: Context) -> messages.ModelText:
    """The script that would be deployed. Raises as `write`, but for what lies in its folder."""
    from scoredock.no_code.ejecting import script_text, script_text_of_path

    _require_one(model, path)
    if path:
        return messages.ModelText(script_text_of_path(absolute(path)), True)
    registry = context.registry("")
    return messages.ModelText(script_text([registry.model(model)], registry), True)


def _require_one(model: str, path: str) -> None:
    if bool(model) == bool(path):
        raise ScoredockError("no-code-models", l10n.t("Give either a registered model or the path of one."))
