"""Models as volumes: one for each content, filled once from the registry's files and shared read-only by all services.

A second, empty volume is the sign that the first one is complete: it is made last, taken away first, and carries the
random text of the filling it stands for, so that half a model never looks like one.
"""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from filelock import FileLock, Timeout

from scoredock import l10n
from scoredock.containers import archives, objects
from scoredock.containers.connection import Docker
from scoredock.containers.failures import docker_errors
from scoredock.engines.base import ModelFolder
from scoredock.engines.docker.identity import MODEL, ROLE, ROLE_FILL, ROLE_MODEL, WORKSPACE, labels, proven
from scoredock.engines.docker.options import APP_ROOT
from scoredock.errors import DockerFailed, ScoredockError
from scoredock.progress import CancelToken, Progress

_FILLING = "com.scoredock.filling"
_INSIDE = "/model"


def volume_of(model: ModelFolder) -> str:
    """The name of its volume."""
    return f"scoredock-model-{model.key}"


def binds(models: Sequence[ModelFolder]) -> list[str]:
    """Each at its place below the application's root, read-only."""
    return [f"{volume_of(each)}:{APP_ROOT}/azureml-models/{each.name}/{each.version}:ro" for each in models]


def complete(docker: Docker, models: Sequence[ModelFolder]) -> bool:
    """True if all of them are there as a whole. Raises ScoredockError of `failures.docker_errors`."""
    if not models:
        return True
    known = _known(docker)
    return all(_is_complete(known, volume_of(each)) for each in models)


def ensure(
    docker: Docker, image: str, owner: Path, models: Sequence[ModelFolder], progress: Progress, cancel: CancelToken
) -> None:
    """Fill what is not there yet. Raises ScoredockError (`model-damaged`, `disk-full`, `cancelled`, those of
    `failures.docker_errors`), OSError; a volume that was not filled to its end is gone then.
    """
    if not models:
        return
    _remove_helpers(docker, owner)
    known = _known(docker)
    for model in {volume_of(each): each for each in models}.values():
        cancel.raise_if_cancelled()
        if _is_complete(known, volume_of(model)):
            continue
        with _alone(docker, model.key, cancel):
            if not _is_complete(_known(docker), volume_of(model)):
                _fill(docker, image, owner, model, progress, cancel)


def sweep(docker: Docker, owner: Path) -> None:
    """Remove model volumes that no container uses, and helpers of a workspace that nobody fills any more.

    Raises ScoredockError.
    """
    _remove_helpers(docker, owner)
    _remove_unused(docker)


def _remove_helpers(docker: Docker, owner: Path) -> None:
    """Those whose daemon or whose process ended in the middle."""
    for helper in objects.listed(docker, [WORKSPACE, f"{ROLE}={ROLE_FILL}"]):
        # Those of other accounts may be at work under locks of their own.
        if not proven(helper["Labels"] or {}, str((helper.get("Names") or [""])[0]).lstrip("/"), owner):
            continue
        key = str(helper["Labels"].get(MODEL, ""))
        with contextlib.suppress(Timeout), _lock(docker, key).acquire(timeout=0):
            objects.remove_container(docker, str(helper["Id"]))


def _remove_unused(docker: Docker) -> None:
    for name, volume_labels in _known(docker).items():
        key = str(volume_labels.get(MODEL, ""))
        if not key or name != f"scoredock-model-{key}" or objects.listed(docker, [], volume=name):
            continue
        with contextlib.suppress(Timeout), _lock(docker, key).acquire(timeout=0):
            _remove(docker, name)


def _making_volume(model: ModelFolder) -> str:
    return l10n.t("create a volume for the model {name}:{version}", name=model.name, version=model.version)


def _fill(docker: Docker, image: str, owner: Path, model: ModelFolder, progress: Progress, cancel: CancelToken) -> None:
    name, filling = volume_of(model), secrets.token_hex(16)
    progress.report(l10n.t("Sending model {name}:{version} to Docker", name=model.name, version=model.version))
    helper = f"scoredock-fill-{model.key}-{secrets.token_hex(4)}"
    is_filled = False
    try:
        # One that is there without its sign was filled in part, or is in use by containers that have read it already.
        _remove(docker, name)
        with docker_errors(_making_volume(model)):
            docker.api.create_volume(name, labels={ROLE: ROLE_MODEL, MODEL: model.key, _FILLING: filling})
        marked = labels(owner, helper, ROLE_FILL) | {MODEL: model.key}
        mounted = {"Binds": [f"{name}:{_INSIDE}"], "NetworkMode": "none"}
        config = {
            "Image": image,
            "Cmd": ["true"],
            "Entrypoint": [],
            "Labels": marked,
            "User": "0",
            "HostConfig": mounted,
        }
        objects.create(docker, helper, config)
        objects.put(docker, helper, _INSIDE, _entries(model), _teller(model, progress, cancel))
        cancel.raise_if_cancelled()
        with docker_errors(_making_volume(model)):
            docker.api.create_volume(
                _sign(name), labels={ROLE: ROLE_MODEL, MODEL: model.key, _FILLING: _actual(docker, name)}
            )
        is_filled = True
    finally:
        with contextlib.suppress(ScoredockError):
            objects.remove_container(docker, helper)
            if not is_filled:
                _remove(docker, name)


def hand_over(
    docker: Docker, image: str, owner: Path, roots: Mapping[str, int], ids: tuple[int, int], cancel: CancelToken
) -> None:
    """Give the roots of volumes (mode by name) to another account than that of the image. Raises ScoredockError,
    `cancelled`.

    The daemon copies a root's owner from the image and leaves it alone when an archive is unpacked there, so the
    volumes are mounted below a folder of a helper, into which the archive goes.
    """
    helper = f"scoredock-fill-{secrets.token_hex(8)}"
    inside = {name: f"{index}" for index, name in enumerate(roots)}
    with _alone(docker, "", cancel):
        try:
            config = {
                "Image": image,
                "Cmd": ["true"],
                "Entrypoint": [],
                "Labels": labels(owner, helper, ROLE_FILL),
                "User": "0",
                "HostConfig": {
                    "Binds": [f"{name}:{_INSIDE}/{place}" for name, place in inside.items()],
                    "NetworkMode": "none",
                },
            }
            objects.create(docker, helper, config)
            entries = [archives.folder(inside[name], mode, *ids) for name, mode in roots.items()]
            objects.put(docker, helper, _INSIDE, entries)
        finally:
            with contextlib.suppress(ScoredockError):
                objects.remove_container(docker, helper)


def _entries(model: ModelFolder) -> Iterator[archives.TarEntry]:
    """Folders first, then the files."""
    folders = {path.replace("\\", "/") for path in model.folders}
    for path, *_ in model.files:
        folders.update(str(parent) for parent in PurePosixPath(path).parents)
    for path in sorted(folders - {"."}):
        yield archives.folder(path)
    for path, source, size, digest in sorted(model.files):
        yield archives.TarEntry(path, source, size=size, digest=digest)


def _teller(model: ModelFolder, progress: Progress, cancel: CancelToken) -> Callable[[int], None]:
    total = sum(size for _, _, size, _ in model.files) or 1
    sent_bytes = 0

    def sent(size: int) -> None:
        nonlocal sent_bytes
        cancel.raise_if_cancelled()
        sent_bytes += size
        progress.report(
            l10n.t("Sending model {name}:{version} to Docker", name=model.name, version=model.version),
            min(100, sent_bytes * 100 // total),
        )

    return sent


def _known(docker: Docker) -> dict[str, Mapping[str, str]]:
    """Labels of all model volumes and signs by name."""
    return objects.volumes(docker, f"{ROLE}={ROLE_MODEL}")


def _is_complete(labels_by_volume: Mapping[str, Mapping[str, str]], name: str) -> bool:
    filling = labels_by_volume.get(name, {}).get(_FILLING, "")
    return bool(filling) and labels_by_volume.get(_sign(name), {}).get(_FILLING) == filling


def _actual(docker: Docker, name: str) -> str:
    """The text the volume really carries: an older one when it was in use and could not be made anew."""
    return str(_known(docker).get(name, {}).get(_FILLING, ""))


def _sign(name: str) -> str:
    return f"{name}-complete"


def _remove(docker: Docker, name: str) -> None:
    """The sign first. A volume that is in use stays."""
    for each in (_sign(name), name):
        objects.remove_volume(docker, each)


def _lock(docker: Docker, key: str) -> FileLock:
    """Held while the volume is filled or taken away, by whoever of this account does it. Raises ScoredockError."""
    # By number where there is one: not every account has a name.
    own = os.getuid() if hasattr(os, "getuid") else getpass.getuser()
    folder = Path(tempfile.gettempdir()) / f"scoredock-{own}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if hasattr(os, "getuid") and (folder.is_symlink() or folder.stat().st_uid != own):
        raise DockerFailed(
            l10n.t("{folder} belongs to another user.", folder=folder), l10n.t("Remove it, or set TMPDIR.")
        )
    endpoint_hash = hashlib.sha256(docker.endpoint.encode()).hexdigest()[:8]
    return FileLock(str(folder / f"model-{endpoint_hash}-{key}.lock"), mode=0o600)


@contextlib.contextmanager
def _alone(docker: Docker, key: str, cancel: CancelToken) -> Iterator[None]:
    """Waits for others that fill the same model; raises ScoredockError `cancelled`."""
    lock = _lock(docker, key)
    while True:
        cancel.raise_if_cancelled()
        with contextlib.suppress(Timeout):
            lock.acquire(timeout=0.2)
            break
    try:
        yield
    finally:
        lock.release()
