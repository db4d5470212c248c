"""Makes a package as a ready image: models and code as layers over an image that holds environment and runtime."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from scoredock import __version__, l10n
from scoredock.containers import image_calls
from scoredock.containers.archives import files
from scoredock.containers.connection import Docker
from scoredock.containers.failures import docker_errors
from scoredock.engines.base import ModelFolder
from scoredock.environments.licences import LICENCES_FILE, licences_from_json
from scoredock.environments.pip.locks import HASHED_FILE
from scoredock.environments.pip.wheelhouse import runtime_source
from scoredock.images.built import SERVER_PREFIX, BuiltImage
from scoredock.images.members import LayerMember, digest_of, folder, text
from scoredock.images.service_image import add_code, with_models
from scoredock.packaging.code import Code, code_of
from scoredock.packaging.lock import package_lock
from scoredock.packaging.package import (
    MODEL_MAP,
    MODELS,
    PORT,
    Digests,
    Hints,
    Packaged,
    PackageName,
    PackageSource,
    RequestedResources,
    health_options,
    labels_of,
    model_map,
)
from scoredock.packaging.sbom import SBOM, sbom
from scoredock.packaging.texts import ENVIRONMENT
from scoredock.progress import CancelToken, Progress
from scoredock.registry import ModelVersion, Registry
from scoredock_runtime.contract import SPEC_FILE, to_json

NAME_LABEL = "com.scoredock.package"
DIGEST_LABEL = "com.scoredock.package.digest"
HINTS_LABEL = "com.scoredock.package.hints"
_ROOT, _STATE = "var/azureml-app", "var/scoredock"
_ACCOUNT = 1000
_LARGEST_LOCK = 8 << 20
_HOMELESS = (
    "HOME=/tmp",
    "USER=scoredock",
    "MPLCONFIGDIR=/tmp/matplotlib",
    "NUMBA_CACHE_DIR=/tmp/numba",
    "XDG_CACHE_HOME=/tmp/cache",
)


@dataclass(frozen=True, slots=True)
class Base:
    """The image that a package is put on."""

    id: str
    key: str
    """The same for the same packages and runtime."""
    python: str
    """Path of the interpreter of the scoring runtime in it."""
    named: str
    """What people know it by."""
    script_python: str = ""
    """Path of the interpreter of the script's own process; empty where the script runs in the runtime's."""

    @classmethod
    def of(cls, environment: BuiltImage) -> Base:
        """The image of an environment."""
        return cls(
            environment.id, environment.key, environment.server, environment.reference, environment.script_python
        )


def make_image(
    source: PackageSource,
    base: Base,
    name: PackageName,
    docker: Docker,
    registry: Registry,
    locks: Path,
    progress: Progress,
    cancel: CancelToken,
) -> Packaged:
    """The image under its name in the store of the daemon; what was there under that name loses it.

    Equal sources over an equal base make equal layers. A model that is in a layer already is not sent again; `locks` is
    the folder of `EnvironmentImages`. When it fails or is cancelled, at most such layers stay. Raises
    ScoredockError `docker-unavailable`, `disk-full`, `model-damaged`, `cancelled`, and what `code_of` raises.
    """
    source = replace(source, spec=replace(source.spec, script_python=base.script_python))
    models = [model_folder(model, registry) for model in source.models]
    code = code_of(source, cancel)
    members = [*code_members(source, code), *_bill(source, base, name, docker)]
    content = hashlib.sha256(
        "\n".join(
            [base.key, *(f"{model.name}:{model.version}:{model.key}" for model in models), digest_of(members)]
        ).encode()
    ).hexdigest()
    below = with_models(docker, base.id, models, locks, progress, cancel) if models else base.id
    progress.report(l10n.t("Adding the code"))
    labels = {
        **labels_of(source),
        image_calls.ROLE: "package",
        NAME_LABEL: name.reference,
        DIGEST_LABEL: f"sha256:{content}",
        HINTS_LABEL: json.dumps(asdict(source.hints), separators=(",", ":")),
        "org.opencontainers.image.title": name.name,
        "org.opencontainers.image.version": name.label,
    }
    id = add_code(docker, below, members, name.reference, _config(base, labels), cancel)
    description = image_calls.look(docker, id) or {}
    return Packaged(
        name=name,
        base_image=base.named,
        digests=Digests(context=content, lock=base.key),
        notes=(*source.notes, *code.notes),
        image_id=id,
        size=int(description.get("Size") or 0),
        variables=source.spec.environment,
        keys=source.asks_for_keys,
    )


def _config(base: Base, labels: dict[str, str]) -> dict[str, object]:
    """How a container of it starts, in the words of the Engine API."""
    return {
        "Entrypoint": [],
        "Cmd": [base.python, "-I", "-m", "scoredock_runtime", "serve", "/var/scoredock"],
        "User": f"{_ACCOUNT}:{_ACCOUNT}",
        "WorkingDir": "/var/scoredock",
        "Env": list(_HOMELESS),
        "ExposedPorts": {f"{PORT}/tcp": {}},
        "Healthcheck": health_options(base.python),
        "Labels": labels,
    }


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


def _bill(source: PackageSource, base: Base, name: PackageName, docker: Docker) -> list[LayerMember]:
    """The bill of materials, beside the environment. It names no label, so that equal contents make equal layers."""
    locked, licences = installed_in(docker, base.id)
    if base.script_python:
        beside, more = installed_in(docker, base.id, SERVER_PREFIX)
        locked, licences = locked + beside, {**more, **licences}
    lock = package_lock(locked, (), "", source.service, local=True)
    bill = sbom(
        source,
        PackageName(name.name, ""),
        (base.named,),
        lock.packages,
        runtime_source().version(),
        "",
        __version__,
        licences=licences,
    )
    return [text(f"{ENVIRONMENT.lstrip('/')}/{SBOM}", bill)]


def installed_in(docker: Docker, image: str, prefix: str = ENVIRONMENT) -> tuple[str, dict[str, str]]:
    """The pip packages of an environment in an image: the lock with hashes, and licences by name. Empty where it tells
    none.

    Raises ScoredockError `docker-unavailable`.
    """
    with image_calls.Layer(docker, image, "reading") as layer:
        lock, licences = (
            _text_in(docker, layer.container, f"{prefix}/{name}") for name in (HASHED_FILE, LICENCES_FILE)
        )
    return lock, licences_from_json(licences)


def is_virtual(docker: Docker, image: str) -> bool:
    """Whether the environment of an image is made with a Python of its base image; else it brings its own.

    Raises ScoredockError `docker-unavailable`.
    """
    with image_calls.Layer(docker, image, "reading") as layer:
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
    """What the labels of an image say (`description` as the daemon returns it); nothing for one that is not ours."""
    labels = ((description or {}).get("Config") or {}).get("Labels") or {}
    try:
        hints = json.loads(labels.get(HINTS_LABEL, ""))
        cpu, memory = hints["resources"]["cpu"], hints["resources"]["memory_gb"]
        return Hints(
            RequestedResources(None if cpu is None else float(cpu), None if memory is None else float(memory)),
            hints["keys"] is True,
        )
    except (ValueError, KeyError, TypeError):
        return Hints()
