"""Addresses at which a Docker daemon may respond on this machine, in the order in which they are tried.

1. the setting `scoredock.docker.host` or the variable DOCKER_HOST: when given, nothing else is tried;
2. the context that DOCKER_CONTEXT names, else the one that the command line of Docker uses now (`docker context use`);
3. Docker's own socket, then the sockets of rootless Docker, Docker Desktop, Colima, Rancher Desktop and OrbStack;
4. all other contexts;
5. Podman's sockets, of this account and of the system.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.late_dataclass import dataclass

_LARGEST = 1 << 20
_WINDOWS = sys.platform == "win32"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One place where a daemon may answer."""

    address: str
    """`unix:///…`, `npipe:////./pipe/…`, `tcp://host:port` or `ssh://…`."""
    name: str
    """How it is called: `context desktop-linux`, `Podman`."""
    tls: Path | None = None
    """Folder with ca.pem, cert.pem and key.pem, for tcp."""
    verify: bool = True
    files: tuple[str, str, str] = ("cert.pem", "key.pem", "ca.pem")
    """Certificate, key and authority below the folder, or anywhere by their absolute paths."""

    @property
    def certificates(self) -> tuple[Path, Path, Path]:
        """Certificate, key and authority; none for one without TLS has a meaning."""
        folder = self.tls or Path()
        certificate, key, authority = (folder / each for each in self.files)
        return certificate, key, authority

    @property
    def scheme(self) -> str:
        return self.address.split("://", 1)[0]


def candidates(host: str, environment: Mapping[str, str], home: Path) -> list[Endpoint]:
    """All places in order, each address once. Reads Docker's own files; never raises."""
    if host:
        return [_given(host, environment, home)]
    found: dict[str, Endpoint] = {}
    for endpoint in _everywhere(environment, home):
        found.setdefault(endpoint.address, endpoint)
    return list(found.values())


def context_endpoint(name: str, environment: Mapping[str, str], home: Path) -> Endpoint | None:
    """Endpoint of a context, by the name that `docker context create` gave it; None if there is none."""
    all_contexts = _contexts(_docker_folder(environment, home))
    return next((each for each in all_contexts if each.name == _context(name)), None)


def context_names(environment: Mapping[str, str], home: Path) -> list[tuple[str, str]]:
    """Name and address of all contexts, by name."""
    documents = _documents(_docker_folder(environment, home))
    named = ((str(document.get("Name") or ""), each.address) for document, each in documents)
    return sorted(pair for pair in named if pair[0])


def _given(host: str, environment: Mapping[str, str], home: Path) -> Endpoint:
    """An address that was asked for; the certificates of a context of that address are used with it."""
    address = host if "://" in host else f"unix://{host}" if host.startswith("/") else f"tcp://{host}"
    for endpoint in _contexts(_docker_folder(environment, home)):
        if endpoint.address == address:
            return endpoint
    verify = environment.get("DOCKER_TLS_VERIFY", "")
    folder = environment.get("DOCKER_CERT_PATH") or (str(_docker_folder(environment, home)) if verify else "")
    return Endpoint(address, address.removeprefix("unix://"), Path(folder) if folder else None, bool(verify))


def _everywhere(environment: Mapping[str, str], home: Path) -> Iterator[Endpoint]:
    folder = _docker_folder(environment, home)
    contexts = list(_contexts(folder))
    wanted = environment.get("DOCKER_CONTEXT") or str(_object(folder / "config.json").get("currentContext") or "")
    yield from (each for each in contexts if each.name == _context(wanted))
    yield from _sockets(environment, home)
    yield from contexts
    yield from _podman(environment, home)


def _sockets(environment: Mapping[str, str], home: Path) -> Iterator[Endpoint]:
    if _WINDOWS:
        yield Endpoint("npipe:////./pipe/docker_engine", _context("default"))
        yield Endpoint("npipe:////./pipe/dockerDesktopLinuxEngine", "Docker Desktop")
        return
    yield Endpoint("unix:///var/run/docker.sock", _context("default"))
    if runtime := environment.get("XDG_RUNTIME_DIR"):
        yield Endpoint(f"unix://{runtime}/docker.sock", l10n.t("rootless"))
    yield Endpoint(f"unix://{home}/.docker/run/docker.sock", l10n.t("rootless or Docker Desktop"))
    yield Endpoint(f"unix://{home}/.docker/desktop/docker.sock", "Docker Desktop")
    yield Endpoint(f"unix://{home}/.colima/default/docker.sock", "Colima")
    yield Endpoint(f"unix://{home}/.rd/docker.sock", "Rancher Desktop")
    yield Endpoint(f"unix://{home}/.orbstack/run/docker.sock", "OrbStack")


def _podman(environment: Mapping[str, str], home: Path) -> Iterator[Endpoint]:
    if _WINDOWS:
        yield Endpoint("npipe:////./pipe/podman-machine-default", "Podman")
        return
    if runtime := environment.get("XDG_RUNTIME_DIR"):
        yield Endpoint(f"unix://{runtime}/podman/podman.sock", l10n.t("Podman, rootless"))
    elif hasattr(os, "getuid"):
        yield Endpoint(f"unix:///run/user/{os.getuid()}/podman/podman.sock", l10n.t("Podman, rootless"))
    yield Endpoint("unix:///run/podman/podman.sock", "Podman")
    yield Endpoint(f"unix://{home}/.local/share/containers/podman/machine/podman.sock", "Podman machine")


def _context(name: str) -> str:
    return l10n.t("context {name}", name=name)


def _docker_folder(environment: Mapping[str, str], home: Path) -> Path:
    return Path(environment.get("DOCKER_CONFIG") or home / ".docker")


def _contexts(folder: Path) -> Iterator[Endpoint]:
    """Contexts that `docker context create` wrote, sorted by name."""
    yield from sorted((each for _, each in _documents(folder)), key=lambda endpoint: endpoint.name)


def _documents(folder: Path) -> Iterator[tuple[dict[str, Any], Endpoint]]:
    meta = folder / "contexts" / "meta"
    try:
        entries = sorted(meta.iterdir())
    except OSError:
        return
    for entry in entries:
        document = _object(entry / "meta.json")
        endpoints = document.get("Endpoints")
        docker = endpoints.get("docker") if isinstance(endpoints, dict) else None
        address = docker.get("Host") if isinstance(docker, dict) else None
        if not isinstance(docker, dict) or not isinstance(address, str) or "://" not in address:
            continue
        tls = folder / "contexts" / "tls" / entry.name / "docker"
        name = _context(str(document.get("Name") or entry.name))
        yield document, Endpoint(address, name, tls if tls.is_dir() else None, not docker.get("SkipTLSVerify"))


def _object(path: Path) -> dict[str, Any]:
    """A JSON object of another program; empty for anything else."""
    try:
        if path.stat().st_size > _LARGEST:
            return {}
        read = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
