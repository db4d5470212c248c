"""Programs that log in: run as kubectl runs them, once for all who wait, and again before their answer expires."""

from __future__ import annotations

import base64
import datetime
import email.utils
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scoredock.clusters import exec_plugin
from scoredock.clusters.connection import connect
from scoredock.clusters.target import ClusterPlace
from scoredock.errors import ClusterConfigInvalid, ClusterLoginFailed, ClusterUnreachable

from certificates import openssl, pair
from cluster.credentials import write_config
from cluster.running import Cluster as RealCluster

from .conftest import MakePlace, confirmed_place
from .scripted import Answer, ApiRequest, ScriptedApi

V1 = "client.authentication.k8s.io/v1"
SECRET = "eyJhbGciOiJSUzI1NiIsImtpZCI6InRlc3RzIn0.c2VjcmV0.c2lnbmF0dXJl"


class Login:
    """A script in the place of kubelogin, and how often it ran."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "login"
        self.runs = folder / "runs"
        self.info = folder / "info"

    def writes(self, status: dict[str, Any], version: str = V1, before: str = "", code: int = 0) -> dict[str, Any]:
        """The user of a kubeconfig; each run gives the token of `status` with its number."""
        answer = json.dumps({"kind": "ExecCredential", "apiVersion": version, "status": status})
        self.file.write_text(
            f'#!/bin/sh\necho >> {self.runs}\nprintf %s "$KUBERNETES_EXEC_INFO" > {self.info}\n{before}\n'
            f"n=$(wc -l < {self.runs})\ncat <<END\n{answer.replace('NUMBER', '$n')}\nEND\nexit {code}\n"
        )
        self.file.chmod(0o755)
        return {"exec": {"apiVersion": version, "command": str(self.file)}}

    @property
    def count(self) -> int:
        return len(self.runs.read_text().splitlines()) if self.runs.exists() else 0


@pytest.fixture
def login(tmp_path: Path) -> Login:
    return Login(tmp_path)


def accepts(*tokens: str, scheme: str = "Bearer") -> Any:
    """An API that answers who shows one of these."""

    def answer(asked: ApiRequest) -> Answer:
        if asked.headers.get("authorization") in [f"{scheme} {each}" for each in tokens]:
            return Answer(200, {"gitVersion": "v1.30.0"})
        return Answer(401, {"kind": "Status", "message": "Unauthorized"})

    return answer


def in_seconds(seconds: float) -> str:
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.123456789Z")


@pytest.mark.parametrize("version", [V1, f"{V1}beta1", f"{V1}alpha1"])
def test_a_plugin_runs_once_and_is_given_what_kubectl_gives(
    api: ScriptedApi, to_api: MakePlace, login: Login, version: str
) -> None:
    user = login.writes({"token": "token-NUMBER"}, version)
    user["exec"] |= {"provideClusterInfo": True, "env": [{"name": "KUBE_EXTRA", "value": "1"}], "args": ["get-token"]}
    api.answer = accepts("token-1")
    cluster = connect(to_api(user))
    assert [cluster.version() for _ in range(3)] == ["v1.30.0"] * 3
    assert login.count == 1
    info = json.loads(login.info.read_text())
    assert info["apiVersion"] == version
    assert info["spec"] == {"interactive": False, "cluster": {"server": api.address}}


def test_many_threads_wait_for_one_run(api: ScriptedApi, to_api: MakePlace, login: Login) -> None:
    api.answer = accepts("token-1")
    cluster = connect(to_api(login.writes({"token": "token-NUMBER"}, before="sleep 0.5")))
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(cluster.version())) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert answers == ["v1.30.0"] * 8
    assert login.count == 1


def test_it_runs_again_before_its_answer_expires(
    api: ScriptedApi, to_api: MakePlace, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.answer = accepts("token-1", "token-2")
    cluster = connect(to_api(login.writes({"token": "token-NUMBER", "expirationTimestamp": in_seconds(600)})))
    cluster.version()
    cluster.version()
    assert login.count == 1
    real = time.time
    monkeypatch.setattr(exec_plugin.time, "time", lambda: real() + 545)
    cluster.version()
    assert login.count == 2
    assert api.asked[-1].headers["authorization"] == "Bearer token-2"


def test_an_answer_that_is_over_by_the_clock_of_this_machine_is_good_until_the_cluster_refuses_it(
    api: ScriptedApi, to_api: MakePlace, login: Login
) -> None:
    api.answer = accepts("token-1")
    cluster = connect(to_api(login.writes({"token": "token-NUMBER", "expirationTimestamp": in_seconds(-7200)})))
    assert [cluster.version() for _ in range(3)] == ["v1.30.0"] * 3
    assert login.count == 1
    api.answer = accepts("token-2")
    assert cluster.version() == "v1.30.0"
    assert login.count == 2


def test_a_token_that_is_no_longer_accepted_is_asked_for_anew_once(
    api: ScriptedApi, to_api: MakePlace, login: Login
) -> None:
    api.answer = accepts("token-1")
    cluster = connect(to_api(login.writes({"token": "token-NUMBER"})))
    cluster.version()
    api.answer = accepts("token-2")
    assert cluster.version() == "v1.30.0"
    assert login.count == 2
    api.answer = accepts("none")
    with pytest.raises(ClusterLoginFailed, match="does not accept the login") as refused:
        cluster.version()
    assert login.count == 3
    assert "token-" not in repr(refused.value)


def test_a_token_that_was_written_into_the_file_meanwhile_is_used(api: ScriptedApi, to_api: MakePlace) -> None:
    api.answer = accepts("first")
    cluster = connect(to_api({"token": "first"}))
    assert cluster.version()
    api.answer = accepts("second")
    to_api({"token": "second"})
    assert cluster.version(), "who holds it goes on"
    assert connect(cluster.place).version()


def test_what_a_failing_program_says_is_in_the_message_without_secrets(
    api: ScriptedApi, to_api: MakePlace, login: Login
) -> None:
    noise = f"echo 'AADSTS700082: run az login' >&2\necho 'password=hunter2 {SECRET}' >&2"
    cluster = connect(to_api(login.writes({"token": SECRET}, before=noise, code=3)))
    with pytest.raises(ClusterLoginFailed) as refused:
        cluster.version()
    message = refused.value.message
    assert "ended with code 3" in message
    assert "AADSTS700082: run az login" in message
    assert str(login.file) in message
    assert "hunter2" not in repr(refused.value)
    assert SECRET not in repr(refused.value)
    assert api.asked == []


def test_after_a_failure_it_is_not_run_for_each_who_asks(to_api: MakePlace, login: Login) -> None:
    cluster = connect(to_api(login.writes({}, code=1)))
    for _ in range(5):
        with pytest.raises(ClusterLoginFailed):
            cluster.version()
    assert login.count == 1


@pytest.mark.parametrize(
    ("status", "version", "words"),
    [
        ({}, V1, "neither a token nor a certificate"),
        ({"clientCertificateData": "a"}, V1, "neither a token nor a certificate"),
        ({"token": "a"}, "client.authentication.k8s.io/v7", "is not one of"),
    ],
)
def test_answers_that_are_none(
    api: ScriptedApi, to_api: MakePlace, login: Login, status: dict[str, Any], version: str, words: str
) -> None:
    cluster = connect(to_api(login.writes(status, version)))
    api.answer = accepts("none")
    with pytest.raises(ClusterLoginFailed, match=words):
        cluster.version()


def test_a_certificate_of_a_plugin_that_is_damaged(to_api: MakePlace, login: Login) -> None:
    user = login.writes({"clientCertificateData": "a", "clientKeyData": "b"})
    with pytest.raises(ClusterLoginFailed, match="gave a certificate that is damaged"):
        connect(to_api(user, server="https://127.0.0.1:1")).version()


def web_token(end: float) -> str:
    """As an account of a cluster has one; nobody looks at its signature here."""
    parts = ({"alg": "RS256"}, {"sub": "system:serviceaccount:team:own", "exp": end})
    head, claims = (base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in parts)
    return f"{head}.{claims}.c2lnbmF0dXJl"


def of_certificate(folder: Path, days: int) -> dict[str, str]:
    """The user of a certificate that ends in so many days."""
    certificate, key = pair(folder)
    openssl(folder, "x509", "-in", str(certificate), "-signkey", str(key), "-days", str(days), "-out", "own.pem")
    return {"client-certificate": str(certificate), "client-key": str(key)}


@pytest.mark.parametrize("kind", ["token", "tokenFile", "exec", "client-certificate"])
@pytest.mark.parametrize("is_over", [True, False])
def test_a_login_that_is_over_is_told_with_its_end(
    api: ScriptedApi, to_api: MakePlace, login: Login, tmp_path: Path, kind: str, is_over: bool
) -> None:
    """By the clock of the cluster, which is two days ahead."""
    api.date = email.utils.formatdate(time.time() + 2 * 86_400, usegmt=True)
    api.answer = lambda _: Answer(401, {"kind": "Status"})
    end = time.time() + (1 if is_over else 3) * 86_400
    token = web_token(int(end))
    (tmp_path / "token").write_text(token)
    users: dict[str, Callable[[], dict[str, Any]]] = {
        "token": lambda: {"token": token},
        "tokenFile": lambda: {"tokenFile": str(tmp_path / "token")},
        "exec": lambda: login.writes({"token": token}),
        "client-certificate": lambda: of_certificate(tmp_path, 1 if is_over else 3),
    }
    with pytest.raises(ClusterLoginFailed) as refused:
        connect(to_api(users[kind]())).version()
    what, day = kind.rpartition("-")[2] if "cert" in kind else "token", time.strftime("%Y-%m-%d", time.gmtime(end))
    assert (f", whose {what} ended on {day}" in refused.value.message) is is_over, refused.value.message
    assert refused.value.message.endswith("UTC." if is_over else "login.")
    assert token not in repr(refused.value)


def test_a_file_of_a_token_is_read_for_each_request(api: ScriptedApi, to_api: MakePlace, tmp_path: Path) -> None:
    """As those of pods are replaced while they run."""
    file = tmp_path / "token"
    user = {"tokenFile": str(file), "username": "nobody", "password": "is asked"}
    cluster = connect(to_api(user))
    with pytest.raises(ClusterLoginFailed, match=f"cannot be read from {file}: No such file"):
        cluster.version()
    for token in ("token-1", "token-2"):
        file.write_text(f"{token}\n")
        api.answer = accepts(token)
        assert cluster.version()
    api.answer = accepts(base64.b64encode(b"nobody:is asked").decode(), scheme="Basic")
    assert connect(to_api({key: user[key] for key in ("username", "password")})).version()


def test_what_stands_in_the_kubeconfig_goes_before_a_file(tmp_path: Path) -> None:
    """As for kubectl."""
    certificate, key = pair(tmp_path)
    data = {
        f"client-{name}-data": base64.b64encode(each.read_bytes()).decode()
        for name, each in (("certificate", certificate), ("key", key))
    }
    user = {**data, "client-certificate": "none.pem", "client-key": "none.pem"}
    authority = {"certificate-authority": "none.pem", "certificate-authority-data": data["client-certificate-data"]}
    file = write_config(tmp_path / "c", "c", {"server": "https://127.0.0.1:1", **authority}, user)
    with pytest.raises(ClusterUnreachable):
        connect(ClusterPlace("c", "x", str(file))).version()


def test_a_program_that_is_not_there_is_named_with_its_hint(to_api: MakePlace) -> None:
    user = {"exec": {"apiVersion": V1, "command": "scoredock-no-such-login", "installHint": "Install it from here."}}
    with pytest.raises(ClusterLoginFailed) as refused:
        connect(to_api(user)).version()
    assert "scoredock-no-such-login" in refused.value.message
    assert "not on the PATH" in refused.value.message
    assert "Install it from here." in refused.value.message


def test_a_program_that_does_not_end_is_ended(to_api: MakePlace, login: Login) -> None:
    before = exec_plugin.plugin_seconds.set(0.5)
    try:
        with pytest.raises(ClusterLoginFailed, match="did not end within"):
            connect(to_api(login.writes({}, before="sleep 60"))).version()
    finally:
        exec_plugin.plugin_seconds.reset(before)


def test_who_only_looks_waits_less_for_a_program(
    api: ScriptedApi, to_api: MakePlace, login: Login, tmp_path: Path
) -> None:
    """And who changes something has all of its time, whatever a look met a moment before."""
    api.answer = accepts("token-2")
    ready = tmp_path / "ready"
    user = login.writes({"token": "token-NUMBER"}, before=f"while [ ! -e {ready} ]; do sleep 0.05; done")
    cluster = connect(to_api(user))
    with cluster.access.look(0.1), pytest.raises(ClusterLoginFailed, match="did not end within"):
        cluster.version()
    with cluster.access.look(0.1), pytest.raises(ClusterLoginFailed):
        cluster.version()
    assert login.count == 1, "one run for both looks"
    ready.touch()
    assert cluster.version()


def test_a_program_that_needs_a_terminal_is_not_run(to_api: MakePlace, login: Login) -> None:
    user = login.writes({"token": "a"})
    user["exec"]["interactiveMode"] = "Always"
    with pytest.raises(ClusterLoginFailed, match="needs a terminal"):
        connect(to_api(user)).version()
    assert login.count == 0


def test_a_way_to_log_in_that_kubernetes_removed_is_named(to_api: MakePlace) -> None:
    with pytest.raises(ClusterLoginFailed, match="auth-provider"):
        connect(to_api({"auth-provider": {"name": "azure"}}))


def test_a_key_with_a_passphrase_is_refused_and_no_terminal_is_asked(tmp_path: Path) -> None:
    (tmp_path / "own.crt").write_text("-----BEGIN CERTIFICATE-----\n")
    (tmp_path / "own.key").write_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    user = {"client-certificate": "own.crt", "client-key": "own.key"}
    file = write_config(tmp_path / "c", "c", {"server": "https://127.0.0.1:1"}, user)
    with pytest.raises(ClusterConfigInvalid, match="a certificate or a key is damaged"):
        connect(ClusterPlace("c", "x", str(file)))


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"certificate-authority": "none.pem"}, "No such file"),
        ({"certificate-authority-data": "AAAA"}, "a certificate or a key is damaged"),
        ({"certificate-authority-data": "§"}, "a certificate or a key is damaged"),
        ({"insecure-skip-tls-verify": "perhaps"}, "has a value of another kind"),
    ],
)
def test_trust_that_cannot_be_read(tmp_path: Path, part: dict[str, Any], words: str) -> None:
    file = write_config(tmp_path / "c", "c", {"server": "https://127.0.0.1:1", **part}, {"token": "x"})
    with pytest.raises(ClusterConfigInvalid, match=words):
        connect(ClusterPlace("c", "x", str(file)))


def test_a_certificate_of_a_plugin_opens_a_real_cluster(cluster: RealCluster, login: Login, tmp_path: Path) -> None:
    papers = cluster.place.folder / "credentials"
    pem = {
        "clientCertificateData": (papers / "admin.crt").read_text(),
        "clientKeyData": (papers / "admin.key").read_text(),
    }
    trust = {"server": cluster.place.server, "certificate-authority": str(papers / "authority.pem")}
    file = write_config(tmp_path / "config", "by-plugin", trust, login.writes(pem))
    connected = connect(confirmed_place(ClusterPlace("by-plugin", "default", str(file))))
    assert connected.list("Node")
    assert login.count == 1
    # As if it was not accepted: it is asked for again, and the connections are others.
    assert connected.access.renew()
    assert connected.list("Node")
    assert login.count == 2


@pytest.mark.parametrize("token", ["wrong", ""])
def test_a_login_that_a_real_cluster_does_not_accept(cluster: RealCluster, tmp_path: Path, token: str) -> None:
    authority = str(cluster.place.folder / "credentials" / "authority.pem")
    trust = {"server": cluster.place.server, "certificate-authority": authority}
    file = write_config(tmp_path / "config", "stranger", trust, {"token": token} if token else {})
    connected = connect(ClusterPlace("stranger", "default", str(file)))
    with pytest.raises(Exception, match=r"does not accept|may not list") as refused:
        connected.list("Pod")
    assert refused.value.code == ("cluster-login-failed" if token else "cluster-not-allowed")
