"""Members of a package's image, and the hints in an image of ours."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from scoredock import l10n
from scoredock.containers.archives import files
from scoredock.containers.connection import Docker
from scoredock.containers.failures import docker_errors
from scoredock.containers.layer import Layer
from scoredock.engines.base import ModelFolder
from scoredock.environments.licences import LICENCES_FILE, licences_from_json
from scoredock.environments.pip.locks import HASHED_FILE
from scoredock.images.members import LayerMember, folder, text, with_folders
from scoredock.packaging.code import Code
from scoredock.packaging.package import (
    MODEL_MAP,
    MODELS,
    Hints,
    PackageSource,
    model_map,
)
from scoredock.packaging.texts import ENVIRONMENT
from scoredock.registry import ModelVersion, Registry
from scoredock_runtime.contract import SPEC_FILE, to_json

DIGEST_LABEL = "com.scoredock.package.digest"
HINTS_LABEL = "com.scoredock.package.hints"
_ROOT, _STATE = "var/azureml-app", "var/scoredock"
_ACCOUNT = 1000
_MODEL_FOLDERS = f"{_ROOT}/azureml-models"
_PREFIX = ENVIRONMENT.lstrip("/")
"""Where a package has its bill of materials."""
_LARGEST_LOCK = 8 << 20


def model_folder(model: ModelVersion, registry: Registry) -> ModelFolder:
    """A registered version with the places of its stored bytes."""
    files = tuple((file.path, registry.blobs.path(file.sha256), file.size, file.sha256) for file in model.files)
    return ModelFolder(model.name, model.version, files, tuple(model.folders))


def code_members(source: PackageSource, code: Code) -> list[LayerMember]:
    """Script, source directory, list of models and spec. A read needs them until the layer is written."""
    members: list[LayerMember] = []
    for entry in code.entries:
        inside = f"{_ROOT}/{entry.name}"
        members.append(
            folder(inside, owner=_ACCOUNT)
            if entry.is_folder
            else LayerMember(inside, entry.path, entry.size, entry.mode, _ACCOUNT)
        )
    names = json.dumps(model_map(source.model_ids, source.account), indent=2) + "\n"
    members.append(text(f"{_ROOT}/{MODEL_MAP}", names, owner=_ACCOUNT))
    members.append(text(f"{_STATE}/{SPEC_FILE}", to_json(source.spec) + "\n", owner=_ACCOUNT))
    if not source.models:
        members.append(folder(f"{_ROOT}/{MODELS}", owner=_ACCOUNT))
    return members


def model_members(model: ModelFolder) -> list[LayerMember]:
    """The files of a model version at their place in an image, and every folder above them."""
    root = f"{_MODEL_FOLDERS}/{model.name}/{model.version}"
    found = [
        LayerMember(f"{root}/{path}", source, size, owner=_ACCOUNT, digest=digest)
        for path, source, size, digest in model.files
    ]
    found += [folder(f"{root}/{each}", owner=_ACCOUNT) for each in model.folders]
    return with_folders([folder(root, owner=_ACCOUNT), *found], _ROOT, owner=_ACCOUNT)


def with_own_folders(members: Iterable[LayerMember]) -> list[LayerMember]:
    """The members with the folders of the image that they lie in, so that those get the time of the layer: else they
    would have that of the moment, and equal contents make layers that differ."""
    given = {member.path: member for member in members}
    for path, mode, owner in ((_ROOT, 0o755, _ACCOUNT), (_STATE, 0o700, _ACCOUNT), (_PREFIX, 0o755, 0)):
        if any(name.startswith(f"{path}/") for name in given):
            given.setdefault(path, folder(path, mode=mode, owner=owner))
    return list(given.values())


def installed_in(docker: Docker, image: str, prefix: str = ENVIRONMENT) -> tuple[str, dict[str, str]]:
    """The pip packages of an environment in an image: the lock with hashes, and licences by name. Empty where it tells
    none.

    Raises ScoredockError `docker-unavailable`.
    """
    with Layer(docker, image, "reading") as layer:
        lock, licences = (
            _text_in(docker, layer.container, f"{prefix}/{name}") for name in (HASHED_FILE, LICENCES_FILE)
        )
    return lock, licences_from_json(licences)


def is_virtual(docker: Docker, image: str) -> bool:
    """True if the environment of an image is made with a Python of its base image; else it brings its own.

    Raises ScoredockError `docker-unavailable`.
    """
    with Layer(docker, image, "reading") as layer:
        return bool(_text_in(docker, layer.container, f"{ENVIRONMENT}/pyvenv.cfg"))


def _text_in(docker: Docker, container: str, path: str) -> str:
    """A text file of a container; empty when it has none."""
    with docker_errors(l10n.t("read {path}", path=path)):
        import docker as sdk

        try:
            pieces, _ = docker.api.get_archive(container, path)
        except sdk.errors.NotFound:
            return ""
        return "".join(content.decode("utf-8", "replace") for _, content in files(pieces, _LARGEST_LOCK))


def hints_of(description: Mapping[str, Any] | None) -> Hints:
    """Hints in the labels of an image (`description` as the daemon returns it); empty for one that is not ours."""
    labels = ((description or {}).get("Config") or {}).get("Labels") or {}
    try:
        return Hints.read(json.loads(labels.get(HINTS_LABEL, "")))
    except (ValueError, TypeError):
        return Hints()
