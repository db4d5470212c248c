"""Packages that were made without Docker, among the images of the workspace: what is written down of them, and which
content stays because of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.containers.image_calls import split_reference
from scoredock.images.environment_images import CONTENT, IMAGES
from scoredock.late_dataclass import dataclass
from scoredock.oci.content import Descriptor, Malformed, Manifest, diff_ids, from_bytes
from scoredock.oci.content_store import ContentStore
from scoredock.packaging.package import Hints
from scoredock.registry import Registry
from scoredock.registry.assets.pushes import note_push
from scoredock.registry.records import AssetRecord
from scoredock.services.packaging.service_package import origin_tags

if TYPE_CHECKING:
    from scoredock.services.packaging.content_package import ContentPackage

MANIFEST = "manifest"
"""Of a record: the descriptor of the manifest. Records of images that Docker made have none."""
_KEPT, _SIZE, _HINTS, _PLATFORM, _PATH, _LAYERS = "kept", "size", "hints", "platform", "path", "layers"
_SHORTEST, _LONGEST = 3, 32
"""Characters of the name of an image's record."""


@dataclass(frozen=True, slots=True)
class ContentFacts:
    """Facts about an image of content, from its record."""

    manifest: Descriptor
    size: int
    """Bytes of all layers."""
    is_kept: bool
    """All of it is in the content store of the workspace, and stays there until the record goes."""
    platform: str
    path: str
    """The layout (`oci:…`) or the archive (`archive:…`) that it was written to; empty for none."""
    hints: Hints
    layers: tuple[str, ...] = ()
    """Diff ids of its layers, the base's first; none in records from before these were written down."""


def record_name(image: str) -> str:
    """Name of the record of an image: the last part of the image's name, as names of records may be."""
    last = re.sub(r"[^a-z0-9.-]+", "-", image.rpartition("/")[2].lower()).strip("-.")[:_LONGEST].strip("-.")
    return last if len(last) >= _SHORTEST else f"{last or 'package'}-image"


def content_facts(package: ContentPackage, *, is_kept: bool) -> dict[str, object]:
    """Facts for the content of a record."""
    image = package.image
    return {
        MANIFEST: image.documents.descriptor.to_json(),
        _SIZE: image.packaged.size,
        _KEPT: is_kept,
        _PLATFORM: package.platform,
        _PATH: package.target,
        _HINTS: asdict(package.source.hints),
        _LAYERS: diff_ids(from_bytes(image.config)),
    }


def facts_of(record: AssetRecord) -> ContentFacts | None:
    """Facts in a record; None for an image that Docker made, or that was only registered."""
    content = record.content
    try:
        manifest = Descriptor.from_json(content.get(MANIFEST) or {})
    except Malformed:
        return None
    size = content.get(_SIZE)
    return ContentFacts(
        manifest,
        size if isinstance(size, int) else 0,
        content.get(_KEPT) is True,
        str(content.get(_PLATFORM) or ""),
        str(content.get(_PATH) or ""),
        Hints.read(content.get(_HINTS)),
        tuple(map(str, layers)) if isinstance(layers := content.get(_LAYERS), list) else (),
    )


def note_package(registry: Registry, package: ContentPackage, *, is_kept: bool) -> AssetRecord:
    """The record of a package: the one that has the same image already, else the next version of its name.

    An image that was pushed is called as it was there. Raises what `Assets.add` raises.
    """
    reference = package.reference or package.image.packaged.name.reference
    name = record_name(split_reference(reference)[0])
    same = [
        record
        for record in registry.assets.records("image", name=name)
        if _digest_of(record) == package.image.documents.descriptor.digest
        and (package.pushed is not None or record.content.get("reference") == reference)
    ]
    if same:
        record = registry.assets.amend("image", same[0].id, lambda content: _again(content, package, is_kept=is_kept))
    else:
        record = registry.assets.add(
            "image",
            name,
            {
                "reference": reference,
                "models": list(package.source.model_ids),
                "environment": package.source.registered_environment,
                **content_facts(package, is_kept=is_kept),
            },
            {},
            description=l10n.t("Package of {service}", service=package.source.service),
            tags={"digest": package.image.packaged.digests.context, **origin_tags(package.source)},
        )
    if package.pushed is not None:
        record = note_push(registry, record.id, package.reference, package.digest)
    return record


def kept_content(registry: Registry, store: ContentStore) -> set[str]:
    """Digests of all that records need, also those in the trash, which may be restored."""
    digests: set[str] = set()
    for record in registry.assets.records("image", include_deleted=True):
        facts = facts_of(record)
        if facts is None or not facts.is_kept:
            continue
        digests.add(facts.manifest.digest)
        try:
            manifest = Manifest.from_bytes(store.read(facts.manifest))
        except Malformed:  # damaged: nobody can use the rest either
            continue
        digests |= {manifest.config.digest, *(each.digest for each in manifest.layers)}
    return digests


def unneeded_layers(registry: Registry, older_than: float) -> Iterator[Path]:
    """Paths that `collect_layers` removes. Raises ScoredockError `io-failed`."""
    store = ContentStore(registry.folder / IMAGES / CONTENT)
    return store.unneeded(kept_content(registry, store), older_than)


def collect_layers(registry: Registry, older_than: float) -> tuple[int, int]:
    """Remove layers of images that no record keeps and nobody made or used for so many seconds; how many that were, and
    their bytes. The next image that has one makes it again. Raises ScoredockError `io-failed`.
    """
    store = ContentStore(registry.folder / IMAGES / CONTENT)
    before = store.count()
    freed_bytes = store.collect(kept_content(registry, store), older_than)
    return before - store.count(), freed_bytes


def _again(content: Mapping[str, object], package: ContentPackage, *, is_kept: bool) -> Mapping[str, object]:
    """Content of a record when the same was packaged once more: what it kept stays, a new file is where it lies."""
    facts = content_facts(package, is_kept=is_kept or content.get(_KEPT) is True)
    return {**content, **facts, _PATH: package.target or content.get(_PATH, "")}


def _digest_of(record: AssetRecord) -> str:
    facts = facts_of(record)
    return facts.manifest.digest if facts is not None else ""
