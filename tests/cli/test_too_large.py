"""A request that is larger than a service takes: every client of ours shows the 413 that came while it was sending,
and none says that the connection was broken off."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from scoredock.contrib.exports.domain.function_service import ServiceBeside
from scoredock.contrib.profiling.domain.load import RequestLine
from scoredock.engines.probe import Address
from scoredock.services.access.calls import OutgoingCall, send

from certificates import pair
from cli.conftest import Terminal

TOO_LARGE = "The data value transmitted exceeds the capacity limit."
BODY = json.dumps("x" * (101 << 20)).encode()
"""The limit is 100 MB."""
SDK = """
from azureml.core import Webservice, Workspace
from azureml.exceptions import WebserviceException

service = Webservice(Workspace.get("local"), "plain")
for body in (open("large.json").read(), "[" + "1," * (150 << 20) + "1]"):
    try:
        service.run(body)
    except WebserviceException as error:
        print(error.status_code, str(error).replace("\\n", " "))
print(service.run('{"data": [1, 2, 3]}'))
"""


@pytest.fixture
def service(terminal: Terminal, shared_environments: None) -> Terminal:
    (terminal.folder / "large.json").write_bytes(BODY)
    terminal.ok("service", "deploy", "plain", "--entry-script", "score.py")
    return terminal


def test_in_a_terminal_and_a_script(service: Terminal) -> None:
    called = service.run("service", "call", "plain", "--data", "@large.json")
    assert (called.returncode, "413" in called.stderr, json.loads(called.stdout)) == (1, True, {"message": TOO_LARGE})
    assert "restart" not in called.stderr
    (service.folder / "call.py").write_text(SDK)
    said = service.ok("sdk", "run", "--python", sys.executable, "call.py")
    assert said.startswith("413 ")
    assert TOO_LARGE in said
    assert "larger than 256 MB" in said, "what the server would not read at all"
    assert said.splitlines()[-1] == "6", "and goes on"


def test_over_tls(service: Terminal) -> None:
    certificate, key = pair(service.folder)
    target = {"computeType": "aks", "authEnabled": False, "sslEnabled": True}
    (service.folder / "dc.json").write_text(
        json.dumps({**target, "sslCertificate": certificate.name, "sslKey": key.name})
    )
    service.ok("service", "deploy", "secured", "--entry-script", "score.py", "--dc", "dc.json")
    assert service.json("service", "show", "secured")["scoringUri"].startswith("https://")
    called = service.run("service", "call", "secured", "--data", "@large.json")
    assert (called.returncode, json.loads(called.stdout)) == (1, {"message": TOO_LARGE})


def test_behind_the_port_of_an_endpoint(service: Terminal) -> None:
    port = service.json("endpoint", "create", "behind", "--service", "plain", "--version", "blue")["port"]
    answer = send("behind", Address(port, "", is_chosen=True), OutgoingCall("/score", "POST", BODY))
    assert (answer.status, json.loads(answer.body)) == (413, {"message": TOO_LARGE})
    assert answer.headers["azureml-model-deployment"] == "blue"


def test_under_load_and_from_a_function_beside_it(service: Terminal, tmp_path: Path) -> None:
    port = service.json("service", "show", "plain")["port"]
    nonce = json.loads((service.home / "workspaces/local/services/plain/spec.json").read_text())["nonce"]
    line = RequestLine("plain", Address(port, nonce), OutgoingCall("/score", "POST"))
    assert line.send(BODY) == ("failed", "status 413")
    line.close()

    class Beside(ServiceBeside):
        def _started(self) -> int:
            return int(port)

    forwarded = Beside(sys.executable, tmp_path, asks_for_keys=False).forward("POST", "/score", {}, BODY)
    assert (forwarded.status, json.loads(forwarded.body)) == (413, {"message": TOO_LARGE})
