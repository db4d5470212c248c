"""Images of the older way: create, list, show, delete. Records of images made elsewhere are in `assets`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypedDict

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.errors import ScoredockError
from scoredock.features.arguments import CREDENTIAL_ARGUMENTS
from scoredock.features.asset_messages import asset_record
from scoredock.protocol import messages
from scoredock.registry.records import AssetRecord
from scoredock.verb import CliCommand, EditorCommand, argument, head, rows, verb

if TYPE_CHECKING:
    from scoredock.environments.build_records import BuildRecords

REFERENCE = argument(
    "reference", help="name:version, or name for the newest version", names="image", metavar="NAME[:VERSION]"
)


class _ImageFields(TypedDict):
    """Fields that every image has, whoever made it."""

    digest: str
    pushes: list[messages.ImagePush]
    models: list[str]
    services: list[str]


_STATES: Mapping[str, messages.ImageState] = {
    "building": "Creating",
    "ready": "Succeeded",
    "failed": "Failed",
    "interrupted": "Failed",
}


@verb(
    "image/list",
    progress="Reading images",
    terminal=CliCommand(
        "image list",
        "List the images and their states.",
        (
            argument("-n", "--name", help="only this image", names="", default=""),
            argument("--latest", "-l", help="only the newest version of each name", action="store_true"),
            argument("--deleted", help="include the trash", action="store_true"),
        ),
        ("scoredock image list",),
    ),
)
def list_images(params: messages.ImageListParams, context: Context, operation: Operation) -> messages.Images:
    """Images with how far they are, by name, newest version first."""
    from scoredock.services.planning.image_request import records_of

    registry = context.registry(params.workspace_id)
    used = registry.assets.used_by()
    records = records_of(registry)
    found = registry.assets.records("image", name=params.name)
    return messages.Images([_image(each, used, records) for each in found])


@verb("image/show", progress="Reading image")
def show(params: messages.ImageRef, context: Context, operation: Operation) -> messages.ImageDetails:
    """One image with its configuration and what its code consists of."""
    from scoredock.services.planning.image_configuration import CONFIGURATION

    registry = context.registry(params.workspace_id)
    record = registry.assets.get("image", params.id)
    configuration, properties = record.content.get(CONFIGURATION), record.content.get("properties")
    return messages.ImageDetails(
        image=_one(context, params.workspace_id, record),
        configuration=_texts(configuration),
        properties=_texts(properties),
        files=[file.path for file in record.files],
    )


@verb(
    "image/create",
    progress="Creating image",
    changes=True,
    terminal=CliCommand(
        "image create",
        "Create an image of models and an entry script as the next version of a name. Services"
        " can be deployed from it.",
        (
            argument("-n", "--name", "--image-name", help="name of the image", names="", dest="name", required=True),
            argument(
                "--execution-script", "-f", help="Python file with init() and run()", required=True, metavar="FILE"
            ),
            argument(
                "-m",
                "--model",
                "--model-id",
                help="model in the image, NAME:VERSION; may be repeated",
                names="model",
                dest="model",
                action="append",
                default=[],
                metavar="MODEL",
            ),
            argument("-r", "--runtime", help="runtime of the script", choices=("python", "spark-py"), default="python"),
            argument("-c", "--conda-file", help="conda file with the packages", default="", metavar="FILE"),
            argument("--docker-file", help="file with additional Dockerfile instructions", default="", metavar="FILE"),
            argument(
                "--schema-file", "-s", help="not supported: the script declares its schema", default="", metavar="FILE"
            ),
            argument(
                "-d",
                "--dependency",
                "--dependencies",
                help="additional file or folder that the script needs; may be repeated",
                dest="dependency",
                action="append",
                default=[],
                metavar="PATH",
            ),
            argument("--enable-gpu", help="give containers of the image a GPU", action="store_true"),
            argument(
                "--cuda-version",
                help="CUDA version of the base image; needs --base-image",
                default="",
                metavar="VERSION",
            ),
            argument("--base-image", help="base image", names="", default="", metavar="REFERENCE"),
            argument(
                "--base-image-registry", help="registry of the base image", names="", default="", metavar="SERVER"
            ),
            argument("--description", help="description", default=""),
            argument("--tag", help="KEY=VALUE; may be repeated", action="append", metavar="KEY=VALUE"),
            argument(
                "--property",
                help="KEY=VALUE that cannot be changed later; may be repeated",
                action="append",
                metavar="KEY=VALUE",
            ),
            *CREDENTIAL_ARGUMENTS,
        ),
        (
            (
                "scoredock image create --name diabetes --execution-script score.py --conda-file conda.yml --model"
                " diabetes:1"
            ),
        ),
        makes="image",
    ),
    editor=(
        EditorCommand(
            "createImage",
            "Create Image…",
            "images/images",
            icon="add",
            menus=(
                head("environments", "1_image@2"),
                rows("environments", "image", "1_main@2"),
            ),
        ),
    ),
)
def create(params: messages.ImageCreateParams, context: Context, operation: Operation) -> messages.Image:
    """The next version; blocks until Docker has it, or the workspace where none answers. Raises the cause when it
    fails; the record stays as a failed one."""
    from scoredock.images.registries import login_of
    from scoredock.packaging.package import Account
    from scoredock.services.packaging.image_creation import Labels
    from scoredock.services.packaging.image_creation import create as make
    from scoredock.services.planning.image_configuration import ImageConfiguration

    if params.schema_file:
        raise ScoredockError(
            "image-configuration-invalid",
            l10n.t("A schema file is not accepted: the Swagger comes from what the script declares."),
            l10n.t("Declare the schema with the decorators of inference-schema, and leave the schema file out."),
        )
    workspace = context.workspace(params.workspace_id)
    configuration = ImageConfiguration(
        execution_script=absolute(params.execution_script),
        runtime=params.runtime,
        conda_file=absolute(params.conda_file) if params.conda_file else None,
        docker_file=absolute(params.docker_file) if params.docker_file else None,
        dependencies=tuple(map(absolute, params.dependencies)),
        enable_gpu=params.enable_gpu,
        base_image=params.base_image,
        base_image_registry=params.base_image_registry,
        cuda_version=params.cuda_version,
    )
    record = make(
        context.deployments(workspace.id),
        params.name,
        configuration,
        params.models,
        account=Account(workspace.subscription_id, workspace.resource_group, workspace.name, workspace.id),
        labels=Labels(params.description, params.tags, params.properties),
        login=login_of(params.registry_credentials, params.base_image_registry, params.base_image),
        progress=operation.progress,
        cancel=operation.cancel,
    )
    return _one(context, workspace.id, record)


@verb(
    "image/delete",
    progress="Deleting image",
    changes=True,
    errors=("asset-in-use",),
    terminal=CliCommand(
        "image delete",
        "Move an image to the trash and remove it from Docker; refused while a service runs it.",
        (REFERENCE,),
        ("scoredock image delete diabetes:1",),
    ),
)
def delete(params: messages.ImageRef, context: Context, operation: Operation) -> messages.Asset:
    """Move an image to the trash, and out of Docker. Raises asset-in-use while a service runs it."""
    from scoredock.services.packaging.image_creation import delete as remove

    return asset_record(remove(context.deployments(params.workspace_id), params.id, operation.progress), {})


def _one(context: Context, workspace_id: str, record: AssetRecord) -> messages.Image:
    from scoredock.services.planning.image_request import records_of

    registry = context.registry(workspace_id)
    return _image(record, registry.assets.used_by(), records_of(registry))


def _image(record: AssetRecord, used: Mapping[tuple[str, str], list[str]], records: BuildRecords) -> messages.Image:
    from scoredock.registry.assets.pushes import pushes_of
    from scoredock.services.packaging.content_records import facts_of
    from scoredock.services.planning.image_configuration import CONFIGURATION, models_of
    from scoredock.services.planning.image_request import subject

    asset = asset_record(record, used)
    services = used.get(("image", record.id), [])
    location = str(record.content.get("reference", ""))
    facts = facts_of(record)
    content: _ImageFields = {
        "digest": facts.manifest.digest if facts is not None else "",
        "pushes": [messages.ImagePush(each.reference, each.digest, each.time) for each in pushes_of(record)],
        "models": list(models_of(record)),
        "services": services,
    }
    if CONFIGURATION not in record.content:
        return messages.Image(asset, "Registered", location, size=facts.size if facts is not None else None, **content)
    last = records.last(subject(record.id))
    return messages.Image(
        asset,
        "Failed" if last is None else _STATES[last.state],
        location,
        size=last.size if last is not None and last.size else None,
        step=last.step if last is not None else "",
        message=last.message if last is not None else l10n.t("The result of its creation is not known."),
        fix=last.fix if last is not None else l10n.t("Create it again."),
        **content,
    )


def _texts(mapping: object) -> dict[str, str]:
    return {str(name): str(value) for name, value in mapping.items()} if isinstance(mapping, Mapping) else {}
