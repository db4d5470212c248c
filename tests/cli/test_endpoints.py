"""`scoredock endpoint …` and `scoredock service traffic`, with real services."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest

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
    control = terminal.json("endpoint", "set-version", "adder", "blue", "--control")
    assert [each["type"] for each in control["versions"]] == ["Control", "Treatment"]
    terminal.ok("endpoint", "promote", "adder", "green")
    shown = terminal.json("endpoint", "show", "adder")
    assert [(each["name"], each["share"], each["isDefault"]) for each in shown["versions"]] == [
        ("blue", 0, False),
        ("green", 100, True),
    ]
    assert sum(each["answered"] for each in shown["versions"]) == 42
    assert "adder" in terminal.ok("endpoint", "list")
    measured = {each["service"]: each for each in terminal.json("service", "metrics", "adder")["services"]}
    assert list(measured) == ["adder", "adder-blue", "adder-green"]
    assert measured["adder-blue"]["totals"]["requests"] + measured["adder-green"]["totals"]["requests"] == 42
    assert "green" in terminal.ok("endpoint", "show", "adder")
    # A service that moves to another port is followed at once.
    terminal.ok("service", "update", "adder-green", "--port", str(free_port()))
    assert who(shown) == "green"
    terminal.ok("endpoint", "withdraw", "adder", "blue")
    terminal.ok("endpoint", "delete-version", "adder", "blue")
    assert terminal.json("endpoint", "stop", "adder")["state"] == "Stopped"
    assert terminal.json("endpoint", "start", "adder")["state"] == "Healthy"
    terminal.ok("endpoint", "delete", "adder")
    assert terminal.json("endpoint", "list")["endpoints"] == []
    terminal.ok("service", "stop-all")
