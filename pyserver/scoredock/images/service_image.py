"""Models and code on top of an environment image: a layer for each model, made once, and one for the code."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.containers.connection import Docker
from scoredock.containers.image_calls import KEY, ROLE, Layer, discard, look, remove, split_reference, unfinished
from scoredock.engines.base import ModelFolder
from scoredock.errors import ScoredockError
from scoredock.file_locks import hold_lock
from scoredock.images.built import ACCOUNT, APP_ROOT, DESCRIPTION, MODELS_REPOSITORY, PREFIX, STATE
from scoredock.images.members import LayerMember, folder, stream, with_folders
from scoredock.progress import CancelToken, Progress

_ROOT = APP_ROOT.lstrip("/")
_MODELS = f"{_ROOT}/azureml-models"
_BESIDE = PREFIX.lstrip("/")
"""Where a package has its bill of materials."""
_CODE = "code"


def with_models(
    docker: Docker, base: str, models: Sequence[ModelFolder], locks: Path, progress: Progress, cancel: CancelToken
) -> str:
    """Id of an image with the models on a base image (an id), in their order, each at its place of Azure ML's.

    The bytes come straight from where they are stored and are checked on the way. A model that is in an image of the
    same base and models before it is not sent again. `locks` is the folder of `alone`. Raises ScoredockError
    `model-damaged`, `disk-full`, `docker-unavailable`, `cancelled`.
    """
    keys: list[str] = []
    before = base
    for model in models:
        before = hashlib.sha256(f"{before}\0{model.name}\0{model.version}\0{model.key}".encode()).hexdigest()[:24]
        keys.append(before)
    below, start = base, 0
    for number in range(len(keys), 0, -1):
        if (image := look(docker, f"{MODELS_REPOSITORY}:{keys[number - 1]}")) is not None:
            below, start = str(image["Id"]), number
            break
    for model, key in list(zip(models, keys, strict=True))[start:]:
        with hold_lock(locks / f"{key}.lock", "image", progress, cancel):
            image = look(docker, f"{MODELS_REPOSITORY}:{key}")
            if image is None:
                for container, _ in unfinished(docker, key):
                    discard(docker, container)
                size = sum(each for _, _, each, _ in model.files)
                progress.report(
                    l10n.t(
                        "Adding {name}:{version} ({size:,.1f} MB)",
                        name=model.name,
                        version=model.version,
                        size=size / 1000000.0,
                    )
                )
                held = ", ".join(f"{each.name}:{each.version}" for each in models[: keys.index(key) + 1])
                labels = {ROLE: "models", KEY: key, DESCRIPTION: f"Models of Scoredock services: {held}"}
                below = _layer(
                    docker,
                    below,
                    key,
                    model_members(model),
                    f"{MODELS_REPOSITORY}:{key}",
                    {"Entrypoint": [], "Labels": labels},
                    "models",
                    cancel,
                )
            else:
                below = str(image["Id"])
    return below


def add_code(
    docker: Docker,
    below: str,
    members: Iterable[LayerMember],
    reference: str,
    configuration: Mapping[str, Any],
    cancel: CancelToken,
) -> str:
    """Id of the image with the code on top, under its name.

    What had the name before loses it, and is removed only when it was made here and nothing uses it.
    `configuration` is how a container of it starts, in the words of the Engine API, with its labels. Raises as
    `with_models`.
    """
    old = look(docker, reference)
    key = hashlib.sha256(reference.encode()).hexdigest()[:24]
    made = _layer(docker, below, key, with_own_folders(members), reference, configuration, _CODE, cancel)
    if old is not None and old["Id"] != made and len(old.get("RepoTags") or ()) <= 1 and _is_package(old):
        with contextlib.suppress(ScoredockError):  # it only takes space, and little
            remove(docker, str(old["Id"]))
    return made


def _is_package(image: Mapping[str, Any]) -> bool:
    """Whether an image came of `add_code`; one that a person built on top of it has its labels, too."""
    labels = (image.get("Config") or {}).get("Labels") or {}
    return labels.get(ROLE) == "package" and image.get("Comment") == _CODE


def model_members(model: ModelFolder) -> list[LayerMember]:
    """The files of a model version at their place in an image, and every folder above them."""
    root = f"{_MODELS}/{model.name}/{model.version}"
    found = [
        LayerMember(f"{root}/{path}", source, size, owner=ACCOUNT, digest=digest)
        for path, source, size, digest in model.files
    ]
    found += [folder(f"{root}/{each}", owner=ACCOUNT) for each in model.folders]
    return with_folders([folder(root, owner=ACCOUNT), *found], _ROOT, owner=ACCOUNT)


def with_own_folders(members: Iterable[LayerMember]) -> list[LayerMember]:
    """The members with the folders of the image that they lie in, so that those get the time of the layer: else they
    would have that of the moment, and equal contents make layers that differ."""
    given = {member.path: member for member in members}
    for path, mode, owner in ((_ROOT, 0o755, ACCOUNT), (STATE.lstrip("/"), 0o700, ACCOUNT), (_BESIDE, 0o755, 0)):
        if any(name.startswith(f"{path}/") for name in given):
            given.setdefault(path, folder(path, mode=mode, owner=owner))
    return list(given.values())


def _layer(
    docker: Docker,
    below: str,
    key: str,
    members: Sequence[LayerMember],
    reference: str,
    configuration: Mapping[str, Any],
    what: str,
    cancel: CancelToken,
) -> str:
    repository, tag = split_reference(reference)
    with Layer(docker, below, key) as layer:
        layer.put(stream(members, cancel))
        cancel.raise_if_cancelled()
        return layer.commit(repository, tag, configuration, what)
