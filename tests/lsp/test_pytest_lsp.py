"""The protocol by a second client, pytest-lsp with the capabilities of VS Code, so that no fault hides in our own."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_lsp
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities
from scoredock.features.table import PROTOCOL_DIGEST
from scoredock.features.verbs import verbs
from scoredock.protocol import wire

from depth import rounds
from lsp import run_methods
from lsp.test_methods import REFUSED, SCRIPT

METHODS = [request.method for request in verbs()]
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "SCOREDOCK_HOME"}
"""The setting of the data folder speaks for itself."""
COMMAND = [sys.executable, "-I", "-m", "scoredock.server", "--stdio"]

# pygls 2.1 asks for the event loop in a way that Python 3.14 is going to refuse.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest_lsp.fixture(config=ClientServerConfig(server_command=COMMAND, server_env=ENVIRONMENT))
async def editor(tmp_path: Path, lsp_client: LanguageClient) -> AsyncIterator[None]:
    project = tmp_path / "project"
    project.mkdir()
    folder = types.WorkspaceFolder(uri=project.as_uri(), name="project")
    params = types.InitializeParams(
        capabilities=client_capabilities("visual-studio-code"),
        workspace_folders=[folder],
        initialization_options={
            "settings": {"scoredock.home": str(tmp_path / "home")},
            "protocol": PROTOCOL_DIGEST,
            "version": "",
        },
    )
    await lsp_client.initialize_session(params)
    yield
    await lsp_client.protocol.send_request_async("scoredock/service/stopAll", {"all": True})
    await lsp_client.shutdown_session()


class Asked:
    """Sends requests and gives their results."""

    def __init__(self, client: LanguageClient) -> None:
        self._client = client

    async def __call__(self, method: str, **params: Any) -> Any:
        return await self._client.protocol.send_request_async(f"scoredock/{method}", params)


async def guarded(ask: Asked, script: Path) -> None:
    """Services that want a key, or a token."""
    config = script.parent.parent / "guarded.json"
    for name, wish in (
        ("keyed", {"authEnabled": True}),
        ("tokened", {"authEnabled": False, "tokenAuthEnabled": True}),
    ):
        config.write_text(json.dumps({"computeType": "aks", **wish}))
        await ask(
            "service/deploy",
            name=name,
            entryScript=str(script),
            deploymentConfig=str(config),
        )
    before = await ask("service/keys", name="keyed")
    after = await ask("service/regenerateKey", name="keyed", key="Secondary")
    assert (after.primaryKey, after.secondaryKey != before.secondaryKey) == (
        before.primaryKey,
        True,
    )
    assert (await ask("service/token", name="tokened")).tokenType == "Bearer"
    for name in ("keyed", "tokened"):
        await ask("service/delete", name=name)


@pytest.mark.long("test_methods.py asks every method at the gate, by a client of our own")
@pytest.mark.timeout(300)
async def test_a_project_from_its_files_to_its_services(editor: LanguageClient, tmp_path: Path) -> None:
    project = tmp_path / "project"
    script, weights = project / "score.py", project / "weights.bin"
    script.write_text(SCRIPT)
    weights.write_bytes(b"1234")
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"subscription_id": "s", "resource_group": "g", "workspace_name": "contoso"}))
    ask = Asked(editor)

    await ask("state/list", folders=[str(project)])
    assert (await ask("workspace/list", folders=[str(project)])).workspaces[0].name == "local"
    made = await ask("workspace/create", name="second")
    await ask("workspace/use", id=made.id, folder=str(project))
    await ask("workspace/use", id="local", folder=str(project))
    assert (await ask("workspace/show", id=made.id)).name == "second"
    assert (await ask("workspace/connect", configPath=str(config))).name == "contoso"
    assert made.id in (await ask("workspace/forget", id=made.id)).path

    assert (await ask("model/propose", paths=[str(weights)])).name == "weights"
    for version in (1, 2):
        registered = await ask(
            "model/register",
            paths=[str(weights)],
            name="weights",
            tags={"n": str(version)},
        )
        assert registered.id == f"weights:{version}"
    assert [model.id for model in (await ask("model/list", query={"tags": ["n=2"]})).models] == ["weights:2"]
    assert [
        found.what for found in (await ask("model/compare", first="weights:1", second="weights:2")).differences
    ] == ["tag n"]
    await ask("model/update", id="weights:1", description="first")
    assert (await ask("model/show", id="weights:1")).model.description == "first"
    assert [group.key for group in (await ask("model/groups", query={"latest": True})).groups] == ["weights"]
    assert (await ask("model/versions", group="weights", limit=1)).total == 2
    assert [file.path for file in (await ask("model/files", id="weights:1")).files] == ["weights.bin"]
    assert (await ask("model/text", id="weights:1", path="weights.bin")).text == "1234"
    assert (await ask("model/alias", id="weights:1", alias="champion")).aliases == ["champion"]
    assert (await ask("model/aliasReturn", name="weights", alias="champion")).version is None
    await ask("model/favourite", name="weights", favourite=True)
    assert (await ask("model/consent", id="weights:1", withdraw=True)).id == "weights:1"
    copied = await ask("model/download", id="weights:1", target=str(tmp_path / "out"))
    assert copied.path == str(tmp_path / "out" / "weights.bin")
    exported = await ask("model/export", id="weights:1", target=str(tmp_path / "weights.zip"))
    assert exported.path == str(tmp_path / "weights.zip")
    await ask("model/delete", id="weights:1")
    await ask("model/restore", id="weights:1")
    assert (await ask("model/purge")).ids == []

    assert (await ask("workspace/verify", deep=True)).problems == []
    assert (await ask("workspace/repair")).left == []
    assert (await ask("workspace/collect")).purged == []
    kept = await ask("workspace/backup", target=str(tmp_path / "kept.tar"))
    assert (await ask("workspace/restore", path=kept.path, name="again")).name == "again"

    runs = {"store": run_methods.tracking_store(project), "runId": run_methods.RUN}
    offered = await ask("run/stores", folders=[str(project)])
    assert [store.uri for store in offered.stores] == [runs["store"]]
    await ask("run/experiments", store=runs["store"])
    await ask("run/list", store=runs["store"], experimentId="1")
    await ask("run/artifacts", **runs)
    assert (await ask("run/propose", **runs)).path == "outputs/model.bin"
    assert (await ask("run/register", **runs)).id == "first:1"

    (project / "requests.jsonl").write_text('{"data": [1]}\n')
    dataset = await ask("dataset/register", path=str(project / "requests.jsonl"), name="requests")
    assert (await ask("dataset/rows", id=dataset.id)).rows == ['{"data": [1]}']
    (project / "plain-requirements.txt").write_text("six==1.16.0\n")
    assert (await ask("environment/suggest", path=str(project / "plain-requirements.txt"))).changed == []
    assert (await ask("server/enable", extra="conda")).extra == "conda"
    assert (await ask("environment/curated")).environments[0].name == "AzureML-Minimal"
    assert (await ask("environment/register", name="plain", clone="AzureML-Minimal")).id == "plain:1"
    built = await ask("environment/build", id="plain")
    assert built.builds[0].state == "Ready"
    assert (await ask("environment/list")).environments[0].id == "plain:1"
    assert (await ask("environment/show", id="plain")).environment.origin == "registered"
    assert (await ask("environment/lock", id="plain")).text.startswith("h11==")
    assert (await ask("build/log", kind="environment", id="plain")).state == "Ready"
    assert (await ask("environment/clean")).removed == []
    assert (await ask("environment/remove", key=built.builds[0].key)).bytes > 0
    await ask("docker/show")
    assert (await ask("doctor/check")).rows[0].id == "python"
    assert (await ask("doctor/repair", repair="permissions")).message
    assert (await ask("image/register", name="adder", reference="adder:1")).id == "adder:1"
    assert (await ask("image/list")).images[0].state == "Registered"
    assert (await ask("image/show", id="adder")).files == []
    await ask("image/delete", id="adder:1")
    await ask("asset/restore", kind="image", id="adder:1")
    assert len((await ask("asset/list")).assets) == 3
    assert (await ask("asset/show", kind="dataset", id="requests")).language == "jsonl"
    await ask("asset/update", kind="dataset", id="requests", description="one")
    await ask("asset/delete", kind="dataset", id="requests")
    await ask("asset/restore", kind="dataset", id="requests:1")

    assert (await ask("document/check", paths=[str(script)])).findings == []
    assert "SD101" in (await ask("document/explain", code="SD101")).markdown
    assert (await ask("document/try", path=str(script), models=[], body='{"data": [1, 2]}')).ok
    assert (await ask("service/propose", path=str(script))).entryScript == str(script)
    service = await ask("service/deploy", name="adder", models=["weights:1"], entryScript=str(script))
    assert service.state == "Healthy"
    subscription = await ask("log/subscribe", service="adder")
    await ask("log/unsubscribe", id=subscription.id)
    assert (await ask("service/call", name="adder", body='{"data": [1, 2]}')).body == "3"
    await ask("service/sample", name="adder")
    (project / "rows.txt").write_text('{"data": [1]}\n')
    assert (await ask("service/profile", name="adder", requests=3, rows=str(project / "rows.txt"))).successQueries == 3
    assert (await ask("service/update", name="adder", models=["weights:2"])).revision == 2
    assert (await ask("service/reload", name="adder")).outcome == "unchanged"
    await ask("package/create", service="adder", outputPath=str(tmp_path / "package"))
    image = "registry.example.com/team/adder:1"
    assert (await ask("package/registry", image=image)).address == "registry.example.com"
    await ask(
        "package/export",
        image=image,
        kind="container-instances",
        outputPath=str(tmp_path / "group.yaml"),
    )
    await ask("service/debugTarget", name="adder")
    await ask("service/restart", name="adder")
    await ask("service/stop", name="adder")
    assert (await ask("service/start", name="adder")).state == "Healthy"
    assert [each.name for each in (await ask("service/list")).services] == ["adder"]
    assert (await ask("service/show", name="adder")).models == ["weights:2"]
    made = await ask("project/create", folder=str(tmp_path / "fresh"))
    assert made.entryScript == str(tmp_path / "fresh" / "score.py")
    assert (await ask("project/example", folder=str(tmp_path / "example"))).free == str(tmp_path / "example-2")
    trees = tmp_path / "trees.txt"
    trees.write_text("tree\nversion=v4\n")
    assert (await ask("service/propose", path=str(trees), withoutCode=True)).name == "trees"
    assert (await ask("noCode/write", path=str(trees), folder=str(tmp_path / "ejected"))).files[0] == "score.py"
    await guarded(ask, script)
    assert (await ask("service/startAll")).names == [], "none was interrupted"
    assert (await ask("service/stopAll")).names == ["adder"]
    await ask("service/delete", name="adder")


@pytest.mark.long("test_methods.py asks this of every method; the test below is told a refusal by this client")
async def test_every_method_answers_params_that_do_not_fit(
    editor: LanguageClient,
) -> None:
    for method in METHODS:
        with pytest.raises(JsonRpcException) as refused:
            await editor.protocol.send_request_async(method, {"bogus": 1})
        assert refused.value.code == wire.INVALID_PARAMS, method


async def test_every_method_refuses_facts_that_do_not_fit(
    editor: LanguageClient,
) -> None:
    await editor.protocol.send_request_async("scoredock/workspace/list", {"folders": []})
    # Of all of them the plain client asks in test_methods, which has a service and a model; here it is how this client
    # is told.
    alone = [row for row in REFUSED if not any(name in str(row[1]) for name in ("adder", "weights"))]
    for method, params, code in alone[:: rounds(gate=8, long=1)]:
        with pytest.raises(JsonRpcException) as refused:
            await editor.protocol.send_request_async(method, params)
        assert refused.value.code == wire.REQUEST_FAILED, method
        data = refused.value.data
        assert (data["code"] if isinstance(data, dict) else data.code) == code, method
