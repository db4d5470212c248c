"""Layers of an image from the base up, what each holds, and which other images have them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, Literal

from scoredock.containers.connection import Docker
from scoredock.containers.image_calls import history, look
from scoredock.errors import ScoredockError
from scoredock.images.content_base import base_failed
from scoredock.images.content_environment import Layers
from scoredock.images.daemon_store import saved_image
from scoredock.late_dataclass import dataclass
from scoredock.oci.content import LARGEST_DOCUMENT, LAYER, Malformed, Manifest, diff_ids, digest_of, from_bytes
from scoredock.oci.content_store import ContentStore
from scoredock.oci.sources import ImageDocuments, ImageSource, platform_in, read_document
from scoredock.packaging.package import MODELS_LABEL
from scoredock.registry import Registry
from scoredock.registry.records import AssetRecord
from scoredock.services.packaging.content_moves import ReadableImage
from scoredock.services.packaging.content_records import facts_of

Holds = Literal["base", "packages", "runtime", "environment", "model", "code", ""]
_OURS: Final[tuple[Holds, ...]] = ("packages", "runtime", "environment", "model", "code")
_LONGEST_INSTRUCTION: Final = 200

OpenImage = Callable[[], AbstractContextManager[tuple[ImageSource, ImageDocuments]]]


@dataclass(frozen=True, slots=True)
class LayerOfImage:
    """One layer."""

    diff_id: str
    """Of its tar: the same in a registry, in the workspace and in Docker."""
    digest: str
    """As it is stored and sent; empty where only Docker has it."""
    size: int | None
    """Bytes as it is stored and sent."""
    unpacked: int | None
    """Bytes of its tar, or of its files, where that is written down."""
    holds: Holds
    """Empty for a layer of an image that is not of ours."""
    instruction: str
    """What made a layer of the base."""
    model: str
    """`name:version` of the model that it is."""


@dataclass(frozen=True, slots=True)
class LayeredImage:
    """An image with its layers, wherever it lies."""

    reference: str
    digest: str
    """Of its manifest; empty where Docker alone has it."""
    id: str
    """Of its configuration."""
    platform: str
    size: int
    """Bytes of all layers, as they lie there."""
    layers: tuple[LayerOfImage, ...]
    """The base's first."""
    variables: Mapping[str, str]
    """Of its containers. Their values may be secrets."""
    open: OpenImage
    """Gives the bytes of its layers."""


def image_in_content(image: ReadableImage, layers: Layers) -> LayeredImage:
    """Layers of an image by its manifest and configuration. Raises ScoredockError `base-image-invalid`, and what its
    source raises."""
    manifest = image.documents.manifest
    try:
        config = read_document(image.source, manifest.config)
        document = from_bytes(config)
        tars = diff_ids(document)
        if len(tars) != len(manifest.layers):
            raise Malformed(f"it has {len(manifest.layers)} layers, and its configuration names {len(tars)}")
        platform = str(platform_in(config))
    except Malformed as fault:
        raise base_failed(image.reference, fault) from None
    sizes = layers.records.sizes()
    contents = _LayerContents(_steps(document, len(tars)), _models(document))
    return LayeredImage(
        image.reference,
        image.documents.descriptor.digest,
        manifest.config.digest,
        platform,
        sum(each.size for each in manifest.layers),
        tuple(
            contents.layer(tar, each.digest, each.size, each.size if each.media_type == LAYER else sizes.get(tar))
            for tar, each in zip(tars, manifest.layers, strict=True)
        ),
        _variables(document),
        lambda: contextlib.nullcontext((image.source, image.documents)),
    )


def image_in_docker(docker: Docker, reference: str, description: Mapping[str, Any], layers: Layers) -> LayeredImage:
    """Layers of an image by the daemon's `description`. Raises ScoredockError `image-missing`, `docker-unavailable`."""
    id = str(description["Id"])
    tars = [str(each) for each in (description.get("RootFS") or {}).get("Layers") or ()]
    entries = history(docker, id)[::-1]
    steps = _layers_among(entries, len(tars))
    document: Mapping[str, Any] = {"config": description.get("Config") or {}}
    kept = _kept_config(layers.store, id)
    contents = _LayerContents(_steps(kept, len(tars)) if kept else [_step(each) for each in steps], _models(document))
    pinned = next(iter(description.get("RepoDigests") or ()), "")
    own = [int(each.get("Size") or 0) for each in steps]
    return LayeredImage(
        reference,
        str(pinned).partition("@")[2],
        id,
        "/".join(filter(None, (str(description.get(each) or "") for each in ("Os", "Architecture", "Variant")))),
        int(description.get("Size") or sum(own)),
        tuple(
            contents.layer(tar, "", None, own[number] if number < len(own) else None) for number, tar in enumerate(tars)
        ),
        _variables(document),
        lambda: saved_image(docker, id, reference, layers.scratch, layers.progress, layers.cancel),
    )


def shared_layers(
    registry: Registry, image: LayeredImage, own: AssetRecord | None, docker: Docker | None, store: ContentStore
) -> dict[str, list[str]]:
    """Ids of the other images of the workspace that have a layer, by its diff id. Images that nobody can say the layers
    of without asking a registry have none. Raises ScoredockError `docker-unavailable`."""
    wanted = {each.diff_id for each in image.layers}
    shared: dict[str, list[str]] = {}
    for record in registry.assets.records("image"):
        if own is not None and record.id == own.id:
            continue
        for each in wanted.intersection(_layers_of(record, docker, store)):
            shared.setdefault(each, []).append(record.id)
    return shared


def _layers_of(record: AssetRecord, docker: Docker | None, store: ContentStore) -> Sequence[str]:
    facts = facts_of(record)
    if facts is not None:
        if facts.layers:
            return facts.layers
        with contextlib.suppress(Malformed):
            config = Manifest.from_bytes(store.read(facts.manifest)).config
            return diff_ids(from_bytes(store.read(config)))
        return ()
    reference = str(record.content.get("reference") or "")
    if docker is None or not reference:
        return ()
    with contextlib.suppress(ScoredockError):
        description = look(docker, reference) or {}
        return [str(each) for each in (description.get("RootFS") or {}).get("Layers") or ()]
    return ()


class _LayerContents:
    """Says of one layer after the other, the base's first, what it holds."""

    def __init__(self, steps: Sequence[str], models: Sequence[str]) -> None:
        self._steps = iter(steps)
        # An image of ours may be the base of another one: what begins with the last packages is on it.
        ours = [number for number, each in enumerate(steps) if each in _OURS]
        packages = [number for number in ours if steps[number] == "packages"]
        below = (packages[-1:] or ours[:1] or [0])[0]
        self._base = iter(range(below))
        self._models = iter(models if steps[below:].count("model") == len(models) else ())

    def layer(self, diff_id: str, digest: str, size: int | None, unpacked: int | None) -> LayerOfImage:
        step = next(self._steps, "")
        holds: Holds = next((each for each in _OURS if each == step), "")
        if next(self._base, None) is not None:
            return LayerOfImage(diff_id, digest, size, unpacked, "base", step, "")
        if not holds:
            return LayerOfImage(diff_id, digest, size, unpacked, "", step, "")
        model = next(self._models, "") if holds == "model" else ""
        return LayerOfImage(diff_id, digest, size, unpacked, holds, "", model)


def _steps(document: Mapping[str, Any], count: int) -> list[str]:
    """History of each layer in a configuration; empty if their numbers differ."""
    entries = document.get("history")
    rows = [each for each in entries if isinstance(each, Mapping)] if isinstance(entries, list) else []
    steps = [_step(each) for each in rows if not each.get("empty_layer")]
    return steps if len(steps) == count else []


def _step(entry: Mapping[str, Any]) -> str:
    made_by = entry.get("created_by") or entry.get("CreatedBy") or ""
    words = " ".join(str(entry.get("comment") or entry.get("Comment") or made_by).split())
    if words.startswith("buildkit."):  # says how, not what
        words = " ".join(str(made_by).split())
    return words[:_LONGEST_INSTRUCTION]


def _layers_among(entries: Sequence[Mapping[str, Any]], count: int) -> list[Mapping[str, Any]]:
    """Entries of a daemon's history, the base's first, that made layers: all, or those with bytes. Nothing where that
    is not certain, as it does not say which did."""
    with_bytes = [each for each in entries if each.get("Size")]
    return next((list(each) for each in (entries, with_bytes) if len(each) == count), [])


def _kept_config(store: ContentStore, id: str) -> Mapping[str, Any]:
    """The configuration of an image that was made or read here, by which Docker names it; empty for others."""
    with contextlib.suppress(OSError, Malformed), store.open(id) as stream:
        content = stream.read(LARGEST_DOCUMENT)
        if digest_of(content) == id:
            return from_bytes(content)
    return {}


def _models(document: Mapping[str, Any]) -> list[str]:
    labels = _config(document).get("Labels")
    written = str(labels.get(MODELS_LABEL) or "") if isinstance(labels, Mapping) else ""
    return [each.strip() for each in written.split(",") if each.strip()]


def _variables(document: Mapping[str, Any]) -> dict[str, str]:
    lines = _config(document).get("Env")
    pairs = (str(each).partition("=") for each in (lines if isinstance(lines, list) else ()))
    return {name: value for name, _, value in pairs}


def _config(document: Mapping[str, Any]) -> Mapping[str, Any]:
    config = document.get("config")
    return config if isinstance(config, Mapping) else {}
