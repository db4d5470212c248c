"""Images that go to one place under one name: one, or one for each of several platforms as a list, and the artifacts
about them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from scoredock.late_dataclass import dataclass
from scoredock.oci.content import (
    EMPTY,
    INDEX,
    MANIFEST,
    Descriptor,
    Index,
    Manifest,
    Platform,
    descriptor_of,
)
from scoredock.oci.sources import ImageDocuments

EMPTY_CONTENT = b"{}"
"""The configuration of an artifact, which has none."""


@dataclass(frozen=True, slots=True)
class ImageSet:
    """Images of one name, each for another platform."""

    images: tuple[ImageDocuments, ...]
    """At least one; their descriptors name the platform where there are several."""
    index: bytes = b""
    """The list of them; empty for one alone."""
    referrers: tuple[ImageDocuments, ...] = ()
    """Artifacts whose subject is one of the images."""
    main: int = 0
    """Which image stands for all where a reader takes no list."""

    @classmethod
    def of(
        cls,
        images: Sequence[ImageDocuments],
        referrers: Sequence[ImageDocuments],
        annotations: Mapping[str, str],
        own: Platform,
    ) -> ImageSet:
        """One image alone as it is; of several a list in this order, with the annotations. The main one is that of the
        machine's own platform, else the first."""
        if len(images) == 1:
            return cls(tuple(images), b"", tuple(referrers))
        platforms = [each.descriptor.platform for each in images]
        kinds = [(each.os, each.architecture) for each in platforms if each is not None]
        main = kinds.index((own.os, own.architecture)) if (own.os, own.architecture) in kinds else 0
        index = Index(tuple(replace(each.descriptor, annotations={}) for each in images), dict(annotations))
        return cls(tuple(images), index.to_bytes(), tuple(referrers), main)

    @property
    def descriptor(self) -> Descriptor:
        """Descriptor that the name denotes: of the list, or of the one image."""
        return descriptor_of(INDEX, self.index) if self.index else self.images[0].descriptor

    @property
    def content(self) -> bytes:
        """The document of `descriptor`."""
        return self.index or self.images[0].content

    @property
    def documents(self) -> tuple[ImageDocuments, ...]:
        """Images and artifacts."""
        return (*self.images, *self.referrers)

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        """Layers and configurations of all, each once."""
        parts = (each for one in self.documents for each in (*one.manifest.layers, one.manifest.config))
        return tuple({each.digest: each for each in parts}.values())


def artifact(
    subject: Descriptor, artifact_type: str, layer: Descriptor, annotations: Mapping[str, str]
) -> ImageDocuments:
    """A file that says something of an image, as the specification of images guides: its configuration is empty. The
    type stands in its descriptor as well, by which readers of an index tell it from an image."""
    about = replace(subject, annotations={}, platform=None, artifact_type="")
    manifest = Manifest(descriptor_of(EMPTY, EMPTY_CONTENT), (layer,), dict(annotations), artifact_type, about)
    content = manifest.to_bytes()
    plain = descriptor_of(MANIFEST, content)
    return ImageDocuments(replace(plain, annotations=dict(annotations), artifact_type=artifact_type), manifest, content)
