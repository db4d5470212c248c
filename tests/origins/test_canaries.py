"""Each client gets a secret and works, is refused, is led elsewhere, or is told its own request: the secret is written
and printed nowhere.

What a person has written down where it belongs, and the file of a subscription that must have it, are not a leak.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tarfile
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from scoredock.containers.connection import DockerSettings
from scoredock.containers.connection import connect as connect_docker
from scoredock.containers.image_calls import Login, pull, push
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent

from certificates import pair
from cli.conftest import Terminal
from cli.conftest import terminal as terminal
from cluster.credentials import write_config
from origins.canaries import CANARY, forms, leaks, leaks_below
from recording_server import RecordingServer, say
from recording_server import serve as serve

Answer = Callable[[BaseHTTPRequestHandler], None]
Serve = Callable[..., RecordingServer]
SDK = Path(__file__).parent.parent.parent / "pyserver" / "sdk" / "scoredock_azureml" / "packages"
V1 = "client.authentication.k8s.io/v1"
KEPT = ("receivers/ci/subscription.json", "receivers/ci/secret")
"""Files of the data folder that must have the secret of a receiver, for its account alone."""


def echo(status: int) -> Answer:
    """All of the request in whatever a client shows of an answer."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        text = " ".join(f"{handler.command} {handler.path} {handler.headers}".split())
        error = {"code": "DENIED", "message": text, "detail": text}
        document = {"kind": "Status", "status": "Failure", "message": text, "error_code": text, "errors": [error]}
        fields = {"WWW_Authenticate": 'Basic realm="r"'} if status == 401 else {}
        say(
            handler,
            status,
            json.dumps({**document, "reason": text}).encode(),
            Content_Type="application/json",
            **fields,
        )

    return answer


def echo_text(handler: BaseHTTPRequestHandler) -> None:
    """As a program that raises."""
    lines = [f"{name}: {value}" for name, value in handler.headers.items()]
    say(handler, 500, "\n".join((*lines, f"Error: {handler.path} {lines}")).encode(), Content_Type="text/plain")


def works(handler: BaseHTTPRequestHandler) -> None:
    say(handler, 200, json.dumps({"ray_version": "2.9.0", "gitVersion": "v1.30.0", "items": []}).encode())


def closes(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def asks_first(answer: Answer) -> Answer:
    """Registries are told a password after a question only."""

    def question(handler: BaseHTTPRequestHandler) -> None:
        if handler.path.startswith("/v2/") and not handler.headers.get("Authorization"):
            say(handler, 401, WWW_Authenticate='Basic realm="r"')
        else:
            answer(handler)

    return question


ANSWERS: dict[str, Answer] = {
    "works": works,
    "refused": echo(401),
    "forbidden": echo(403),
    "bad request": echo(400),
    "broken": echo(500),
    "broken in words": echo_text,
    "closed": closes,
}


class Person:
    """Who has a secret for each client, in files of the account, and tries all that sends it."""

    def __init__(self, terminal: Terminal, account: Path, address: str) -> None:
        self.terminal = terminal
        self.address = address
        self.host = urlsplit(address).netloc
        self.printed: list[tuple[str, str]] = []
        account.mkdir()
        login = account / "login"
        answer = {"kind": "ExecCredential", "apiVersion": V1, "status": {"token": CANARY}}
        login.write_text(f"#!/bin/sh\ncat <<END\n{json.dumps(answer)}\nEND\n")
        login.chmod(0o755)
        users = {
            "token": {"token": CANARY},
            "password": {"username": "me", "password": CANARY},
            "program": {"exec": {"apiVersion": V1, "command": str(login), "interactiveMode": "Never"}},
        }
        for name, user in users.items():
            cluster = {"server": address, "insecure-skip-tls-verify": True}
            write_config(account / f"{name}.conf", name, cluster, user)
        auth = base64.b64encode(f"me:{CANARY}".encode()).decode()
        (account / "config.json").write_text(json.dumps({"auths": {self.host: {"auth": auth}}}))
        (account / "secret").write_text(f"whsec_{base64.b64encode(CANARY.encode()).decode()}")
        terminal.env |= {"DOCKER_CONFIG": str(account), "RAY_AUTH_TOKEN": CANARY, "TOKEN": CANARY}
        terminal.env |= {"KUBECONFIG": ":".join(str(account / f"{each}.conf") for each in users)}
        self.account = account

    def run(self, *words: str, **variables: str) -> None:
        self.terminal.env |= variables
        done = self.terminal.run(*words)
        for name in variables:
            del self.terminal.env[name]
        self.printed.append((" ".join(words), done.stdout + done.stderr))

    def try_all(self) -> None:
        (self.terminal.folder / "m.txt").write_text("m")
        self.run("model", "register", "m.txt", "--name", "m")
        self.registries()
        self.mlflow()
        self.ray()
        self.clusters()
        self.webhooks()
        self.requests()

    def registries(self) -> None:
        self.run("image", "layers", f"{self.host}/team/a:1")
        self.run("model", "push", "m:1", f"{self.host}/team/a:1")
        self.run("model", "push", "m:1", f"{self.host}/team/a:1", "--json")

    def mlflow(self) -> None:
        logins = (
            {"MLFLOW_TRACKING_TOKEN": CANARY},
            {"MLFLOW_TRACKING_USERNAME": "me", "MLFLOW_TRACKING_PASSWORD": CANARY},
        )
        for login in logins:
            self.run("run", "list", self.address, **login)
            self.run("model", "push", "m:1", "--to", "mlflow:m", "--store", self.address, **login)
            self.run("model", "register", "models:/m/1", "--store", self.address, **login)

    def ray(self) -> None:
        self.run("compute", "attach", "ray", "--ray", self.address)
        self.run("compute", "check", "ray")

    def clusters(self) -> None:
        for name in ("token", "password", "program"):
            self.run("compute", "attach", name, "--context", name, "--namespace", "models", "--yes")
            self.run("compute", "check", name)
        self.run("compute", "list", "--json")

    def webhooks(self) -> None:
        url = self.address.replace("://", f"://me:{quote(CANARY, safe='')}@", 1) + "/hook"
        words = ("--url", url, "--no-handshake", "--secret-file", str(self.account / "secret"), "--max-pause", "0.1")
        self.run("event", "subscribe", "other", *words[:2])
        self.run("event", "subscribe", "ci", *words)
        self.run("event", "test", "ci")
        self.run("model", "update", "m:1", "--tag", "a=b")
        self.run("event", "list")
        self.run("event", "show", "ci")
        self.run("event", "show", "ci", "--json")

    def requests(self) -> None:
        file = self.terminal.folder / "a.http"
        file.write_text(
            '# @expect status 200\n# @expect $.message == "well"\n# @expect body "well"\n'
            "POST {{service}}/score\nAuthorization: Bearer {{$processEnv TOKEN}}\n\n[1]\n"
        )
        port = self.host.rpartition(":")[2]
        self.run("test", "a.http", "--port", port, "--allow-env", "TOKEN", "--junit", "results.xml")

    def leaks(self) -> list[str]:
        """Of all that was printed and written."""
        self.run("workspace", "backup", "b.tar")
        self.run("doctor")
        self.run("lineage", "verify")
        kept = [
            *(each for words, text in self.printed for each in leaks(words, text.encode())),
            *leaks_below(self.terminal.folder),
            *leaks_below(self.terminal.home),
        ]
        return [each for each in kept if not any(f"{name}:" in each for name in KEPT)]


PLACES = {
    "registries": "/v2/team/a/",
    "MLflow": "/api/2.0/mlflow/",
    "Ray": "/api/version",
    "Kubernetes": "/version",
    "webhooks": "/hook",
    "`.http` files": "/score",
}
"""Where each client sends it."""


def require_sent(server: RecordingServer, places: dict[str, str]) -> None:
    """Else nothing was tried."""
    heads = [head for head in server.heads if any(leaks("", head.encode()))]
    assert [name for name, path in places.items() if not any(f" {path}" in head for head in heads)] == []


LONG = pytest.mark.long("the sentences of one status are those of the others")


@pytest.mark.parametrize(
    "what",
    [each if each in ("works", "broken") else pytest.param(each, marks=LONG) for each in ANSWERS],
)
def test_what_a_server_answers(terminal: Terminal, serve: Serve, tmp_path: Path, what: str) -> None:
    server = serve(asks_first(ANSWERS[what]))
    person = Person(terminal, tmp_path / "account", server.url().rstrip("/"))
    person.try_all()
    require_sent(server, PLACES)
    assert person.leaks() == []


def test_a_server_that_leads_elsewhere(terminal: Terminal, serve: Serve, tmp_path: Path) -> None:
    thief = serve(works)
    server = serve(lambda handler: say(handler, 307, Location=thief.url(handler.path, "localhost")))
    person = Person(terminal, tmp_path / "account", server.url().rstrip("/"))
    person.try_all()
    require_sent(server, {name: path for name, path in PLACES.items() if name != "registries"})
    assert not list(leaks("thief", "".join(thief.heads).encode()))
    assert person.leaks() == []


@pytest.mark.long("other connections fail in the clear at the gate")
def test_a_certificate_of_nobody(terminal: Terminal, serve: Serve, tmp_path: Path) -> None:
    server = serve(asks_first(echo(500)), pair(tmp_path))
    person = Person(terminal, tmp_path / "account", server.url().rstrip("/"))
    person.try_all()
    assert person.leaks() == []


@pytest.mark.parametrize("status", [200, 401, 500])
def test_a_docker_elsewhere(serve: Serve, tmp_path: Path, status: int) -> None:
    """What it says of a login, in an answer and in a line of its progress."""
    version = {"ApiVersion": "1.41", "Version": "20.10", "Os": "linux", "Arch": "amd64"}

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path.endswith("/version"):
            say(handler, 200, json.dumps(version).encode(), Content_Type="application/json")
            return
        packed = handler.headers.get("X-Registry-Auth", "")
        text = f"{packed} {base64.urlsafe_b64decode(packed or 'e30=').decode()}"
        content = json.dumps({"message": text, "error": text, "errorDetail": {"message": text}})
        say(handler, status, content.encode(), Content_Type="application/json")

    server = serve(answer)
    docker = connect_docker(DockerSettings(host=f"tcp://{server.host()}"))
    login = Login("registry.test", "me", CANARY)
    for call in (
        lambda: pull(docker, "registry.test/a:1", "", login, Silent(), CancelToken()),
        lambda: push(docker, "registry.test/a:1", login, Silent(), CancelToken()),
    ):
        with pytest.raises(ScoredockError) as refused:
            call()
        assert "registry.test" in refused.value.message
        assert not list(leaks("", f"{refused.value}{refused.value.details}".encode()))
    assert len([head for head in server.heads if any(leaks("", head.encode()))]) == 2


def test_an_endpoint_of_the_sdk(serve: Serve) -> None:
    """Its script answers with the request, and the exception has the answer."""
    server = serve(echo(500))
    program = f"""
import sys
sys.path.insert(0, {str(SDK)!r})
from azureml.core.webservice import versions
from azureml.core.webservice.aks import AksEndpoint

class Endpoint(AksEndpoint):
    scoring_uri, auth_enabled, name = {server.url("/score")!r}, True, "e"
    def __init__(self): ...
    def get_keys(self): return [{CANARY!r}]

versions.run(Endpoint(), "{{}}")
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert "Response Code: 500" in ended.stderr
    assert server.saw(CANARY)
    assert not list(leaks("", (ended.stdout + ended.stderr).replace(repr(CANARY), "").encode()))


def test_a_planted_leak_is_seen(tmp_path: Path) -> None:
    """In each form, packed as well."""
    for number, form in enumerate(forms(CANARY)):
        (tmp_path / f"{number}").write_bytes(b"x" + form + b"y")
    (tmp_path / "login").write_text(base64.b64encode(f"user:{CANARY}!".encode()).decode())
    with tarfile.open(tmp_path / "b.tar", "w") as archive:
        archive.add(tmp_path / "0", "inner")
    seen = {each.partition(": ")[0] for each in leaks_below(tmp_path)}
    assert seen == {*(str(number) for number in range(len(forms(CANARY)))), "login", "b.tar", "b.tar!inner"}
