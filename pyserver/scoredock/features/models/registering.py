"""Models in and out: what registering would fill in, register, download, export."""

from __future__ import annotations

import dataclasses
import os

from scoredock.context import Context, Operation, absolute
from scoredock.features.arguments import CREDENTIAL_ARGUMENTS, DESCRIBED, METADATA_FILE, MODEL_OR_ID
from scoredock.features.file_names import MAY_BE_A_MODEL
from scoredock.features.model_messages import PICKLE_STATES, record, resources
from scoredock.protocol import messages
from scoredock.registry import Registry
from scoredock.registry.grammar import printable
from scoredock.verb import CliCommand, EditorCommand, argument, files, head, rows, verb

_CHILD = argument(
    "--child-path",
    "--child-paths",
    help="only this file or folder inside PATH; may be repeated",
    action="append",
    default=[],
    metavar="PATH",
)
_MODEL = argument("model", help="name:version, name@alias, or name for the newest version", names="model")

_MOST_NAMES = 1_000


@verb(
    "model/propose",
    progress="Looking at files",
    terminal=CliCommand(
        "model propose",
        "Show what registering would fill in: name, framework, next version.",
        (argument("path", help="file or folder, or the YAML of a model of Azure ML v2", nargs="+"), _CHILD),
        ("scoredock model propose model.pkl",),
    ),
)
def propose(params: messages.ModelProposeParams, context: Context, operation: Operation) -> messages.ModelProposal:
    """Proposed values for the steps that register a model; one file or folder has the name that Deploy gives it."""
    return _proposal(params, context, operation, as_deployed=True)


def propose_by_file(
    params: messages.ModelProposeParams, context: Context, operation: Operation
) -> messages.ModelProposal:
    """The same with the name of the file or folder, whatever lies around it: command lines rely on that."""
    return _proposal(params, context, operation, as_deployed=False)


def _proposal(
    params: messages.ModelProposeParams, context: Context, operation: Operation, *, as_deployed: bool
) -> messages.ModelProposal:
    from scoredock.registry.models.proposing import offer
    from scoredock.scripts.proposal import model_name
    from scoredock.services.v2_files.asset_files import described_model

    registry = context.registry(params.workspace_id)
    paths = [absolute(path) for path in params.paths]
    described = described_model(paths[0], registry) if len(paths) == 1 and not params.child_paths else None
    if described is not None:
        paths, as_deployed = [described.path], False
    proposal = offer(paths, params.child_paths, registry.limits, operation.cancel)
    is_one = as_deployed and len(paths) == 1 and not proposal.archive and paths[0].exists()
    name = model_name(paths[0], params.workspace_id, context) if is_one else proposal.name
    if described is not None:
        name = described.file.name or name
        proposal = dataclasses.replace(
            proposal,
            description=described.file.description or proposal.description,
            tags={**proposal.tags, **described.file.tags},
            properties={**proposal.properties, **described.file.properties},
        )
    return messages.ModelProposal(
        name=name,
        reason=proposal.contents.reason,
        framework=proposal.contents.framework,
        framework_version=proposal.contents.version,
        next_version=registry.next_version(name),
        files=proposal.files,
        size=proposal.size,
        existing_names=registry.names(_MOST_NAMES),
        archive=proposal.archive,
        exported=proposal.exported,
        children=[child for child in proposal.children if printable(child) == f"'{child}'"],
        pickle=messages.PickleReport(
            PICKLE_STATES[proposal.pickle],
            list(proposal.findings.unknown),
            list(proposal.findings.bad),
            list(proposal.findings.notes),
            list(proposal.findings.code),
        )
        if not proposal.archive
        else None,
        description=proposal.description,
        tags=dict(proposal.tags),
        properties=dict(proposal.properties),
    )


@verb(
    "model/register",
    progress="Registering model",
    changes=True,
    terminal=CliCommand(
        "model register",
        "Copy files or a folder into the workspace as a new version of a model.",
        (
            argument("path", help="file or folder, or the YAML of a model of Azure ML v2", nargs="*"),
            argument(
                "-p",
                "--model-path",
                help="the same as PATH; may be repeated",
                action="append",
                default=[],
                metavar="PATH",
            ),
            _CHILD,
            argument("--unpack", help="register the content of the .zip, .tar or .tar.gz file", action="store_true"),
            argument("-n", "--name", help="name of the model; the name of the file by default", names="", default=""),
            *DESCRIBED,
            argument(
                "--cc", "--cpu-cores", help="default number of CPU cores", type=float, dest="cpu_cores", metavar="N"
            ),
            argument("--gb", "--memory-gb", help="default memory in GB", type=float, dest="memory_gb", metavar="GB"),
            argument("--gc", "--gpu-cores", help="default number of GPUs", type=int, dest="gpu_cores", metavar="N"),
            argument(
                "--sample-input-dataset-id",
                "--sample-input-dataset",
                help="name:version of a dataset of sample requests",
                names="dataset",
                default="",
                metavar="DATASET",
            ),
            argument(
                "--sample-output-dataset-id",
                "--sample-output-dataset",
                help="name:version of a dataset of sample responses",
                names="dataset",
                default="",
                metavar="DATASET",
            ),
            argument(
                "--dataset",
                help="dataset that it was trained or tested with; may be repeated",
                names="dataset",
                action="append",
                metavar="SCENARIO=DATASET",
            ),
            argument(
                "--from",
                help="register the model of an image or artifact: oci://REGISTRY/NAME:TAG, oci:FOLDER or archive:FILE;"
                " or of the registry of an MLflow server: models:/NAME/VERSION or models:/NAME@ALIAS; PATH is then the"
                " name of the model, which the image may say as well",
                dest="image",
                names="",
                default="",
                metavar="IMAGE",
            ),
            *CREDENTIAL_ARGUMENTS,
            argument("--run-id", help="register the model of this MLflow run", names="run", default="", metavar="RUN"),
            argument("--asset-path", help="with --run-id: path of the artifact", default="", metavar="PATH"),
            argument(
                "--experiment-name", help="with --run-id: experiment of the run", names="", default="", metavar="NAME"
            ),
            argument(
                "--store",
                help="with --run-id: tracking store of the run; searched for by default. With models:/…: address of the"
                " server",
                default="",
            ),
            METADATA_FILE,
        ),
        (
            "scoredock model register model.pkl --name diabetes --tag data=diabetes",
            "scoredock model register outputs/ --name sentiment -t model.json",
            "scoredock model register outputs/ --child-path model.pkl --child-path labels.txt",
            "scoredock model register diabetes-3.zip --unpack",
            "scoredock model register model.yml",
            "scoredock model register diabetes --from oci://registry.example.com/models/diabetes:3",
            "scoredock model register --from models:/diabetes@champion --store http://127.0.0.1:5000",
        ),
        makes="model",
    ),
    editor=(
        EditorCommand(
            "registerModel",
            "Register as Model…",
            "models/registerModel",
            icon="add",
            palette="",
            menus=(
                files(
                    f"(explorerResourceIsFolder || {MAY_BE_A_MODEL})",
                    "2_scoredock@1",
                ),
                head("models", "navigation@1"),
            ),
        ),
    ),
)
def register(params: messages.ModelRegisterParams, context: Context, operation: Operation) -> messages.Model:
    """Copies the bytes in and gives the new version; with the YAML of a model of Azure ML v2, those that it names."""
    registry = context.registry(params.workspace_id)
    params = _filled_in(params, registry, operation)
    version = registry.register(
        [absolute(path) for path in params.paths],
        params.name,
        child_paths=params.child_paths,
        unpack=params.unpack,
        description=params.description,
        tags=params.tags,
        properties=params.properties,
        framework=params.framework,
        framework_version=params.framework_version,
        resources=resources(params.resources),
        sample_input_dataset=params.sample_input_dataset,
        sample_output_dataset=params.sample_output_dataset,
        datasets=[(each.scenario, each.dataset) for each in params.datasets],
        progress=operation.progress,
        cancel=operation.cancel,
    )
    return record(version, {})


def _filled_in(
    params: messages.ModelRegisterParams, registry: Registry, operation: Operation
) -> messages.ModelRegisterParams:
    """The params with what the file of a model says, where that is what is registered; what was given counts more.

    Raises what `described_model` raises.
    """
    from scoredock.services.v2_files.asset_files import described_model, tell_version

    if len(params.paths) != 1 or params.child_paths or params.unpack:
        return params
    model = described_model(absolute(params.paths[0]), registry)
    if model is None:
        return params
    name = params.name or model.file.name
    tell_version(model.file, registry.next_version(name), operation.progress)
    return dataclasses.replace(
        params,
        paths=[str(model.path)],
        name=name,
        description=params.description or model.file.description,
        tags={**model.file.tags, **params.tags},
        properties={**model.file.properties, **params.properties},
    )


@verb(
    "model/download",
    progress="Downloading model",
    terminal=CliCommand(
        "model download",
        "Copy the files of a version into a folder.",
        (
            *MODEL_OR_ID,
            argument("-t", "--target", "--target-dir", help="folder to write to", default=".", metavar="FOLDER"),
            argument("--overwrite", help="replace files that exist", action="store_true"),
        ),
        ("scoredock model download diabetes:3 --target exported",),
    ),
    editor=(
        EditorCommand(
            "downloadModel",
            "Download Files…",
            "models/models",
            icon="cloud-download",
            menus=(rows("models", "version|group", "2_save@1", menu="scoredock.model.copy"),),
        ),
    ),
)
def download(params: messages.ModelDownloadParams, context: Context, operation: Operation) -> messages.ModelDownloaded:
    """Copies the files out."""
    path = context.registry(params.workspace_id).download(
        params.id,
        absolute(params.target),
        overwrite=params.overwrite,
        progress=operation.progress,
        cancel=operation.cancel,
    )
    return messages.ModelDownloaded(str(path))


@verb(
    "model/export",
    progress="Exporting model",
    terminal=CliCommand(
        "model export",
        "Export a version with its metadata to one .zip file, which any Scoredock can register.",
        (
            _MODEL,
            argument(
                "-t",
                "--target",
                help=".zip file to write, or a folder for it; with a / at the end the folder is created",
                default=".",
                metavar="FILE",
            ),
            argument("--overwrite", help="replace the file if it exists", action="store_true"),
        ),
        ("scoredock model export diabetes:3 --target backup/",),
    ),
    editor=(
        EditorCommand(
            "exportModel",
            "Export as Archive…",
            "models/models",
            menus=(rows("models", "version|group", "2_save@2", menu="scoredock.model.copy"),),
        ),
    ),
)
def export(params: messages.ModelExportParams, context: Context, operation: Operation) -> messages.ModelDownloaded:
    """Writes a version and all that is known of it to one file."""
    path = context.registry(params.workspace_id).export(
        params.id,
        absolute(params.target),
        overwrite=params.overwrite,
        into=params.target.endswith(("/", os.sep)),
        progress=operation.progress,
        cancel=operation.cancel,
    )
    return messages.ModelDownloaded(str(path))
