"""Models to the registry of a real MLflow server and back, its aliases and tags, and services of `models:/…`."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal

from .conftest import DEFAULTS, NEWEST, serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MLMODEL = """flavors:
  python_function:
    loader_module: mlflow.sklearn
signature:
  inputs: '[{"name": "x", "type": "double"}]'
  outputs: '[{"type": "double"}]'
"""
SCORE = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return sum(json.loads(data)['data'])\n"


@pytest.fixture(scope="module")
def programs(mlflow: Callable[[str], Path]) -> Path:
    return mlflow(NEWEST)


@pytest.fixture(scope="module")
def server(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One of its own: other tests look whether theirs stays as it was."""
    with serving(programs, tmp_path_factory.mktemp("registry"), *DEFAULTS) as running:
        yield running


@pytest.fixture
def here(server: Any, terminal: Terminal) -> Terminal:
    terminal.env["MLFLOW_TRACKING_URI"] = server.address
    return terminal


def rest(server: Any, path: str, **body: object) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{server.address}/api/2.0/mlflow/{path}",
        json.dumps(body).encode() if body else None,
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


def register(terminal: Terminal, name: str, **tags: str) -> dict[str, Any]:
    folder = terminal.folder / name
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "MLmodel").write_text(MLMODEL)
    (folder / "data" / "weights.bin").write_bytes(name.encode() * 1000)
    words = [word for key, value in tags.items() for word in ("--tag", f"{key}={value}")]
    model: dict[str, Any] = terminal.json("model", "register", name, "-n", name, "--description", f"of {name}", *words)
    return model


def test_there_and_back(here: Terminal, server: Any, programs: Path) -> None:
    model = register(here, "prices", stage="blue")
    here.ok("model", "alias", "prices:1", "champion")
    pushed = here.json("model", "push", "prices:1", "--to", "mlflow:prices")
    assert (pushed["reference"], pushed["isNew"], pushed["conflicts"]) == ("models:/prices/1", True, [])
    there = rest(server, "model-versions/get?name=prices&version=1")["model_version"]
    tags = {each["key"]: each["value"] for each in there["tags"]}
    assert (tags["stage"], tags["scoredock.model"], there["description"]) == ("blue", "prices:1", "of prices")
    alias = rest(server, "registered-models/alias?name=prices&alias=champion")["model_version"]
    assert str(alias["version"]) == "1"
    again = here.json("model", "push", "prices:1", "--to", "mlflow:prices")
    assert (again["reference"], again["isNew"], again["sentBytes"]) == ("models:/prices/1", False, 0)
    assert len(rest(server, "model-versions/search")["model_versions"]) >= 1

    back = here.json("model", "register", "copied", "--from", "models:/prices@champion")
    assert (back["id"], back["digest"], back["tags"]) == ("copied:1", model["digest"], {"stage": "blue"})
    assert back["properties"]["mlflow.model"] == "models:/prices/1"
    same = here.json("model", "register", "copied", "--from", "models:/prices/1")
    assert same["id"] == "copied:1"
    client = subprocess.run(
        [
            str(programs / "python"),
            "-c",
            "import mlflow, sys; mlflow.set_tracking_uri(sys.argv[1]);"
            "print(mlflow.models.get_model_info('models:/prices@champion').signature)",
            server.address,
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert "'x': double" in client.stdout


def test_aliases_and_tags_in_step(here: Terminal, server: Any) -> None:
    register(here, "steps", owner="ana")
    here.ok("model", "push", "steps:1", "--to", "mlflow:steps")
    (here.folder / "steps" / "data" / "more.bin").write_bytes(b"more")
    here.ok("model", "register", "steps", "-n", "steps")
    here.ok("model", "push", "steps:2", "--to", "mlflow:steps")
    assert here.json("model", "sync", "steps")["differences"] == []

    here.ok("model", "alias", "steps:2", "candidate")
    here.ok("model", "alias", "steps:1", "champion")
    rest(server, "registered-models/alias", name="steps", alias="champion", version="2")
    rest(server, "registered-models/alias", name="steps", alias="baseline", version="1")
    rest(server, "model-versions/set-tag", name="steps", version="1", key="owner", value="bo")
    rest(server, "model-versions/set-tag", name="steps", version="2", key="reviewed", value="yes")
    seen = here.json("model", "sync", "steps")
    found = {(each["kind"], each["name"], each["here"], each["there"]) for each in seen["differences"]}
    assert found == {
        ("alias", "baseline", "", "1"),
        ("alias", "candidate", "2", ""),
        ("alias", "champion", "1", "2"),
        ("tag", "owner", "ana", "bo"),
        ("tag", "reviewed", "", "yes"),
    }
    assert seen["changed"] == []
    done = here.run("model", "sync", "steps", "--push", "--json")
    assert done.returncode == 1
    pushed = json.loads(done.stdout)
    assert [each["name"] for each in pushed["changed"]] == ["candidate"]
    assert {each["name"] for each in pushed["conflicts"]} == {"champion", "owner"}
    done = here.run("model", "sync", "steps", "--pull", "--json")
    assert {each["name"] for each in json.loads(done.stdout)["changed"]} == {"baseline", "reviewed"}
    assert here.json("model", "show", "steps@baseline")["model"]["id"] == "steps:1"
    assert here.json("model", "show", "steps@champion")["model"]["id"] == "steps:1"
    assert here.json("model", "sync", "steps", "--pull", "--overwrite")["conflicts"] == []
    assert here.json("model", "show", "steps@champion")["model"]["id"] == "steps:2"
    assert here.json("model", "sync", "steps")["differences"] == []


def test_a_push_does_not_take_an_alias_away(here: Terminal, server: Any) -> None:
    register(here, "kept")
    here.ok("model", "push", "kept:1", "--to", "mlflow:kept")
    rest(server, "registered-models/alias", name="kept", alias="champion", version="1")
    (here.folder / "kept" / "more").write_text("more")
    here.ok("model", "register", "kept", "-n", "kept")
    here.ok("model", "alias", "kept:2", "champion")
    done = here.run("model", "push", "kept:2", "--to", "mlflow:kept", "--json")
    assert (done.returncode, len(json.loads(done.stdout)["conflicts"])) == (1, 1)
    alias = rest(server, "registered-models/alias?name=kept&alias=champion")["model_version"]
    assert str(alias["version"]) == "1"
    assert here.json("model", "push", "kept:2", "--to", "mlflow:kept", "--overwrite")["conflicts"] == []
    alias = rest(server, "registered-models/alias?name=kept&alias=champion")["model_version"]
    assert str(alias["version"]) == "2"


@pytest.mark.usefixtures("runtime")
def test_a_service_of_an_alias(here: Terminal) -> None:
    register(here, "served")
    here.ok("model", "alias", "served:1", "champion")
    here.ok("model", "push", "served:1", "--to", "mlflow:served")
    here.ok("model", "delete", "served:1")
    (here.folder / "score.py").write_text(SCORE)
    (here.folder / "requirements.txt").write_text("")
    words = ["--entry-script", "score.py", "--environment-file", "requirements.txt"]
    service = here.json("service", "deploy", "of-alias", "--model", "models:/served@champion", *words)
    assert (service["state"], service["models"]) == ("Healthy", ["served:2"])
    assert json.loads(here.ok("service", "call", "of-alias", "--data", '{"data": [1, 2]}')) == 3
    updated = here.json("service", "update", "of-alias", "--model", "models:/served/1")
    assert updated["models"] == ["served:2"]


@contextmanager
def between(server: Any) -> Iterator[tuple[str, list[int]]]:
    """A way to the server that ends after so many bytes, when the list has a number."""
    limit: list[int] = []
    host, port = server.address.removeprefix("http://").split(":")
    listener = socket.create_server(("127.0.0.1", 0))

    def pipe(one: socket.socket, other: socket.socket, counts: bool) -> None:
        with suppress(OSError):
            while data := one.recv(4096):
                if counts and limit:
                    limit[0] -= len(data)
                    if limit[0] <= 0:
                        break
                other.sendall(data)
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                upstream = socket.create_connection((host, int(port)))
                threading.Thread(target=pipe, args=(client, upstream, True), daemon=True).start()
                threading.Thread(target=pipe, args=(upstream, client, False), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", limit
    finally:
        listener.close()


def test_an_upload_that_is_cut_off_goes_on(here: Terminal, server: Any) -> None:
    folder = here.folder / "large"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.bin").write_bytes(bytes([number]) * 500_000)
    here.ok("model", "register", "large", "-n", "large")
    with between(server) as (address, limit):
        limit.append(1_300_000)
        refusal = here.refused("model", "push", "large:1", "--to", "mlflow:large", "--store", address)
        assert refusal["code"] == "run-server-unreachable"
        with pytest.raises(urllib.error.HTTPError):
            rest(server, "registered-models/get?name=large")
        limit.clear()
        pushed = here.json("model", "push", "large:1", "--to", "mlflow:large", "--store", address)
    assert pushed["reference"] == "models:/large/1"
    assert pushed["presentBytes"] >= 1_000_000
    assert pushed["sentBytes"] + pushed["presentBytes"] == 2_000_000
    back = here.json("model", "register", "back", "--from", "models:/large/1")
    assert back["digest"] == here.json("model", "show", "large:1")["model"]["digest"]
    experiment = rest(server, "experiments/get-by-name?experiment_name=scoredock")["experiment"]["experiment_id"]
    runs = rest(server, "runs/search", experiment_ids=[experiment])["runs"]
    assert {each["info"]["status"] for each in runs} == {"FINISHED"}


def test_what_is_refused(here: Terminal, server: Any) -> None:
    register(here, "refused")
    push = ("model", "push", "refused:1", "--to", "mlflow:refused")
    assert here.refused(*push, "--store", "http://127.0.0.1:9")["code"] == "run-server-unreachable"
    assert here.refused(*push, "--store", f"{server.address}/nowhere")["code"] == "run-server-refused"
    assert here.refused("model", "register", "--from", "models:/none/1")["code"] == "mlflow-model-missing"
    assert here.refused("model", "register", "--from", "models:/none@champion")["code"] == "mlflow-model-missing"
    assert here.refused("model", "register", "--from", "models:/a/Production")["code"] == "mlflow-model-missing"
    assert here.refused("model", "register", "--from", "models:/a@b@c")["code"] == "mlflow-reference-invalid"
    assert here.refused("model", "sync", "none")["code"] == "model-not-found"
    here.env.pop("MLFLOW_TRACKING_URI")
    assert here.refused(*push)["code"] == "mlflow-server-unknown"
    assert here.refused("service", "deploy", "x", "--model", "models:/a/1")["code"] == "mlflow-server-unknown"


def test_credentials_are_sent_and_not_told(here: Terminal) -> None:
    """A server that wants a token, and gives no version."""
    from http.server import BaseHTTPRequestHandler, HTTPServer

    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed."""

        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization", ""))
            body = b'{"model_versions": []}' if seen[-1] == "Bearer of-the-test" else b""
            self.send_response(200 if body else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    own = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=own.serve_forever, daemon=True).start()
    here.env["MLFLOW_TRACKING_URI"] = f"http://127.0.0.1:{own.server_port}"
    assert here.refused("model", "register", "--from", "models:/m/latest")["code"] == "run-server-refused"
    here.env["MLFLOW_TRACKING_TOKEN"] = "of-the-test"
    refusal = here.run("model", "register", "--from", "models:/m/latest", "--json")
    assert json.loads(refusal.stderr)["error"]["code"] == "mlflow-model-missing"
    assert "of-the-test" not in refusal.stderr + refusal.stdout
    own.shutdown()
    own.server_close()
