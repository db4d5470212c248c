"""Servers that ask for a user and password, and servers of MLflow 1, which have stages and no aliases."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal

from .conftest import DEFAULTS, NEWEST, serving
from .test_registry_of_a_server import SCORE, register

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

OLD = "1.30.1"
ADMIN, ADMIN_PASSWORD = "admin", "password-of-the-admin"
READER, READER_PASSWORD = "reader", "password-of-the-reader"
PASSWORDS = (ADMIN_PASSWORD, READER_PASSWORD, "a-wrong-password")


def ask(address: str, path: str, account: tuple[str, str] | None = None, **body: object) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{address}/api/2.0/mlflow/{path}",
        json.dumps(body).encode() if body else None,
        {"Content-Type": "application/json"},
        method="PATCH" if path.endswith("permissions/update") else None,
    )
    if account is not None:
        request.add_header("Authorization", "Basic " + base64.b64encode(":".join(account).encode()).decode())
    with urllib.request.urlopen(request, timeout=60) as response:
        answer: dict[str, Any] = json.load(response)
    return answer


@pytest.fixture(scope="module")
def closed(mlflow: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with accounts: one that may do everything, one that may only read."""
    folder = tmp_path_factory.mktemp("closed")
    configuration = folder / "auth.ini"
    configuration.write_text(
        "[mlflow]\ndefault_permission = READ\ndatabase_uri = sqlite:///accounts.db\n"
        f"admin_username = {ADMIN}\nadmin_password = {ADMIN_PASSWORD}\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
    )
    variables = {"MLFLOW_AUTH_CONFIG_PATH": str(configuration), "MLFLOW_FLASK_SERVER_SECRET_KEY": "of-the-test"}
    words = (*DEFAULTS, "--app-name", "basic-auth")
    with serving(mlflow(NEWEST, "auth"), folder, *words, variables=variables) as server:
        ask(server.address, "users/create", (ADMIN, ADMIN_PASSWORD), username=READER, password=READER_PASSWORD)
        yield server.address


@pytest.fixture
def account(closed: str, terminal: Terminal) -> Callable[[str, str], Terminal]:
    terminal.env["MLFLOW_TRACKING_URI"] = closed

    def sign_in(user: str, password: str) -> Terminal:
        terminal.env |= {"MLFLOW_TRACKING_USERNAME": user, "MLFLOW_TRACKING_PASSWORD": password}
        return terminal

    return sign_in


def refusal_of(terminal: Terminal, *words: str) -> dict[str, Any]:
    """Without a password anywhere in what is said."""
    done = terminal.run(*words, "--json")
    assert done.returncode == 1
    assert not any(password in done.stdout + done.stderr for password in PASSWORDS)
    refusal: dict[str, Any] = json.loads(done.stderr)["error"]
    return refusal


@pytest.mark.usefixtures("runtime")
def test_an_account_pushes_registers_compares_and_deploys(account: Callable[[str, str], Terminal]) -> None:
    here = account(ADMIN, ADMIN_PASSWORD)
    register(here, "prices", stage="blue")
    here.ok("model", "alias", "prices:1", "champion")
    assert here.json("model", "push", "prices:1", "--to", "mlflow:prices")["reference"] == "models:/prices/1"
    assert here.json("model", "register", "copied", "--from", "models:/prices@champion")["id"] == "copied:1"
    assert here.json("model", "sync", "prices")["differences"] == []
    (here.folder / "score.py").write_text(SCORE)
    (here.folder / "requirements.txt").write_text("")
    words = ["--entry-script", "score.py", "--environment-file", "requirements.txt"]
    service = here.json("service", "deploy", "of-alias", "--model", "models:/prices@champion", *words)
    assert service["state"] == "Healthy"
    kept = [path for path in here.home.rglob("*") if path.is_file() and ADMIN_PASSWORD.encode() in path.read_bytes()]
    assert kept == []


def test_a_wrong_password_and_none(account: Callable[[str, str], Terminal]) -> None:
    here = account(ADMIN, "a-wrong-password")
    register(here, "closed")
    commands = (
        ("model", "push", "closed:1", "--to", "mlflow:closed"),
        ("model", "register", "--from", "models:/closed/1"),
        ("model", "sync", "closed"),
        ("service", "deploy", "x", "--model", "models:/closed/1"),
    )
    for words in commands:
        refusal = refusal_of(here, *words)
        assert (refusal["code"], refusal["details"]["status"]) == ("run-server-refused", "401")
        assert "did not accept the user name and password" in refusal["message"]
        assert "MLFLOW_TRACKING_PASSWORD" in refusal["fix"]
    del here.env["MLFLOW_TRACKING_USERNAME"], here.env["MLFLOW_TRACKING_PASSWORD"]
    refusal = refusal_of(here, *commands[0])
    assert "asks who you are" in refusal["message"]
    assert "MLFLOW_TRACKING_USERNAME" in refusal["fix"]


def test_an_account_that_may_only_read(account: Callable[[str, str], Terminal]) -> None:
    here = account(ADMIN, ADMIN_PASSWORD)
    register(here, "shared", stage="blue")
    here.ok("model", "push", "shared:1", "--to", "mlflow:shared")
    account(READER, READER_PASSWORD)
    assert here.json("model", "register", "of-reader", "--from", "models:/shared/1")["id"] == "of-reader:1"
    here.ok("model", "alias", "shared:1", "champion")
    assert len(here.json("model", "sync", "shared")["differences"]) == 1
    (here.folder / "shared" / "more").write_text("more")
    here.ok("model", "register", "shared", "-n", "shared")
    for words in (
        ("model", "push", "shared:2", "--to", "mlflow:shared"),
        ("model", "sync", "shared", "--push"),
    ):
        refusal = refusal_of(here, *words)
        assert refusal["details"]["status"] == "403", refusal
        assert "Your account may not do that" in refusal["message"]
        assert "permission" in refusal["fix"]


# ---------------------------------------------------------------------------------------------- MLflow 1


@pytest.fixture(scope="module")
def old(mlflow: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("old")
    words = ("--backend-store-uri", "sqlite:///old.db", "--serve-artifacts", "--artifacts-destination", "./kept")
    with serving(mlflow(OLD), folder, *words, "--default-artifact-root", "mlflow-artifacts:/") as server:
        yield server.address


@pytest.fixture
def beside_old(old: str, terminal: Terminal) -> Terminal:
    terminal.env["MLFLOW_TRACKING_URI"] = old
    return terminal


def test_versions_and_tags_go_to_an_old_server_and_aliases_are_told(beside_old: Terminal, old: str) -> None:
    here = beside_old
    model = register(here, "prices", stage="blue")
    here.ok("model", "alias", "prices:1", "champion")
    pushed = here.json("model", "push", "prices:1", "--to", "mlflow:prices")
    assert (pushed["reference"], pushed["noAliases"], pushed["conflicts"]) == ("models:/prices/1", ["champion"], [])
    there = ask(old, "model-versions/get?name=prices&version=1")["model_version"]
    assert {each["key"]: each["value"] for each in there["tags"]}["stage"] == "blue"
    assert "without the aliases champion" in here.ok("model", "push", "prices:1", "--to", "mlflow:prices")
    back = here.json("model", "register", "copied", "--from", "models:/prices/1")
    assert back["digest"] == model["digest"]
    refusal = here.refused("model", "register", "--from", "models:/prices@champion")
    assert refusal["code"] == "mlflow-reference-invalid"
    assert "older than MLflow 2.3" in refusal["message"]
    ask(old, "model-versions/set-tag", name="prices", version="1", key="reviewed", value="yes")
    synced = here.json("model", "sync", "prices", "--pull")
    assert ([each["name"] for each in synced["changed"]], synced["noAliases"]) == (["reviewed"], ["champion"])


def test_a_stage_of_an_old_server(beside_old: Terminal, old: str) -> None:
    here = beside_old
    register(here, "staged")
    here.ok("model", "push", "staged:1", "--to", "mlflow:staged")
    assert here.refused("model", "register", "--from", "models:/staged/Production")["code"] == "mlflow-model-missing"
    ask(old, "model-versions/transition-stage", name="staged", version="1", stage="Production")
    brought = here.json("model", "register", "--from", "models:/staged/production")
    assert brought["id"] == "staged:1"
    with pytest.raises(urllib.error.HTTPError):
        ask(old, "registered-models/alias?name=staged&alias=champion")
