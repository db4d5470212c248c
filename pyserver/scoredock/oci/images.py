"""New images of old ones, as documents: layers on a base, and how a container of them starts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from scoredock.oci.content import (
    CONFIG,
    DOCKER_LAYER,
    LAYER,
    LAYER_GZIP,
    Descriptor,
    Malformed,
    Manifest,
    descriptor_of,
    digest_of,
    from_bytes,
    to_bytes,
)
from scoredock.oci.layers import StoredLayer

EPOCH: Final = "1970-01-01T00:00:00Z"
"""The time of all that is made here: equal images have equal bytes whenever they are made."""
_MERGED: Final = ("Env", "Labels")
_REPLACED: Final = ("Cmd", "Entrypoint", "User", "WorkingDir", "ExposedPorts", "Healthcheck", "StopSignal")
_AUTHOR: Final = "scoredock"
_OCI_NAMES: Final = {DOCKER_LAYER: LAYER_GZIP, "application/vnd.docker.image.rootfs.diff.tar": LAYER}


def image_config(
    base_config: Mapping[str, Any],
    layers: Sequence[tuple[StoredLayer, str]],
    changes: Mapping[str, Any],
    created: str = EPOCH,
) -> bytes:
    """The configuration of a base with further layers, each with the comment that its history has.

    `changes` are in the words of the Engine API: `Env` (a list of `NAME=value`) and `Labels` are merged by name into
    those of the base, `Cmd`, `Entrypoint`, `User`, `WorkingDir`, `ExposedPorts`, `Healthcheck` and `StopSignal` take
    the place of its own, and None takes a field away. Whatever else the base says is kept. An `Entrypoint` leaves the
    `Cmd` of the base as it is. `created` is a time of RFC 3339.

    Raises ValueError for another field, Malformed for a base that is not a configuration of an image.
    """
    if strange := sorted(set(changes) - {*_MERGED, *_REPLACED}):
        raise ValueError(f"no field of an image that can be changed: {', '.join(strange)}")
    document = dict(base_config)
    config = dict(_mapping(document, "config"))
    for name, value in changes.items():
        if value is None:
            config.pop(name, None)
        elif name == "Env":
            config[name] = _merged(_list(config, name), value)
        elif name == "Labels":
            config[name] = {**_mapping(config, name), **value}
        else:
            config[name] = value
    rootfs = _mapping(document, "rootfs")
    document["config"] = config
    document["rootfs"] = {
        **rootfs,
        "type": "layers",
        "diff_ids": [*_list(rootfs, "diff_ids"), *(layer.diff_id for layer, _ in layers)],
    }
    document["history"] = [
        *_list(document, "history"),
        *({"created": created, "created_by": _AUTHOR, "comment": comment} for _, comment in layers),
    ]
    document["created"] = created
    return to_bytes(document)


def extend(
    base_manifest: Manifest,
    base_config_bytes: bytes,
    layers: Sequence[tuple[StoredLayer, str]],
    changes: Mapping[str, Any],
    annotations: Mapping[str, str],
) -> tuple[bytes, bytes]:
    """Manifest and configuration of an image on a base: OCI's, also where the base is Docker's. Its annotations are
    those that are named here, as the base's say what the base is.

    Raises ValueError as `image_config`, Malformed for a base whose documents do not belong together.
    """
    if digest_of(base_config_bytes) != base_manifest.config.digest:
        raise Malformed(f"the configuration is not {base_manifest.config.digest}, which the manifest names")
    base_config = from_bytes(base_config_bytes)
    named_layers = len(_list(_mapping(base_config, "rootfs"), "diff_ids"))
    if named_layers != len(base_manifest.layers):
        raise Malformed(
            f"the base has {len(base_manifest.layers)} layers, and its configuration names {named_layers} of them"
        )
    config = image_config(base_config, layers, changes)
    below = tuple(_oci_layer(each) for each in base_manifest.layers)
    manifest = Manifest(
        descriptor_of(CONFIG, config), (*below, *(layer.descriptor for layer, _ in layers)), dict(annotations)
    )
    return manifest.to_bytes(), config


def _oci_layer(descriptor: Descriptor) -> Descriptor:
    """Descriptor with OCI's media type for the same bytes; other kinds (foreign layers, zstd) keep theirs."""
    media_type = _OCI_NAMES.get(descriptor.media_type, descriptor.media_type)
    return Descriptor(media_type, descriptor.digest, descriptor.size, descriptor.annotations)


def _merged(base: Iterable[Any], changes: Iterable[str]) -> list[str]:
    """Variables in the order of the base, new ones behind; of two with one name the last counts."""
    by_name = {str(each).partition("=")[0]: str(each) for each in base}
    by_name.update((each.partition("=")[0], each) for each in changes)
    return list(by_name.values())


def _mapping(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = document.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Malformed(f"`{name}` of a configuration is not an object")
    return value


def _list(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Malformed(f"`{name}` of a configuration is not a list")
    return value
