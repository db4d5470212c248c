"""Deployment configurations: what they ask for. What is wrong with them is said by `checks.configs.deployment`."""

from __future__ import annotations

from dataclasses import field

from scoredock.analysis.read import parse
from scoredock.analysis.tree import Mapping, Scalar, Tree
from scoredock.formats.container import NOTHING_WISHED, ContainerWish, container_of
from scoredock.formats.deployment_fields import COMPUTE_TYPES
from scoredock.late_dataclass import dataclass

_PORTS = range(1, 65536)


@dataclass(frozen=True, slots=True)
class DeploymentConfig:
    """Values of a deployment configuration."""

    compute_type: str
    """local, aci, aks or aksendpoint, in lower case."""
    port: int | None = None
    """None for a free one."""
    container: ContainerWish = NOTHING_WISHED
    """Opt-outs of what protects a container."""
    fields: dict[str, str | int | float | bool | None] = field(default_factory=dict, hash=False)
    """Every plain value by its path, such as `containerResourceRequirements.cpu`."""


@dataclass(frozen=True, slots=True)
class DeploymentFile:
    """A text that was read as a deployment configuration, with the places of all that it says."""

    tree: Tree
    """With a problem for whatever is not JSON or YAML."""
    config: DeploymentConfig | None
    """None when the text cannot be read, is not an object, or names no compute type that exists."""

    @property
    def root(self) -> Mapping | None:
        """The object that the file is; None when it is something else."""
        return self.tree.root if isinstance(self.tree.root, Mapping) else None


def read_deployment(text: str, path: str) -> DeploymentFile:
    """Deployment configuration of a text; its name tells JSON from YAML. Never raises."""
    tree = parse(text, path or "deploymentconfig.json")
    root = tree.root
    kind = compute_type_of(root) if isinstance(root, Mapping) else None
    if not isinstance(root, Mapping) or kind is None:
        return DeploymentFile(tree, None)
    return DeploymentFile(tree, DeploymentConfig(kind, _port(root), container_of(root.get("container")), _plain(root)))


def compute_type_of(root: Mapping) -> str | None:
    """The compute type that the file names, in lower case; None when there is none, or one that does not exist."""
    node = root.get("computeType")
    value = node.value.lower() if isinstance(node, Scalar) and isinstance(node.value, str) else ""
    return value if value in COMPUTE_TYPES else None


def _port(root: Mapping) -> int | None:
    node = root.get("port")
    value = node.value if isinstance(node, Scalar) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value in _PORTS else None


def _plain(root: Mapping, prefix: str = "") -> dict[str, str | int | float | bool | None]:
    values: dict[str, str | int | float | bool | None] = {}
    for entry in root.entries:
        name = f"{prefix}{entry.key.value}"
        if isinstance(entry.value, Scalar):
            values[name] = entry.value.value
        elif isinstance(entry.value, Mapping):
            values |= _plain(entry.value, name + ".")
    return values
