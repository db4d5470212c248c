"""Address of an image: registry, repository, tag or digest, and the server that answers for them. Pure."""

from __future__ import annotations

import ipaddress
from typing import Final

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.formats.image_reference import is_image_reference
from scoredock.late_dataclass import dataclass
from scoredock.oci.content import Malformed, require_digest

DOCKER_HUB: Final = "docker.io"
_HUB_NAMES: Final = (DOCKER_HUB, "index.docker.io", "registry-1.docker.io")
HUB_SERVER: Final = "registry-1.docker.io"
"""Which Docker itself asks: https://docs.docker.com/reference/cli/docker/image/pull/ names `docker.io` only."""


@dataclass(frozen=True, slots=True)
class ImageAddress:
    """An image of a registry, by a tag, by a digest, or by both; the digest decides then."""

    registry: str
    """`docker.io`, or a host with its port where one is written."""
    repository: str
    """With `library/` where Docker Hub adds it."""
    tag: str = ""
    digest: str = ""

    @property
    def name(self) -> str:
        """The digest, else the tag."""
        return self.digest or self.tag

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.registry}/{self.repository}{tag}" + (f"@{self.digest}" if self.digest else "")


@dataclass(frozen=True, slots=True)
class RegistryEndpoint:
    """A server that answers for a repository: the registry itself or a mirror of it."""

    host: str
    """With its port where that is not the usual one."""
    repository: str
    is_mirror: bool = False
    login_server: str = ""
    """The name by which logins for it go; the host when empty."""

    @property
    def login_name(self) -> str:
        return self.login_server or self.host


def read_address(reference: str) -> ImageAddress:
    """Address that `[registry/]path[:tag][@digest]` names; `latest` if neither tag nor digest is written.

    As Docker reads it: the first part is a registry when it has a period or a colon or is `localhost`, and a name of
    one part belongs to `library/` of Docker Hub. Raises ScoredockError `image-reference-invalid`.
    """
    if not is_image_reference(reference):
        raise _invalid(reference)
    name, _, digest = reference.partition("@")
    first, slash, rest = name.partition("/")
    is_host = bool(slash) and ("." in first or ":" in first or first == "localhost")
    registry, path = (first.lower(), rest) if is_host else (DOCKER_HUB, name)
    path, _, tag = path.partition(":")
    if not is_image_reference(f"{DOCKER_HUB}/{path}"):  # `Team/image` is not a host and no path
        raise _invalid(reference)
    if digest:
        try:
            require_digest(digest)
        except Malformed:
            raise _invalid(reference) from None
    if registry in _HUB_NAMES:
        registry = DOCKER_HUB
        path = path if "/" in path else f"library/{path}"
    return ImageAddress(registry, path, tag or ("" if digest else "latest"), digest)


def own_endpoint(address: ImageAddress) -> RegistryEndpoint:
    """The registry itself."""
    if address.registry == DOCKER_HUB:
        return RegistryEndpoint(HUB_SERVER, address.repository, login_server=DOCKER_HUB)
    return RegistryEndpoint(address.registry, address.repository)


def is_loopback(host: str) -> bool:
    """True if a host, with or without a port, is this machine: Docker takes plain HTTP there (127.0.0.0/8 is among the
    daemon's insecure registries by itself)."""
    name = host.rpartition(":")[0] if ":" in host else host
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def same_registry(first: str, second: str) -> bool:
    """True if two ways of writing it mean one registry: `https://index.docker.io/v1/` is `docker.io`."""
    return _plain(first) == _plain(second)


def _plain(server: str) -> str:
    name = server.removeprefix("https://").removeprefix("http://").split("/")[0].lower()
    return DOCKER_HUB if name in ("", "index.docker.io", "registry-1.docker.io") else name


def _invalid(reference: str) -> ScoredockError:
    return ScoredockError(
        "image-reference-invalid", l10n.t("“{name}” is not the name of an image.", name=reference[:200])
    )
