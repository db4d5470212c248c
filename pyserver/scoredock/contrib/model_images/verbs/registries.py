"""Models to container registries and files of images, and back: no Docker takes part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scoredock.context import Context, Operation, absolute
from scoredock.contrib.model_images.messages import ModelPushed, ModelPushParams, ModelRegisterImageParams
from scoredock.features.arguments import CREDENTIAL_ARGUMENTS, REFERENCE
from scoredock.features.model_messages import record
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, argument, head, rows, verb

if TYPE_CHECKING:
    from scoredock.oci.registry_login import RegistryAccount

_REGISTRY = "oci://"
_FILES = ("oci:", "archive:")


@verb(
    "model/push",
    progress="Pushing model",
    terminal=CliCommand(
        "model push",
        "Push a version to a container registry as an image with its files below /models, or as an artifact;"
        " without Docker.",
        (
            argument("model", help=REFERENCE, names="model"),
            argument(
                "image",
                help="where it goes in a registry",
                names="",
                nargs="?",
                default="",
                metavar="REGISTRY/NAME:TAG",
            ),
            argument(
                "--as",
                help="image: one layer, for KServe and image volumes; artifact: every file a blob of its own, for ORAS",
                dest="form",
                choices=("image", "artifact"),
                default="image",
            ),
            argument(
                "--to",
                help="write a file: oci:FOLDER is an OCI layout, archive:FILE a file for `docker load`; may be"
                " repeated: all are written, or none. Or mlflow:NAME, the registry of an MLflow server",
                names="",
                action="append",
                metavar="TARGET",
            ),
            argument(
                "--base",
                help="image below the files: oci:FOLDER, archive:FILE or a reference; by default none",
                names="",
                default="",
                metavar="IMAGE",
            ),
            argument(
                "--platform",
                help="which image of the base, as linux/arm64; by default linux/amd64",
                names="",
                default="",
                metavar="PLATFORM",
            ),
            argument(
                "--store",
                help="with mlflow:NAME: address of the server; MLFLOW_TRACKING_URI or that of the settings by default",
                default="",
                metavar="URI",
            ),
            argument(
                "--overwrite",
                help="with mlflow:NAME: aliases and tags that have other values there get those of here",
                action="store_true",
            ),
            *CREDENTIAL_ARGUMENTS,
        ),
        (
            "scoredock model push diabetes:3 registry.example.com/models/diabetes:3",
            "scoredock model push diabetes:3 registry.example.com/models/diabetes:3 --as artifact",
            "scoredock model push diabetes:3 --to oci:diabetes-image",
            "scoredock model push diabetes:3 --to mlflow:diabetes --store http://127.0.0.1:5000",
        ),
    ),
    editor=(
        EditorCommand(
            "pushModel",
            "Push to a Registry…",
            "contrib/model_images/registries",
            icon="repo-push",
            menus=(rows("models", "version|group", "2_save@3", menu="scoredock.model.copy"),),
        ),
    ),
)
def push(params: ModelPushParams, context: Context, operation: Operation) -> ModelPushed:
    """Sends what the registry lacks; the tag is set when all is there, or not at all."""
    from scoredock.contrib.model_images.domain.model_transfer import ModelPush, push_model
    from scoredock.images.solutions import UNUSED_SECONDS
    from scoredock.packaging.destination import Destination
    from scoredock.services.packaging.content_records import collect_layers

    registry = context.registry(params.workspace_id)
    model = registry.model(params.id)
    reference = params.push.removeprefix(_REGISTRY)
    request = ModelPush(
        Destination(tuple(map(_placed, params.to)), reference, _accounts(params.registry_credentials)),
        params.form,
        _placed(params.base.removeprefix(_REGISTRY)),
        params.platform,
    )
    images = context.deployments(params.workspace_id).images
    pushed = push_model(model, registry, request, images, operation.progress, operation.cancel)
    collect_layers(registry, UNUSED_SECONDS)
    report = pushed.sent
    return ModelPushed(
        model.id,
        pushed.digest,
        f"{reference}@{pushed.digest}" if report is not None else "",
        next(map(str, pushed.paths), ""),
        [str(each) for each in pushed.paths],
        report.sent_bytes if report is not None else 0,
        report.present_bytes + report.mounted_bytes if report is not None else 0,
    )


@verb(
    "model/registerImage",
    progress="Registering model",
    changes=True,
    editor=(
        EditorCommand(
            "registerModelFromRegistry",
            "Register from a Registry…",
            "contrib/model_images/registries",
            icon="repo-pull",
            menus=(head("models", "1_register@3"),),
        ),
    ),
)
def register_image(params: ModelRegisterImageParams, context: Context, operation: Operation) -> messages.Model:
    """The model of an image or artifact as the next version; whole, or not at all."""
    from scoredock.contrib.model_images.domain.model_transfer import register_image
    from scoredock.registry.models.registration import NewModel

    new = NewModel(
        params.name,
        params.description,
        params.tags,
        params.properties,
        params.framework,
        params.framework_version,
    )
    version = register_image(
        context.registry(params.workspace_id),
        _placed(params.image),
        new,
        _accounts(params.registry_credentials),
        operation.progress,
        operation.cancel,
    )
    return record(version, {})


def _placed(image: str) -> str:
    """Image with the whole path of a file, as the working directory may be the client's."""
    if not image.startswith(_REGISTRY):
        for beginning in _FILES:
            if image.startswith(beginning):
                return f"{beginning}{absolute(image.removeprefix(beginning))}"
    return image


def _accounts(credentials: Sequence[messages.RegistryCredential]) -> list[RegistryAccount]:
    from scoredock.oci.registry_login import RegistryAccount

    return [RegistryAccount(each.server, each.username, each.password) for each in credentials]
