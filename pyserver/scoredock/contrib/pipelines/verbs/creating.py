"""A pipeline is written for a project: what is there decides its steps."""

from __future__ import annotations

import contextlib
import difflib
import os
import re
from pathlib import Path

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.contrib.pipelines.domain.written import azure, github, gitlab
from scoredock.contrib.pipelines.domain.written.project import ModelOfProject, PipelineProject, Target
from scoredock.contrib.pipelines.domain.written.steps import SECRET
from scoredock.contrib.pipelines.messages import PipelineCreated, PipelineCreateParams
from scoredock.contrib.pipelines.verbs.repository import checkout_of, relative_name
from scoredock.contrib.pipelines.verbs.sources import INSTALL_FROM, source_of, text_of, write_packages
from scoredock.contrib.table import is_present
from scoredock.errors import Place, ScoredockError
from scoredock.features.compute.targets import list_targets
from scoredock.features.contribution import absent, require_contribution
from scoredock.formats.deployment import read_deployment
from scoredock.protocol import messages
from scoredock.scripts.project_files import look
from scoredock.scripts.proposal import DeploymentProposal, ProposalQuestion, proposed_deployment
from scoredock.scripts.request_files import files_with_tests
from scoredock.scripts.texts import read_text
from scoredock.services.free_names import project_name, service_name
from scoredock.verb import CliCommand, EditorCommand, MenuItem, argument, verb

_PLATFORMS = ("github", "azure", "gitlab")
_PLACES = {
    "github": ".github/workflows/scoredock.yml",
    "azure": "azure-pipelines.yml",
    "gitlab": ".gitlab-ci.yml",
}
"""Where each platform looks, or asks for."""
_LINES = {"github": github.lines, "azure": azure.lines, "gitlab": gitlab.lines}
_TARGETS = ("process", "docker", "cluster")
_TRAINING = ("train.py", "training.py")
_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,200}")
_MOST_BYTES = 1_000_000
_LONGEST_NAME = 24
"""Of the service: the commit stands behind it."""


@verb(
    "pipeline/create",
    progress="Writing the pipeline",
    errors=(
        "pipeline-exists",
        "pipeline-nothing-to-deploy",
        "pipeline-file-missing",
        "pipeline-source-invalid",
        "pipeline-wheels-impossible",
    ),
    terminal=CliCommand(
        "pipeline create",
        "Write a pipeline for a project: check, try, test in a temporary service, push an image, deploy, and a canary."
        " No secret is in it.",
        (
            argument("platform", help="whose pipeline", choices=_PLATFORMS),
            argument("path", help="folder of the project", nargs="?", default="."),
            argument(
                "--to",
                dest="output_path",
                help="file to write; by default the one that the platform looks for, at the root of the repository",
                default="",
                metavar="FILE",
            ),
            argument(
                "--target",
                help="where it deploys to; by default what the deployment configuration says",
                choices=_TARGETS,
                default="",
            ),
            argument("--name", help="name of the service; proposed by default", names="", default="", metavar="NAME"),
            argument("--branch", help="branch that is deployed", names="", default="main", metavar="NAME"),
            argument("--overwrite", help="replace the file that is there", action="store_true"),
            INSTALL_FROM,
            argument(
                "--keep",
                help="leave the pipeline that is there as it is, and bring only the packages beside it up to date",
                action="store_true",
            ),
            argument(
                "--dry-run", dest="preview", help="print what would be written, and write nothing", action="store_true"
            ),
        ),
        (
            "scoredock pipeline create github",
            "scoredock pipeline create azure --target docker --to pipelines/deploy.yml",
            "scoredock pipeline create gitlab --dry-run",
            "scoredock pipeline create github --keep",
        ),
    ),
    editor=(
        EditorCommand(
            "createPipeline",
            "Create Pipeline…",
            "contrib/pipelines/createPipeline",
            menus=((MenuItem("explorer/context", "explorerResourceIsFolder", "5_scoredock@9"),),),
        ),
    ),
)
def create(params: PipelineCreateParams, context: Context, operation: Operation) -> PipelineCreated:
    """Raises ScoredockError `pipeline-exists` where another file is in its place, with the difference,
    `pipeline-nothing-to-deploy`, `pipeline-file-missing`, and what writing raises."""
    folder = absolute(params.path) if params.path else Path(context.folders[0] if context.folders else ".").absolute()
    if not folder.is_dir():
        raise ScoredockError(
            "pipeline-file-missing", l10n.t("There is no folder {path}.", path=folder), place=Place(str(folder))
        )
    root = next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)
    project, notes = _project(params, folder, root, context, operation)
    target = absolute(params.output_path) if params.output_path else root / _PLACES[params.platform]
    before = _before(target)
    text = "\n".join(_LINES[params.platform](project)) + "\n" if before is None or not params.keep else before
    diff = difference(before, text, str(target)) if before is not None else ""
    if before is not None and before != text and not (params.overwrite or params.preview):
        raise ScoredockError(
            "pipeline-exists",
            l10n.t("{path} is there already and has other lines.", path=target),
            l10n.t(
                "Look at the difference with --dry-run, then replace it with --overwrite, keep it with --keep, or name"
                " another file."
            ),
            place=Place(str(target)),
            details={"diff": diff},
        )
    if not params.preview:
        notes += write_packages(project.source, root, context, operation)
        if before != text:
            write_file(target, text)
    fill_in = ["IMAGE", "REGISTRY_USER", SECRET]
    return PipelineCreated(
        str(target), text, not params.preview, before is not None, diff, fill_in, notes, text_of(project.source)
    )


def _project(
    params: PipelineCreateParams, folder: Path, root: Path, context: Context, operation: Operation
) -> tuple[PipelineProject, list[str]]:
    proposed = proposed_deployment(ProposalQuestion(str(folder)), context)
    if not proposed.script_path:
        raise ScoredockError(
            "pipeline-nothing-to-deploy",
            l10n.t("{path} has no entry script.", path=folder),
            place=Place(str(folder)),
        )
    notes: list[str] = []

    def name_of(path: str) -> str:
        return relative_name(Path(path), folder) if path else ""

    models = [ModelOfProject(each.name, name_of(each.paths[0])) for each in proposed.choice.files if each.paths]
    models += [ModelOfProject(each.partition(":")[0]) for each in proposed.choice.models]
    models = [_with_file(each, folder, context) for each in models]
    train = ""
    packages: tuple[str, ...] = ()
    missing = proposed.loads if not models else []
    if missing:
        train = next((name for name in _TRAINING if (folder / name).is_file()), "")
        packages = _packages(proposed) if train else ()
        models = [ModelOfProject(_stem(missing[0]), missing[0] if train else "")]
        notes.append(
            l10n.t(
                "The model {name} is not in the project: look at the step that makes or registers it.", name=missing[0]
            )
        )
    tests = list(files_with_tests([str(folder)], context, operation.cancel)) if is_present("request_tests") else []
    target, compute = _target(params, proposed, context)
    branch = params.branch if _BRANCH.fullmatch(params.branch) else checkout_of(root).branch
    if not is_present("request_tests"):
        notes.append(str(absent("request_tests")))
    elif not tests:
        notes.append(l10n.t("The project has no tests of requests; the pipeline only tries the entry script."))
    project = PipelineProject(
        service=service_name(params.name or project_name(folder))[:_LONGEST_NAME].strip("-"),
        folder="" if folder == root else relative_name(folder, root),
        source=source_of(params.install_from, context),
        entry_script=name_of(proposed.script_path),
        source_directory=name_of(proposed.source_directory),
        inference_config=name_of(proposed.inference_config),
        deployment_config=name_of(proposed.deployment_config),
        environment_file="" if proposed.configured_environment else name_of(proposed.environment_file),
        tests=tuple(name_of(str(each.path)) for each in tests),
        models=tuple(models),
        train_script=train,
        packages=tuple(packages),
        target=target,
        compute=compute,
        branch=branch,
    )
    return project, notes


def _with_file(model: ModelOfProject, folder: Path, context: Context) -> ModelOfProject:
    """A registered model whose file is in the project as well is registered from there."""
    if model.path:
        return model
    for path in look(folder, context).models:
        if _stem(path) == model.name:
            return ModelOfProject(model.name, relative_name(Path(path), folder))
    return model


def _stem(name: str) -> str:
    return Path(name).stem or name


def _packages(proposed: DeploymentProposal) -> tuple[str, ...]:
    """Those of pip that the environment names, without what only a service needs."""
    require_contribution("migration")
    from scoredock.contrib.migration.api import packages_of

    for path in (proposed.environment_file, *proposed.files.environments):
        if path.endswith((".yml", ".yaml")):
            with contextlib.suppress(ScoredockError, ValueError):
                conda = packages_of(Path(path), {})
                names = [*getattr(conda, "pip", ())] if conda is not None else []
                return tuple(each for each in names if not each.startswith(("azureml", "inference-schema")))
    return ()


def _target(params: PipelineCreateParams, proposed: DeploymentProposal, context: Context) -> tuple[Target, str]:
    _, compute = proposed.place
    kind = ""
    if proposed.deployment_config:
        text = read_text(Path(proposed.deployment_config), context.overlays())
        config = read_deployment(text or "", proposed.deployment_config).config
        kind = (config.compute_type or "").lower() if config is not None else ""
        compute = compute or str((config.fields if config is not None else {}).get("computeTargetName") or "")
    is_of_cluster = kind in ("aks", "akswebservice", "kubernetes")
    target: Target = params.target or ("cluster" if is_of_cluster else "process")
    return target, (compute or _only_cluster(context)) if target == "cluster" else ""


def _only_cluster(context: Context) -> str:
    """The compute target of the workspace, where it has one cluster; empty otherwise."""
    targets = list_targets(messages.ComputeListParams(ask=False), context, Operation()).targets
    clusters = [each.name for each in targets if each.kind == "kubernetes"]
    return clusters[0] if len(clusters) == 1 else ""


def _before(target: Path) -> str | None:
    """The text of a file in the place; None where there is none. Writing says what a folder there would do."""
    if not os.path.lexists(target):
        return None
    try:
        return target.read_bytes()[:_MOST_BYTES].decode("utf-8", "replace")
    except OSError:
        return ""


def difference(before: str, after: str, name: str) -> str:
    """Unified."""
    return "".join(difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), name, name))


def write_file(target: Path, text: str) -> None:
    """Writes the file whole or not at all. Raises ScoredockError `disk-full` and its like."""
    from scoredock.registry.store.faults import storing
    from scoredock.temporary.fresh_files import replace_beside

    with storing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        replace_beside(target, text.encode())
