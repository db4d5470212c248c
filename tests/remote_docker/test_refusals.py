"""What is refused when a Docker of another machine is attached, and what is said of one that is attached and cannot be
used: a code, one sentence, the next step; nothing is attached that a person has to look at first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from certificates import authority, issued
from ports import free_port
from remote_docker.conftest import DEPLOY, Remote

pytestmark = pytest.mark.docker


def refused(remote: Remote, *options: str) -> tuple[str, str]:
    """Code and sentence; nothing is attached."""
    error = remote.terminal.refused("compute", "attach", "gpu", *options)
    assert remote.terminal.json("compute", "list", "--no-ask")["targets"] == []
    assert error["fix"]
    return error["code"], error["message"]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--docker", "ssh://"), "docker-address-invalid", "is not the address of a Docker"),
        (("--docker", "gpu.example.com"), "docker-address-invalid", "is not the address of a Docker"),
        (("--docker", "http://gpu:2375"), "docker-address-invalid", "is not the address of a Docker"),
        (("--docker", "unix:///var/run/docker.sock"), "docker-address-invalid", "is not the address of a Docker"),
        (("--docker", "ssh://me:secret@gpu"), "docker-address-invalid", "has a password, which is kept nowhere"),
        (("--docker", "ssh://-oProxyCommand=id"), "docker-address-invalid", "is not the address of a Docker"),
        (("--docker", "ssh://me@gpu", "--tls-ca", "ca.pem"), "docker-address-invalid", "go with tcp://"),
        (("--docker", "tcp://gpu:2375"), "docker-address-invalid", "tcp://gpu:2375 needs TLS"),
        (("--docker", "tcp://gpu"), "docker-address-invalid", "more or less than tcp://host:port"),
        (("--docker", "tcp://gpu:99999"), "docker-address-invalid", "is not the address of a Docker"),
        (("--docker", "ssh://me@gpu", "--context", "prod"), "compute-invalid", "--context does not go with --docker"),
        (("--docker", "ssh://me@gpu", "--ray", "http://a"), "compute-invalid", "--ray does not go with --docker"),
        (("--ray", "http://a:8265", "--tls-ca", "x"), "compute-invalid", "--tls-ca does not go with --ray"),
        (("--docker-context", "nowhere"), "docker-context-missing", "Docker has no context nowhere"),
    ],
)
def test_what_is_no_docker_is_refused(remote_unused: Remote, options: tuple[str, ...], code: str, words: str) -> None:
    told = refused(remote_unused, *options)
    assert told[0] == code
    assert words in told[1]


@pytest.fixture
def remote_unused(remote: Remote) -> Remote:
    remote.terminal.env["DOCKER_CONFIG"] = str(remote.terminal.home / "no-docker")
    return remote


def test_certificates_are_looked_at_first(remote: Remote, tmp_path: Path) -> None:
    place = remote.host.place
    other = authority(tmp_path)
    certificate, key = issued(tmp_path, other, "DNS:somebody")
    files = {"--tls-ca": place.tls_ca, "--tls-cert": place.tls_cert, "--tls-key": place.tls_key}

    def told(**changes: str) -> str:
        words = [part for pair in {**files, **{f"--tls-{k}": v for k, v in changes.items()}}.items() for part in pair]
        code, message = refused(remote, "--docker", place.address, *words)
        assert code == "docker-certificate-invalid"
        return message

    assert "no such file" in told(ca=str(tmp_path / "nowhere.pem"))
    assert "cannot be used" in told(key=str(key))
    assert "does not take the certificate, or shows one that is not trusted" in told(ca=str(other[0]))
    assert "does not take the certificate" in told(cert=str(certificate), key=str(key))


@pytest.fixture
def trusted(remote: Remote) -> Iterator[Remote]:
    """What a test does to keys ends with it."""
    known = remote.host.known_hosts.read_text()
    authorized = remote.host.folder / "authorized"
    keys = authorized.read_text()
    yield remote
    remote.host.known_hosts.write_text(known)
    authorized.write_text(keys)


def test_a_host_key_is_never_accepted_by_itself(trusted: Remote) -> None:
    host = trusted.host
    host.known_hosts.write_text("")
    code, message = refused(trusted, *trusted.ssh)
    assert (code, message) == ("ssh-host-key-unknown", f"The host key of {host.address} is new to ssh.")
    assert host.known_hosts.read_text() == ""
    kind, key = (host.folder / "key.pub").read_text().split()[:2]  # of somebody else
    host.known_hosts.write_text(f"{host.address} {kind} {key}\n")
    code, message = refused(trusted, *trusted.ssh)
    assert code == "ssh-host-key-changed"
    assert message == f"The host key of {host.address} is not the one that ssh has kept."


def test_a_host_that_asks_for_a_password_is_refused(trusted: Remote) -> None:
    (trusted.host.folder / "authorized").write_text("")
    code, message = refused(trusted, *trusted.ssh)
    assert code == "ssh-login-failed"
    assert "or asks for a password" in message


def test_what_is_attached_may_change_its_key_and_nothing_is_deployed_then(trusted: Remote) -> None:
    host = trusted.host
    trusted.attach(*trusted.ssh)
    host.known_hosts.write_text("")
    shown = trusted.terminal.json("compute", "show", "gpu")["compute"]
    assert (shown["state"], shown["reason"]) == (
        "silent",
        f"The host key of {host.address} is new to ssh.",
    )
    error = trusted.terminal.refused("service", "deploy", "prices", *DEPLOY, "--compute", "gpu")
    assert error["code"] == "ssh-host-key-unknown"
    assert trusted.terminal.json("service", "list")["services"] == []
    assert trusted.left() == []


def test_a_machine_without_docker_says_so(remote: Remote) -> None:
    url = f"ssh://root@{remote.host.address}/tmp/no-docker-here.sock"
    assert remote.terminal.run("compute", "attach", "gpu", "--docker", url).returncode == 0
    shown = remote.terminal.json("compute", "show", "gpu")["compute"]
    assert shown["state"] == "silent"
    assert shown["reason"].startswith(f"Docker does not answer at {url}: ")
    failed = remote.terminal.run("compute", "check", "gpu")
    assert failed.returncode == 1
    assert "✗ Docker: Docker does not answer at" in failed.stdout


def test_a_machine_that_is_not_there_is_attached_and_named(remote: Remote) -> None:
    place = remote.host.place
    files = ("--tls-ca", place.tls_ca, "--tls-cert", place.tls_cert, "--tls-key", place.tls_key)
    done = remote.terminal.run("compute", "attach", "gpu", "--docker", f"tcp://127.0.0.1:{free_port()}", *files)
    assert done.returncode == 0
    assert "attached, though the Docker cannot be used now" in done.stderr
    error = remote.terminal.refused("service", "deploy", "prices", *DEPLOY, "--compute", "gpu")
    assert error["code"] == "docker-unavailable"
    assert "connection refused" in error["message"]
    assert remote.terminal.json("service", "list")["services"] == []


def test_batch_jobs_and_cluster_verbs_are_refused(remote: Remote) -> None:
    remote.attach(*remote.ssh)
    terminal = remote.terminal
    (terminal.folder / "in").mkdir()
    words = ("--entry-script", "score.py", "--input", "in", "--output-path", "out", "--compute", "gpu")
    assert terminal.refused("batch", "run", "--name", "job", *words)["code"] == "compute-not-for-batch"
    assert terminal.refused("compute", "role", "gpu")["code"] == "compute-no-cluster"
    deploy = ("service", "deploy", "prices", *DEPLOY, "--compute", "gpu")
    assert terminal.refused(*deploy, "--engine", "docker")["code"] == "deploy-input-invalid"
    assert terminal.refused(*deploy, "--engine", "kubernetes")["code"] == "deploy-input-invalid"
