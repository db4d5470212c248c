"""Settings of this machine for registries: mirrors, certificates, and which ones are not to be trusted with TLS.

The files are Docker's and Podman's own, so whoever can pull with them can pull here:
`daemon.json` (https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file), `certs.d`
(https://docs.docker.com/engine/security/certificates/) and containers-registries.conf(5). What cannot be read says
nothing: a broken file of another program must not keep an image from being transferred.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scoredock.late_dataclass import dataclass
from scoredock.oci.registry_address import DOCKER_HUB, ImageAddress, RegistryEndpoint, own_endpoint


@dataclass(frozen=True, slots=True)
class Certificates:
    """Certificates for the connection to one host, besides the system's own authorities."""

    authorities: tuple[Path, ...] = ()
    client: tuple[tuple[Path, Path], ...] = ()
    """Certificates that this machine shows, each with its key."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """One `[[registry]]` of registries.conf."""

    prefix: str
    location: str
    is_insecure: bool
    mirrors: tuple[tuple[str, bool], ...]
    """Locations, and whether each is insecure."""


@dataclass(frozen=True)
class RegistrySettings:
    """Read once, when the first question comes."""

    daemon_files: tuple[Path, ...] = ()
    containers_files: tuple[Path, ...] = ()
    """The first one that exists counts."""
    certificate_folders: tuple[Path, ...] = ()
    """Each with a folder per `host` or `host:port`."""
    environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_machine(cls) -> RegistrySettings:
        """Settings of this machine and of the account that runs this process."""
        configuration = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        containers: tuple[Path, ...] = (
            configuration / "containers" / "registries.conf",
            Path("/etc/containers/registries.conf"),
        )
        if named := os.environ.get("CONTAINERS_REGISTRIES_CONF"):  # which podman and skopeo read in their place
            containers = (Path(named),)
        return cls(
            (Path("/etc/docker/daemon.json"), configuration / "docker" / "daemon.json"),
            containers,
            (
                Path("/etc/docker/certs.d"),
                configuration / "docker" / "certs.d",
                configuration / "containers" / "certs.d",
                Path("/etc/containers/certs.d"),
            ),
            os.environ,
        )

    def endpoints(self, address: ImageAddress) -> tuple[RegistryEndpoint, ...]:
        """Whom to ask for content: mirrors in their order, and the registry itself last."""
        own = own_endpoint(address)
        mirrors = [*self._mirrors_of_containers(address)]
        if address.registry == DOCKER_HUB:  # Docker's own `registry-mirrors` are for Docker Hub alone
            mirrors += [(each, False) for each in self._daemon_list("registry-mirrors")]
        endpoints: list[RegistryEndpoint] = []
        for location, is_whole in mirrors:
            host, _, path = _without_scheme(location).partition("/")
            repository = path if is_whole else "/".join(each for each in (path, address.repository) if each)
            if host and repository:
                endpoints.append(RegistryEndpoint(host, repository, is_mirror=True))
        return (*dict.fromkeys(endpoints), own)

    def is_insecure(self, host: str) -> bool:
        """True if the machine's settings allow plain HTTP, and TLS without a check, for a host with its port."""
        listed = {_without_scheme(each).partition("/")[0] for each in self._daemon_list("insecure-registries")}
        listed |= {
            _without_scheme(each).partition("/")[0] for each in self._daemon_list("registry-mirrors") if _is_http(each)
        }
        for rule in self._rules():
            places = (((rule.location or rule.prefix), rule.is_insecure), *rule.mirrors)
            listed |= {location.partition("/")[0] for location, is_insecure in places if is_insecure}
        return host in listed

    def certificates(self, host: str) -> Certificates:
        """Certificates for a host with its port."""
        authorities: list[Path] = []
        client: list[tuple[Path, Path]] = []
        for folder in self.certificate_folders:
            try:
                files = sorted((folder / host).iterdir())
            except OSError:
                continue
            authorities += [each for each in files if each.suffix == ".crt"]
            client += [(each, each.with_suffix(".key")) for each in files if each.suffix == ".cert"]
        return Certificates(tuple(authorities), tuple(client))

    @property
    def authority_bundle(self) -> str:
        """The file or folder of authorities that the environment names for all hosts; empty for the usual ones."""
        names = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
        values = (self.environment.get(name, "") for name in names)
        return next((value for value in values if value and Path(value).exists()), "")

    # ------------------------------------------------------------------------------------------ files

    def _daemon_list(self, key: str) -> list[str]:
        entries: list[str] = []
        for path in self.daemon_files:
            try:
                document = json.loads(path.read_text("utf-8"))
            except (OSError, ValueError, RecursionError):
                continue
            listed = document.get(key) if isinstance(document, dict) else None
            entries += [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
        return entries

    def _mirrors_of_containers(self, address: ImageAddress) -> Iterator[tuple[str, bool]]:
        """Locations that stand for the whole repository, of the longest prefix that fits."""
        image = f"{address.registry}/{address.repository}"
        rules = [rule for rule in self._rules() if image == rule.prefix or image.startswith(f"{rule.prefix}/")]
        if not rules:
            return
        rule = max(rules, key=lambda each: len(each.prefix))
        for location, _ in rule.mirrors:
            yield location + image.removeprefix(rule.prefix), True

    def _rules(self) -> list[_Rule]:
        for path in self.containers_files:
            try:
                text = path.read_text("utf-8")
            except OSError:
                continue
            return _rules_of(text)
        return []


def _rules_of(text: str) -> list[_Rule]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return []
    rules = []
    for entry in _tables(document.get("registry")):
        location = str(entry.get("location") or "")
        prefix = str(entry.get("prefix") or location)
        mirrors = tuple(
            (str(each["location"]).rstrip("/"), each.get("insecure") is True)
            for each in _tables(entry.get("mirror"))
            if each.get("location")
        )
        if prefix and not prefix.startswith("*."):  # those of whole domains name no single host
            rules.append(_Rule(prefix.rstrip("/"), location, entry.get("insecure") is True, mirrors))
    return rules


def _tables(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _without_scheme(address: str) -> str:
    parts = urlsplit(address if "://" in address else f"//{address}")
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}".rstrip("/")


def _is_http(address: str) -> bool:
    return address.lower().startswith("http://")
