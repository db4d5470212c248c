"""Each client meets a server that answers byte by byte, or never ends to shake hands: the whole of a call has an end.

A byte comes each fiftieth of a second, long before any time-out of a socket. Registries and webhooks have further ones
in tests/oci_registry/test_origins.py and tests/events/test_delivery.py, Docker in tests/containers/test_waiting.py.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scoredock.clusters.access import ClusterAccess
from scoredock.clusters.connection import Cluster
from scoredock.clusters.forward import Forward
from scoredock.clusters.target import ClusterPlace
from scoredock.contrib.events.domain.receivers.table import SCHEMAS
from scoredock.contrib.events.domain.receivers.webhook import deliver
from scoredock.contrib.events.domain.subscriptions import ReceiverSettings
from scoredock.contrib.runs.domain.mlflow.records import RunRecord
from scoredock.contrib.runs.domain.mlflow.server_store import ServerStore
from scoredock.data_folder import use_home
from scoredock.engines.probe import Address
from scoredock.engines.ray.connection import RayCluster
from scoredock.errors import ScoredockError
from scoredock.oci.registry_settings import RegistrySettings
from scoredock.oci.registry_transport import RegistryTransport, Request, TransportLimits
from scoredock.progress import CancelToken, Silent
from scoredock.services.access.calls import OutgoingCall, send

from certificates import pair
from cluster.credentials import write_config
from pace import patience
from silent_server import SilentServer

SDK = Path(__file__).parent.parent.parent / "pyserver" / "sdk" / "scoredock_azureml" / "packages"
SECONDS = 0.4
Ways = Callable[[str], str]


@pytest.fixture
def dripping() -> Iterator[Callable[[str], str]]:
    """Host and port of a server that drips in a mode."""
    servers: list[SilentServer] = []

    def start(mode: str) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        servers.append(SilentServer(listener, mode))
        return f"127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for server in servers:
        server.close()


def require_end(call: Callable[[], object], code: str) -> None:
    """It is refused, and long before what drips has come to its end, which takes minutes."""
    begin = time.monotonic()
    with pytest.raises(ScoredockError) as refused:
        call()
    assert refused.value.code == code, refused.value
    assert time.monotonic() - begin < patience(15)


PARTS = pytest.mark.parametrize("part", ["slow head", "trickle", "slow handshake", "silent"])
"""What drips: the head, the body, the handshake of TLS; and a handshake to which nothing is said."""


def scheme(part: str) -> str:
    return "https" if part in ("slow handshake", "silent") else "http"


@PARTS
def test_registries(dripping: Ways, part: str) -> None:
    """By a name, so that TLS is not looked for first."""
    limits = TransportLimits(SECONDS, SECONDS, SECONDS, 2, 0.01, 0.01)
    with RegistryTransport(RegistrySettings(environment={}), CancelToken(), limits) as transport:
        url = f"{scheme(part)}://{dripping(part)}/v2/"
        require_end(lambda: transport.exchange(Request("GET", url)).content(1 << 20), "registry-unreachable")


@PARTS
def test_mlflow(dripping: Ways, part: str) -> None:
    address = f"{scheme(part)}://{dripping(part)}"
    store = ServerStore(address, CancelToken(), patience=0.02)
    require_end(lambda: store.experiments(""), "run-server-unreachable")


def test_the_files_of_a_run(dripping: Ways) -> None:
    """Which may take any time, as long as they go on."""
    host = dripping("trickle")
    store = ServerStore(f"http://{host}", CancelToken(), patience=0.02)
    run = RunRecord("0" * 32, "r", "1", "FINISHED", None, None, "mlflow-artifacts:/1/a")

    def read() -> None:
        with store.open(run, ("model.pkl",)) as stream:
            while stream.read(1 << 16):
                pass

    require_end(read, "run-server-unreachable")


@PARTS
def test_ray(dripping: Ways, part: str) -> None:
    cluster = RayCluster(f"{scheme(part)}://{dripping(part)}", seconds=SECONDS)
    require_end(cluster.version, "ray-unreachable")


@pytest.mark.parametrize("way", ["direct", "by a proxy"])
@PARTS
def test_kubernetes(dripping: Ways, part: str, way: str, tmp_path: Path) -> None:
    use_home(tmp_path / "home")
    server = f"{scheme(part)}://{dripping(part)}"
    address = {"server": server, "insecure-skip-tls-verify": True}
    if way != "direct":
        address |= {"server": "https://cluster.test", "proxy-url": server}
    file = write_config(tmp_path / "kubeconfig", "c", address, {"token": "t"})
    place = ClusterPlace("c", "team", str(file))
    cluster = Cluster(place, ClusterAccess(place, seconds=SECONDS))
    require_end(lambda: cluster.list("Pod"), "cluster-unreachable")
    assert cluster.access.date() == ""


def test_a_port_of_a_pod(dripping: Ways, tmp_path: Path) -> None:
    """The way to it is tried again."""
    use_home(tmp_path / "home")
    file = write_config(tmp_path / "kubeconfig", "c", {"server": f"http://{dripping('slow head')}"}, {"token": "t"})
    place = ClusterPlace("c", "team", str(file))
    tries: list[float] = []

    def choose() -> str:
        tries.append(time.monotonic())
        return "pod"

    cluster, end = Cluster(place, ClusterAccess(place, seconds=SECONDS)), time.monotonic() + patience(15)
    with Forward(cluster, choose, 5000) as forward, socket.create_connection(("127.0.0.1", forward.port)):
        while len(tries) < 2:
            assert time.monotonic() < end
            time.sleep(0.02)


@PARTS
def test_webhooks(dripping: Ways, part: str) -> None:
    begin = time.monotonic()
    outcome = deliver(f"{scheme(part)}://{dripping(part)}/hook", b"{}", {}, SECONDS)
    assert (outcome.kind, outcome.reason != "") == ("away", True)
    receiver = ReceiverSettings(name="ci", created=0.0, url=f"{scheme(part)}://{dripping(part)}/hook", timeout=SECONDS)
    with pytest.raises(ScoredockError):
        SCHEMAS["cloudevents"].agree(receiver, "t", SECONDS, Silent(), CancelToken())
    assert time.monotonic() - begin < patience(15)


@pytest.mark.parametrize("part", ["slow head", "slow handshake", "silent"])
@pytest.mark.parametrize("known", ["by its port", "by its proof"])
def test_services_and_requests_of_files(dripping: Ways, part: str, known: str, tmp_path: Path) -> None:
    certificate = str(pair(tmp_path)[0]) if scheme(part) == "https" else ""
    port = int(dripping(part).rpartition(":")[2])
    address = Address(port, "nonce", certificate, is_chosen=known == "by its port")
    require_end(lambda: send("svc", address, OutgoingCall("/score", timeout=SECONDS)), "service-unreachable")


@pytest.mark.parametrize("part", ["slow head", "trickle", "silent"])
def test_an_endpoint_of_the_sdk(dripping: Ways, part: str) -> None:
    program = f"""
import sys, types
sys.path.insert(0, {str(SDK)!r})
from azureml.core.webservice import versions

versions._SECONDS = {SECONDS}
endpoint = types.SimpleNamespace(scoring_uri={f"http://{dripping(part)}/score"!r}, auth_enabled=False)
versions.run(endpoint, "{{}}")
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert "timed out" in ended.stderr.splitlines()[-1]
