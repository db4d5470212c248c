"""Deploying a service and changing what it serves."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from scoredock import l10n
from scoredock.context import Context, Operation, request_of
from scoredock.deploy_options import ScriptOptions
from scoredock.errors import ScoredockError
from scoredock.features.arguments import CREDENTIAL_ARGUMENTS, option_arguments
from scoredock.features.file_names import DEPLOYED, NOT_DEPLOYED, TRUSTED
from scoredock.protocol import messages
from scoredock.scripts.compute_engine import placed
from scoredock.verb import CliCommand, EditorCommand, argument, files, head, rows, tabs, title_bar, verb

if TYPE_CHECKING:
    from scoredock.services.cluster_objects import Foreseen
    from scoredock.services.deployments import Deployments
    from scoredock.services.request import UpdateRequest

_Params = TypeVar("_Params", bound=ScriptOptions)

_NAME_HERE = argument("name", help="name of the service", names="service", nargs="?", default="")


_NAME_FLAG = argument(
    "-n", "--name", help="the same as NAME", names="service", dest="name_option", default="", metavar="NAME"
)


_REGISTER = argument(
    "--register-model",
    help="model file or folder to register and deploy; a file that is already registered is not"
    " registered again; may be repeated",
    dest="register_models",
    action="append",
    default=[],
    metavar="[NAME=]PATH",
)


_FROM_AZURE_ML_CLI = (
    argument(
        "-f",
        "--model-metadata-file",
        help="file that `model register -t` wrote, or YAML of --file; may be repeated",
        action="append",
        default=[],
        metavar="FILE",
    ),
    argument(
        "--ev",
        "--environment-version",
        help="version of --environment-name; the newest by default",
        dest="environment_version",
        default="",
        metavar="VERSION",
    ),
)


_FILES = argument(
    "--file",
    help="YAML of an online deployment of Azure ML v2, or of its endpoint; repeated for all files of one endpoint,"
    " whose name NAME then is. --deployment, --engine, --compute, --port, --auth, --overwrite, --skip-checks, --dry-run"
    " go with it",
    dest="files",
    action="append",
    default=[],
    metavar="FILE",
)


_DEPLOYMENT = argument(
    "--deployment",
    help="with --file: name of the one deployment, in the place of the one in its file",
    default="",
    metavar="DEPLOYMENT",
)


_DRY_RUN = (
    argument(
        "--dry-run",
        help="for a compute target: print the objects that would be applied; with --file what the files come to; and"
        " change nothing",
        action="store_true",
    ),
    argument(
        "--diff",
        help="for a compute target: print how these objects differ from what stands in the cluster, and change nothing;"
        " ends with 1 where they do",
        action="store_true",
    ),
)


@verb(
    "service/deploy",
    progress="Deploying",
    changes=True,
    terminal=CliCommand(
        "service deploy",
        "Deploy models and an entry script as a service, or one model of a supported framework"
        " without a script. Waits until the service is Healthy.",
        (
            _NAME_HERE,
            _NAME_FLAG,
            *option_arguments(messages.ServiceDeployParams),
            _REGISTER,
            _FILES,
            _DEPLOYMENT,
            *_FROM_AZURE_ML_CLI,
            *CREDENTIAL_ARGUMENTS,
            *_DRY_RUN,
        ),
        (
            "scoredock service deploy diabetes --model diabetes:1 --entry-script score.py --environment-file conda.yml",
            "scoredock service deploy diabetes --register-model model.pkl --ic inferenceconfig.json",
            "scoredock service deploy iris --model iris:1",
            "scoredock service deploy flowers --path flowers.onnx",
            "scoredock service deploy diabetes --model diabetes:1 --entry-script score.py --engine docker",
            (
                "scoredock service deploy diabetes -f model.json --ic inferenceconfig.json --dc deploymentconfig.json"
                " --overwrite"
            ),
            "scoredock service deploy --file endpoint.yml --file blue-deployment.yml",
        ),
        makes="service",
    ),
    editor=(
        EditorCommand(
            "deploy",
            "Deploy",
            "services/deploy",
            icon="rocket",
            palette="",
            menus=(
                files("resourceExtname == .py", "2_scoredock@2"),
                title_bar(f"{NOT_DEPLOYED} && {TRUSTED}", "navigation@1"),
                tabs("resourceScheme =~ /^(file|vscode-remote)$/ && resourceExtname == .py", "2_scoredock@1"),
                head("services", "navigation@1"),
                rows("models", "version|group", "inline@1", "1_deploy@1"),
            ),
        ),
        EditorCommand(
            "deployAgain",
            "Redeploy",
            "services/deploy",
            icon="debug-rerun",
            palette="",
            menus=(title_bar(f"{DEPLOYED} && {TRUSTED}", "navigation@3"), head("services", "navigation@2")),
        ),
        EditorCommand(
            "deployConfiguration",
            "Deploy with This…",
            "services/deploy:deploy",
            icon="rocket",
            menus=(files(r"resourceFilename =~ /(inference|deployment)[-_. ]?config.*\.json$/i", "2_scoredock@2"),),
        ),
    ),
)
def deploy(params: messages.ServiceDeployParams, context: Context, operation: Operation) -> messages.Service:
    """Blocks until the service is Healthy. Raises the cause when it is not; it stays in the list as Failed then."""
    from scoredock.images.registries import handed_over
    from scoredock.scripts.registrations import Registrations
    from scoredock.services.own_file import OwnFile
    from scoredock.services.request import DeployRequest

    image = _image_id(context, params.workspace_id, params.image)
    workspace = context.workspace(params.workspace_id)
    params = placed(_with_models_here(params, context, operation), workspace, context, operation.progress)
    own = {"name": params.name, "image": image, "inference_source": params.inference_source}
    request = request_of(DeployRequest, params, **own)
    deployments = context.deployments(workspace.id)
    registrations = Registrations(deployments.registry, operation)
    try:
        if params.register_models:
            deployments.require_possible(request)
            registrations.register(params.register_models)
            models = tuple(dict.fromkeys((*(request.models or ()), *registrations.models)))
            request = dataclasses.replace(request, models=models)
        with handed_over(params.registry_credentials):
            return deployments.deploy(request, operation.progress, operation.cancel)
    except ScoredockError as error:
        registrations.tell(error)
        refusal = OwnFile.of(request).error(error)
        if params.keep_refused and refusal.code == "check-failed":
            refusal = _without_options(refusal)
            deployments.keep_refused(request, refusal)
        raise refusal from error


def _with_models_here(params: _Params, context: Context, operation: Operation) -> _Params:
    """A reference to another registry among the models becomes the version here that has its files."""
    models: Sequence[str] = getattr(params, "models", None) or ()
    if not any(":/" in each for each in models):
        return params
    from scoredock.features.contribution import contributions

    workspace_id = getattr(params, "workspace_id", "")
    ids = []
    for each in models:
        own = (one.model_of(each, workspace_id, context, operation) for one in contributions())
        ids.append(next(filter(None, own), each))
    return dataclasses.replace(params, models=tuple(ids))


def _without_options(refusal: ScoredockError) -> ScoredockError:
    """For a script of the SDK, which cannot give options of the command line."""
    fix = "" if "`--" in refusal.fix else refusal.fix
    return ScoredockError(refusal.code, refusal.message, fix, refusal.place, refusal.remedies, refusal.details)


@verb(
    "service/update",
    progress="Updating service",
    changes=True,
    terminal=CliCommand(
        "service update",
        "Serve new models or code. The old revision responds until the new one is healthy.",
        (
            _NAME_HERE,
            _NAME_FLAG,
            *option_arguments(messages.ServiceUpdateParams),
            *_FROM_AZURE_ML_CLI,
            *CREDENTIAL_ARGUMENTS,
            *_DRY_RUN,
        ),
        ("scoredock service update diabetes --model diabetes:2", "scoredock service update diabetes"),
    ),
    editor=(
        EditorCommand(
            "updateService",
            "Update Models…",
            "services/updateService",
            icon="arrow-up",
            menus=(rows("services", "service", "1_update@1", menu="scoredock.service.update"),),
        ),
    ),
)
def update(params: messages.ServiceUpdateParams, context: Context, operation: Operation) -> messages.Service:
    """The old revision serves until the new one is healthy, and goes on when it is not."""
    from scoredock.images.registries import handed_over
    from scoredock.services.own_file import OwnFile

    params = _with_models_here(params, context, operation)
    deployments = context.deployments(params.workspace_id)
    changes = _changes(params, deployments, context)
    with handed_over(params.registry_credentials):
        try:
            return deployments.update(params.name, changes, operation.progress, operation.cancel)
        except ScoredockError as error:
            raise OwnFile(params.inference_config, params.inference_source).error(error) from None


@verb("service/preview", progress="Looking at the cluster")
def preview(params: messages.ServiceDeployParams, context: Context, operation: Operation) -> messages.ServicePreview:
    """Objects that a deployment would apply on its compute target. Nothing is made, sent or recorded. Raises
    engine-unable for one that runs on this machine, and what the cluster refuses."""
    from scoredock.services.own_file import OwnFile
    from scoredock.services.request import DeployRequest

    if params.register_models:
        raise ScoredockError(
            "deploy-input-invalid",
            l10n.t("A dry run registers no model."),
            l10n.t("Register the model first, and name it with --model."),
        )
    image = _image_id(context, params.workspace_id, params.image)
    workspace = context.workspace(params.workspace_id)
    params = placed(params, workspace, context, operation.progress)
    own = {"name": params.name, "image": image, "inference_source": params.inference_source}
    request = request_of(DeployRequest, params, **own)
    deployments = context.deployments(workspace.id)
    try:
        deployments.require_possible(request)
        return _preview_of(deployments.objects.of_deploy(request, operation.progress, operation.cancel))
    except ScoredockError as error:
        raise OwnFile.of(request).error(error) from error


@verb("service/previewUpdate", progress="Looking at the cluster")
def preview_update(
    params: messages.ServiceUpdateParams, context: Context, operation: Operation
) -> messages.ServicePreview:
    """The same for an update."""
    from scoredock.services.own_file import OwnFile

    deployments = context.deployments(params.workspace_id)
    changes = _changes(params, deployments, context)
    try:
        return _preview_of(deployments.objects.of_update(params.name, changes, operation.progress, operation.cancel))
    except ScoredockError as error:
        raise OwnFile(params.inference_config, params.inference_source).error(error) from None


def _preview_of(foreseen: Foreseen) -> messages.ServicePreview:
    preview = foreseen.preview
    silence = preview.silence.message if preview.silence is not None else ""
    return messages.ServicePreview(preview.text, preview.diff, foreseen.image_is_certain, silence)


def _changes(params: messages.ServiceUpdateParams, deployments: Deployments, context: Context) -> UpdateRequest:
    """Changes that an update asks for. Raises ScoredockError for an image or a compute target that is not there."""
    from scoredock.services.compute_targets import ComputeTargets, engine_on
    from scoredock.services.request import UpdateRequest

    image = _image_id(context, params.workspace_id, params.image)
    changes = request_of(UpdateRequest, params, image=image, inference_source=params.inference_source)
    if changes.compute:
        target = ComputeTargets(deployments.registry).require_for_services(changes.compute)
        changes = dataclasses.replace(changes, compute=target.name, engine=engine_on(target))
    return _after_move(params.name, changes, deployments, context)


def _after_move(name: str, changes: UpdateRequest, deployments: Deployments, context: Context) -> UpdateRequest:
    """The changes with the new place of an entry script that was moved within the open folders, where one fits."""
    from scoredock.scripts.project_files import look
    from scoredock.services.planning.moved_script import request_before_move

    rows = deployments.ledger.one(name)
    script = rows.current.request.entry_script if rows is not None and rows.current is not None else ""
    if not script or changes.entry_script or changes.inference_config or os.path.exists(script):  # noqa: PTH110
        return changes
    scripts = {each for folder in context.folders for each in look(folder, context).kinds["entry-script"]}
    requests = [request_before_move(Path(each), deployments.ledger, deployments.registry.folder) for each in scripts]
    fitting = [each for each in requests if each is not None and each.name == name]
    if len(fitting) != 1:
        return changes
    moved = fitting[0]
    return dataclasses.replace(
        changes,
        entry_script=moved.entry_script,
        source_directory=changes.source_directory or moved.source_directory,
        environment_file=changes.environment_file or moved.environment_file,
        deployment_config=changes.deployment_config or moved.deployment_config,
    )


def describe(params: messages.ServiceDescribeParams, context: Context, operation: Operation) -> messages.Service:
    """Changes description and tags, adds properties; the service goes on."""
    from scoredock.services.request import Description

    changes = Description(params.description, params.set_tags, tuple(params.remove_tags), params.add_properties)
    return context.deployments(params.workspace_id).describe(params.name, changes)


@verb("service/configuration")
def configuration(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.ServiceConfiguration:
    """Configuration with which the revision that serves was deployed."""
    current = context.deployments(params.workspace_id).ledger.require(params.name).current
    spec = current.spec if current is not None else None
    values = dict(spec.configuration) if spec is not None else {}
    front = spec.front if spec is not None else None
    properties = dict(current.request.properties) if current is not None else {}
    return messages.ServiceConfiguration(
        compute_type=str(values.pop("computeType", "")),
        values=values,
        properties=properties,
        timeout=front.scoring_timeout if front is not None else 0.0,
    )


def _image_id(context: Context, workspace_id: str, reference: str) -> str:
    """The version that is meant now, so that the service stays with it. Raises asset-not-found."""
    return context.registry(workspace_id).assets.get("image", reference).id if reference else ""
