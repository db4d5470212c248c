"""Documents that images are made of: descriptors, manifests, configurations. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Final

from scoredock.late_dataclass import dataclass

MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
INDEX: Final = "application/vnd.oci.image.index.v1+json"
CONFIG: Final = "application/vnd.oci.image.config.v1+json"
LAYER: Final = "application/vnd.oci.image.layer.v1.tar"
LAYER_GZIP: Final = f"{LAYER}+gzip"
LAYER_ZSTD: Final = f"{LAYER}+zstd"
EMPTY: Final = "application/vnd.oci.empty.v1+json"
DOCKER_MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST: Final = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_CONFIG: Final = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER: Final = "application/vnd.docker.image.rootfs.diff.tar.gzip"
MANIFESTS: Final = (MANIFEST, DOCKER_MANIFEST)
INDEXES: Final = (INDEX, DOCKER_LIST)
"""Docker's own words for the same documents: bases have them, nothing of ours is written in them."""
LARGEST_DOCUMENT: Final = 4 << 20
"""Bytes of a manifest or an index, as registries limit them."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class Malformed(ValueError):
    """A document is not what its media type says; the text is a sentence without a period."""


@dataclass(frozen=True, slots=True)
class Platform:
    """Platform that an image runs on, in the words of Go: `linux/arm64/v8`."""

    os: str
    architecture: str
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(each for each in (self.os, self.architecture, self.variant) if each)

    @classmethod
    def read(cls, text: str) -> Platform:
        """Raises Malformed."""
        parts = text.split("/")
        if not 2 <= len(parts) <= 3 or not all(re.fullmatch(r"[a-z0-9_.]+", each) for each in parts):
            raise Malformed(f"`{text}` is not a platform such as linux/arm64")
        return cls(*parts)


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Descriptor of content, by its digest."""

    media_type: str
    digest: str
    """`sha256:` and 64 hex digits."""
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict)
    platform: Platform | None = None
    """Of a manifest in an index."""
    artifact_type: str = ""

    def to_json(self) -> dict[str, Any]:
        """JSON of the descriptor in a document."""
        document: dict[str, Any] = {"mediaType": self.media_type, "digest": self.digest, "size": self.size}
        if self.annotations:
            document["annotations"] = dict(self.annotations)
        if self.platform is not None:
            document["platform"] = {"architecture": self.platform.architecture, "os": self.platform.os}
            if self.platform.variant:
                document["platform"]["variant"] = self.platform.variant
        if self.artifact_type:
            document["artifactType"] = self.artifact_type
        return document

    @classmethod
    def from_json(cls, document: Any) -> Descriptor:
        """Raises Malformed."""
        try:
            platform = document.get("platform")
            read = cls(
                str(document["mediaType"]),
                str(document["digest"]),
                int(document["size"]),
                {str(name): str(value) for name, value in (document.get("annotations") or {}).items()},
                None
                if platform is None
                else Platform(str(platform["os"]), str(platform["architecture"]), str(platform.get("variant") or "")),
                str(document.get("artifactType") or ""),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Malformed("a descriptor lacks its media type, digest or size") from None
        require_digest(read.digest)
        if read.size < 0:
            raise Malformed("a descriptor has a negative size")
        return read


@dataclass(frozen=True, slots=True)
class Manifest:
    """An image for one platform, or an artifact."""

    config: Descriptor
    layers: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)
    artifact_type: str = ""
    subject: Descriptor | None = None
    """What an artifact is about."""

    def to_bytes(self) -> bytes:
        """The document, the same bytes for the same content."""
        document: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self.config.to_json(),
            "layers": [each.to_json() for each in self.layers],
        }
        if self.artifact_type:
            document["artifactType"] = self.artifact_type
        if self.subject is not None:
            document["subject"] = self.subject.to_json()
        if self.annotations:
            document["annotations"] = dict(self.annotations)
        return to_bytes(document)

    @classmethod
    def from_bytes(cls, content: bytes) -> Manifest:
        """One of OCI or of Docker. Raises Malformed."""
        document = from_bytes(content)
        layers, subject = document.get("layers"), document.get("subject")
        if not isinstance(layers, list):
            raise Malformed("a manifest has no list of layers")
        return cls(
            Descriptor.from_json(document.get("config")),
            tuple(Descriptor.from_json(each) for each in layers),
            _annotations(document),
            str(document.get("artifactType") or ""),
            None if subject is None else Descriptor.from_json(subject),
        )


@dataclass(frozen=True, slots=True)
class Index:
    """The same image for several platforms, or what an OCI layout holds."""

    manifests: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The document, the same bytes for the same content."""
        document: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": [each.to_json() for each in self.manifests],
        }
        if self.annotations:
            document["annotations"] = dict(self.annotations)
        return to_bytes(document)

    @classmethod
    def from_bytes(cls, content: bytes) -> Index:
        """One of OCI or of Docker. Raises Malformed."""
        document = from_bytes(content)
        manifests = document.get("manifests")
        if not isinstance(manifests, list):
            raise Malformed("an index has no list of manifests")
        return cls(tuple(Descriptor.from_json(each) for each in manifests), _annotations(document))


def descriptor_of(media_type: str, content: bytes, annotations: Mapping[str, str] | None = None) -> Descriptor:
    """Descriptor of content in memory."""
    return Descriptor(media_type, digest_of(content), len(content), annotations or {})


def digest_of(content: bytes) -> str:
    """`sha256:` and 64 hex digits."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def require_digest(text: str) -> None:
    """Raises Malformed for anything but `sha256:` and 64 hex digits: nothing else is computed here, and a digest names
    files."""
    if not _DIGEST.fullmatch(text):
        raise Malformed(f"`{text[:80]}` is not a SHA-256 digest")


def to_bytes(document: Mapping[str, Any] | Sequence[Any]) -> bytes:
    """JSON whose bytes depend on the content alone."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def from_bytes(content: bytes) -> dict[str, Any]:
    """A JSON object. Raises Malformed."""
    if len(content) > LARGEST_DOCUMENT:
        raise Malformed(f"a document has {len(content)} bytes, more than {LARGEST_DOCUMENT}")
    try:
        document = json.loads(content)
        if b"\\u" in content:
            json.dumps(document, ensure_ascii=False).encode()  # half a surrogate pair could not be written again
    except (ValueError, RecursionError):
        raise Malformed("a document is not JSON") from None
    if not isinstance(document, dict):
        raise Malformed("a document is not a JSON object")
    return document


def diff_ids(config: Mapping[str, Any]) -> list[str]:
    """Digests of the tars of an image's layers, the base's first, as its configuration names them. Raises Malformed."""
    rootfs = config.get("rootfs")
    digests = rootfs.get("diff_ids") if isinstance(rootfs, Mapping) else None
    if not isinstance(digests, list):
        raise Malformed("a configuration does not name its layers")
    for each in digests:
        require_digest(str(each))
    return [str(each) for each in digests]


def _annotations(document: Mapping[str, Any]) -> dict[str, str]:
    annotations = document.get("annotations") or {}
    if not isinstance(annotations, dict):
        raise Malformed("annotations are not an object")
    return {str(name): str(value) for name, value in annotations.items()}
