"""A deployment configuration with data collection: what came in lies on this machine, and the service tells where."""

from __future__ import annotations

import http.client
import json
import time
from pathlib import Path
from typing import Any

from pace import patience

ECHO = "import json\n\ndef init(): pass\n\ndef run(data): return json.loads(data)\n"


def ask(view: Any, body: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", view.port, timeout=20)
    try:
        connection.request("POST", "/score", body, {"Content-Type": "application/json"})
        return connection.getresponse().read()
    finally:
        connection.close()


def test_collected_requests_lie_where_the_service_says(place: Any) -> None:
    config = {"computeType": "aks", "authEnabled": False, "dataCollection": {"storageEnabled": True}}
    path = str(place.write("deploymentconfig.json", json.dumps(config)))
    view = place.deploy(ECHO, deployment_config=path)
    assert view.data_folder == ""
    assert ask(view, "[41]") == b"[41]"
    deadline = time.monotonic() + patience(20)
    while not (view := place.deployments.service("svc-one")).data_folder:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    while not (found := [*Path(view.data_folder).rglob("*.jsonl")]) or not found[0].read_text().endswith("\n"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    (record,) = map(json.loads, found[0].read_text().splitlines())
    assert (record["input"], record["output"], record["status"]) == ("[41]", "[41]", 200)
    place.deployments.delete("svc-one")
    assert not Path(view.data_folder).exists()


def test_without_it_nothing_is_kept(place: Any) -> None:
    view = place.deploy(ECHO)
    assert ask(view, "[41]") == b"[41]"
    place.deployments.stop("svc-one")
    assert place.deployments.service("svc-one").data_folder == ""
