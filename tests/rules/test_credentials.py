"""Each client of HTTP asks `origins.py` to whom its credential goes, or says here why not; the guide lists them all."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from rules.syntax import nodes_of

MAKERS = {
    "Session": "requests",
    "HTTPConnection": "http",
    "HTTPSConnection": "http",
    "urlopen": "urllib",
    "build_opener": "urllib",
    "urlretrieve": "urllib",
    "PoolManager": "urllib3",
    "HTTPConnectionPool": "urllib3",
    "AsyncClient": "httpx2",
    "APIClient": "docker",
    "DockerClient": "docker",
    "MLClient": "azure",
    "PipelineClient": "azure",
    "ContainerClient": "azure",
    "BlobClient": "azure",
    "BlobServiceClient": "azure",
}
"""What makes a client when it is called, with the library that it is of."""
VERBS = {"get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "Client"}
"""The same as functions of these modules:"""
MODULES = {"requests", "httpx2"}
DECIDE = {"origins", "origin_session", "token_places"}
"""Modules that say to whom a credential goes."""
CLIENTS = {
    "scoredock/contrib/azure/domain/azure_process/account.py": "Azure",
    "scoredock/contrib/azure/domain/azure_process/model_management.py": "Azure",
    "scoredock/contrib/azure/domain/azure_process/storage.py": "Azure",
    "scoredock/clusters/access.py": "Kubernetes",
    "scoredock/containers/connection.py": "Docker",
    "scoredock/engines/parent_control.py": "services, `.http` files",
    "scoredock/engines/probe.py": "services, `.http` files",
    "scoredock/engines/ray/connection.py": "Ray",
    "scoredock/contrib/events/domain/receivers/webhook.py": "webhooks",
    "scoredock/contrib/runs/domain/mlflow/connection.py": "MLflow",
    "scoredock/oci/registry_transport.py": "image registries",
    "scoredock/contrib/exports/domain/function_service.py": "services, `.http` files",
    "runtime/scoredock_runtime/parent/control_requests.py": "services, `.http` files",
    "sdk/scoredock_azureml/packages/azureml/core/webservice/versions.py": "services, `.http` files",
    "sdk/scoredock_azureml/packages/azureml/data/dataset_factory.py": "",
}
"""Module → its row in docs/security.md; empty for one that sends no credential."""
NEED_NOT_ASK = {
    # To 127.0.0.1 only, and whoever listens there has to prove itself first; answers are not followed.
    "scoredock/engines/parent_control.py",
    "scoredock/engines/probe.py",
    "runtime/scoredock_runtime/parent/control_requests.py",
    # The same, in a container of its own.
    "scoredock/contrib/exports/domain/function_service.py",
    # One address that a person gave, and http.client follows nothing.
    "scoredock/contrib/events/domain/receivers/webhook.py",
    # Follows nothing; it runs in the person's interpreter, without the server.
    "sdk/scoredock_azureml/packages/azureml/core/webservice/versions.py",
    # Sends no credential.
    "sdk/scoredock_azureml/packages/azureml/data/dataset_factory.py",
}
"""Each follows no answer elsewhere, or has nothing to lose; tests/origins sends the others' credentials nowhere."""


def clients_in(text: str) -> Iterator[int]:
    """Lines in which a client of HTTP is made."""
    libraries = set(libraries_of(text))
    for node in nodes_of(text):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        base = function.value.id if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) else ""
        if MAKERS.get(name) in libraries or (name in VERBS and base in MODULES & libraries):
            yield node.lineno


def libraries_of(text: str) -> Iterator[str]:
    """Top-level packages that a module imports, by name as well."""
    for node in nodes_of(text):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "import_module":
            yield from (str(each.value).partition(".")[0] for each in node.args if isinstance(each, ast.Constant))


def modules_imported_by(text: str) -> set[str]:
    return {
        name.rpartition(".")[2]
        for node in nodes_of(text)
        if isinstance(node, ast.ImportFrom)
        for name in (node.module or "", *(alias.name for alias in node.names))
    }


def sources(root: Path) -> Iterator[tuple[str, str]]:
    folder = root / "pyserver"
    for part in ("scoredock", "runtime", "sdk"):
        for path in sorted((folder / part).rglob("*.py")):
            yield path.relative_to(folder).as_posix(), path.read_text("utf-8")


def test_each_client_asks_to_whom_its_credential_goes(root: Path) -> None:
    texts = {path: text for path, text in sources(root) if any(clients_in(text))}
    assert texts.keys() == CLIENTS.keys(), "a client of HTTP that docs/security.md does not know, or that is no more"
    silent = {path for path, text in texts.items() if not modules_imported_by(text) & DECIDE}
    assert silent == NEED_NOT_ASK, "ask scoredock.origins before you follow what an answer or a file names"


def test_the_guide_lists_them(root: Path) -> None:
    """To whom their credentials go, and how long they wait."""
    text = (root / "docs" / "security.md").read_text("utf-8")
    for heading in ("## To whom passwords and tokens go", "## How long an answer may take"):
        section = text.partition(heading)[2].partition("\n## ")[0]
        rows = {row.strip() for row in re.findall(r"^\| ([^|]+?) \|", section, re.MULTILINE)} - {"to", "from", "---"}
        assert rows == set(CLIENTS.values()) - {""}


def test_a_planted_client_is_seen() -> None:
    for text in (
        "import requests\nrequests.get('http://a')\n",
        "import requests\nsession = requests.Session()\n",
        "from requests import Session\nsession = Session()\n",
        "import urllib.request\nurllib.request.urlopen('http://a')\n",
        "from http.client import HTTPSConnection\nHTTPSConnection('a')\n",
        "import httpx2\nwith httpx2.Client() as client:\n    client.get('http://a')\n",
        "import docker\ndocker.APIClient()\n",
    ):
        assert [*clients_in(text)] == [2]
        assert not modules_imported_by(text) & DECIDE
    assert modules_imported_by("from scoredock.origins import is_for\n") & DECIDE
