"""An endpoint whose versions run in a cluster: shares, changes under load, routers that are killed, and its end."""

from __future__ import annotations

import contextlib
import re
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scoredock.engines.kubernetes.labels import TAKEN

from cli.conftest import Terminal
from cluster.deploying import TARGET, Load, answer, attached
from cluster.running import Cluster, wait_for
from cluster.test_looks import objects
from depth import rounds
from pace import patience

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1200)]
CONFIGURATION = ("--deploy-config-file", "aks.json")
SCRIPT = "def init():\n    pass\n\n\ndef run(data):\n    return {answer}\n"
BLUE, GREEN = 10, 20
KINDS = (
    *("pods", "services", "deployments", "secrets", "configmaps", "replicasets", "poddisruptionbudgets"),
    "horizontalpodautoscalers",
)


@pytest.fixture(scope="module")
def namespace(shared_cluster: Cluster) -> Iterator[str]:
    with shared_cluster.namespace() as name:
        yield name


@pytest.fixture(scope="module")
def services(shared_cluster: Cluster, namespace: str, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    with shared_cluster.shared():
        return versions_on(shared_cluster, namespace, tmp_path_factory.mktemp("endpoints"))


def versions_on(cluster: Cluster, namespace: str, folder: Path) -> Terminal:
    """Two services on the compute target, blue and green."""
    made = attached(cluster, namespace, folder)
    for name, number in (("blue", BLUE), ("green", GREEN)):
        (made.folder / f"{name}.py").write_text(SCRIPT.format(answer=number))
        words = ("service", "deploy", f"prices-{name}", "--entry-script", f"{name}.py", *CONFIGURATION)
        made.ok(*words, "--environment-file", "conda.yml", "--compute", TARGET)
    return made


@pytest.fixture
def terminal(cluster: Cluster, services: Terminal) -> Iterator[Terminal]:
    """The two services, and no endpoint before a test and after it."""
    yield services
    for each in services.json("endpoint", "list")["endpoints"]:
        services.ok("endpoint", "delete", each["name"])


@pytest.fixture
def to_change(terminal: Terminal) -> Iterator[Terminal]:
    """The same, for a test that changes green."""
    yield terminal
    (terminal.folder / "green.py").write_text(SCRIPT.format(answer=GREEN))
    terminal.ok("service", "update", "prices-green")


def created(terminal: Terminal, share: int = 10) -> dict[str, Any]:
    terminal.ok("endpoint", "create", "prices", "--service", "prices-blue", "--version", "blue")
    words = ("--service", "prices-green", "--traffic", str(share))
    terminal.ok("endpoint", "set-version", "prices", "green", *words)
    return shown(terminal)


def shown(terminal: Terminal) -> dict[str, Any]:
    return dict(terminal.json("endpoint", "show", "prices"))


def key_of(terminal: Terminal, service: str = "prices-blue") -> str:
    return str(terminal.json("service", "keys", service)["primaryKey"])


def outside(made: dict[str, Any]) -> str:
    """Where callers outside of the cluster reach the endpoint."""
    return str(made["scoringUri"]).removeprefix("http://").removesuffix("/score")


def routers(cluster: Cluster, namespace: str) -> list[dict[str, Any]]:
    words = ("pods", "-n", namespace, "-l", "scoredock.com/part=router")
    return [each for each in cluster.get(*words)["items"] if not each["metadata"].get("deletionTimestamp")]


def are_ready(pods: list[dict[str, Any]]) -> bool:
    conditions = [{one["type"]: one["status"] for one in each["status"].get("conditions", [])} for each in pods]
    return len(pods) == 2 and all(each.get("Ready") == "True" for each in conditions)


def answer_counts(address: str, key: str, number: int) -> Counter[int]:
    return Counter(answer(address, key) for _ in range(number))


def test_a_second_machine_sees_the_router_of_the_first_one(
    cluster: Cluster, namespace: str, terminal: Terminal
) -> None:
    made = created(terminal, 50)
    backup = str(terminal.folder / "workspace.tar")
    terminal.ok("workspace", "backup", backup)
    second = replace(terminal, home=terminal.folder / "second-machine")
    second.ok("workspace", "restore", backup)
    assert shown(second)["state"] == "Stopped", "nobody has confirmed where its compute target leads"
    second.ok("compute", "confirm", TARGET, "--yes")
    terminal.ok("service", "traffic", "prices", "green=20", "blue=80")
    before, answered = objects(cluster, namespace), answer_counts(outside(made), key_of(terminal), 40)
    seen = shown(second)
    assert (seen["state"], seen["scoringUri"]) == ("Healthy", made["scoringUri"])
    told = {each["name"]: (each["share"], each["answered"]) for each in seen["versions"]}
    assert told == {"blue": (80, answered[BLUE]), "green": (20, answered[GREEN])}
    assert [each["state"] for each in second.json("endpoint", "list")["endpoints"]] == ["Healthy"]
    assert seen["notes"] == [], "nothing is to be brought in line"
    assert objects(cluster, namespace) == before, "a look changes nothing"
    terminal.ok("endpoint", "stop", "prices")
    assert shown(second)["state"] == "Stopped"


def test_a_second_machine_changes_the_router_of_the_first_one(
    cluster: Cluster, namespace: str, terminal: Terminal
) -> None:
    made = created(terminal, 50)
    backup = str(terminal.folder / "changes.tar")
    terminal.ok("workspace", "backup", backup)
    second = replace(terminal, home=terminal.folder / "changing-machine")
    second.ok("workspace", "restore", backup)
    second.ok("compute", "confirm", TARGET, "--yes")
    terminal.ok("service", "traffic", "prices", "green=20", "blue=80")
    pods = {each["metadata"]["name"] for each in routers(cluster, namespace)}

    began = second.json("endpoint", "start", "prices")
    assert {each["name"]: each["share"] for each in began["versions"]} == {"blue": 80, "green": 20}
    second.ok("service", "traffic", "prices", "--mirror", "green=10")
    assert answer_counts(outside(made), key_of(terminal), 200)[GREEN] < 80, "a fifth, as the first machine has it"
    second.ok("service", "traffic", "prices", "green=100", "blue=0")
    assert answer_counts(outside(made), key_of(terminal), 20) == {GREEN: 20}
    assert {each["metadata"]["name"] for each in routers(cluster, namespace)} == pods, "no router started again"
    assert "on another machine for example" in " ".join(shown(terminal)["notes"])

    second.ok("endpoint", "stop", "prices")
    wait_for(lambda: not routers(cluster, namespace), "the end of the routers", 90)


def test_versions_in_a_cluster_share_the_requests(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    made = created(terminal)
    assert (made["state"], made["compute"], made["reason"]) == ("Healthy", TARGET, "")
    pods = routers(cluster, namespace)
    assert sorted(each["spec"]["nodeName"] for each in pods) == cluster.node_names, "one on each node"
    key, address = key_of(terminal), outside(made)
    assert key_of(terminal, "prices-green") == key, "one key opens all versions"
    assert address.partition(":")[0] in [cluster.address_of(node) for node in cluster.node_names]
    wait_for(lambda: _answers(address, key), "an answer from outside", 30)
    before = sum(each["answered"] for each in shown(terminal)["versions"])

    number = rounds(gate=1000, long=10_000)
    counted = answer_counts(address, key, number)
    # Four standard deviations of a tenth.
    assert abs(counted[GREEN] - number / 10) < 4 * (number * 0.09) ** 0.5, counted
    assert counted.total() == counted[BLUE] + counted[GREEN] == number
    assert answer(f"127.0.0.1:{made['port']}", key) in (BLUE, GREEN), "by the forward of this machine"
    seen = {each["name"]: each["answered"] for each in shown(terminal)["versions"]}
    assert sum(seen.values()) == before + number + 1, "the counts of both routers, and no probe among them"

    # What a change that was killed leaves: a look tells it, and the next command finishes it.
    cluster.kubectl("annotate", "configmap", "prices-endpoint-routes", "-n", namespace, f"{TAKEN}-")
    left = objects(cluster, namespace)
    for _ in range(2):
        assert "`scoredock endpoint start prices` brings it in line" in " ".join(shown(terminal)["notes"])
    assert terminal.ok("endpoint", "list")
    assert objects(cluster, namespace) == left
    assert terminal.json("endpoint", "start", "prices")["notes"] == []
    assert objects(cluster, namespace) != left


def _answers(address: str, key: str) -> bool:
    try:
        return answer(address, key) > 0
    except OSError:
        return False


def test_changes_cost_no_request(terminal: Terminal) -> None:
    address = outside(created(terminal, share=0))
    key = key_of(terminal)
    wait_for(lambda: _answers(address, key), "an answer from outside", 30)
    number = rounds(gate=300, long=2500)
    with Load(address, key) as load:

        def more(begin: int) -> bool:
            return load.answers.total() > begin + number

        for words, answers in (
            (("service", "traffic", "prices", "green=50", "blue=50"), {BLUE, GREEN}),
            (("endpoint", "promote", "prices", "green"), {GREEN}),
            (("service", "traffic", "prices", "blue=100", "--default", "blue"), {BLUE}),
            (("endpoint", "promote", "prices", "green"), {GREEN}),
            (("endpoint", "delete-version", "prices", "blue"), {GREEN}),
        ):
            terminal.ok(*words)
            assert set(answer_counts(address, key, 30)) <= answers, "both routers have it when the command returns"
            begin = load.answers.total()
            wait_for(lambda begin=begin: more(begin), "requests", 180)  # type: ignore[misc]
    print(f"{load.answers.total()} requests, 5 changes: {dict(load.answers)}")
    assert set(load.answers) == {BLUE, GREEN}, load.answers


@pytest.mark.long("each router takes a minute on a busy machine; the gate kills one of a machine")
def test_a_router_that_is_killed_is_replaced_and_goes_by_the_newest_shares(
    cluster: Cluster, namespace: str, terminal: Terminal
) -> None:
    address = outside(created(terminal, share=0))
    key = key_of(terminal)
    wait_for(lambda: _answers(address, key), "an answer from outside", 30)
    answered = answer_counts(address, key, 40).total()
    # What a pod has counted since somebody looked last goes with it.
    assert sum(each["answered"] for each in shown(terminal)["versions"]) >= answered
    with Load(address, key) as load:
        terminal.ok("endpoint", "promote", "prices", "green")
        first, second = routers(cluster, namespace)
        for victim in (first, second):
            cluster.kubectl("delete", "pod", victim["metadata"]["name"], "-n", namespace, "--wait=false")
            name = victim["metadata"]["name"]
            wait_for(lambda name=name: name not in _names(cluster, namespace), "the end of a router", 90)  # type: ignore[misc]
            wait_for(lambda: are_ready(routers(cluster, namespace)), "two routers", 90)
        assert set(answer_counts(address, key, 60)) == {GREEN}
    assert set(load.answers) <= {BLUE, GREEN}, load.answers
    made = shown(terminal)
    assert made["state"] == "Healthy"
    assert sum(each["answered"] for each in made["versions"]) >= answered + 60


def _names(cluster: Cluster, namespace: str) -> list[str]:
    return [each["metadata"]["name"] for each in routers(cluster, namespace)]


@pytest.mark.long("tests/engines/test_router_objects.py has the objects at the gate")
def test_what_it_is_made_of_and_what_is_left(cluster: Cluster, namespace: str, terminal: Terminal) -> None:
    created(terminal)
    (deployment,) = cluster.get("deployments", "-n", namespace, "-l", "scoredock.com/part=router")["items"]
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert deployment["metadata"]["name"] == "prices-endpoint"
    assert "@sha256:" in container["image"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]
    assert [each["topologyKey"] for each in pod["topologySpreadConstraints"]] == ["kubernetes.io/hostname"]
    budget = cluster.get("poddisruptionbudget", "prices-endpoint", "-n", namespace)
    assert budget["spec"]["maxUnavailable"] == 1
    keys = [key_of(terminal, f"prices-{name}") for name in ("blue", "green")]
    written = str(cluster.get("configmaps,deployments", "-n", namespace, "-l", "scoredock.com/part=router"))
    assert not [key for key in keys if key in written]
    services = {each["name"] for each in terminal.json("service", "list")["services"]}
    assert services == {"prices-blue", "prices-green"}, "a router is not a service"

    assert "The router passes requests on" in " ".join(
        cluster.kubectl("logs", "-n", namespace, each["metadata"]["name"]) for each in routers(cluster, namespace)
    )
    terminal.ok("endpoint", "stop", "prices")
    assert routers(cluster, namespace) == []
    assert shown(terminal)["state"] == "Stopped"
    terminal.ok("endpoint", "start", "prices")
    assert answer(f"127.0.0.1:{shown(terminal)['port']}", keys[0]) in (BLUE, GREEN)
    terminal.ok("endpoint", "delete", "prices")
    for kind in KINDS:
        left = [each["metadata"]["name"] for each in cluster.get(kind, "-n", namespace)["items"]]
        assert not [name for name in left if name.startswith("prices-endpoint")], kind
    assert len(cluster.get("deployments", "-n", namespace)["items"]) == 2, "the services stay"


@pytest.mark.long("minutes of load; the gate changes shares under load")
def test_updates_and_ends_of_versions_cost_no_request(to_change: Terminal) -> None:
    terminal = to_change
    address = outside(created(terminal, share=50))
    key = key_of(terminal)
    wait_for(lambda: _answers(address, key), "an answer from outside", 30)
    with Load(address, key) as load:
        wait_for(lambda: {BLUE, GREEN} <= set(load.answers), "both versions", 60)
        (terminal.folder / "green.py").write_text(SCRIPT.format(answer=GREEN + 1))
        terminal.ok("service", "update", "prices-green")
        assert GREEN not in answer_counts(address, key, 60), "the old revision answers nobody after the update"
        terminal.ok("service", "stop", "prices-green")
        assert set(answer_counts(address, key, 30)) == {BLUE}, "the default version has its share"
        made = shown(terminal)
        assert (made["state"], made["phase"]) == ("Unhealthy", "degraded")
        assert [each["answeredBy"] for each in made["versions"]] == ["blue", "blue"]
        terminal.ok("service", "start", "prices-green")
        wait_for(lambda: GREEN + 1 in answer_counts(address, key, 20), "the version again", 30)
    print(f"{load.answers.total()} requests: {dict(load.answers)}")
    assert set(load.answers) == {BLUE, GREEN, GREEN + 1}, load.answers


@pytest.mark.long("each as on one machine, where the gate asks for it")
def test_copies_withdrawals_and_names_go_through_both_routers(to_change: Terminal) -> None:
    terminal = to_change
    address = outside(created(terminal, share=0))
    key = key_of(terminal)
    wait_for(lambda: _answers(address, key), "an answer from outside", 30)
    terminal.ok("service", "traffic", "prices", "--mirror", "green=50")
    assert set(answer_counts(address, key, 60)) == {BLUE}
    wait_for(lambda: _version(terminal, "green")["copied"] > 0, "copies", 30)
    assert _version(terminal, "green")["different"] == _version(terminal, "green")["copied"]
    listed = terminal.json("endpoint", "differences", "prices")["differences"]
    assert {(each["version"], each["comparedWith"]) for each in listed} == {("green", "blue")}
    headers = {"azureml-model-deployment": "green", "Host": "prices-endpoint"}
    assert _named(address, key, headers) == GREEN, "by its name in the cluster, and the version that it names"

    (terminal.folder / "green.py").write_text(SCRIPT.format(answer='__import__("nothing")'))
    terminal.ok("service", "update", "prices-green")
    limits = ("--withdraw-above-errors", "5%", "--at-least", "10")
    terminal.ok("endpoint", "set-version", "prices", "green", "--traffic", "100", *limits)
    wait_for(lambda: _withdrawn(terminal, address, key), "the withdrawal", 60)
    terminal.ok("endpoint", "start", "prices")
    assert set(answer_counts(address, key, 40)) == {BLUE}, "one router has withdrawn it, and both go by that"
    assert "green was withdrawn" in terminal.ok("endpoint", "show", "prices")


def _withdrawn(terminal: Terminal, address: str, key: str) -> bool:
    for _ in range(10):
        with contextlib.suppress(urllib.error.HTTPError):
            answer(address, key)
    return bool(_version(terminal, "green")["withdrawn"]) and _version(terminal, "green")["share"] == 0


def _version(terminal: Terminal, name: str) -> dict[str, Any]:
    return next(dict(each) for each in shown(terminal)["versions"] if each["name"] == name)


def _named(address: str, key: str, headers: dict[str, str]) -> int:
    sent = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", **headers}
    request = urllib.request.Request(f"http://{address}/score", b"{}", sent)
    return int(urllib.request.urlopen(request, timeout=patience(20)).read())


@pytest.mark.long("the gate makes one change after the other")
def test_of_two_changes_at_once_both_routers_have_the_same(terminal: Terminal) -> None:
    address = outside(created(terminal, share=50))
    key = key_of(terminal)
    wait_for(lambda: _answers(address, key), "an answer from outside", 30)
    wanted = ("blue", "green")
    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(lambda name: terminal.run("endpoint", "promote", "prices", name), wanted))
    for one in ended:
        assert one.returncode == 0 or "Another change of the endpoint prices is under way" in one.stderr, one.stderr
    assert 0 in [each.returncode for each in ended]
    (winner,) = (each["name"] for each in shown(terminal)["versions"] if each["share"] == 100)
    assert set(answer_counts(address, key, 60)) == {BLUE if winner == "blue" else GREEN}
    stamp = shown(terminal)["stamp"]
    assert stamp == shown(terminal)["stamp"], "a look changes nothing"


@pytest.mark.long("tests/clusters/test_calls.py asks a silent API server at the gate")
def test_a_cluster_that_does_not_answer_is_said_and_changes_nothing(terminal: Terminal) -> None:
    made = created(terminal)
    place = next(each for each in terminal.json("compute", "list")["targets"] if each["name"] == TARGET)
    config = Path(place["kubeconfig"])
    text = config.read_text()
    config.write_text(re.sub(r"server: \S+", "server: https://127.0.0.1:9", text))
    try:
        terminal.ok("compute", "confirm", TARGET, "--yes")
        away = shown(terminal)
        assert away["state"] == "Unhealthy"
        assert "does not answer" in away["reason"]
        refused = terminal.run("endpoint", "promote", "prices", "green")
        assert refused.returncode != 0
        assert "cluster-unreachable" in refused.stderr
    finally:
        config.write_text(text)
        terminal.ok("compute", "confirm", TARGET, "--yes")
    back = shown(terminal)
    assert back["state"] == "Healthy"
    assert {each["name"]: each["share"] for each in back["versions"]} == {"blue": 0, "green": 100}, "as was asked for"
    assert "`scoredock endpoint start prices` brings it in line" in " ".join(back["notes"])
    terminal.ok("endpoint", "start", "prices")
    key = key_of(terminal)
    assert set(answer_counts(outside(made), key, 30)) == {GREEN}


BEGIN = """
from azureml.core import Environment, Model, Webservice, Workspace
from azureml.core.compute import AksCompute
from azureml.core.model import InferenceConfig
from azureml.core.webservice import AksEndpoint

ws = Workspace.from_config()
environment = Environment.from_conda_specification("plain", "conda.yml")
small = dict(cpu_cores=0.05, memory_gb=0.1, num_replicas=1)

def script(name):
    return InferenceConfig(entry_script=name + ".py", environment=environment)

def answers(number=40):
    return sorted({endpoint.run("{}") for _ in range(number)})
"""
DEPLOYED = """
config = AksEndpoint.deploy_configuration(version_name="first", traffic_percentile=100, **small)
endpoint = Model.deploy(ws, "quotes", [], script("blue"), config, AksCompute(ws, "aks-prod"))
endpoint.wait_for_deployment()
print("seen", endpoint.state, endpoint.compute_name, answers(5))
"""
ANOTHER_VERSION = """
endpoint = Webservice(ws, "quotes")
endpoint.create_version("second", inference_config=script("green"), traffic_percentile=0, **small)
endpoint.wait_for_deployment()
print("seen", [each.compute_name for each in endpoint.versions.values()], answers(5))
"""
CHANGED = """
endpoint = Webservice(ws, "quotes")
endpoint.update_version("second", traffic_percentile=50, is_control_version_type=True)
print("seen", answers(), [each.version_type for each in endpoint.versions.values()])
endpoint.regen_key("Primary")
print("seen", answers(), len(endpoint.get_keys()))
"""
ENDED = """
endpoint = Webservice(ws, "quotes")
endpoint.update_version("first", traffic_percentile=0)
endpoint.update_version("second", traffic_percentile=100, is_default=True)
endpoint.delete_version("first")
print("seen", answers(10))
endpoint.delete()
"""


@pytest.mark.long(
    "tests/sdk makes endpoints by the same calls at the gate, and the command line makes one on a cluster"
)
def test_a_script_of_the_sdk_makes_an_endpoint_on_a_cluster(
    cluster: Cluster, namespace: str, terminal: Terminal
) -> None:
    for part, expected in (
        (DEPLOYED, [f"seen Healthy {TARGET} [10]"]),
        (ANOTHER_VERSION, [f"seen ['{TARGET}', '{TARGET}'] [10]"]),
        (CHANGED, ["seen [10, 20] ['Treatment', 'Control']", "seen [10, 20] 2"]),
        (ENDED, ["seen [20]"]),
    ):
        (terminal.folder / "deploy.py").write_text(BEGIN + part)
        printed = terminal.ok("sdk", "run", "--python", sys.executable, "deploy.py").splitlines()
        assert [line for line in printed if line.startswith("seen")] == expected
    left = [each["metadata"]["name"] for each in cluster.get("deployments", "-n", namespace)["items"]]
    assert sorted(left) == ["prices-blue", "prices-green"]


@pytest.mark.long("versions of a cluster share requests at the gate; a refusal costs another project there")
def test_versions_of_two_places_are_refused(terminal: Terminal) -> None:
    (terminal.folder / "here.py").write_text(SCRIPT.format(answer=1))
    terminal.ok("service", "deploy", "prices-here", "--entry-script", "here.py")
    terminal.ok("endpoint", "create", "prices", "--service", "prices-blue", "--version", "blue")
    refused = terminal.run("endpoint", "set-version", "prices", "here", "--service", "prices-here")
    assert refused.returncode != 0
    assert "endpoint-place-differs" in refused.stderr
    assert f"prices-here runs on this machine, and the endpoint prices on {TARGET}" in refused.stderr
    assert f"scoredock service update prices-here --compute {TARGET}" in refused.stderr
    terminal.ok("endpoint", "create", "local", "--service", "prices-here", "--version", "here")
    refused = terminal.run("endpoint", "set-version", "local", "green", "--service", "prices-green")
    assert "endpoint-place-differs" in refused.stderr
    assert [each["name"] for each in shown(terminal)["versions"]] == ["blue"]
    terminal.ok("endpoint", "delete", "local")
    terminal.ok("service", "delete", "prices-here")
