"""Makes an image or an artifact of a model version, of content alone: equal models make equal manifests.

The image has the files below `/models`, where KServe's modelcars look for them and what an image volume of Kubernetes
mounts. The artifact has each file as a blob of its own with its path as title, as ORAS writes it.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Final, Literal

from scoredock import l10n
from scoredock.contrib.model_images.domain.model_label import LABEL, ModelLabel
from scoredock.errors import ScoredockError
from scoredock.images.content_environment import Layers
from scoredock.images.members import LayerMember, digest_of, folder
from scoredock.late_dataclass import dataclass
from scoredock.oci.content import (
    CONFIG,
    EMPTY,
    LARGEST_DOCUMENT,
    MANIFEST,
    Descriptor,
    Index,
    Manifest,
    Platform,
    descriptor_of,
    to_bytes,
)
from scoredock.oci.content_store import OCTETS, ContentStore
from scoredock.oci.images import extend, image_config
from scoredock.oci.layers import StoredLayer
from scoredock.oci.sources import CheckedStream, ContentStream, ImageDocuments, ImageSource, choose
from scoredock.progress import CancelToken
from scoredock.registry import ModelVersion, Registry
from scoredock.registry.grammar import printable

ModelForm = Literal["image", "artifact"]
MODELS: Final = "models"
"""The folder in an image."""
ARTIFACT_TYPE: Final = "application/vnd.scoredock.model.v1"
TITLE: Final = "org.opencontainers.image.title"
UNPACK: Final = "io.deis.oras.content.unpack"
"""`true` on a layer that ORAS is to unpack below its title."""
_UNPACKED_DIGEST = "io.deis.oras.content.digest"
"""Of the tar, which ORAS checks while it unpacks."""
_ANNOTATION = "org.opencontainers.image."
_PLATFORM: Final = {"architecture": "amd64", "os": "linux"}
"""Of an image without a base, which runs nowhere: always the same, so that all machines write the same image. A
manifest that is named by itself is taken whatever its platform is."""
_HIDES: Final = ".wh."


@dataclass(frozen=True, slots=True)
class ModelBase:
    """The image that a model is put on."""

    name: str
    documents: ImageDocuments
    config: bytes
    source: ImageSource


@dataclass(slots=True)
class ModelContent:
    """Content of an image of a model: an `ImageSource` of one image, and a source of a push."""

    store: ContentStore
    cancel: CancelToken
    base: ModelBase | None = None
    documents: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    """Stored files of the model by their digest."""

    def resolve(self, name: str, platform: Platform | None) -> ImageDocuments:
        """Implements `ImageSource.resolve`; nothing is here by a name."""
        return choose(self, Index(()), name, platform)

    @contextlib.contextmanager
    def content(self, descriptor: Descriptor) -> Iterator[ContentStream]:
        """Implements `ImageSource.content`."""
        if (document := self.documents.get(descriptor.digest)) is not None:
            yield CheckedStream(io.BytesIO(document), descriptor)
        elif (path := self.files.get(descriptor.digest)) is not None:
            with path.open("rb") as stream:
                yield CheckedStream(stream, descriptor)
        elif self.base is None or self.store.has(descriptor):
            with self.store.open(descriptor.digest) as stream:
                yield CheckedStream(stream, descriptor)
        else:
            with self.base.source.content(descriptor) as content:
                yield content


@dataclass(frozen=True, slots=True)
class ModelImage:
    """A finished image or artifact, and where its content is."""

    documents: ImageDocuments
    content: ModelContent


def make_image(model: ModelVersion, registry: Registry, layers: Layers, base: ModelBase | None) -> ModelImage:
    """The files as one layer, on a base where there is one.

    Raises ScoredockError `model-path-unsupported` for a file that no layer can hold, `model-damaged`, `disk-full`,
    `cancelled`; Malformed for a base whose documents do not belong together.
    """
    label = ModelLabel.of(model)
    members = _members(model, label.root, registry)
    step = l10n.t("Adding {name}:{version}", name=model.name, version=model.version)
    made = layers.layer(["model image", digest_of(members)], step, lambda _: members)
    annotations = {TITLE: MODELS, UNPACK: "true", _UNPACKED_DIGEST: made.diff_id}
    titled = StoredLayer(replace(made.descriptor, annotations=annotations), made.diff_id, made.uncompressed_size)
    labels = {**_annotations(model), LABEL: label.to_text()}
    if base is None:
        config = image_config(_PLATFORM, [(titled, "model")], {"Labels": labels})
        content = Manifest(descriptor_of(CONFIG, config), (titled.descriptor,), _annotations(model)).to_bytes()
    else:
        manifest, changes = base.documents.manifest, {"Labels": labels}
        content, config = extend(manifest, base.config, [(titled, "model")], changes, _annotations(model, base))
    documents = ImageDocuments(descriptor_of(MANIFEST, content), Manifest.from_bytes(content), content)
    held = ModelContent(layers.store, layers.cancel, base, {documents.manifest.config.digest: config})
    return ModelImage(documents, held)


def make_artifact(model: ModelVersion, registry: Registry, store: ContentStore, cancel: CancelToken) -> ModelImage:
    """Artifact with each file as a blob of its own; nothing is compressed or copied. Raises ScoredockError
    `model-image-invalid` for more files than a manifest can name.
    """
    empty = to_bytes({})
    files = tuple(Descriptor(OCTETS, f"sha256:{file.sha256}", file.size, {TITLE: file.path}) for file in model.files)
    annotations = {**_annotations(model), LABEL: ModelLabel.of(model).to_text()}
    manifest = Manifest(descriptor_of(EMPTY, empty), files, annotations, ARTIFACT_TYPE)
    content = manifest.to_bytes()
    if len(content) > LARGEST_DOCUMENT:
        raise ScoredockError(
            "model-image-invalid",
            l10n.t("{id} has too many files for an artifact: {count:,}.", id=model.id, count=len(files)),
            l10n.t("Push it as an image, which has all files in one layer."),
        )
    documents = ImageDocuments(descriptor_of(MANIFEST, content), manifest, content)
    places = {each.digest: registry.blob(each.digest.removeprefix("sha256:")) for each in files}
    return ModelImage(documents, ModelContent(store, cancel, None, {manifest.config.digest: empty}, places))


def _members(model: ModelVersion, root: str, registry: Registry) -> list[LayerMember]:
    """The files below `models`, without the folder that all of them lie in."""
    for path in (*(file.path for file in model.files), *model.folders):
        if any(part.startswith(_HIDES) for part in _inside(path, root).split("/")):
            raise ScoredockError(
                "model-path-unsupported",
                l10n.t(
                    "{path} of {model} cannot be in an image, where names with {beginning} hide other files.",
                    path=printable(path),
                    model=model.id,
                    beginning=_HIDES,
                ),
                l10n.t("Push it as an artifact."),
            )
    files = [
        LayerMember(f"{MODELS}/{_inside(file.path, root)}", registry.blob(file.sha256), file.size, digest=file.sha256)
        for file in model.files
    ]
    return [folder(MODELS), *files, *(folder(f"{MODELS}/{_inside(each, root)}") for each in model.folders)]


def _inside(path: str, root: str) -> str:
    return path.removeprefix(f"{root}/") if root else path


def _annotations(model: ModelVersion, base: ModelBase | None = None) -> Mapping[str, str]:
    """Annotations that registries and their pages show, in the words of OCI."""
    annotations = {f"{_ANNOTATION}title": model.name, f"{_ANNOTATION}version": str(model.version)}
    if model.description:
        annotations[f"{_ANNOTATION}description"] = model.description
    if base is not None:
        annotations[f"{_ANNOTATION}base.digest"] = base.documents.descriptor.digest
    return annotations
