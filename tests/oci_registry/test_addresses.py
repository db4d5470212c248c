"""What references name, and what this machine's files say of registries."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.oci.registry_address import ImageAddress, RegistryEndpoint, is_loopback, own_endpoint, read_address
from scoredock.oci.registry_settings import RegistrySettings

DIGEST = "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    ("reference", "address"),
    [
        ("python", ImageAddress("docker.io", "library/python", "latest")),
        ("python:3.11-slim", ImageAddress("docker.io", "library/python", "3.11-slim")),
        ("team/image", ImageAddress("docker.io", "team/image", "latest")),
        ("docker.io/python", ImageAddress("docker.io", "library/python", "latest")),
        ("index.docker.io/library/python", ImageAddress("docker.io", "library/python", "latest")),
        ("localhost/image", ImageAddress("localhost", "image", "latest")),
        ("localhost:5000/a/b/c:1", ImageAddress("localhost:5000", "a/b/c", "1")),
        ("registry.example.com/image@" + DIGEST, ImageAddress("registry.example.com", "image", "", DIGEST)),
        ("registry.example.com/image:1@" + DIGEST, ImageAddress("registry.example.com", "image", "1", DIGEST)),
        ("Registry.Example.com:5000/a", ImageAddress("registry.example.com:5000", "a", "latest")),
    ],
)
def test_what_a_reference_names(reference: str, address: ImageAddress) -> None:
    assert read_address(reference) == address
    assert read_address(str(address)) == address


@pytest.mark.parametrize(
    "reference", ["", "Team/image", "a b", "https://a.example/b", "a/../b", "a@sha256:12", "a@sha512:" + "0" * 128]
)
def test_what_names_no_image(reference: str) -> None:
    with pytest.raises(ScoredockError) as refused:
        read_address(reference)
    assert refused.value.code == "image-reference-invalid"


def test_who_answers_for_an_image() -> None:
    hub = own_endpoint(read_address("python"))
    assert (hub.host, hub.repository, hub.login_name) == ("registry-1.docker.io", "library/python", "docker.io")
    assert own_endpoint(read_address("a.example:5000/b")) == RegistryEndpoint("a.example:5000", "b")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("127.0.0.1:5000", True),
        ("127.9.9.9", True),
        ("10.0.0.1:80", False),
        ("localhost.a", False),
    ],
)
def test_this_machine(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_mirrors_of_dockers_own_file_are_for_docker_hub_alone(tmp_path: Path) -> None:
    (tmp_path / "daemon.json").write_text(
        json.dumps(
            {"registry-mirrors": ["https://mirror.example/", "http://near:5000"], "insecure-registries": ["c:1"]}
        )
    )
    settings = RegistrySettings(daemon_files=(tmp_path / "daemon.json", tmp_path / "none.json"))
    assert [each.host for each in settings.endpoints(read_address("python"))] == [
        "mirror.example",
        "near:5000",
        "registry-1.docker.io",
    ]
    assert [each.host for each in settings.endpoints(read_address("a.example/python"))] == ["a.example"]
    assert [host for host in ("c:1", "near:5000", "mirror.example", "c") if settings.is_insecure(host)] == [
        "c:1",
        "near:5000",
    ]


def test_mirrors_of_the_file_of_podman(tmp_path: Path) -> None:
    (tmp_path / "registries.conf").write_text(
        """
        unqualified-search-registries = ["docker.io"]
        [[registry]]
        prefix = "docker.io"
        [[registry.mirror]]
        location = "mirror.example/hub"
        insecure = true
        [[registry]]
        prefix = "docker.io/team"
        location = "docker.io/team"
        [[registry.mirror]]
        location = "team.example"
        [[registry]]
        location = "plain.example:5000"
        insecure = true
        """
    )
    settings = RegistrySettings(containers_files=(tmp_path / "none", tmp_path / "registries.conf"))
    hub, own = settings.endpoints(read_address("python"))
    assert hub == RegistryEndpoint("mirror.example", "hub/library/python", is_mirror=True)
    assert not own.is_mirror
    assert settings.endpoints(read_address("team/a"))[0] == RegistryEndpoint("team.example", "a", is_mirror=True)
    assert settings.is_insecure("plain.example:5000")
    assert settings.is_insecure("mirror.example")
    assert not settings.is_insecure("team.example")


@pytest.mark.parametrize("text", ["{", "[]", "[[registry]]\nprefix = 1", '{"registry-mirrors": "a"}', "registry = 3"])
def test_files_that_cannot_be_read_say_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "file").write_text(text)
    settings = RegistrySettings((tmp_path / "file",), (tmp_path / "file",))
    assert len(settings.endpoints(read_address("python"))) == 1
    assert not settings.is_insecure("a.example")


def test_certificates_of_a_host(tmp_path: Path) -> None:
    folder = tmp_path / "a.example:5000"
    folder.mkdir()
    for name in ("ca.crt", "own.cert", "own.key", "notes.txt"):
        (folder / name).touch()
    settings = RegistrySettings(certificate_folders=(tmp_path / "none", tmp_path))
    certificates = settings.certificates("a.example:5000")
    assert certificates.authorities == (folder / "ca.crt",)
    assert certificates.client == ((folder / "own.cert", folder / "own.key"),)
    assert not settings.certificates("a.example").authorities


def test_the_authorities_of_the_environment(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    environment = {"REQUESTS_CA_BUNDLE": str(tmp_path / "none"), "SSL_CERT_FILE": str(tmp_path / "ca.pem")}
    assert RegistrySettings(environment=environment).authority_bundle == str(tmp_path / "ca.pem")
    assert RegistrySettings().authority_bundle == ""
