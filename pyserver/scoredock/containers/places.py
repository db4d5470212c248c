"""Connection to the Docker of another machine, and what is said when there is none."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from scoredock import l10n
from scoredock.confirmations import Facts, require_confirmed
from scoredock.containers.endpoints import Endpoint, context_endpoint, context_names
from scoredock.containers.failures import reason
from scoredock.containers.ssh_tunnel import SshTunnel, ssh_failure, tunnel_to
from scoredock.docker_place import DockerPlace, docker_place_text
from scoredock.errors import DockerUnavailable, ScoredockError
from scoredock.late_dataclass import dataclass

_ASK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class PlaceEndpoint:
    """A place, and the address at which this process reaches it now."""

    place: DockerPlace
    endpoint: Endpoint
    tunnel: SshTunnel | None = None
    """Of SSH, which it goes through."""


def endpoint_at(place: DockerPlace) -> PlaceEndpoint:
    """Connects where that goes by SSH.

    Raises ScoredockError `docker-context-missing`, `docker-certificate-invalid`, `compute-changed`, and what
    `SshTunnel` raises.
    """
    endpoint = require_confirmed_place(place)
    if endpoint.scheme == "ssh":
        tunnel = tunnel_to(endpoint.address)
        return PlaceEndpoint(place, Endpoint(f"unix://{tunnel.socket}", place.title), tunnel)
    return PlaceEndpoint(place, endpoint)


def address_of(place: DockerPlace) -> str:
    """Address of the daemon, also of one that a context names. Raises ScoredockError `docker-context-missing`."""
    return place.address or _of_context(place.context).address


def require_confirmed_place(place: DockerPlace) -> Endpoint:
    """Endpoint of a place, whose facts a person has confirmed. Raises ScoredockError `docker-context-missing`,
    `docker-certificate-invalid`, `compute-changed`."""
    endpoint = _named(place)
    if place.context:
        title = l10n.t("The context “{context}” of Docker", context=place.context)
        require_confirmed(place_key(place), _facts(endpoint), title)
    return endpoint


def place_key(place: DockerPlace) -> str:
    """Key under which a place is confirmed. An address says itself where it leads; a context may lead elsewhere
    later."""
    return "\n".join(("docker", docker_place_text(place)))


def place_facts(place: DockerPlace) -> Facts:
    """Facts about the place that a person confirms. Raises as `endpoint_at`; connects to nothing."""
    return _facts(_named(place))


def _facts(endpoint: Endpoint) -> Facts:
    facts = {"address": [endpoint.address]}
    if endpoint.tls is not None:
        with contextlib.suppress(OSError):
            facts["authority"] = [f"sha256:{hashlib.sha256(endpoint.certificates[2].read_bytes()).hexdigest()[:32]}"]
        if not endpoint.verify:
            facts["verification"] = ["none"]
    return facts


def _named(place: DockerPlace) -> Endpoint:
    if place.context:
        return _of_context(place.context)
    if not place.tls_ca:
        return Endpoint(place.address, place.title)
    files = (place.tls_cert, place.tls_key, place.tls_ca)
    _require_certificates(files)
    return Endpoint(place.address, place.title, Path("/"), files=files)


def _of_context(name: str) -> Endpoint:
    endpoint = context_endpoint(name, os.environ, Path.home())
    if endpoint is not None:
        return endpoint
    names = [each for each, _ in context_names(os.environ, Path.home())]
    raise ScoredockError(
        "docker-context-missing",
        l10n.t("Docker has no context {name}; there are: {names}.", name=name[:256], names=", ".join(names))
        if names
        else l10n.t("Docker has no context {name}, nor any other.", name=name[:256]),
        details={"contexts": names},
    )


def tls_context(endpoint: Endpoint) -> ssl.SSLContext | None:
    """TLS context for connections of our own to it; None for one without TLS. Raises OSError."""
    if endpoint.tls is None:
        return None
    certificate, key, authority = endpoint.certificates
    context = ssl.create_default_context(cafile=str(authority) if authority.is_file() else None)
    if certificate.is_file():
        context.load_cert_chain(certificate, key)
    if not endpoint.verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _tls_refusal(endpoint: Endpoint) -> str:
    """Objection of one side to the certificate of the other one; empty if that is not why nothing responds.

    With TLS 1.3 a daemon says so after the handshake only, and whoever writes meanwhile sees a connection that ends.
    """
    parts = urlsplit(endpoint.address)
    try:
        context = tls_context(endpoint)
        if context is None:
            return ""
        with (
            socket.create_connection((parts.hostname or "", parts.port or 0), _ASK_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=parts.hostname) as secured,
        ):
            secured.recv(1)
    except ssl.SSLError as error:
        if isinstance(error, ssl.SSLCertVerificationError):
            return str(error.verify_message).strip().rstrip(".")
        said = str(error.reason or "")
        return said.replace("_", " ").lower() if "ALERT" in said else ""
    except (OSError, ValueError):
        return ""
    return ""


def _require_certificates(files: tuple[str, str, str]) -> None:
    """Raises ScoredockError `docker-certificate-invalid` for files that a connection cannot be made with."""
    certificate, key, authority = files
    try:
        for each in files:
            Path(each).read_bytes()
        context = ssl.create_default_context(cafile=authority)
        context.load_cert_chain(certificate, key, password=lambda: b"")
    except (OSError, ValueError) as error:
        name = error.filename if isinstance(error, OSError) and error.filename else ""
        raise ScoredockError(
            "docker-certificate-invalid",
            l10n.t("{file} cannot be read: {reason}.", file=name, reason=reason(error))
            if name
            else l10n.t(
                "The certificate {certificate}, its key and the authority {authority} cannot be used: {reason}.",
                certificate=certificate,
                authority=authority,
                reason=reason(error),
            ),
        ) from error


def unreachable(place: DockerPlace, named: PlaceEndpoint, error: Exception) -> ScoredockError:
    """Error for a daemon that does not answer."""
    if named.tunnel is not None:
        if not named.tunnel.alive:
            return ssh_failure(place.title, [named.tunnel.said()])
        if said := named.tunnel.said():
            return DockerUnavailable(
                l10n.t("Docker does not answer at {place}: {reason}.", place=place.title, reason=said.rstrip(".")),
                l10n.t("See that Docker runs there, and that the account may use its socket (`docker info`)."),
            )
    if refusal := _tls_refusal(named.endpoint):
        return ScoredockError(
            "docker-certificate-invalid",
            l10n.t(
                "{place} does not take the certificate, or shows one that is not trusted: {reason}.",
                place=place.title,
                reason=refusal,
            ),
        )
    return DockerUnavailable(
        l10n.t("Docker does not answer at {place}: {reason}.", place=place.title, reason=reason(error)),
        l10n.t("See that the machine and its Docker run, and that this machine reaches them; then try again."),
    )
