"""The daemon in use: found among all places where one may answer, named, and asked with a time-out on every call."""

from __future__ import annotations

import importlib.util
import math
import os
import threading
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scoredock import l10n
from scoredock.containers.endpoints import Endpoint, candidates
from scoredock.containers.failures import reason
from scoredock.containers.places import PlaceEndpoint, endpoint_at, unreachable
from scoredock.containers.settings import DockerSettings
from scoredock.containers.waiting import Silence, awaited
from scoredock.docker_place import DockerPlace, docker_place_text
from scoredock.errors import DockerUnavailable, ScoredockError
from scoredock.late_dataclass import dataclass

if TYPE_CHECKING:
    import docker

LOOK_SECONDS = 10.0
"""After so long without an answer to a call that may take minutes, the daemon is asked whether it is there."""
CALL_SECONDS = 10
"""No ordinary call takes longer: one that does has failed."""
_GREETING_SECONDS = 3
_PATIENT_SECONDS = 600
_SENT_SECONDS = 3 * 3600
"""For what sends files, however large."""
_OLDEST_API = (1, 40)
"""Docker 19.03 of 2019 and Podman 3 speak it."""
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(eq=False)
class Docker:
    """One daemon. May be used by many threads at once."""

    endpoint: str
    """`unix:///var/run/docker.sock`; of a compute target its place, as `docker_place_text` writes it."""
    described: str
    """`Docker 20.10.24 (context default)`"""
    api: docker.APIClient = field(repr=False)
    """Each call ends within 10 seconds, or raises. Wrap calls in `failures.docker_errors`."""
    patient: docker.APIClient = field(repr=False)
    """For builds, pulls, commits: raises when nothing came for 10 minutes, or as soon as the daemon answers nothing
    else either."""
    version: str = ""
    platform: str = "linux/amd64"
    """What the daemon runs: `linux/arm64`."""
    podman: bool = False
    silence: Silence = field(default_factory=lambda: Silence(lambda: True), repr=False)
    place: DockerPlace | None = None
    """Of a compute target: its containers publish no ports, and are reached through the daemon (port_tunnel.py)."""
    way: Endpoint | None = field(default=None, repr=False)
    """How it is connected to."""

    @property
    def local(self) -> bool:
        """True if ports that containers publish on loopback can be reached from here."""
        parts = urlsplit(self.endpoint)
        return parts.scheme in ("unix", "npipe") or (parts.scheme == "tcp" and (parts.hostname or "") in _LOOPBACK)


_connected: dict[str, Docker] = {}
_lock = threading.Lock()


def connect(settings: DockerSettings) -> Docker:
    """The first daemon that answers. One connection for each place is kept and shared.

    Raises ScoredockError `docker-unavailable` that names all places that were tried and why each was not used, or
    `docker-host-unsupported` when the one that was asked for cannot be used.
    """
    if settings.place is not None:
        return _connected_at(settings.place)
    attempts: list[str] = []
    for endpoint in candidates(settings.host, os.environ, Path.home()):
        if (wrong := unusable(endpoint)) is not None:
            if settings.host:
                raise wrong
            attempts.append(f"{endpoint.address}: {wrong.message}")
            continue
        if not settings.host and (missing := _absent(endpoint)):
            attempts.append(f"{endpoint.address}: {missing}")
            continue
        try:
            return _greeted(endpoint)
        except ScoredockError as refused:
            raise refused from None
        except Exception as error:  # whatever the SDK and the libraries below it raise
            attempts.append(f"{endpoint.address}: {reason(error)}")
    if settings.host:
        raise DockerUnavailable(
            l10n.t("Docker does not answer at {tried}.", tried=attempts[0] if attempts else settings.host),
            l10n.t("Start it, or correct the setting scoredock.docker.host or the variable DOCKER_HOST."),
            details={"tried": attempts},
        )
    reasons = [each for each in attempts if not each.endswith(_no_socket())]
    raise DockerUnavailable(
        l10n.t(
            "No Docker answers on this machine ({reasons}); {count} places were tried.",
            reasons="; ".join(reasons),
            count=len(attempts),
        )
        if reasons
        else l10n.t("No Docker answers on this machine; {count} places were tried.", count=len(attempts)),
        details={"tried": attempts},
    )


def _connected_at(place: DockerPlace) -> Docker:
    """That of another machine. Raises ScoredockError `docker-unavailable` when it does not answer, and what
    `places.endpoint_at` raises."""
    named = endpoint_at(place)
    try:
        return _greeted(named.endpoint, named)
    except ScoredockError:
        raise
    except Exception as error:  # whatever the SDK and the libraries below it raise
        raise unreachable(place, named, error) from error


def reachable(settings: DockerSettings) -> tuple[Docker | None, str, str]:
    """The daemon, or None with the reason and the next step. Never raises; takes a few seconds at most."""
    try:
        return connect(settings), "", ""
    except ScoredockError as error:
        return None, error.message, error.fix
    except ImportError as error:
        return (
            None,
            l10n.t("The docker package in Scoredock's own environment is missing: {reason}.", reason=error),
            l10n.t("Reinstall Scoredock."),
        )


def require_local(docker: Docker) -> None:
    """Raises ScoredockError `docker-host-unsupported` for a daemon of another machine, whose ports cannot be
    reached."""
    if not docker.local:
        raise ScoredockError(
            "docker-host-unsupported",
            l10n.t(
                "The Docker at {endpoint} runs on another machine: images can be created there, but "
                "the port of a service on its loopback cannot be reached from here.",
                endpoint=docker.endpoint,
            ),
            l10n.t("Choose a Docker on this machine for services."),
        )


def _no_socket() -> str:
    return l10n.t("the socket does not exist")


def _absent(endpoint: Endpoint) -> str:
    if endpoint.scheme == "unix" and not Path(endpoint.address.removeprefix("unix://")).exists():
        return _no_socket()
    return ""


def unusable(endpoint: Endpoint) -> ScoredockError | None:
    """Error for an address that cannot be used whatever answers there, or None."""
    if endpoint.scheme == "ssh" and importlib.util.find_spec("paramiko") is None:
        return ScoredockError(
            "docker-host-unsupported",
            l10n.t("{address} needs SSH, which is not part of this installation.", address=endpoint.address),
            l10n.t("Install docker[ssh] into Scoredock's environment, or choose a Docker that answers on a socket."),
        )
    if endpoint.scheme not in ("unix", "npipe", "tcp", "http", "https", "ssh"):
        return ScoredockError(
            "docker-host-unsupported",
            l10n.t("{address} is not the address of a Docker daemon.", address=endpoint.address),
            l10n.t(
                "Write it as unix:///var/run/docker.sock, npipe:////./pipe/docker_engine or "
                "tcp://127.0.0.1:2375, in the setting scoredock.docker.host or the variable "
                "DOCKER_HOST."
            ),
        )
    return None


def _greeted(endpoint: Endpoint, named: PlaceEndpoint | None = None) -> Docker:
    """Raises whatever the SDK raises when it does not answer, ScoredockError when it is too old."""
    key = f"{endpoint}"
    with _lock:
        kept = _connected.get(key)
    if kept is not None:
        kept.api.ping()
        return kept
    made = _made(endpoint)
    if named is not None:
        made.endpoint, made.place = docker_place_text(named.place), named.place
        made.described = made.described.replace(f" ({endpoint.name})", f" ({named.place.title})")
    with _lock:
        return _connected.setdefault(key, made)


def _made(endpoint: Endpoint) -> Docker:
    greeting = _client(endpoint, _GREETING_SECONDS, None)
    server_version: Mapping[str, object] = greeting.version(api_version=False)
    greeting.close()
    spoken = str(server_version.get("ApiVersion", "0.0"))
    if _numbers(spoken) < _OLDEST_API:
        raise ScoredockError(
            "docker-host-unsupported",
            l10n.t(
                "The Docker at {address} is version {told}, which is too old.",
                address=endpoint.address,
                told=server_version.get("Version"),
            ),
            l10n.t("Update it to 19.03 or later."),
        )
    podman = "podman" in str(server_version.get("Components", "")).lower()
    title = "Podman" if podman else "Docker"
    version = str(server_version.get("Version", ""))
    api_version = spoken if _numbers(spoken) < _NEWEST_API else ".".join(str(each) for each in _NEWEST_API)
    silence = Silence(lambda: _answers(endpoint))
    return Docker(
        endpoint.address,
        f"{title} {version.split('+')[0]} ({endpoint.name})",
        _client(endpoint, CALL_SECONDS, api_version, silence),
        _client(endpoint, _PATIENT_SECONDS, api_version, silence),
        version,
        f"{server_version.get('Os', 'linux')}/{server_version.get('Arch', 'amd64')}",
        podman,
        silence,
        way=endpoint,
    )


_NEWEST_API = (1, 44)
"""What this code was written for; a daemon keeps speaking it for years."""


def _client(endpoint: Endpoint, timeout: int, version: str | None, silence: Silence | None = None) -> docker.APIClient:
    # Imported late: most sessions of the server never need Docker.
    import docker
    from docker.tls import TLSConfig

    from scoredock.origin_session import keep_to

    tls: TLSConfig | bool = False
    if endpoint.tls is not None:
        certificate, key, authority = endpoint.certificates
        tls = TLSConfig(
            client_cert=(str(certificate), str(key)) if certificate.is_file() else None,
            ca_cert=str(authority) if authority.is_file() else None,
            verify=endpoint.verify,
        )
    client = docker.APIClient(
        base_url=endpoint.address, version=version or "1.40", timeout=timeout, tls=tls, max_pool_size=32
    )
    if endpoint.tls is not None:
        client.trust_env = False  # REQUESTS_CA_BUNDLE would count for more than the authority that was named
    keep_to(client, client.base_url)  # passwords of registries go along with a request for an image
    return client if silence is None else _bounded(client, silence)


def _bounded(client: docker.APIClient, silence: Silence) -> docker.APIClient:
    """Client with an end of every call: the time-outs of sockets count from byte to byte, and begin again with each
    call."""
    import requests

    session: Any = client

    def plain(request: Any, **settings: Any) -> Any:
        return type(session).send(session, request, **settings)

    def send(request: Any, **settings: Any) -> Any:
        if silence.lasts():
            raise requests.exceptions.ReadTimeout("Docker does not answer")
        given = settings.get("timeout")
        seconds = given if isinstance(given, (int, float)) else math.inf  # for the end of a container
        try:
            # What may take minutes is waited for as long as the daemon answers something.
            if seconds >= _PATIENT_SECONDS:
                whole = isinstance(request.body, (bytes, str, type(None)))
                longest = seconds if whole else max(seconds, _SENT_SECONDS)
                return awaited(lambda: plain(request, **settings), longest, silence.answers, LOOK_SECONDS)
            return awaited(lambda: plain(request, **settings), seconds)
        except (TimeoutError, requests.exceptions.Timeout):
            silence.noticed()
            raise requests.exceptions.ReadTimeout("Docker did not answer in time") from None

    session.send = send
    return client


def _answers(endpoint: Endpoint) -> bool:
    """True if the daemon says anything, on a connection of its own."""

    def ask() -> bool:
        greeting = _client(endpoint, _GREETING_SECONDS, None)
        try:
            return bool(greeting.ping())
        finally:
            greeting.close()

    try:
        return awaited(ask, _GREETING_SECONDS)
    except Exception:  # whatever the SDK and the libraries below it raise: it does not
        return False


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
