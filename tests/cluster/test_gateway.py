"""An endpoint on a compute target that is exposed by a Gateway: what its HTTPRoute says after each change. No Gateway
runs in the cluster."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal
from cluster.deploying import TARGET, attached, with_configuration
from cluster.gateway import GROUP, HOST, route_of, routes_in, take_up
from cluster.running import Cluster
from cluster.test_endpoints_on_cluster import BLUE, GREEN, SCRIPT, key_of, routers, shown

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]


@pytest.fixture
def with_routes(disturbed: Cluster) -> Iterator[Cluster]:
    with routes_in(disturbed):
        yield disturbed


def weights(route: dict[str, Any]) -> dict[str, int]:
    """Of requests that name no version, by service."""
    return {each["name"]: each["weight"] for each in route["spec"]["rules"][0]["backendRefs"]}


def named(route: dict[str, Any]) -> dict[str, str]:
    """To which service a request goes that names a version."""
    return {
        each["matches"][0]["headers"][0]["value"]: each["backendRefs"][0]["name"]
        for each in route["spec"]["rules"]
        if "headers" in each["matches"][0]
    }


def copies(route: dict[str, Any]) -> list[tuple[str, int]]:
    filters = [each for each in route["spec"]["rules"][0].get("filters", []) if each["type"] == "RequestMirror"]
    return [(each["requestMirror"]["backendRef"]["name"], each["requestMirror"]["percent"]) for each in filters]


def answer_at_service(cluster: Cluster, namespace: str, service: str, route: dict[str, Any], key: str) -> str:
    """What a version's Service says to a request as the Gateway passes it on: to its ClusterIP, with the host of the
    route's filter."""
    (pod, *_) = routers(cluster, namespace)
    (container,) = pod["spec"]["containers"]
    (rewrite,) = (each for each in route["spec"]["rules"][0]["filters"] if each["type"] == "URLRewrite")
    place = cluster.get("service", service, "-n", namespace)["spec"]
    address = f"http://{place['clusterIP']}:{place['ports'][0]['port']}/score"
    headers = {"Host": rewrite["urlRewrite"]["hostname"], "Authorization": f"Bearer {key}"}
    script = (
        "import urllib.request, urllib.error\n"
        f"request = urllib.request.Request({address!r}, b'{{}}', {headers!r})\n"
        "try:\n    print(urllib.request.urlopen(request, timeout=20).read().decode())\n"
        "except urllib.error.HTTPError as error:\n    print(error.code)\n"
    )
    return cluster.kubectl(
        "exec", "-n", namespace, pod["metadata"]["name"], "--", container["command"][0], "-c", script
    ).strip()


@pytest.mark.long("tests/engines/test_endpoint_route.py has the routes at the gate")
def test_the_gateway_divides_the_requests_for_an_endpoint(with_routes: Cluster, namespace: str, tmp_path: Path) -> None:
    cluster = with_routes
    options = ("--host", HOST, "--gateway", "shared/web")
    terminal = with_configuration(attached(cluster, namespace, tmp_path, "gateway", options), numReplicas=1)
    _deploy(terminal)
    terminal.ok("endpoint", "create", "prices", "--service", "prices-blue", "--version", "blue")
    assert weights(route_of(cluster, namespace)) == {"prices-blue": 100}
    terminal.ok("endpoint", "set-version", "prices", "green", "--service", "prices-green", "--traffic", "10")
    route = route_of(cluster, namespace)
    assert weights(route) == {"prices-blue": 90, "prices-green": 10}
    assert named(route) == {"blue": "prices-blue", "green": "prices-green"}
    assert route["spec"]["hostnames"] == [f"prices-endpoint.{HOST}"]
    key = key_of(terminal)
    assert key_of(terminal, "prices-green") == key
    for service, number in (("prices-blue", BLUE), ("prices-green", GREEN)):
        assert answer_at_service(cluster, namespace, service, route, key) == str(number)
        assert answer_at_service(cluster, namespace, service, route, "another") == "401"

    assert "is not accepted by its Gateway" in " ".join(shown(terminal)["notes"])
    take_up(cluster, namespace)
    seen = shown(terminal)
    assert (seen["scoringUri"], seen["dividedBy"]) == (f"http://prices-endpoint.{HOST}/score", "gateway")
    assert "The Gateway divides the requests" in terminal.ok("endpoint", "show", "prices")

    terminal.ok("service", "traffic", "prices", "blue=100")
    terminal.ok("service", "traffic", "prices", "--mirror", "green=20")
    route = route_of(cluster, namespace)
    assert (weights(route), copies(route)) == ({"prices-blue": 100, "prices-green": 0}, [("prices-green", 20)])
    assert "The Gateway has not taken up the newest change" in " ".join(shown(terminal)["notes"])
    terminal.ok("service", "traffic", "prices", "--mirror", "off")

    limits = ("--traffic", "50", "--withdraw-above-errors", "5%")
    seen = terminal.json("endpoint", "set-version", "prices", "green", *limits)
    assert weights(route_of(cluster, namespace)) == {"prices-endpoint": 1}
    assert (seen["dividedBy"], "withdraws green by itself" in " ".join(seen["notes"])) == ("router", True)
    terminal.ok("endpoint", "set-version", "prices", "green", "--withdraw-above-errors", "off")
    assert weights(route_of(cluster, namespace)) == {"prices-blue": 50, "prices-green": 50}

    # Somebody changes it, or a change was not made to its end: the next command does the rest.
    change = [{"op": "replace", "path": "/spec/rules/0/backendRefs/0/weight", "value": 1}]
    words = ("patch", f"httproute.{GROUP}", "prices-endpoint", "-n", namespace, "--type=json", "-p", json.dumps(change))
    cluster.kubectl(*words)
    assert "brings it in line" in " ".join(shown(terminal)["notes"])
    assert weights(route_of(cluster, namespace)) == {"prices-blue": 1, "prices-green": 50}, "a look changes nothing"
    terminal.ok("endpoint", "start", "prices")
    assert weights(route_of(cluster, namespace)) == {"prices-blue": 50, "prices-green": 50}

    cluster.kubectl("scale", "deployment", "prices-green", "-n", namespace, "--replicas=0")
    assert "brings it in line" in " ".join(shown(terminal)["notes"])
    assert "green takes none" in " ".join(terminal.json("endpoint", "start", "prices")["notes"])
    assert weights(route_of(cluster, namespace)) == {"prices-endpoint": 1}, "which has blue respond in its place"
    terminal.ok("endpoint", "withdraw", "prices", "green")
    assert weights(route_of(cluster, namespace)) == {"prices-blue": 100, "prices-green": 0}
    terminal.ok("endpoint", "delete-version", "prices", "green")
    route = route_of(cluster, namespace)
    assert (weights(route), named(route)) == ({"prices-blue": 100}, {"blue": "prices-blue"})
    terminal.ok("endpoint", "stop", "prices")
    assert weights(route_of(cluster, namespace)) == {"prices-endpoint": 1}, "no version responds for it"
    terminal.ok("endpoint", "delete", "prices")
    left = cluster.get(f"httproutes.{GROUP}", "-n", namespace)["items"]
    assert sorted(each["metadata"]["name"] for each in left) == ["prices-blue", "prices-green"]

    terminal.ok("endpoint", "create", "prices", "--service", "prices-blue", "--version", "blue", "--through-router")
    assert weights(route_of(cluster, namespace)) == {"prices-endpoint": 1}
    take_up(cluster, namespace)
    seen = shown(terminal)
    assert (seen["dividedBy"], "created with --through-router" in " ".join(seen["notes"])) == ("router", True)


def _deploy(terminal: Terminal) -> None:
    for name, number in (("blue", BLUE), ("green", GREEN)):
        (terminal.folder / f"{name}.py").write_text(SCRIPT.format(answer=number))
        words = ("service", "deploy", f"prices-{name}", "--entry-script", f"{name}.py", "--compute", TARGET)
        configuration = ("--environment-file", "conda.yml", "--deploy-config-file", "aks.json")
        terminal.ok(*words, *configuration)
