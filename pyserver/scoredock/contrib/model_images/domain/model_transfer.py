"""Model versions to registries and files of images, and back into a workspace. No daemon takes part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.contrib.model_images.domain.model_image import (
    ModelBase,
    ModelForm,
    ModelImage,
    make_artifact,
    make_image,
)
from scoredock.contrib.model_images.domain.model_label import ModelLabel
from scoredock.contrib.model_images.domain.model_source import ImageReading, ModelInImage, model_in
from scoredock.errors import ScoredockError
from scoredock.images.content_base import ARCHIVE, base_failed, open_image, require_depth
from scoredock.images.content_environment import Layers
from scoredock.images.daemon_bases import NamedBases
from scoredock.images.environment_images import EnvironmentImages
from scoredock.late_dataclass import dataclass
from scoredock.oci.content import Malformed, Platform
from scoredock.oci.image_set import ImageSet
from scoredock.oci.push_image import PushReport
from scoredock.oci.registry_login import RegistryAccount
from scoredock.oci.sources import read_document
from scoredock.packaging.destination import Destination, Sending
from scoredock.progress import CancelToken, Progress
from scoredock.registry import ModelVersion, Registry
from scoredock.registry.formats.recognise import examine_sources
from scoredock.registry.grammar import require_model_name
from scoredock.registry.models.registration import NewModel
from scoredock.registry.records import Resources
from scoredock.registry.scratch import scratch_folder
from scoredock.registry.store.faults import storing

_DESCRIPTION = "org.opencontainers.image.description"
_TITLE = "org.opencontainers.image.title"
_BASE_PLATFORM = Platform("linux", "amd64")


@dataclass(frozen=True, slots=True)
class ModelPush:
    """Options for pushing a version."""

    destination: Destination
    form: ModelForm = "image"
    base: str = ""
    """What the image is put on, as `open_image` takes it; empty for nothing."""
    platform: str = ""
    """Which image of the base; `linux/amd64` when empty."""


@dataclass(frozen=True, slots=True)
class PushedModel:
    """Digest, push report and paths of a pushed version."""

    digest: str
    """Of its manifest."""
    sent: PushReport | None
    paths: Sequence[Path]
    """The layouts and archives."""


def push_model(
    model: ModelVersion,
    registry: Registry,
    request: ModelPush,
    images: EnvironmentImages,
    progress: Progress,
    cancel: CancelToken,
) -> PushedModel:
    """Write a version as an image or artifact. `images` keeps layers, so that a version is compressed once.

    Raises ScoredockError `package-kind-wrong`, `package-target-not-empty`, `image-reference-invalid`,
    `model-path-unsupported`, `model-image-invalid`, `base-image-invalid`, `model-damaged`, `disk-full`, `cancelled`,
    and what `push_image.push` raises.
    """
    _require(request, cancel)
    destination = request.destination
    layers = images.layers(progress, cancel)
    with storing(images.root):
        try:
            image = _image_of(model, registry, request, layers, images)
            address = destination.address
            reference = f"{model.name.lower()}:{model.version}"
            tag = (address.tag if address is not None else "") or str(model.version)
            sending = Sending(ImageSet((image.documents,)), image.content, reference, tag, progress, cancel)
            paths = destination.write(sending)
            report = destination.send(sending, address) if address is not None else None
        except Malformed as fault:
            if request.base:
                raise base_failed(request.base, fault) from None
            raise _damaged(model, fault) from None
    return PushedModel(image.documents.descriptor.digest, report, paths)


def _require(request: ModelPush, cancel: CancelToken) -> None:
    """Before anything is made. Raises ScoredockError `package-kind-wrong` and as `Destination.require`."""
    destination = request.destination
    if not destination.to and not destination.push:
        raise ScoredockError(
            "package-kind-wrong",
            l10n.t("A model needs a place to be pushed to."),
            l10n.t("Name an image in a registry, an OCI layout or an archive."),
        )
    if request.form == "artifact" and (any(each.startswith(ARCHIVE) for each in destination.to) or request.base):
        raise ScoredockError(
            "package-kind-wrong",
            l10n.t("An artifact is not an image: it has no base, and no archive for `docker load`."),
            l10n.t("Push an image, or write the artifact to a registry or an OCI layout."),
        )
    destination.require(cancel)
    if request.platform:
        try:
            Platform.read(request.platform)
        except Malformed as fault:
            raise ScoredockError("package-kind-wrong", f"{fault}.", l10n.t("Write it as linux/amd64.")) from None


def _image_of(
    model: ModelVersion, registry: Registry, request: ModelPush, layers: Layers, images: EnvironmentImages
) -> ModelImage:
    if request.form == "artifact":
        return make_artifact(model, registry, layers.store, layers.cancel)
    if not request.base:
        return make_image(model, registry, layers, None)
    logins, platform = request.destination.logins, request.platform
    named = NamedBases(images.root, images.docker, layers, logins)
    layers.progress.report(l10n.t("Reading the base image {image}", image=request.base))
    try:
        wanted = Platform.read(platform) if platform else _BASE_PLATFORM
        source, documents = open_image(request.base, wanted, named.pull)
        config = read_document(source, documents.manifest.config)
    except FileNotFoundError as fault:
        raise base_failed(request.base, fault) from None
    require_depth(request.base, len(documents.manifest.layers), 1)
    is_file = request.base.startswith(("oci:", ARCHIVE))
    name = documents.descriptor.digest if is_file else request.base
    return make_image(model, registry, layers, ModelBase(name, documents, config, source))


def _damaged(model: ModelVersion, fault: Malformed) -> ScoredockError:
    return ScoredockError(
        "model-damaged",
        l10n.t("{id} cannot be pushed: {reason}.", id=model.id, reason=fault),
        l10n.t("Verify the workspace: `scoredock workspace verify`."),
    )


def register_image(
    registry: Registry,
    reference: str,
    new: NewModel,
    logins: Sequence[RegistryAccount],
    progress: Progress,
    cancel: CancelToken,
) -> ModelVersion:
    """Add the model in an image or artifact as the next version of its name. What `new` leaves empty is taken from
    the image, and the framework of an image of others from its files.

    Raises ScoredockError as `model_in` and `Registry.register_files`, and `model-name-invalid` where nobody names it.
    """
    registry.store.require_writable()  # a workspace that is not there yet is created, and goes again when this fails
    with scratch_folder(registry.folder, "model-image") as scratch:
        reading = ImageReading(scratch, registry.limits, logins, progress, cancel)
        with model_in(reference, reading) as content:
            version = _as_labelled(registry, new, content)
            if not version.name:
                raise ScoredockError(
                    "model-name-invalid",
                    l10n.t("The image {image} does not say what its model is called.", image=reference),
                    l10n.t("Name the model: `scoredock model register NAME --from IMAGE`."),
                )
            return registry.register_files(content.source, version, progress=progress, cancel=cancel)


def _as_labelled(registry: Registry, new: NewModel, content: ModelInImage) -> NewModel:
    label = content.label
    if label is None:
        label = _label_of_others(content)
        if not new.framework:
            contents = examine_sources(content.source.files)
            label = replace(label, framework=contents.framework, framework_version=contents.version)
    return replace(
        new,
        name=new.name or label.name,
        description=new.description or label.description,
        tags=new.tags or label.tags,
        properties=new.properties or label.properties,
        framework=new.framework or label.framework,
        framework_version=new.framework_version or ("" if new.framework else label.framework_version),
        resources=new.resources if new.resources != Resources() else label.resources,
        sample_input_dataset=new.sample_input_dataset or _dataset(registry, label.sample_input),
        sample_output_dataset=new.sample_output_dataset or _dataset(registry, label.sample_output),
        datasets=new.datasets or [each for each in label.datasets if _dataset(registry, each[1])],
    )


def _label_of_others(content: ModelInImage) -> ModelLabel:
    """Label from the annotations of an image that Scoredock did not make."""
    name = content.annotations.get(_TITLE, "")
    try:
        require_model_name(name)
    except ScoredockError:
        name = ""
    return ModelLabel(name, content.annotations.get(_DESCRIPTION, ""))


def _dataset(registry: Registry, reference: str) -> str:
    """The dataset, if this workspace has it: an image does not bring it along."""
    if not reference:
        return ""
    try:
        return registry.assets.get("dataset", reference).id
    except ScoredockError:
        return ""
