"""Push and read, against Debian's own registry: plain, with a password, and with TLS of a private authority."""

from __future__ import annotations

import base64
import json
import logging
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from scoredock.errors import ScoredockError
from scoredock.oci.content import EMPTY, LAYER, Descriptor, Manifest, descriptor_of
from scoredock.oci.push_image import PushReport, push
from scoredock.oci.registry_client import BlobOutcome
from scoredock.oci.registry_login import RegistryAccount
from scoredock.oci.registry_settings import RegistrySettings
from scoredock.progress import Silent

from certificates import authority, issued
from oci_registry.real_registry import PASSWORD, USER, accounts, real_registry
from oci_registry.registry_bench import Contents, Reports, certificates_for, client_of, image, require_complete


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with real_registry(tmp_path_factory.mktemp("plain")) as address:
        yield address


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("private")
    with real_registry(folder, auth=accounts(folder)) as address:
        yield address


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A registry with TLS and a password, and the certificate of its authority."""
    folder = tmp_path_factory.mktemp("encrypted")
    by = authority(folder)
    with real_registry(folder, auth=accounts(folder), tls=issued(folder, by)) as address:
        yield address, by[0]


@pytest.fixture(autouse=True)
def no_login_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "config.json").write_text("{}")


def test_what_was_pushed_can_be_read(plain: str) -> None:
    manifest, contents = image(1)
    reports = Reports()
    with client_of(f"{plain}/team/a:1") as client:
        report = push(client, manifest, contents, "1", reports)
        size = sum(len(each) for each in contents.blobs.values())
        assert report == PushReport(client.resolve()[0].digest, sent_bytes=size)
        require_complete(client, "1", manifest, contents)
        assert client.manifest() == manifest
        assert client.manifest(report.digest) == manifest
        assert client.tags() == ("1",)
    assert reports.percentages == sorted(reports.percentages)
    assert reports.percentages[-1] == 100
    assert any(" of " in each for each in reports.texts)
    assert contents.openings.most_common(1)[0][1] == 1  # one opening serves all chunks of a blob


def test_only_what_is_lacking_is_sent(plain: str) -> None:
    manifest, contents = image(2)
    with client_of(f"{plain}/team/b:1") as client:
        push(client, manifest, contents, "1", Silent())
        contents.openings.clear()
        again = push(client, manifest, contents, "2", Silent())
        assert again.sent_bytes == 0
        assert again.present_bytes == sum(map(len, contents.blobs.values()))
        assert not contents.openings
        assert sorted(client.tags()) == ["1", "2"]
    with client_of(f"{plain}/team/c:1") as client:
        blob = manifest.layers[0]
        mounted = push(client, manifest, contents, "1", Silent(), ["team/none", "team/b"])
        assert mounted.mounted_bytes == again.present_bytes
        assert client.push_blob(blob, lambda offset: contents.open(blob, offset), id) is BlobOutcome.PRESENT
        assert client.mount(blob, "team/b")
        assert not client.mount(descriptor_of(LAYER, b"nowhere"), "team/b")


def test_what_the_registry_does_not_have(plain: str) -> None:
    with client_of(f"{plain}/team/none:1", pushes=False) as client:
        for call in (client.resolve, client.manifest, lambda: list(client.open_blob(descriptor_of(LAYER, b"a")))):
            with pytest.raises(ScoredockError) as refused:
                call()
            assert refused.value.code == "image-pull-failed"
            assert plain in refused.value.message
        assert client.tags() == ()
        assert not client.has_blob(descriptor_of(LAYER, b"a"))


def test_a_manifest_whose_blobs_are_lacking_is_refused(plain: str) -> None:
    manifest, _ = image(3)
    with client_of(f"{plain}/team/d:1") as client, pytest.raises(ScoredockError) as refused:
        client.push_manifest(manifest.to_bytes(), "application/vnd.oci.image.manifest.v1+json", "1")
    assert refused.value.code == "image-push-failed"


@pytest.mark.parametrize("seed", [11, 12])
def test_an_artifact_is_found_by_the_tag_that_stands_in_for_the_api(plain: str, seed: int) -> None:
    manifest, contents = image(4)
    with client_of(f"{plain}/team/e:1") as client:
        subject = descriptor_of("application/vnd.oci.image.manifest.v1+json", manifest.to_bytes())
        push(client, manifest, contents, "1", Silent())
        empty = contents.add(EMPTY, b"{}")
        document = contents.add("application/vnd.tests", str(seed).encode())
        for blob in (empty, document):
            client.push_blob(blob, lambda offset, blob=blob: contents.open(blob, offset), id)
        artifact = Manifest(empty, (document,), {"seed": str(seed)}, "application/vnd.tests", subject)
        entry = client.attach(artifact)
        assert client.attach(artifact) == entry
        assert [each for each in client.referrers(subject.digest) if each.digest == entry.digest] == [entry]
        assert entry in client.referrers(subject.digest, "application/vnd.tests")
        assert client.referrers(subject.digest, "application/other") == ()
        assert client.manifest(entry.digest) == artifact


def test_a_password(private: str, caplog: pytest.LogCaptureFixture) -> None:
    manifest, contents = image(5)
    caplog.set_level(logging.DEBUG)
    login = RegistryAccount(private, USER, PASSWORD)
    with client_of(f"{private}/team/a:1", login) as client:
        push(client, manifest, contents, "1", Silent())
        require_complete(client, "1", manifest, contents)
        shown = f"{login!r}{client!r}{vars(client)}"
    for wrong in (None, RegistryAccount(private, USER, "wrong-canary-99")):
        with client_of(f"{private}/team/a:1", wrong) as client, pytest.raises(ScoredockError) as refused:
            client.resolve()
        assert refused.value.code == "registry-refused"
        assert private in refused.value.message
        shown += f"{refused.value!r}{refused.value.details}{refused.value.__cause__!r}"
    proof = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    assert "canary" not in shown + caplog.text
    assert proof not in shown + caplog.text


def test_the_login_of_docker(private: str, tmp_path: Path) -> None:
    account = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    with client_of(f"{private}/team/b:1") as client, pytest.raises(ScoredockError):
        client.tags()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {private: {"auth": account}}}))
    with client_of(f"{private}/team/b:1") as client:
        assert client.tags() == ()


def test_a_credential_helper(private: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = json.dumps({"ServerURL": private, "Username": USER, "Secret": PASSWORD})
    helper = tmp_path / "docker-credential-tests"
    helper.write_text(f"#!/bin/sh\n[ \"$1\" = get ] && grep -q '{private}' && echo '{answer}'\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    (tmp_path / "config.json").write_text(json.dumps({"credsStore": "tests"}))
    with client_of(f"{private}/team/b:1") as client:
        assert client.tags() == ()


def test_tls_of_a_private_authority(encrypted: tuple[str, Path], tmp_path: Path) -> None:
    address, certificate = encrypted
    login = RegistryAccount(address, USER, PASSWORD)
    manifest, contents = image(6)
    own = certificates_for(tmp_path, address, certificate)
    of_environment = RegistrySettings(environment={"SSL_CERT_FILE": str(certificate)})
    for settings in (own, of_environment):
        with client_of(f"{address}/team/a:1", login, settings=settings) as client:
            push(client, manifest, contents, "1", Silent())
            require_complete(client, "1", manifest, contents)
    with client_of(f"{address}/team/a:1", login) as client, pytest.raises(ScoredockError) as refused:
        client.resolve()
    assert refused.value.code == "registry-untrusted"
    assert f"/etc/docker/certs.d/{address}/ca.crt" in refused.value.fix, "the folder is named by host and port"


def test_an_insecure_registry_of_the_settings(encrypted: tuple[str, Path], tmp_path: Path) -> None:
    address, _ = encrypted
    (tmp_path / "daemon.json").write_text(json.dumps({"insecure-registries": [address]}))
    settings = RegistrySettings(daemon_files=(tmp_path / "daemon.json",))
    with client_of(f"{address}/team/none:1", RegistryAccount(address, USER, PASSWORD), settings=settings) as client:
        assert client.tags() == ()


def test_a_registry_without_tls_elsewhere_is_refused_with_the_setting_for_it(tmp_path: Path) -> None:
    with real_registry(tmp_path / "registry") as address:
        port = address.rpartition(":")[2]
        elsewhere = f"0.0.0.0:{port}"  # which leads to this machine, and is not a name of it
        (tmp_path / "registries.conf").write_text(f'[[registry]]\nlocation = "{elsewhere}"\ninsecure = true\n')
        settings = RegistrySettings(containers_files=(tmp_path / "registries.conf",))
        with client_of(f"{elsewhere}/team/none:1", settings=settings) as client:
            assert client.tags() == ()
        with client_of(f"{elsewhere}/team/none:1") as client, pytest.raises(ScoredockError) as refused:
            client.tags()
        assert refused.value.code == "registry-unreachable"
        assert "without TLS" in refused.value.message
        assert "insecure-registries" in refused.value.fix


def test_the_environment_names_the_file_of_registries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.conf").write_text('[[registry]]\nlocation = "plain.example"\ninsecure = true\n')
    monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", str(tmp_path / "mine.conf"))
    assert RegistrySettings.of_machine().is_insecure("plain.example")
    monkeypatch.delenv("CONTAINERS_REGISTRIES_CONF")
    assert not RegistrySettings.of_machine().is_insecure("plain.example")


def test_a_mirror_answers_first_and_the_registry_for_what_it_lacks(plain: str, tmp_path: Path) -> None:
    manifest, contents = image(7)
    with real_registry(tmp_path / "mirror") as mirror:
        (tmp_path / "registries.conf").write_text(
            f'[[registry]]\nlocation = "{plain}"\n[[registry.mirror]]\nlocation = "127.0.0.1:9"\n'
            f'[[registry.mirror]]\nlocation = "{mirror}/copies"\n'
        )
        settings = RegistrySettings(containers_files=(tmp_path / "registries.conf",))
        with client_of(f"{plain}/team/m:1") as client:
            push(client, manifest, contents, "1", Silent())
        with client_of(f"{plain}/team/m:1", settings=settings, pushes=False) as client:
            require_complete(client, "1", manifest, contents)
        other, other_contents = image(8)
        with client_of(f"{mirror}/copies/team/m:1") as client:
            push(client, other, other_contents, "1", Silent())
        with client_of(f"{plain}/team/m:1", settings=settings, pushes=False) as client:
            require_complete(client, "1", other, other_contents)


class Zeros(Contents):
    """As large as one likes."""

    def open(self, descriptor: Descriptor, offset: int) -> Iterator[bytes]:
        piece = bytes(1 << 20)
        for begin in range(offset, descriptor.size, len(piece)):
            yield piece[: descriptor.size - begin]


def test_the_size_of_a_layer_costs_no_memory(plain: str) -> None:
    large = descriptor_of(LAYER, bytes(96 << 20))
    zeros = Zeros()
    with client_of(f"{plain}/team/large:1") as client:
        client.chunk_bytes = 16 << 20
        tracemalloc.start()
        try:
            client.push_blob(large, lambda offset: zeros.open(large, offset), id)
            size = sum(len(piece) for piece in client.open_blob(large))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert size == large.size
    assert peak < 8 << 20
