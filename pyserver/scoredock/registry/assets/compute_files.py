"""Compute targets of a workspace beside its store: one small file each, which a backup carries and a lost store leaves.

compute/NAME.json        where it is, and how images get there; nothing secret
compute/workspace.key    what the homes of the workspace on several machines know one another's services by
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

from scoredock import l10n
from scoredock.clusters.routes import ROUTE_KINDS
from scoredock.clusters.target import (
    FOLDER,
    WORKSPACE_KEY,
    AnyTarget,
    ClusterPlace,
    ClusterTarget,
    DockerTarget,
    RayTarget,
)
from scoredock.containers.ssh_tunnel import ssh_address
from scoredock.docker_place import DockerPlace
from scoredock.errors import Place, ScoredockError
from scoredock.registry.blobs.source import open_flags
from scoredock.registry.store.durable import make_folder, replace_file
from scoredock.registry.store.faults import storing
from scoredock.service import Expose

_FORMAT, _OTHER_FORMAT = 1, 2
_LARGEST = 1 << 16
_NAME = re.compile(r"[a-zA-Z]([-a-zA-Z0-9]{0,14}[a-zA-Z0-9])")
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SECRET = re.compile(r"[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?")
_REPOSITORY = re.compile(r"[a-zA-Z0-9]([-.a-zA-Z0-9]*[a-zA-Z0-9])?(:[0-9]{1,5})?(/[a-z0-9]+([-._]+[a-z0-9]+)*)*")
_HOST = re.compile(r"(https://)?(?=.{1,220}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*")
_GATEWAY = re.compile(r"([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/)?[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?")
_RESERVED = ("amlcompute", "local", "containerinstance")


class ComputeFiles:
    """The folder `compute/` of a workspace. What is not readable there is left out, and named by `problems`."""

    def __init__(self, workspace: Path) -> None:
        self.folder = workspace / FOLDER

    def names(self) -> list[str]:
        """Names in alphabetical order, whether they can be read or not."""
        try:
            names = [each.name for each in self.folder.iterdir()]
        except OSError:
            return []
        stems = (name.removesuffix(".json") for name in names if name.endswith(".json"))
        return sorted(stem for stem in stems if _NAME.fullmatch(stem))

    def read(self, name: str) -> AnyTarget:
        """Raises ScoredockError `compute-damaged` for a file that makes no sense, and FileNotFoundError."""
        path = self.path(name)
        try:
            with open(os.open(path, open_flags()), "rb") as stream:  # noqa: PTH123 (a descriptor)
                text = stream.read(_LARGEST + 1)
            if len(text) > _LARGEST:
                raise ValueError(l10n.t("it is too large"))
            return _target_from(name, json.loads(text))
        except FileNotFoundError:
            raise
        except (OSError, ValueError, KeyError, TypeError, RecursionError, ScoredockError) as error:
            reason = error.message if isinstance(error, ScoredockError) else error
            raise ScoredockError(
                "compute-damaged",
                l10n.t(
                    "The compute target {name} cannot be read from {path}: {reason}",
                    name=name,
                    path=path,
                    reason=reason,
                ),
                place=Place(str(path)),
            ) from error

    def write(self, target: AnyTarget) -> None:
        """Writes a target, and replaces one of the same name. Raises the errors of storing."""
        path = self.path(target.name)
        # A release that knows clusters of Kubernetes alone says of another kind that a newer one wrote it.
        kind = {RayTarget: "ray", DockerTarget: "machine"}.get(type(target), "")
        head = {"format": _OTHER_FORMAT, "kind": kind} if kind else {"format": _FORMAT}
        text = json.dumps({**head, **asdict(target)}, ensure_ascii=False, indent=1)
        with storing(path):
            make_folder(self.folder)
            replace_file(path, text.encode())

    def remove(self, name: str) -> None:
        """One that is not there is no error. Raises the errors of storing."""
        path = self.path(name)
        with storing(path):
            path.unlink(missing_ok=True)

    def path(self, name: str) -> Path:
        """Path of the file of a target."""
        return self.folder / f"{name}.json"

    def backup_files(self) -> Iterator[tuple[str, Path]]:
        """Name in a backup and place of each file."""
        for name in self.names():
            yield f"{FOLDER}/{name}.json", self.path(name)
        if self.key.is_file():
            yield WORKSPACE_KEY, self.key

    @property
    def key(self) -> Path:
        """Path of the key that is the same in each home of the workspace."""
        return self.folder.parent / WORKSPACE_KEY

    def forget_key_of(self, others: Iterable[Path]) -> bool:
        """Removes the key if one of `others` has the same; returns True if it did. So a copy restored beside its
        original, on the same machine, does not control the original's services. Raises the errors of storing."""
        with storing(self.key):
            if not self.key.is_file():
                return False
            text = self.key.read_bytes()
            keys = (ComputeFiles(each).key for each in others)
            if not any(each.is_file() and each.read_bytes() == text for each in keys):
                return False
            self.key.unlink()
            return True

    def problems(self) -> Iterator[tuple[Path, str]]:
        """Path and sentence of each file that cannot be read."""
        for name in self.names():
            try:
                self.read(name)
            except FileNotFoundError:
                continue  # detached meanwhile
            except ScoredockError as error:
                yield self.path(name), error.message


def is_compute_name(name: str) -> bool:
    """True if a compute target may be called so."""
    return bool(_NAME.fullmatch(name)) and name.lower() not in _RESERVED


def require_target(target: AnyTarget) -> None:
    """Raises ScoredockError `compute-name-invalid`, `compute-invalid` for what Azure ML or Kubernetes would refuse, and
    `ray-address-invalid`."""
    if not _NAME.fullmatch(target.name):
        raise ScoredockError(
            "compute-name-invalid", l10n.t("`{name}` is not a valid name of a compute target.", name=target.name[:64])
        )
    if target.name.lower() in _RESERVED:
        text = l10n.t("{name} is a reserved name: choose another one for the compute target.", name=target.name)
        raise ScoredockError("compute-name-invalid", text)
    if isinstance(target, RayTarget):
        _require_ray(target)
        return
    if isinstance(target, DockerTarget):
        _require_docker(target.place)
        return
    place = target.place
    faults = (
        (not place.context or not _is_line(place.context), l10n.t("A context of a kubeconfig file is needed.")),
        (
            not _NAMESPACE.fullmatch(place.namespace),
            l10n.t("“{namespace}” is not a valid namespace of Kubernetes.", namespace=place.namespace[:64]),
        ),
        (
            bool(place.kubeconfig) and not (os.path.isabs(place.kubeconfig) and _is_line(place.kubeconfig)),  # noqa: PTH117
            l10n.t("The path of the kubeconfig file “{path}” is not absolute.", path=place.kubeconfig[:256]),
        ),
        (
            bool(target.repository) and not (_REPOSITORY.fullmatch(target.repository) or _sockets(target.repository)),
            l10n.t(
                "“{repository}” is not a place in a registry, such as {example}.",
                repository=target.repository[:256],
                example="registry.example.com/team",
            ),
        ),
        (
            bool(target.pull_secret) and not _SECRET.fullmatch(target.pull_secret),
            l10n.t("“{name}” is not a valid name of a Secret.", name=target.pull_secret[:64]),
        ),
        *_faults_outside(target),
    )
    for is_wrong, sentence in faults:
        if is_wrong:
            raise ScoredockError("compute-invalid", sentence)


def _require_ray(target: RayTarget) -> None:
    try:
        parts = urlsplit(target.address)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        is_plain = not (parts.username or parts.password or parts.query or parts.fragment)
    except ValueError:
        is_address = is_plain = False
    if not (is_address and _is_line(target.address)):
        text = l10n.t(
            "“{address}” is not the address of Ray's dashboard, such as {example}.",
            address=target.address[:256],
            example="http://127.0.0.1:8265",
        )
        raise ScoredockError("ray-address-invalid", text)
    if not is_plain:
        raise ScoredockError(
            "ray-address-invalid",
            l10n.t("The address of a Ray cluster has a login, a query or a fragment, which is kept nowhere."),
        )
    if not 0 <= target.relay_port <= 65535:
        raise ScoredockError("ray-address-invalid", l10n.t("{port} is not a port.", port=target.relay_port))


def _require_docker(place: DockerPlace) -> None:
    """Raises ScoredockError `docker-address-invalid`."""
    files = (place.tls_ca, place.tls_cert, place.tls_key)
    if place.context:
        if place.address or any(files) or not _is_line(place.context):
            raise _docker_fault(l10n.t("A context of Docker has an address and certificates of its own."))
        return
    try:
        parts = urlsplit(place.address)
        is_whole = bool(parts.hostname) and (parts.port or 1) > 0 and _is_line(place.address)
    except ValueError:
        is_whole = False
    if is_whole and parts.password:
        raise _docker_fault(l10n.t("The address of a Docker has a password, which is kept nowhere."))
    is_known = parts.scheme == "tcp" or (parts.scheme == "ssh" and ssh_address(place.address) is not None)
    if not is_whole or not is_known or parts.query or parts.fragment:
        text = l10n.t(
            "“{address}” is not the address of a Docker, such as {ssh} or {tcp}.",
            address=place.address[:256],
            ssh="ssh://user@host",
            tcp="tcp://host:2376",
        )
        raise _docker_fault(text)
    _require_certificates(
        place, parts.scheme, is_plain=parts.path in ("", "/") and not parts.username and bool(parts.port)
    )


def _require_certificates(place: DockerPlace, scheme: str, *, is_plain: bool) -> None:
    """Same as `_require_docker`, for what goes with the kind of address."""
    files = (place.tls_ca, place.tls_cert, place.tls_key)
    if scheme == "ssh":
        if any(files):
            raise _docker_fault(l10n.t("--tls-ca, --tls-cert and --tls-key go with tcp://, not with ssh://."))
        return
    if not is_plain:
        raise _docker_fault(l10n.t("“{address}” is more or less than tcp://host:port.", address=place.address[:256]))
    if not all(files):
        raise _docker_fault(
            l10n.t("{address} needs TLS: --tls-ca, --tls-cert and --tls-key.", address=place.address[:256])
        )
    for each in files:
        if not (os.path.isabs(each) and _is_line(each)):  # noqa: PTH117
            raise _docker_fault(l10n.t("The path “{path}” is not absolute.", path=each[:256]))


def _docker_fault(text: str) -> ScoredockError:
    return ScoredockError("docker-address-invalid", text)


def _faults_outside(target: ClusterTarget) -> Iterator[tuple[bool, str]]:
    """Faults in what leads callers from outside to services: whether each is there, and its message."""
    kind = ROUTE_KINDS.get(target.expose, "")
    yield (
        bool(kind) and not target.host,
        l10n.t("--expose {expose} needs the domain below which services get names (--host).", expose=target.expose),
    )
    yield (
        bool(target.host) and not _HOST.fullmatch(target.host),
        l10n.t("“{host}” is not a domain, such as {example}.", host=target.host[:256], example="models.example.com"),
    )
    yield (
        target.expose == "gateway" and not target.gateway,
        l10n.t("--expose gateway needs the name of the Gateway (--gateway)."),
    )
    yield (
        bool(target.gateway) and not _GATEWAY.fullmatch(target.gateway),
        l10n.t("“{name}” is not a valid name of a Gateway.", name=target.gateway[:128]),
    )
    for value in (target.tls_secret, target.ingress_class):
        yield (
            bool(value) and not _SECRET.fullmatch(value),
            l10n.t("“{name}” is not a valid name of an object of Kubernetes.", name=value[:64]),
        )
    for option, value, allowed in (
        ("--host", target.host, ("ingress", "gateway")),
        ("--ingress-class", target.ingress_class, ("ingress",)),
        ("--tls-secret", target.tls_secret, ("ingress",)),
        ("--gateway", target.gateway, ("gateway",)),
    ):
        yield (
            bool(value) and target.expose not in allowed,
            l10n.t("{option} goes with --expose {expose}.", option=option, expose=allowed[0]),
        )


def _sockets(text: str) -> bool:
    """True if it names the containerd of nodes in place of a registry: `containerd:/run/containerd/containerd.sock`."""
    way, _, sockets = text.partition(":")
    return way == "containerd" and _is_line(text) and all(os.path.isabs(each.strip()) for each in sockets.split(","))  # noqa: PTH117


def _expose(raw: dict[str, Any]) -> Expose:
    """Exposure in a file; `none` if it has no such value."""
    return next((each for each in get_args(Expose) if each == raw.get("expose")), "none")


def _is_line(text: str) -> bool:
    return len(text) <= 4096 and text.isprintable()


def _target_from(name: str, raw: Any) -> AnyTarget:
    """Keys of a newer release are passed over. Raises ValueError, KeyError, TypeError, ScoredockError."""
    if not isinstance(raw, dict):
        raise TypeError(l10n.t("it is not what Scoredock writes"))
    target: AnyTarget
    if raw["format"] == _OTHER_FORMAT and raw["kind"] == "ray":
        target = RayTarget(_text(raw, "name"), _text(raw, "address"), int(raw["relay_port"]), paused=_is_paused(raw))
    elif raw["format"] == _OTHER_FORMAT and raw["kind"] == "machine":
        keys = ("address", "context", "tls_ca", "tls_cert", "tls_key")
        place = DockerPlace(*(_text(raw["place"], key) for key in keys))
        target = DockerTarget(_text(raw, "name"), place, paused=_is_paused(raw))
    else:
        target = _cluster_from(raw)
    if target.name != name:
        raise ValueError(l10n.t("it is that of “{name}”", name=target.name[:64]))
    require_target(target)
    return target


def _cluster_from(raw: dict[str, Any]) -> ClusterTarget:
    if raw["format"] != _FORMAT:
        raise ValueError(l10n.t("a newer Scoredock wrote it"))
    if not isinstance(raw["place"], dict):
        raise TypeError(l10n.t("it is not what Scoredock writes"))
    place = ClusterPlace(*(_text(raw["place"], key) for key in ("context", "namespace", "kubeconfig")))
    # Absent in files of older releases.
    host, ingress_class, tls_secret, gateway = (
        _text({key: "", **raw}, key) for key in ("host", "ingress_class", "tls_secret", "gateway")
    )
    return ClusterTarget(
        _text(raw, "name"),
        place,
        _text(raw, "repository"),
        _text(raw, "pull_secret"),
        _expose(raw),
        host,
        ingress_class,
        tls_secret,
        gateway,
        paused=_is_paused(raw),
    )


def _is_paused(raw: dict[str, Any]) -> bool:
    """Anything but what this release writes for one that is in use."""
    return bool(raw.get("paused", False))


def _text(raw: dict[str, Any], key: str) -> str:
    value = raw[key]
    if not isinstance(value, str):
        raise TypeError(l10n.t("“{text}” is not text", text=value))
    return value
