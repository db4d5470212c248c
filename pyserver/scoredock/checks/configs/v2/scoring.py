"""Scripts that the deployments of a file run, with their packages and the model of this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator

from scoredock.analysis.paths import folder_of, resolve
from scoredock.analysis.tree import Mapping, Node, Sequence
from scoredock.analysis.yaml_text import parse_yaml
from scoredock.checks.configs.v2.code import is_local
from scoredock.checks.configs.v2.references import text_of
from scoredock.formats.v2.asset_references import asset_reference
from scoredock.formats.v2.online_deployment import OF_A_FILE
from scoredock.late_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ListedPackages:
    """List of the packages of an environment: at most one of its fields is given."""

    file: str = ""
    """Absolute path of a conda file."""
    text: str = ""
    """Of a conda file, as it stands written out."""
    environment: str = ""
    """Name of a registered environment."""
    environment_file: str = ""
    """Absolute path of a file that describes the environment."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """Script that a deployment runs, the packages of its environment, and its model of this machine: absolute paths."""

    script: str
    packages: ListedPackages = ListedPackages()
    model: str = ""
    """File or folder of the model; empty when it is registered, or there is none."""
    model_name: str = ""
    code: str = ""
    """The folder that is deployed with the script."""


def scorings_of(text: str, path: str) -> Iterator[Scoring]:
    """Scripts, packages and models of the deployments in a file that name a script of this machine; an endpoint of the
    preview of v2 has its deployments in its own file."""
    root = parse_yaml(text).root
    if not isinstance(root, Mapping):
        return
    inner = root.get("deployments")
    held: list[Node] = [root]
    if isinstance(inner, Mapping):
        held += (entry.value for entry in inner.entries)
    elif isinstance(inner, Sequence):
        held += inner.items
    for each in held:
        found = _scoring(each, folder_of(path)) if isinstance(each, Mapping) else None
        if found is not None:
            yield found


def packages_of_asset(text: str, path: str) -> tuple[str, ListedPackages] | None:
    """Name and packages of the environment that a file of its own describes; None where it describes none."""
    root = parse_yaml(text).root
    if not isinstance(root, Mapping) or root.entry("conda_file") is None or root.entry("code_configuration"):
        return None
    return text_of(root.get("name")) or "", _packages(root, folder_of(path))


def _scoring(root: Mapping, base: str) -> Scoring | None:
    section = root.get("code_configuration")
    if not isinstance(section, Mapping):
        return None
    code, script = section.get("code"), text_of(section.get("scoring_script"))
    folder = _local(section, "code", base) or _local(code, "local_path", base)
    if not folder or not script or "\x00" in script:
        return None
    model = root.get("model")
    return Scoring(
        script=resolve(folder, script),
        packages=_packages(root.get("environment"), base),
        model=_local(model, "path", base) or _local(model, "local_path", base),
        model_name=(text_of(model.get("name")) if isinstance(model, Mapping) else None) or "",
        code=folder,
    )


def _packages(environment: Node | None, base: str) -> ListedPackages:
    reference = asset_reference(text_of(environment))
    if reference is not None and not reference.registry:
        return ListedPackages(environment=reference.name)
    text = text_of(environment) or ""
    if text.startswith(OF_A_FILE):
        return ListedPackages(environment_file=resolve(base, text.removeprefix(OF_A_FILE)))
    conda = environment.get("conda_file") if isinstance(environment, Mapping) else None
    if isinstance(conda, Mapping):
        return ListedPackages(text=json.dumps(_plain(conda), ensure_ascii=False))
    text = text_of(conda) or ""
    return ListedPackages(text=text) if "\n" in text else ListedPackages(_local(environment, "conda_file", base))


def _plain(node: Node) -> object:
    if isinstance(node, Mapping):
        return {str(entry.key.value): _plain(entry.value) for entry in node.entries}
    if isinstance(node, Sequence):
        return [_plain(item) for item in node.items]
    return node.value


def _local(section: Node | None, key: str, base: str) -> str:
    """The absolute path that a section written out in the file gives under a key; empty where it gives none."""
    value = text_of(section.get(key)) if isinstance(section, Mapping) else None
    value = (value or "").removeprefix(OF_A_FILE)  # which the preview of v2 wrote before each path
    if not is_local(value) or "\n" in value or "\x00" in value:
        return ""
    return resolve(base, value)
