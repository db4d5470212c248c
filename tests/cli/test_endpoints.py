"""`scoredock endpoint …` and `scoredock service traffic`, with real services."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from typing import Any

import pytest
import yaml

from cli.conftest import Terminal
from ports import free_port

MARK = "azureml-model-deployment"


def who(endpoint: dict[str, Any], **headers: str) -> str:
    """The version that answers a request."""
    body = json.dumps({"data": [1, 2, 3]}).encode()
    request = urllib.request.Request(endpoint["scoringUri"], body, {"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return str(answer.headers[MARK])


@pytest.mark.usefixtures("shared_environments")
def test_an_endpoint_from_the_command_line(terminal: Terminal) -> None:
    for name in ("adder-blue", "adder-green"):
        terminal.ok("service", "deploy", name, "--entry-script", "score.py")
    assert terminal.refused("endpoint", "show", "adder")["code"] == "endpoint-not-found"
    made = terminal.json("endpoint", "create", "adder", "--service", "adder-blue", "--version", "blue")
    assert (made["state"], [each["share"] for each in made["versions"]]) == ("Healthy", [100])
    assert who(made) == "blue"
    none = terminal.json("service", "traffic", "adder", "blue=0")
    assert [each["share"] for each in none["versions"]] == [100]
    assert any("blue gets 100%" in each and "scoredock endpoint stop adder" in each for each in none["notes"])
    assert "blue gets 100%" in terminal.ok("service", "traffic", "adder", "blue=20")
    assert terminal.json("service", "traffic", "adder", "blue=100")["notes"] == []
    refused = terminal.refused("service", "delete", "adder")
    assert (refused["code"], refused["message"]) == ("service-not-found", "adder is an endpoint, and no service.")
    assert "name one of its services: adder-blue." in refused["fix"]
    assert "no problems found" in terminal.ok("workspace", "verify"), "its folders are for their owner alone"
    terminal.ok("endpoint", "set-version", "adder", "green", "--service", "adder-green")
    both = terminal.json("service", "traffic", "adder", "blue=60", "green=40%")
    assert [(each["name"], each["share"]) for each in both["versions"]] == [("blue", 60), ("green", 40)]
    assert {who(both) for _ in range(40)} == {"blue", "green"}
    assert who(both, **{MARK: "green"}) == "green"
    assert terminal.refused("service", "traffic", "adder", "blue=90", "green=20")["code"] == "traffic-invalid"
    assert terminal.run("service", "traffic", "adder", "blue=half").returncode == 2
    mirrored = terminal.json("service", "traffic", "adder", "--mirror", "green=50")
    assert (mirrored["mirror"], mirrored["mirrorShare"]) == ("green", 50)
    assert "copies of 50%" in terminal.ok("endpoint", "show", "adder")
    assert terminal.ok("endpoint", "differences", "adder").strip() == "no differences"
    assert terminal.refused("service", "traffic", "adder", "--mirror", "green=51")["code"] == "traffic-invalid"
    assert terminal.json("service", "traffic", "adder", "--mirror", "off")["mirror"] == ""
    watched = ("endpoint", "set-version", "adder", "green", "--withdraw-above-errors")
    assert terminal.json(*watched, "5%", "--over", "30s")["versions"][1]["limits"] == {
        "errors": 5,
        "milliseconds": 0,
        "seconds": 30,
        "requests": 20,
    }
    assert terminal.refused(*watched, "100%")["code"] == "limits-invalid"
    assert terminal.refused(*watched, "5%", "--over", "0s")["code"] == "limits-invalid"
    assert terminal.json(*watched, "off")["versions"][1]["limits"] is None
    control = terminal.json("endpoint", "set-version", "adder", "blue", "--control")
    assert [each["type"] for each in control["versions"]] == ["Control", "Treatment"]
    terminal.ok("endpoint", "promote", "adder", "green")
    shown = terminal.json("endpoint", "show", "adder")
    assert [(each["name"], each["share"], each["isDefault"]) for each in shown["versions"]] == [
        ("blue", 0, False),
        ("green", 100, True),
    ]
    assert sum(each["answered"] for each in shown["versions"]) == 42
    assert [(each["takesRequests"], each["answeredBy"]) for each in shown["versions"]] == [
        (True, "blue"),
        (True, "green"),
    ]
    assert "adder" in terminal.ok("endpoint", "list")
    measured = {each["service"]: each for each in terminal.json("service", "metrics", "adder")["services"]}
    assert list(measured) == ["adder", "adder-blue", "adder-green"]
    assert measured["adder-blue"]["totals"]["requests"] + measured["adder-green"]["totals"]["requests"] == 42
    assert "green" in terminal.ok("endpoint", "show", "adder")
    # The endpoint's name is enough for a call, which goes through the endpoint.
    answer = terminal.json("service", "call", "adder", "--data", '{"data": [1, 2, 3]}')
    assert (answer["status"], json.loads(answer["body"])) == (200, 6)
    assert {MARK: "green"}.items() <= {name.lower(): text for name, text in answer["headers"].items()}.items()
    assert terminal.ok("az", "ml", "service", "run", "-n", "adder", "-d", '{"data": [1]}').strip() == "1"
    # A service that moves to another port is followed at once.
    terminal.ok("service", "update", "adder-green", "--port", str(free_port()))
    assert who(shown) == "green"
    terminal.ok("endpoint", "withdraw", "adder", "blue")
    terminal.ok("endpoint", "delete-version", "adder", "blue")
    assert terminal.json("endpoint", "stop", "adder")["state"] == "Stopped"
    assert terminal.json("endpoint", "start", "adder")["state"] == "Healthy"
    terminal.ok("workspace", "backup", "all.tar")
    port = shown["port"]
    terminal.ok("endpoint", "stop", "adder")
    there = Terminal(terminal.home.with_name("elsewhere"), terminal.folder)
    assert there.json("workspace", "restore", "all.tar")["id"] == "local"
    assert there.json("endpoint", "start", "adder")["port"] == port, "as it is free"
    there.ok("endpoint", "delete", "adder")
    third = Terminal(terminal.home.with_name("third"), terminal.folder)
    third.ok("workspace", "restore", "all.tar")
    with socket.create_server(("127.0.0.1", port)):
        assert f"as another program has port {port}" in third.run("endpoint", "start", "adder").stderr
    third.ok("endpoint", "delete", "adder")
    terminal.ok("endpoint", "delete", "adder")
    assert terminal.json("endpoint", "list")["endpoints"] == []
    named = ("adder", "--service", "adder-blue", "--version", "blue")
    assert terminal.json("endpoint", "create", *named, "--no-takeover")["takeover"] is False
    terminal.ok("endpoint", "set-version", "adder", "green", "--service", "adder-green", "--traffic", "50")
    terminal.ok("service", "stop", "adder-blue")
    alone = terminal.json("endpoint", "show", "adder")
    assert [each["answeredBy"] for each in alone["versions"]] == ["", "green"]
    assert "blue takes no requests: Stopped, nobody responds in its place since " in terminal.ok(
        "endpoint", "show", "adder"
    )
    with pytest.raises(urllib.error.HTTPError, match="503") as refused:
        all(who(alone) == "green" for _ in range(100))
    assert refused.value.headers["Retry-After"] == "1"
    terminal.ok("endpoint", "delete", "adder")
    terminal.ok("service", "stop-all")


@pytest.mark.usefixtures("shared_environments")
def test_traffic_of_a_file_of_v2_means_the_same_here(terminal: Terminal) -> None:
    project = terminal.folder
    for name in ("adder-blue", "adder-green"):
        terminal.ok("service", "deploy", name, "--entry-script", "score.py")
    terminal.ok("endpoint", "create", "adder", "--service", "adder-blue", "--version", "blue")
    terminal.ok("endpoint", "set-version", "adder", "green", "--service", "adder-green")
    written = project / "endpoint.yml"
    head = "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json\nname: adder\n"
    written.write_text(f"{head}auth_mode: key\ntraffic:\n  blue: 70\n  green: 30\nmirror_traffic:\n  green: 10\n")
    told = terminal.json("endpoint", "apply", "endpoint.yml")
    assert {each["name"]: each["share"] for each in told["versions"]} == {"blue": 70, "green": 30}
    assert (told["mirror"], told["mirrorShare"]) == ("green", 10)
    exported = terminal.ok("endpoint", "export", "adder")
    assert yaml.safe_load(exported) == yaml.safe_load(written.read_text())
    (project / "exported.yml").write_text(exported)
    checked = terminal.json("check", "exported.yml")
    assert [each["code"] for each in checked["findings"] if each["severity"] == "error"] == []
    for wrong, code in (
        ("traffic: {blue: 70}", "endpoint-file-invalid"),
        ("traffic: {blue: half}", "endpoint-file-invalid"),
        ("traffic: {blue: 50, red: 50}", "endpoint-version-not-found"),
        ("traffic: {blue: 100}\nmirror_traffic: {green: 60}", "traffic-invalid"),
        ("traffic: [", "endpoint-file-invalid"),
    ):
        written.write_text(f"{head}{wrong}\n")
        assert terminal.refused("endpoint", "apply", "endpoint.yml")["code"] == code
    assert terminal.refused("endpoint", "apply", "nowhere.yml")["code"] == "file-not-found"
    unchanged = terminal.json("endpoint", "show", "adder")
    assert {each["name"]: each["share"] for each in unchanged["versions"]} == {"blue": 70, "green": 30}
    written.write_text(f"{head}mirror_traffic: {{}}\n")
    assert terminal.json("endpoint", "apply", "endpoint.yml")["mirror"] == ""
    terminal.ok("endpoint", "delete", "adder")
    terminal.ok("service", "stop-all")
