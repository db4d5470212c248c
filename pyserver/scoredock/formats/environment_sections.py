"""The sections `docker` and `spark` of an environment in JSON, as values. What is wrong with them is said elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping as Values
from typing import Any

from scoredock.analysis.tree import Mapping, Node, Scalar, Sequence
from scoredock.late_dataclass import dataclass

_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_SIZE = re.compile(r"(\d{1,9}(?:\.\d+)?) ?([bkmgt]?)i?b?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DockerSection:
    """Values of the section `docker`; empty where the file says nothing."""

    base_image: str = ""
    base_dockerfile: str = ""
    build_context: bool = False
    """Whether a folder with a Dockerfile is named, which nothing here can read."""
    registry: str = ""
    registry_user: str = ""
    registry_password: bool = False
    """Whether a password stands in the file; it is never taken from there."""
    registry_identity: bool = False
    shm_bytes: int = 0
    arguments: tuple[str, ...] = ()
    platform: str = ""
    """`linux/amd64`; empty where none is named."""
    gpu: bool = False
    enabled: bool | None = None
    shared_volumes: bool | None = None


NO_DOCKER = DockerSection()


@dataclass(frozen=True, slots=True)
class SparkSection:
    """Packages of Spark, as Maven names them."""

    packages: tuple[str, ...] = ()
    """`group:artifact:version`."""
    repositories: tuple[str, ...] = ()


def docker_of(node: Node | None) -> DockerSection:
    """The section of an environment. Values of the wrong kind count as not given."""
    if not isinstance(node, Mapping):
        return NO_DOCKER
    registry = node.get("baseImageRegistry")
    address, user, password, identity = registry_of(registry)
    return DockerSection(
        base_image=_text(node.get("baseImage")),
        base_dockerfile=_text(node.get("baseDockerfile")),
        build_context=isinstance(node.get("buildContext"), Mapping),
        registry=address,
        registry_user=user,
        registry_password=password,
        registry_identity=identity,
        shm_bytes=bytes_of(_text(node.get("shmSize"))),
        arguments=_texts(node.get("arguments")),
        platform=_platform(node.get("platform")),
        gpu=_truth(node.get("gpuSupport")) is True,
        enabled=_truth(node.get("enabled")),
        shared_volumes=_truth(node.get("sharedVolumes")),
    )


def registry_of(node: Node | None) -> tuple[str, str, bool, bool]:
    """Address, user, whether a password stands there, and whether an identity does."""
    if isinstance(node, Scalar):
        return _text(node), "", False, False
    if not isinstance(node, Mapping):
        return "", "", False, False
    return (
        _text(node.get("address")),
        _text(node.get("username")),
        bool(_text(node.get("password"))),
        isinstance(node.get("registryIdentity"), Mapping),
    )


def spark_of(node: Node | None) -> SparkSection | None:
    """The section, or None where it says nothing."""
    if not isinstance(node, Mapping):
        return None
    packages: list[str] = []
    listed = node.get("packages")
    for item in listed.items if isinstance(listed, Sequence) else ():
        if isinstance(item, Mapping):
            parts = [_text(item.get(key)) for key in ("group", "artifact", "version")]
            if all(parts):
                packages.append(":".join(parts))
        elif _text(item).count(":") == 2:
            packages.append(_text(item))
    section = SparkSection(tuple(packages), _texts(node.get("repositories")))
    return section if section != SparkSection() else None


def bytes_of(text: str) -> int:
    """`2g` as bytes; 0 for what is not a size."""
    found = _SIZE.fullmatch(text.strip())
    return int(float(found.group(1)) * _UNITS[found.group(2).lower()]) if found else 0


def docker_from_record(record: Values[str, Any]) -> DockerSection:
    """The section as a registered environment keeps it; of other kinds of values nothing is taken."""
    default = DockerSection()
    values: dict[str, Any] = {}
    for name in DockerSection.__slots__:
        value = record.get(name)
        if isinstance(value, list):
            value = tuple(map(str, value))
        if value is not None and isinstance(
            value, type(getattr(default, name)) if getattr(default, name) is not None else bool
        ):
            values[name] = value
    return DockerSection(**values)


def _platform(node: Node | None) -> str:
    if not isinstance(node, Mapping):
        return ""
    system, machine = _text(node.get("os")).lower(), _text(node.get("architecture")).lower()
    return f"{system or 'linux'}/{machine or 'amd64'}" if system or machine else ""


def _text(node: Node | None) -> str:
    return node.value.strip() if isinstance(node, Scalar) and isinstance(node.value, str) else ""


def _texts(node: Node | None) -> tuple[str, ...]:
    return tuple(filter(None, map(_text, node.items))) if isinstance(node, Sequence) else ()


def _truth(node: Node | None) -> bool | None:
    return node.value if isinstance(node, Scalar) and isinstance(node.value, bool) else None
