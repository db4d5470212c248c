"""What goes wrong between us and a cluster has a code of its own, and its message has no secrets."""

from __future__ import annotations

import email.utils
import json
import logging
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from scoredock.clusters.connection import Cluster, connect
from scoredock.clusters.failures import without_secrets
from scoredock.clusters.target import LOOK_SECONDS, ClusterPlace, patient_looks
from scoredock.errors import ClusterConfigInvalid, ClusterUnreachable, ScoredockError

from certificates import authority, openssl
from cluster.credentials import write_config
from cluster.running import Cluster as RealCluster
from pace import within

from .conftest import MakePlace
from .scripted import Answer, ScriptedApi

TOKEN = "a-token-of-the-tests-which-nobody-may-read"


def served_at(folder: Path, address: str, trust: Path, user: dict[str, Any] | None = None) -> Cluster:
    file = write_config(
        folder / "c", "c", {"server": address, "certificate-authority": str(trust)}, user or {"token": TOKEN}
    )
    return connect(ClusterPlace("c", "team", str(file)))


def papers(folder: Path, days: int) -> tuple[Path, ssl.SSLContext]:
    """An authority, and what a server of it needs whose certificate is good for so many days."""
    trust, key = authority(folder)
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=api")
    openssl(folder, "req", *curve, "-keyout", "api.key", "-out", "api.csr")
    (folder / "api.cnf").write_text("basicConstraints=CA:FALSE\nsubjectAltName=IP:127.0.0.1\n")
    signed = ("-CA", str(trust), "-CAkey", str(key), "-CAcreateserial", "-days", str(days), "-extfile", "api.cnf")
    openssl(folder, "x509", "-req", "-in", "api.csr", *signed, "-out", "api.crt")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "api.crt", folder / "api.key")
    return trust, context


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    file = write_config(tmp_path / "c", "c", {"server": f"http://127.0.0.1:{port}"}, {"token": TOKEN})
    with pytest.raises(ClusterUnreachable) as refused:
        connect(ClusterPlace("c", "team", str(file))).list("Pod")
    assert f"http://127.0.0.1:{port}" in refused.value.message
    assert "Connection refused" in refused.value.message
    assert TOKEN not in repr(refused.value)


def test_a_name_that_leads_nowhere(tmp_path: Path) -> None:
    file = write_config(tmp_path / "c", "c", {"server": "https://no-such-host.invalid"}, {"token": TOKEN})
    with pytest.raises(ClusterUnreachable):
        connect(ClusterPlace("c", "team", str(file))).list("Pod")


def test_a_name_server_that_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: over.wait(60))
    file = write_config(tmp_path / "c", "c", {"server": "https://cluster.invalid"}, {"token": TOKEN})
    try:
        with pytest.raises(ClusterUnreachable, match="no answer in time"):
            connect(ClusterPlace("c", "team", str(file))).list("Pod")
    finally:
        over.set()


@pytest.mark.parametrize(
    "part", [{"server": "https://127.0.0.1:port"}, {"server": "https://"}, {"proxy-url": "http://"}]
)
def test_addresses_that_are_none(tmp_path: Path, part: dict[str, str]) -> None:
    file = write_config(tmp_path / "c", "c", {"server": "https://127.0.0.1:1", **part}, {"token": TOKEN})
    with pytest.raises(ClusterConfigInvalid, match="is not an address"):
        connect(ClusterPlace("c", "team", str(file)))


def test_an_answer_that_trickles_has_an_end(tmp_path: Path) -> None:
    """The limits of sockets count from byte to byte."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        file = write_config(
            tmp_path / "c", "c", {"server": f"http://127.0.0.1:{server.getsockname()[1]}"}, {"token": TOKEN}
        )
        program = (
            "import socket, sys, time\n"
            "connection = socket.socket(fileno=int(sys.argv[1])).accept()[0]\n"
            "connection.recv(9999)\n"
            "connection.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 9999\\r\\n\\r\\n')\n"
            "while True:\n    connection.sendall(b' ')\n    time.sleep(0.3)\n"
        )
        words = [sys.executable, "-c", program, str(server.fileno())]
        with subprocess.Popen(words, pass_fds=[server.fileno()], stderr=subprocess.DEVNULL) as trickling:
            start = time.monotonic()
            with pytest.raises(ClusterUnreachable, match="no answer in time"):
                connect(ClusterPlace("c", "team", str(file))).list("Pod")
            assert within(time.monotonic() - start, 12)
            trickling.kill()


def test_a_certificate_of_another_authority(cluster: RealCluster, tmp_path: Path) -> None:
    trust, _ = authority(tmp_path)
    with pytest.raises(ClusterUnreachable, match=r"its certificate is not trusted \(.*self.signed|unable to get"):
        served_at(tmp_path, cluster.place.server, trust).list("Pod")


@pytest.mark.parametrize(("apart", "words"), [(-90_000, "ahead"), (90_000, "behind")])
def test_a_clock_that_is_wrong_is_called_so(tmp_path: Path, apart: int, words: str) -> None:
    trust, context = papers(tmp_path, -1)
    with ScriptedApi(context) as api:
        api.date = email.utils.formatdate(time.time() + apart, usegmt=True)
        with pytest.raises(ScoredockError, match=rf"The clock of this machine is \d+ s {words}") as refused:
            served_at(tmp_path, api.address, trust).list("Pod")
        assert refused.value.code == "cluster-clock-wrong"
        assert all("authorization" not in asked.headers for asked in api.asked), "nobody untrusted gets the token"


def test_a_server_that_takes_its_time_for_the_beginning_of_tls_is_not_silent(tmp_path: Path) -> None:
    """One that is busy has accepted the connection long before; only a look is shorter than that."""
    trust, context = papers(tmp_path, 3)
    context.sni_callback = lambda *_: time.sleep(LOOK_SECONDS + 0.5)  # type: ignore[assignment]
    with ScriptedApi(context) as api:
        api.answer = lambda _: Answer(200, {"gitVersion": "v1.30.0"})
        cluster = served_at(tmp_path, api.address, trust)
        with cluster.look(), pytest.raises(ClusterUnreachable, match="no answer in time"):
            cluster.version()
        with patient_looks(), cluster.look():
            assert cluster.version() == "v1.30.0"


def test_a_certificate_that_is_over_where_the_clocks_agree(tmp_path: Path) -> None:
    trust, context = papers(tmp_path, -1)
    with ScriptedApi(context) as api:
        with pytest.raises(ClusterUnreachable, match="its certificate is not trusted"):
            served_at(tmp_path, api.address, trust).list("Pod")
        assert all("authorization" not in asked.headers for asked in api.asked)


def test_a_server_of_another_name_is_met_by_the_name_of_the_kubeconfig(tmp_path: Path) -> None:
    trust, context = papers(tmp_path, 3)
    with ScriptedApi(context) as api:
        api.answer = lambda _: Answer(200, {"gitVersion": "v1.30.0"})
        port = api.address.rpartition(":")[2]
        of_cluster = {"server": f"https://localhost:{port}", "certificate-authority": str(trust)}
        file = write_config(tmp_path / "c", "c", of_cluster, {"token": TOKEN})
        with pytest.raises(ClusterUnreachable, match="not trusted"):
            connect(ClusterPlace("c", "team", str(file))).version()
        named = write_config(tmp_path / "d", "c", {**of_cluster, "tls-server-name": "127.0.0.1"}, {"token": TOKEN})
        assert connect(ClusterPlace("c", "team", str(named))).version() == "v1.30.0"


def test_a_proxy_of_the_kubeconfig_is_used(api: ScriptedApi, tmp_path: Path) -> None:
    api.answer = lambda _: Answer(200, {"gitVersion": "v1.30.0"})
    of_cluster = {"server": "http://cluster.invalid", "proxy-url": api.address}
    file = write_config(tmp_path / "c", "c", of_cluster, {"token": TOKEN})
    assert connect(ClusterPlace("c", "team", str(file))).version() == "v1.30.0"


def test_a_network_in_no_proxy_is_reached_without_one(
    api: ScriptedApi, to_api: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.answer = lambda _: Answer(200, {"gitVersion": "v1.30.0"})
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "10.0.0.0/8,127.0.0.0/8")
    assert connect(to_api()).version() == "v1.30.0"


@pytest.mark.parametrize(
    ("status", "body", "code", "words"),
    [
        (500, {"message": "etcdserver: request timed out"}, "cluster-unreachable", "etcdserver: request timed out"),
        (500, {"message": "failed to create typed patch object"}, "cluster-refused", "failed to create typed patch"),
        (503, b"<html>no healthy upstream</html>", "cluster-unreachable", "no healthy upstream"),
        (429, {"message": "too many requests"}, "cluster-unreachable", "too many requests"),
        (
            403,
            {
                "message": 'pods is forbidden: User "a" cannot list resource "pods" in API group "" at the cluster '
                "scope: User does not have access to the resource in Azure"
            },
            "cluster-not-allowed",
            "may not list pods",
        ),
        (
            403,
            {"message": 'pods "x" is forbidden: violates PodSecurity "restricted"'},
            "cluster-refused",
            "violates PodSecurity",
        ),
        (
            400,
            {"message": 'admission webhook "gate" denied the request: no tokens like Bearer abc.def'},
            "cluster-refused",
            'webhook "gate" denied the request: no tokens like ….',
        ),
        (
            403,
            {
                "reason": "Forbidden",
                "message": "x",
                "details": {"causes": [{"reason": "NamespaceTerminating"}]},
            },
            "cluster-namespace-ends",
            "“team” is being deleted",
        ),
        (302, b"", "cluster-refused", "status 302"),
    ],
)
def test_answers_that_say_no(
    api: ScriptedApi, to_api: MakePlace, status: int, body: Any, code: str, words: str
) -> None:
    api.answer = lambda _: Answer(status, body)
    with pytest.raises(ScoredockError) as refused:
        connect(to_api()).list("Pod")
    assert refused.value.code == code
    assert words in refused.value.message


def test_a_busy_cluster_is_waited_for(api: ScriptedApi, to_api: MakePlace) -> None:
    answers = [Answer(429, {"message": "busy"}, (("Retry-After", "1"),)), Answer(200, {"gitVersion": "v1.30.0"})]
    api.answer = lambda _: answers.pop(0)
    assert connect(to_api()).version() == "v1.30.0"


def test_pages_that_are_no_longer_there_are_read_from_the_beginning(api: ScriptedApi, to_api: MakePlace) -> None:
    pod = {"metadata": {"name": "a", "uid": "1"}}
    expired = Answer(410, {"reason": "Expired", "message": "the provided continue parameter is too old"})
    first = Answer(200, {"items": [pod], "metadata": {"continue": "x"}})
    answers = [first, expired, Answer(200, {"items": [pod], "metadata": {"resourceVersion": "7"}})]
    api.answer = lambda _: answers.pop(0)
    assert connect(to_api()).list("Pod") == [{"apiVersion": "v1", "kind": "Pod", **pod}]
    assert "continue" not in api.asked[-1].query


def test_figures_that_are_not_to_be_had_are_none(api: ScriptedApi, to_api: MakePlace) -> None:
    cluster = connect(to_api())
    for status in (403, 404, 503):
        api.answer = lambda _, status=status: Answer(status, {"message": "no"})
        assert cluster.metrics("app=a") == []


def test_impersonation_is_handed_on(api: ScriptedApi, to_api: MakePlace) -> None:
    api.answer = lambda _: Answer(200, {"gitVersion": "v1.30.0"})
    connect(to_api({"token": "x", "as": "jane", "as-groups": ["a", "b"]})).version()
    headers = api.asked[0].headers
    assert (headers["impersonate-user"], headers["authorization"]) == ("jane", "Bearer x")


def test_no_token_is_in_a_log_even_of_who_debugs_all(
    api: ScriptedApi, to_api: MakePlace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api.answer = lambda _: Answer(200, {"gitVersion": "v1.30.0"})
    connect(to_api({"token": TOKEN})).version()
    assert api.asked[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in caplog.text


def test_secrets_are_taken_out_of_words() -> None:
    noise = "token: abc123secret, --password=hunter2 and eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln end"
    assert without_secrets(noise) == "token: … --password=… and … end"
    key = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----"
    assert "MIIE" not in without_secrets(f"key is {key}")
    assert without_secrets("pods is forbidden: quota 3 of 4") == "pods is forbidden: quota 3 of 4"


def test_without_the_package_the_command_that_installs_it_is_named(tmp_path: Path) -> None:
    file = write_config(tmp_path / "c", "c", {"server": "http://127.0.0.1:1"}, {"token": TOKEN})
    program = (
        "import sys, json\n"
        "sys.modules['httpx2'] = None\n"
        "from scoredock.clusters.connection import connect\n"
        "from scoredock.clusters.target import ClusterPlace\n"
        "from scoredock.errors import ScoredockError\n"
        "try:\n    connect(ClusterPlace('c', 'x', sys.argv[1]))\n"
        "except ScoredockError as error:\n    print(json.dumps([error.code, error.message, error.fix]))\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(file)], capture_output=True, text=True, check=True)
    code, message, fix = json.loads(done.stdout)
    assert code == "kubernetes-package-missing"
    assert "httpx2" in message
    assert f"{sys.executable} -m pip install 'httpx2[ws]<3,>=2.0'" in fix


def test_the_client_is_imported_by_the_first_cluster_only() -> None:
    program = (
        "import sys\nimport scoredock.server, scoredock.clusters.connection, scoredock.clusters.rights\n"
        "import scoredock.forwarding.forwards, scoredock.clusters.kubeconfig\n"
        "print([name for name in ('httpx2', 'anyio') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_metrics_of_pods_are_those_that_the_newest_version_lists(api: ScriptedApi, to_api: MakePlace) -> None:
    groups = {"groups": [{"name": "custom.metrics.k8s.io"}]}
    listed = {"resources": [{"name": "pods/scoredock_requests_open"}, {"name": "namespaces/other"}, {"name": 7}]}
    answers = {"/apis": groups, "/apis/custom.metrics.k8s.io/v1beta1": listed}
    api.answer = lambda asked: Answer(200, answers[asked.path]) if asked.path in answers else Answer(503, {})
    assert connect(to_api()).pod_metrics() == {"scoredock_requests_open"}
    answers.pop("/apis/custom.metrics.k8s.io/v1beta1")
    assert connect(to_api()).pod_metrics() == frozenset(), "what serves them is away"


def test_without_the_group_nothing_more_is_asked(api: ScriptedApi, to_api: MakePlace) -> None:
    api.answer = lambda _: Answer(200, {"groups": [{"name": "apps"}]})
    assert connect(to_api()).pod_metrics() == frozenset()
    assert [each.path for each in api.asked] == ["/apis"]
