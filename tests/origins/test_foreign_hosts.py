"""Each client that sends a credential meets an answer, or data, that names another host: nothing goes there.

Those of registries and of Azure are in tests/oci_registry/test_origins.py and tests/azure_pull/test_foreign_hosts.py.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from docker.errors import APIError
from requests import RequestException
from scoredock.clusters.connection import connect as connect_cluster
from scoredock.clusters.target import ClusterPlace
from scoredock.containers.connection import DockerSettings
from scoredock.containers.connection import connect as connect_docker
from scoredock.contrib.events.domain.receivers.table import SCHEMAS
from scoredock.contrib.events.domain.receivers.webhook import deliver
from scoredock.contrib.events.domain.subscriptions import ReceiverSettings
from scoredock.contrib.runs.domain.mlflow.records import RunRecord
from scoredock.contrib.runs.domain.mlflow.server_store import ServerStore
from scoredock.data_folder import use_home
from scoredock.engines.probe import Address
from scoredock.engines.ray.connection import RayCluster
from scoredock.errors import ScoredockError
from scoredock.origins import host_and_port, is_for, takes_challenge
from scoredock.progress import CancelToken, Silent
from scoredock.services.access.calls import OutgoingCall, send

from certificates import authority, issued
from cluster.credentials import write_config
from recording_server import RecordingServer, say
from recording_server import serve as serve

CANARY = "canary-of-a-credential"
SDK = Path(__file__).parent.parent.parent / "pyserver" / "sdk" / "scoredock_azureml" / "packages"
Serve = Callable[..., RecordingServer]


@pytest.fixture
def thief(serve: Serve) -> RecordingServer:
    """Takes what it gets, and answers as if it were the one that was meant."""
    return serve(lambda handler: say(handler, 200, b"{}"))


def leads_to(thief: RecordingServer, status: int) -> Callable[[BaseHTTPRequestHandler], None]:
    return lambda handler: say(handler, status, Location=thief.url(handler.path, "localhost"))


def require_nothing_left(thief: RecordingServer, own: RecordingServer, *texts: object) -> None:
    """The server that was named got the credential, nobody else did, and no message has it."""
    assert own.saw(CANARY)
    assert thief.heads == []
    assert CANARY not in "".join(map(str, texts))


REDIRECTS = pytest.mark.parametrize("status", [301, 302, 303, 307, 308])


@REDIRECTS
def test_mlflow(serve: Serve, thief: RecordingServer, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", CANARY)
    own = serve(leads_to(thief, status))
    store = ServerStore(own.url().rstrip("/"), CancelToken())
    with pytest.raises(ScoredockError) as refused:
        store.run("0" * 32)
    # Where the artifacts of a run are is what somebody wrote into it.
    place = f"mlflow-artifacts://{thief.host()}/1/a"
    run = RunRecord("0" * 32, "r", "1", "FINISHED", None, None, place)
    with pytest.raises(ScoredockError) as missing, store.open(run, ("model.pkl",)) as stream:
        stream.read(1)
    require_nothing_left(thief, own, refused.value, refused.value.details, missing.value)


def test_mlflow_of_another_address(serve: Serve, thief: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The login is for the server that MLFLOW_TRACKING_URI names."""
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", CANARY)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", serve(leads_to(thief, 302)).url())
    with pytest.raises(ScoredockError):
        ServerStore(thief.url().rstrip("/"), CancelToken()).run("0" * 32)
    assert thief.heads
    assert thief.saw(CANARY) == []


@REDIRECTS
def test_ray(serve: Serve, thief: RecordingServer, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the token nor a job goes on, which has a secret in its variables."""
    monkeypatch.setenv("RAY_AUTH_TOKEN", CANARY)
    own = serve(leads_to(thief, status))
    cluster = RayCluster(own.url())
    calls: list[Callable[[], object]] = [
        cluster.version,
        lambda: cluster.upload("a.zip", b"zip"),
        lambda: cluster.submit({"submission_id": "a", "runtime_env": {"env_vars": {"SECRET": CANARY}}}),
        lambda: cluster.job("a"),
        lambda: cluster.log("a"),
    ]
    for call in calls:
        with pytest.raises(ScoredockError) as refused:
            call()
        assert thief.host("localhost") in refused.value.message
        require_nothing_left(thief, own, refused.value, refused.value.details)
    assert len(own.heads) == len(calls)


def test_ray_that_drips(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is for all of an answer's head; a byte comes each fifth of a second."""

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.flush_headers()
        while True:
            handler.wfile.write(b"x")
            time.sleep(0.2)

    monkeypatch.delenv("RAY_AUTH_TOKEN", raising=False)
    with pytest.raises(ScoredockError) as refused:
        RayCluster(serve(drip).url(), seconds=1).version()
    assert refused.value.code == "ray-unreachable"


@REDIRECTS
@pytest.mark.parametrize("login", ["token", "tokenFile", "password", "certificate"])
def test_a_cluster(serve: Serve, thief: RecordingServer, login: str, status: int, tmp_path: Path) -> None:
    use_home(tmp_path / "home")
    (tmp_path / "token").write_text(CANARY)
    certificate, key = issued(tmp_path, authority(tmp_path))
    user = {
        "token": {"token": CANARY},
        "tokenFile": {"tokenFile": str(tmp_path / "token")},
        "password": {"username": "me", "password": CANARY},
        "certificate": {"client-certificate": str(certificate), "client-key": str(key)},
    }[login]
    own = serve(leads_to(thief, status), (certificate, key))
    file = tmp_path / "kubeconfig"
    write_config(file, "c", {"server": own.url().rstrip("/"), "insecure-skip-tls-verify": True}, user)
    cluster = connect_cluster(ClusterPlace("c", "team", str(file)))
    with pytest.raises(ScoredockError) as refused:
        cluster.list("Pod")
    assert own.heads
    assert thief.heads == []
    assert CANARY not in f"{refused.value}{refused.value.details}"
    if login.startswith("token"):
        assert own.saw(CANARY)


@REDIRECTS
def test_a_webhook(serve: Serve, thief: RecordingServer, status: int) -> None:
    own = serve(leads_to(thief, status))
    url = own.url("/hook").replace("http://", f"http://me:{CANARY}@")
    outcome = deliver(url, b"{}", {"X-Signature": CANARY}, 5.0)
    assert outcome.kind != "delivered"
    with pytest.raises(ScoredockError) as refused:
        SCHEMAS["cloudevents"].agree(
            ReceiverSettings(name="ci", created=0.0, url=url), "t", 1.0, Silent(), CancelToken()
        )
    require_nothing_left(thief, own, outcome, refused.value, refused.value.details)


@REDIRECTS
def test_docker(serve: Serve, thief: RecordingServer, status: int) -> None:
    """The password of a registry goes to the daemon that was named, and not to where that sends one on."""
    version = {"ApiVersion": "1.41", "Version": "20.10", "Os": "linux", "Arch": "amd64"}

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path.endswith("/version"):
            say(handler, 200, json.dumps(version).encode(), Content_Type="application/json")
        else:
            leads_to(thief, status)(handler)

    own = serve(answer)
    docker = connect_docker(DockerSettings(host=f"tcp://{own.host()}"))
    for api in (docker.api, docker.patient):
        with pytest.raises((RequestException, APIError)) as refused:
            api.pull("registry.test/a", "1", auth_config={"username": "me", "password": CANARY})
        assert thief.host("localhost") in str(refused.value)
    assert any("X-Registry-Auth" in each for each in own.heads)
    assert thief.heads == []
    with pytest.raises(ScoredockError):
        connect_docker(DockerSettings(host=f"tcp://{serve(leads_to(thief, status)).host()}"))
    assert thief.heads == []


@REDIRECTS
def test_a_request_of_a_file(serve: Serve, thief: RecordingServer, status: int) -> None:
    """With the key of a service that sends its callers elsewhere, by another host, port or scheme."""
    own = serve(leads_to(thief, status))
    port = int(own.host().partition(":")[2])
    call = OutgoingCall("/score", headers={"Authorization": f"Bearer {CANARY}"}, timeout=5, follows=True)
    answer = send("svc", Address(port, "", is_chosen=True), call)
    assert (answer.status, "another server" in answer.advice) == (status, True)
    require_nothing_left(thief, own, answer.advice)


@REDIRECTS
def test_an_endpoint_of_the_sdk(serve: Serve, thief: RecordingServer, status: int) -> None:
    own = serve(leads_to(thief, status))
    program = f"""
import sys, types
sys.path.insert(0, {str(SDK)!r})
from azureml.core.webservice.versions import run

class Endpoint(types.SimpleNamespace):
    def get_keys(self):
        return [{CANARY!r}]

    def _bad_answer(self, fields):
        return RuntimeError("status %s" % fields["status"])

run(Endpoint(scoring_uri={own.url("/score")!r}, auth_enabled=True, state="Healthy"), "{{}}")
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert f"RuntimeError: status {status}" in ended.stderr
    require_nothing_left(thief, own, ended.stdout, ended.stderr)


@pytest.mark.parametrize(
    ("named", "address", "is_own"),
    [
        ("https://a.test", "https://a.test:443/x?y", True),
        ("https://A.test/", "https://a.test./", True),
        ("http://[::1]:80", "http://[::1]/x", True),
        ("https://a.test", "http://a.test", False),
        ("https://a.test", "https://a.test:444", False),
        ("https://a.test", "https://a.test.evil.test", False),
        ("https://a.test", "https://a.test@evil.test/", False),
        ("https://a.test", "https://evil.test#@a.test/", False),
        ("https://a.test", "https://evil.test\\@a.test/", False),
        ("https://a.test", "https://evil.test\t@a.test/", False),
        ("https://a.test", "//a.test/", False),
        ("https://a.test", "https://a.test:nine/", False),
        ("", "", False),
        ("nowhere", "nowhere", False),
        ("file:///a", "file:///a", False),
    ],
)
def test_origins(named: str, address: str, is_own: bool) -> None:
    assert is_for(named, address) is is_own


def test_realms_of_challenges_and_names_for_people() -> None:
    assert takes_challenge("https://r.test", "https://auth.test/token")
    assert takes_challenge("http://127.0.0.1:5000", "http://127.0.0.1:5001/token")
    assert not takes_challenge("http://127.0.0.1:5000", "http://localhost:5001/token")
    assert not takes_challenge("https://r.test", "http://r.test/token")
    assert not takes_challenge("https://r.test", "ftp://r.test/token")
    assert not takes_challenge("https://r.test", "")
    told: dict[str, Any] = {
        each: host_and_port(each) for each in ("https://me:secret@a.test/p?q", "http://[::1]:5/", "http://a.test:443")
    }
    assert list(told.values()) == ["a.test", "[::1]:5", "a.test:443"]
