"""Methods of Azure and of registries of MLflow: one good call each, and facts that do not fit.

A program stands in for the Python that speaks to Azure, and a small server for that of MLflow; the real ones are in
tests/azure_pull and tests/runs.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

_STAND_IN = f"""#!{sys.executable}
import json, os, sys
if "azure_process" not in " ".join(sys.argv):
    print(True)
    raise SystemExit
job = json.load(open(sys.argv[-1]))
item = {{"key": "model:shelved:1", "kind": "model", "name": "shelved", "version": "1", "created": "2022-01-01",
    "archived": False, "title": "", "type": "custom_model", "requires": [], "tags": {{}}}}
def tell(**event):
    print(json.dumps(event), flush=True)
if job["task"] == "list":
    tell(event="item", item=item)
for each in job.get("items", ()):
    folder = os.path.join(job["folder"], each["folder"])
    os.makedirs(os.path.join(folder, "files"))
    open(os.path.join(folder, "files", "model.txt"), "w").write("a model")
    document = {{"description": "", "tags": {{}}, "properties": {{}}, "created": "", "type": "", "job": ""}}
    json.dump(document, open(os.path.join(folder, "document.json"), "w"))
    tell(event="done", key=each["key"], files=1, bytes=7, digest="d", same=False)
tell(event="end")
sys.stdin.read()
"""
_NAMES = {"subscriptionId": "s", "resourceGroup": "g", "workspaceName": "shelf"}


def _account(world: Any) -> dict[str, str]:
    program = world.project.parent / "stand-in"
    program.write_text(_STAND_IN)
    program.chmod(0o700)
    return {**_NAMES, "python": str(program)}


def listing(world: Any) -> None:
    shelf = world.ask("scoredock/azure/list", {"account": _account(world)})
    assert [(each.key, each.here) for each in shelf.items] == [("model:shelved:1", "shelved")]


def pull(world: Any) -> None:
    params = {"account": _account(world), "choices": ["model:shelved"]}
    pulled = world.ask("scoredock/azure/pull", params)
    assert [(each.key, each.here) for each in pulled.outcomes] == [("model:shelved:1", "shelved:1")]


def report(world: Any) -> None:
    pull(world)
    assert world.ask("scoredock/azure/report", {"account": _NAMES}).pending == []


@contextmanager
def _server(world: Any) -> Iterator[str]:
    """A registry with one version of `there`, whose files are those of a model here."""
    digest = world.client.ask("scoredock/model/show", {"id": world.model})["model"]["digest"]
    tags = [{"key": "scoredock.digest", "value": digest}]
    version = {"name": "there", "version": "1", "source": "runs:/r/m", "run_id": "r", "tags": tags}

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is printed."""

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = parse_qs(parts.query)
            name = query.get("name", query.get("filter", [""]))[0]
            answers: dict[str, object] = {
                "search": {"model_versions": [version] if "there" in name else []},
                "get": {"model_version": version, "registered_model": {"name": "there", "aliases": []}},
                "alias": {},
            }
            self._answer(answers[parts.path.rpartition("/")[2]])

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._answer({})

        def _answer(self, document: object) -> None:
            body = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    world.client.notify("workspace/didChangeConfiguration", {"settings": {"scoredock.mlflow.trackingUris": [address]}})
    try:
        yield address
    finally:
        world.client.notify("workspace/didChangeConfiguration", {"settings": {}})
        server.shutdown()
        server.server_close()
        thread.join()


def publish(world: Any) -> None:
    with _server(world) as address:
        pushed = world.ask("scoredock/model/publish", {"id": world.model, "name": "there"})
    assert (pushed.reference, pushed.store, pushed.is_new) == ("models:/there/1", address, False)


def bring(world: Any) -> None:
    name = world.model.partition(":")[0]
    with _server(world):
        brought = world.ask("scoredock/model/bring", {"reference": "models:/there/1", "name": name})
    assert (brought.model.id, brought.is_new) == (world.model, False)


def sync(world: Any) -> None:
    name = world.model.partition(":")[0]
    with _server(world):
        synced = world.ask("scoredock/model/sync", {"name": name, "registeredName": "there"})
    assert synced.linked == 1


GOOD: dict[str, Callable[[Any], None]] = {
    "scoredock/azure/list": listing,
    "scoredock/azure/pull": pull,
    "scoredock/azure/report": report,
    "scoredock/model/publish": publish,
    "scoredock/model/bring": bring,
    "scoredock/model/sync": sync,
}
_ELSEWHERE = {"store": "http://127.0.0.1:9"}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("scoredock/azure/list", {}, "azure-workspace-unknown"),
    ("scoredock/azure/list", {"account": {**_NAMES, "python": "/nowhere"}}, "python-not-found"),
    ("scoredock/azure/pull", {"choices": ["model:*"]}, "azure-workspace-unknown"),
    ("scoredock/azure/pull", {"account": {**_NAMES, "workspaceName": "a/b"}}, "azure-workspace-unknown"),
    ("scoredock/azure/report", {"account": {**_NAMES, "workspaceName": "never"}}, "azure-pull-missing"),
    ("scoredock/model/publish", {"id": "weights:1", **_ELSEWHERE}, "mlflow-server-unknown"),
    ("scoredock/model/bring", {"reference": "models:/m/1", **_ELSEWHERE}, "mlflow-server-unknown"),
    ("scoredock/model/sync", {"name": "weights", **_ELSEWHERE}, "mlflow-server-unknown"),
]
