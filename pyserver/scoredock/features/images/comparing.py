"""Layers and files of images, and the differences between two, wherever they lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.errors import DockerUnavailable, ImageMissing, ScoredockError
from scoredock.features.arguments import CREDENTIAL_ARGUMENTS
from scoredock.features.images.image_moves import NamedImage, named_image, readable_image, reader_of
from scoredock.late_dataclass import dataclass
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, argument, head, rows, verb

if TYPE_CHECKING:
    from scoredock.containers.connection import Docker
    from scoredock.oci.file_changes import FileChange
    from scoredock.oci.tree import Entry
    from scoredock.registry import Registry
    from scoredock.services.packaging.image_layers import LayeredImage, LayerOfImage

_IMAGE_HELP = "registered image (name:version), or the reference of an image in Docker or a registry"


@verb(
    "image/layers",
    progress="Reading image",
    terminal=CliCommand(
        "image layers",
        "List the layers of an image from the base up: size, contents, and the images that share each.",
        (argument("image", help=_IMAGE_HELP, names="image", metavar="IMAGE"), *CREDENTIAL_ARGUMENTS),
        ("scoredock image layers diabetes:1", "scoredock image layers registry.example.com/team/diabetes:3"),
    ),
)
def layers(params: messages.ImageLayersParams, context: Context, operation: Operation) -> messages.ImageLayers:
    """The layers of one image. No bytes of layers are read.

    Raises ScoredockError `image-missing`, `docker-unavailable`, `image-reference-invalid`, and what registries raise.
    """
    from scoredock.services.packaging.image_layers import shared_layers

    opening = _Opening(params.registry_credentials, context, operation, params.workspace_id)
    named, image = opening.image(params.image, documents=True)
    store = context.deployments(named.workspace_id).images.layers(operation.progress, operation.cancel).store
    shared = shared_layers(named.registry, image, named.record, opening.docker(), store)
    return messages.ImageLayers(
        image.reference,
        image.digest,
        image.id,
        image.platform,
        image.size,
        [_layer(each, named.registry, shared.get(each.diff_id, ())) for each in image.layers],
    )


@verb(
    "image/compare",
    progress="Comparing images",
    terminal=CliCommand(
        "image diff",
        "Show the differences between two images: layers, files, and names of environment variables.",
        (
            argument("first", help=_IMAGE_HELP, names="image", metavar="FIRST"),
            argument("second", help="the same for the other image", names="image", metavar="SECOND"),
            argument("--path", help="print how the text of this file differs", default="", metavar="FILE"),
            *CREDENTIAL_ARGUMENTS,
        ),
        (
            "scoredock image diff diabetes:1 diabetes:2",
            "scoredock image diff diabetes:1 diabetes:2 --path /var/azureml-app/score.py",
        ),
    ),
    editor=(
        EditorCommand(
            "compareImages",
            "Compare with Another Image…",
            "images/compareImages",
            icon="diff",
            menus=(head("environments", "1_image@4"), rows("environments", "exportable", "2_show@3")),
        ),
    ),
)
def compare(params: messages.ImageCompareParams, context: Context, operation: Operation) -> messages.ImageComparison:
    """Differences between two images. Layers that both have are not read.

    Raises as `image/layers`, ScoredockError `image-layers-unreadable`, `cancelled`.
    """
    from scoredock.services.packaging.image_comparison import compare_images

    opening = _Opening(params.registry_credentials, context, operation, params.workspace_id)
    (named, first), (_, second) = opening.image(params.first), opening.image(params.second)
    differences = compare_images(first, second, operation.progress, operation.cancel)
    same, first_only, second_only = (
        [_layer(each, named.registry) for each in part]
        for part in (differences.same, differences.first_only, differences.second_only)
    )
    return messages.ImageComparison(
        params.first,
        params.second,
        same,
        first_only,
        second_only,
        [_file(each) for each in differences.files],
        differences.added,
        differences.removed,
        differences.changed,
        list(differences.variables),
    )


@verb("image/texts", progress="Reading file")
def texts(params: messages.ImageTextsParams, context: Context, operation: Operation) -> messages.ImageTexts:
    """A file of two images, for the eye.

    Raises as `image/compare`, ScoredockError `image-file-not-text` for one that is not text in UTF-8 or too large.
    """
    from scoredock.services.packaging.image_comparison import texts_of

    opening = _Opening(params.registry_credentials, context, operation, params.workspace_id)
    first, second = (opening.image(each)[1] for each in (params.first, params.second))
    before, after = texts_of(first, second, params.path, operation.progress, operation.cancel)
    if before is None or after is None:
        raise ScoredockError(
            "image-file-not-text",
            l10n.t("{path} is not a text file of at most 64 kB in both images.", path=params.path),
            l10n.t("Save the images with `scoredock package save` to look into the file."),
        )
    return messages.ImageTexts(before, after)


@dataclass(frozen=True, slots=True)
class _Opening:
    """Opens images of one request."""

    credentials: Sequence[messages.RegistryCredential]
    context: Context
    operation: Operation
    workspace_id: str

    def image(self, name: str, *, documents: bool = False) -> tuple[NamedImage, LayeredImage]:
        """By the name that a person gave; with `documents`, its layers may be out of reach."""
        from scoredock.containers.connection import connect
        from scoredock.containers.image_calls import look
        from scoredock.packaging.texts import registry_host
        from scoredock.services.packaging.content_package import own_platform
        from scoredock.services.packaging.image_layers import image_in_content, image_in_docker

        named = named_image(name, self.context, self.workspace_id)
        places = self.context.deployments(named.workspace_id).images.layers(
            self.operation.progress, self.operation.cancel
        )
        reader = reader_of(named, self.credentials, self.context, self.operation)
        if documents and named.is_content and named.record is not None:
            return named, image_in_content(reader.documents(named.record), places)
        readable = readable_image(named, self.credentials, self.context, self.operation)
        if readable is not None:
            return named, image_in_content(readable, places)
        docker = connect(self.context.docker_settings())
        description = look(docker, named.reference)
        if description is not None:
            return named, image_in_docker(docker, named.reference, description, places)
        if registry_host(named.place):
            return named, image_in_content(reader.reference(named.place, own_platform()), places)
        raise ImageMissing(l10n.t("Docker does not have the image {image}.", image=named.reference))

    def docker(self) -> Docker | None:
        """The daemon that answers; None where none does, or where one was chosen that cannot be used."""
        from scoredock.containers.connection import connect

        try:
            return connect(self.context.docker_settings())
        except ScoredockError as error:
            if isinstance(error, DockerUnavailable) or error.code == "docker-host-unsupported":
                return None
            raise


def _layer(layer: LayerOfImage, registry: Registry, shared: Sequence[str] = ()) -> messages.ImageLayer:
    return messages.ImageLayer(
        layer.diff_id,
        layer.digest,
        layer.size,
        layer.unpacked,
        layer.holds,
        layer.instruction,
        layer.model,
        bool(layer.model) and _is_registered(layer.model, registry),
        list(shared),
    )


def _is_registered(model: str, registry: Registry) -> bool:
    try:
        registry.summary(model)
    except ScoredockError:
        return False
    return True


def _file(change: FileChange) -> messages.ImageFileDifference:
    from scoredock.oci.file_changes import LARGEST_TEXT

    before, after = change.before, change.after
    at = after or before
    kind: messages.LayerFileKind = at.kind if at is not None else "folder" if change.is_folder else "other"
    is_text = before is not None and after is not None and before.kind == after.kind == "file"
    return messages.ImageFileDifference(
        change.path,
        change.change,
        kind,
        _size(before),
        _size(after),
        before.kind if before is not None and before.kind != kind else None,
        is_text and max(_size(before) or 0, _size(after) or 0) <= LARGEST_TEXT,
    )


def _size(entry: Entry | None) -> int | None:
    return entry.size if entry is not None and entry.kind == "file" else None
