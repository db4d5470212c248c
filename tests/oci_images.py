"""Tiny images for tests, made without a daemon."""

from __future__ import annotations

from collections.abc import Iterator

from scoredock.images import members
from scoredock.oci.content import CONFIG, MANIFEST, Descriptor, Manifest, Platform
from scoredock.oci.content_store import ContentStore
from scoredock.oci.images import image_config
from scoredock.oci.layers import Compression, make_layer
from scoredock.oci.sources import ImageDocuments
from scoredock.progress import CancelToken

AMD64 = Platform("linux", "amd64")


def tar_of(*files: tuple[str, bytes]) -> Iterator[bytes]:
    return members.stream([members.LayerMember(path, content, len(content)) for path, content in files], CancelToken())


def put_image(
    store: ContentStore,
    *files: tuple[str, bytes],
    platform: Platform = AMD64,
    compression: Compression = "gzip",
) -> ImageDocuments:
    """An image with one layer, its content in the store."""
    layer = make_layer(tar_of(*files), store, compression)
    base = {"architecture": platform.architecture, "os": platform.os}
    if platform.variant:
        base["variant"] = platform.variant
    config = store.put(image_config(base, [(layer, "files")], {"Cmd": ["/bin/true"]}), CONFIG)
    manifest = Manifest(config, (layer.descriptor,))
    descriptor = store.put(manifest.to_bytes(), MANIFEST)
    named = Descriptor(MANIFEST, descriptor.digest, descriptor.size, platform=platform)
    return ImageDocuments(named, manifest, manifest.to_bytes())
