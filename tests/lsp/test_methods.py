"""Every method of the protocol over a real pipe: with good params, with params that do not fit, with facts that do not.

Long because it is one table of all methods; what one noun needs beyond a few lines has a file of its own.
"""

from __future__ import annotations

import base64
import functools
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from scoredock.features.verbs import verbs
from scoredock.protocol import messages, wire
from scoredock.protocol.wire import from_wire

import docker_daemon
from debugging.dap import Editor, debugger_python
from lsp import (
    asset_methods,
    azure_methods,
    batch_methods,
    build_methods,
    compute_methods,
    drift_methods,
    event_methods,
    object_methods,
    pipeline_methods,
    register_methods,
    request_methods,
    rule_methods,
    run_methods,
    sdk_methods,
    task_methods,
    upkeep_methods,
    v2_methods,
    watch_methods,
)
from lsp.client import Client

SCRIPT = """import json


def init():
    print("hello from init")


def run(data):
    return sum(json.loads(data)["data"])
"""


@dataclass(eq=False)
class World:
    """One server with one model and one service, shared by the tests of this module."""

    client: Client
    project: Path
    model: str
    results: dict[str, type]

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        """The result, which also fits its declared type exactly."""
        result = self.client.ask(method, params)
        return from_wire(self.results[method], result)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    base = tmp_path_factory.mktemp("methods")
    project = base / "project"
    project.mkdir()
    (project / "score.py").write_text(SCRIPT)
    (project / "inferenceconfig.json").write_text(json.dumps({"entryScript": "score.py", "condaFile": "gone.yml"}))
    (project / "weights.bin").write_bytes(b"1234")
    with Client(base / "home") as client:
        client.initialize(project)
        model = client.ask(
            "scoredock/model/register",
            {"paths": [str(project / "weights.bin")], "name": "weights"},
        )
        client.ask(
            "scoredock/service/deploy",
            {
                "name": "adder",
                "models": [model["id"]],
                "entryScript": str(project / "score.py"),
            },
        )
        results = {request.method: request.result for request in verbs()}
        yield World(client, project, model["id"], results)
        client.ask("scoredock/service/stopAll", {"all": True})


# ------------------------------------------------------------------------------------------------ good params


def state_list(world: World) -> None:
    state = world.ask("scoredock/state/list", {"folders": [str(world.project)]})
    assert [item.name for item in state.workspaces] == ["local"]
    assert "adder" in [item.name for item in state.services]


def workspace_list(world: World) -> None:
    found = world.ask("scoredock/workspace/list", {"folders": [str(world.project)]})
    assert found.workspaces[0].is_default
    assert found.workspaces[0].is_active


def workspace_create(world: World) -> None:
    made = world.ask("scoredock/workspace/create", {"name": "second"})
    assert (made.name, made.is_active, made.models) == ("second", False, 0)


def workspace_connect(world: World) -> None:
    folder = world.project.parent / "other"
    folder.mkdir()
    config = folder / "config.json"
    config.write_text(json.dumps({"subscription_id": "s", "resource_group": "g", "workspace_name": "contoso"}))
    found = world.ask("scoredock/workspace/list", {"folders": [str(world.project), str(folder)]})
    assert [offer.workspace_name for offer in found.offers] == ["contoso"]
    found = world.ask("scoredock/workspace/list", {"folders": [str(folder)]})
    assert [(each.name, each.is_active, each.exists) for each in found.workspaces[-1:]] == [("contoso", True, False)]
    assert str(config) in found.workspaces[-1].reason
    assert found.offers == [], "what the folder means is listed once"
    made = world.ask("scoredock/workspace/connect", {"configPath": str(config)})
    assert made.name == "contoso"
    assert world.ask("scoredock/workspace/connect", {"configPath": str(config)}).id == made.id
    world.ask("scoredock/workspace/list", {"folders": [str(world.project)]})


def workspace_open(world: World) -> None:
    folder = world.project.parent / "opened"
    folder.mkdir()
    config = folder / "config.json"
    config.write_text(json.dumps({"subscription_id": "s", "resource_group": "g", "workspace_name": "opened"}))
    opened = world.ask("scoredock/workspace/open", {"path": str(folder)})
    assert (opened.name, opened.exists) == ("opened", True)
    made = world.ask("scoredock/workspace/create", {"name": "chosen", "folder": str(folder)})
    assert world.ask("scoredock/workspace/open", {"path": str(folder)}).id == made.id, "as at every other door"
    assert world.ask("scoredock/workspace/open", {"path": str(config)}).id == opened.id


def workspace_named(world: World) -> None:
    folder = str(world.project)
    asked = {"name": "by-name", "folder": folder, "subscriptionId": "s", "resourceGroup": "g"}
    named = world.ask("scoredock/workspace/named", asked)
    assert (named.name, named.exists) == ("by-name", True)
    assert world.ask("scoredock/workspace/named", {"name": "by-name", "folder": folder}).id == named.id


def workspace_move(world: World) -> None:
    made = world.ask("scoredock/workspace/create", {"name": "moved-to"})
    config = world.project / "config.json"
    config.write_text(json.dumps({"subscription_id": "s", "resource_group": "g", "workspace_name": "moved-to"}))
    shown = world.ask("scoredock/workspace/list", {"folders": [str(world.project)]}).workspaces
    active = next(each for each in shown if each.is_active)
    assert active.name == "moved-to"
    assert active.reason == f"Workspace moved-to, named by {config}."
    assert active.left == "Of this folder, the workspace local still has adder, weights."
    config.unlink()
    world.ask("scoredock/workspace/list", {"folders": [str(world.project)]})
    asked = {"folder": str(world.project), "target": made.id, "dryRun": True}
    moved = world.ask("scoredock/workspace/move", asked)
    assert (moved.source, moved.services, moved.models) == ("local", ["adder"], ["weights"])


def workspace_use(world: World) -> None:
    folder = world.project.parent / "third"
    folder.mkdir()
    made = world.ask("scoredock/workspace/create", {"name": "third"})
    used = world.ask("scoredock/workspace/use", {"id": made.id, "folder": str(folder)})
    assert used.id == made.id


def workspace_show(world: World) -> None:
    assert world.ask("scoredock/workspace/show", {"id": "local"}).is_default


def workspace_forget(world: World) -> None:
    made = world.ask("scoredock/workspace/create", {"name": "forgettable"})
    gone = world.ask("scoredock/workspace/forget", {"id": made.id})
    assert Path(gone.path).is_dir()
    names = [item.name for item in world.ask("scoredock/workspace/list", {"folders": []}).workspaces]
    assert "forgettable" not in names


def model_list(world: World) -> None:
    found = world.ask("scoredock/model/list", {"name": "weights", "query": {"latest": True}})
    assert [(item.id, item.used_by) for item in found.models] == [(world.model, ["adder"])]
    assert found.total == 1


def model_groups(world: World) -> None:
    (found,) = world.ask("scoredock/model/groups", {"query": {"search": "weights"}}).groups
    assert (found.key, found.versions, found.newest.id) == ("weights", 1, world.model)


def model_versions(world: World) -> None:
    found = world.ask("scoredock/model/versions", {"group": "weights", "limit": 1})
    assert [item.id for item in found.models] == [world.model]


def model_files(world: World) -> None:
    found = world.ask("scoredock/model/files", {"id": "weights"})
    assert ([file.path for file in found.files], found.total) == (["weights.bin"], 1)


def model_text(world: World) -> None:
    assert world.ask("scoredock/model/text", {"id": "weights", "path": "weights.bin"}).text == "1234"


def model_alias(world: World) -> None:
    assert world.ask("scoredock/model/alias", {"id": world.model, "alias": "champion"}).aliases == ["champion"]
    assert world.ask("scoredock/model/show", {"id": "weights@champion"}).model.id == world.model


def model_alias_return(world: World) -> None:
    world.ask("scoredock/model/alias", {"id": world.model, "alias": "brief"})
    back = world.ask("scoredock/model/aliasReturn", {"name": "weights", "alias": "brief"})
    assert (back.alias, back.version, back.previous) == ("brief", None, 1)


def model_favourite(world: World) -> None:
    world.ask("scoredock/model/favourite", {"name": "weights", "favourite": True})
    assert world.ask("scoredock/model/groups", {}).groups[0].favourite
    world.ask("scoredock/model/favourite", {"name": "weights", "favourite": False})


def model_consent(world: World) -> None:
    assert world.ask("scoredock/model/consent", {"id": world.model, "withdraw": True}).pickle == "none"


def model_purge(world: World) -> None:
    world.ask("scoredock/model/delete", {"id": "spare:1"})
    assert world.ask("scoredock/model/purge", {"ids": ["spare:1"]}).ids == ["spare:1"]
    assert world.ask("scoredock/model/list", {"deleted": True}).models == []


def model_show(world: World) -> None:
    assert world.ask("scoredock/model/show", {"id": "weights"}).files[0].size == 4


def model_update(world: World) -> None:
    changed = world.ask(
        "scoredock/model/update",
        {
            "id": "spare:1",
            "description": "d",
            "setTags": {"c": "d"},
            "removeTags": ["a"],
        },
    )
    assert (changed.description, changed.tags) == ("d", {"c": "d"})


def model_compare(world: World) -> None:
    found = world.ask("scoredock/model/compare", {"first": world.model, "second": "spare"})
    assert (found.first, found.second) == (world.model, "spare:1")
    told = {each.what: (each.before, each.after) for each in found.differences}
    assert told == {"description": ("", "d"), "tag c": ("", "d")}
    assert world.ask("scoredock/model/compare", {"first": "spare", "second": "spare:1"}).differences == []


def model_convert(world: World) -> None:
    pickle = Path(__file__).resolve().parent.parent / "carry_over" / "pickles" / "1.2.2" / "linear.pkl"
    world.ask("scoredock/model/register", {"paths": [str(pickle)], "name": "price"})
    done = world.ask("scoredock/model/convert", {"id": "price", "confirmed": True})
    assert (done.source, done.model.id, done.samples) == ("price:1", "price:2", 200)
    assert done.largest_difference <= 1e-6
    world.ask("scoredock/environment/clean", {})


def model_push(world: World) -> None:
    layout = f"oci:{world.project.parent / 'pushed'}"
    pushed = world.ask("scoredock/model/push", {"id": world.model, "to": [layout]})
    assert (pushed.id, pushed.image, pushed.path) == (world.model, "", layout.removeprefix("oci:"))
    assert pushed.digest.startswith("sha256:")


def model_register_image(world: World) -> None:
    layout = f"oci:{world.project.parent / 'carried'}"
    world.ask("scoredock/model/push", {"id": world.model, "to": [layout], "form": "artifact"})
    model = world.ask("scoredock/model/registerImage", {"image": layout, "name": "carried"})
    assert (model.id, model.file_count) == ("carried:1", 1)


def model_download(world: World) -> None:
    target = world.project.parent / "target"
    done = world.ask("scoredock/model/download", {"id": "spare:1", "target": str(target)})
    assert Path(done.path).exists()


def model_delete(world: World) -> None:
    assert world.ask("scoredock/model/delete", {"id": "spare:1"}).id == "spare:1"
    assert world.ask("scoredock/model/list", {"name": "spare"}).models == []


def model_restore(world: World) -> None:
    assert world.ask("scoredock/model/restore", {"id": "spare:1"}).id == "spare:1"
    assert [item.id for item in world.ask("scoredock/model/list", {"name": "spare"}).models] == ["spare:1"]


def service_list(world: World) -> None:
    for params in ({}, {"all": True}):
        found = world.ask("scoredock/service/list", params)
        assert [(item.name, item.state) for item in found.services] == [("adder", "Healthy")]


def service_show(world: World) -> None:
    shown = world.ask("scoredock/service/show", {"name": "adder"})
    assert shown.models == (world.model,)
    assert shown.scoring_uri.startswith("http://127.0.0.1:")
    assert shown.entry_script == str(world.project / "score.py")


def service_propose(world: World) -> None:
    found = world.ask("scoredock/service/propose", {"path": str(world.project / "score.py")})
    assert found.entry_script == str(world.project / "score.py")
    assert found.inference_configs == [str(world.project / "inferenceconfig.json")]
    assert found.deployed_before
    assert (found.name, found.models) == ("adder", [world.model])
    assert found.existing_services == ["adder"]


def service_deploy(world: World) -> None:
    made = world.ask(
        "scoredock/service/deploy",
        {
            "name": "other",
            "models": ["weights"],
            "entryScript": str(world.project / "score.py"),
            "workDoneToken": 7,
        },
    )
    assert (made.state, made.models) == ("Healthy", (world.model,))
    reports = [
        note["params"]["value"]
        for note in world.client.notifications
        if note["method"] == "$/progress" and note["params"]["token"] == 7
    ]
    assert [report["kind"] for report in reports][-1] == "end"
    assert len(reports) > 2
    world.ask("scoredock/service/delete", {"name": "other"})


def service_update(world: World) -> None:
    before = world.ask("scoredock/service/show", {"name": "adder"})
    (world.project / "score.py").write_text(SCRIPT.replace("sum(", "max("))
    after = world.ask("scoredock/service/update", {"name": "adder"})
    assert (after.state, after.revision) == ("Healthy", before.revision + 1)
    assert world.ask("scoredock/service/call", {"name": "adder", "body": '{"data": [1, 5]}'}).body == "5"


def service_reload(world: World) -> None:
    done = world.ask("scoredock/service/reload", {"name": "adder", "force": True})
    assert (done.outcome, done.service.state, done.notes) == ("reloaded", "Healthy", [])
    assert world.ask("scoredock/service/reload", {"name": "adder"}).outcome == "unchanged"


def service_stop(world: World) -> None:
    assert world.ask("scoredock/service/stop", {"name": "adder"}).state == "Stopped"


def service_start(world: World) -> None:
    assert world.ask("scoredock/service/start", {"name": "adder"}).state == "Healthy"


def service_restart(world: World) -> None:
    assert world.ask("scoredock/service/restart", {"name": "adder"}).state == "Healthy"


def service_delete(world: World) -> None:
    world.ask(
        "scoredock/service/deploy",
        {"name": "brief", "entryScript": str(world.project / "score.py")},
    )
    world.ask("scoredock/service/delete", {"name": "brief"})
    assert "brief" not in [item.name for item in world.ask("scoredock/service/list", {}).services]


def service_rollback(world: World) -> None:
    script = world.project / "back.py"
    script.write_text(SCRIPT)
    world.ask("scoredock/service/deploy", {"name": "back", "entryScript": str(script)})
    script.write_text(f"{SCRIPT}# another\n")
    world.ask(
        "scoredock/service/deploy",
        {"name": "back", "entryScript": str(script), "overwrite": True},
    )
    kept = world.ask("scoredock/service/revisions", {"name": "back"})
    assert ([each.revision for each in kept.revisions], kept.previous) == ([2, 1], 1)
    found = world.ask("scoredock/service/diff", {"name": "back", "before": 1, "after": 2})
    assert [(each.kind, each.name) for each in found.differences] == [("file", "back.py")]
    again = world.ask("scoredock/service/rollback", {"name": "back"})
    assert (again.state, again.revision) == ("Healthy", 3)
    world.ask("scoredock/service/delete", {"name": "back"})
    script.unlink()


@functools.cache
def endpoint_life(world: World) -> None:
    """All methods of endpoints in one life; the world of the module is asked once."""
    script = world.project / "version.py"
    script.write_text(SCRIPT)
    for name in ("part-blue", "part-green"):
        world.ask("scoredock/service/deploy", {"name": name, "entryScript": str(script)})
    made = world.ask(
        "scoredock/endpoint/create",
        {"name": "parts", "version": "blue", "service": "part-blue"},
    )
    assert (made.state, [each.share for each in made.versions]) == ("Healthy", [100])
    green = {"name": "parts", "version": "green"}
    world.ask("scoredock/endpoint/setVersion", {**green, "service": "part-green"})
    told = world.ask(
        "scoredock/endpoint/traffic",
        {"name": "parts", "traffic": {"blue": 60, "green": 40}},
    )
    assert [each.share for each in told.versions] == [60, 40]
    limits = {"green": {"errors": 5, "milliseconds": 0, "seconds": 60, "requests": 20}}
    seen = world.ask(
        "scoredock/endpoint/limits",
        {"name": "parts", "limits": limits, "preview": True},
    )
    assert seen.changes == ["green: withdrawn above 5% errors of at least 20 responses in 60 s"]
    watched = world.ask("scoredock/endpoint/limits", {"name": "parts", "limits": limits})
    assert watched.versions[1].limits is not None
    assert watched.versions[1].limits.errors == 5
    mirrored = world.ask("scoredock/endpoint/mirror", {**green, "share": 50})
    assert (mirrored.mirror, mirrored.mirror_share) == ("green", 50)
    assert world.ask("scoredock/endpoint/differences", {"name": "parts"}).differences == []
    assert world.ask("scoredock/endpoint/withdraw", green).versions[1].share == 0
    assert world.ask("scoredock/endpoint/promote", green).versions[1].is_default
    assert (
        world.ask("scoredock/endpoint/removeVersion", {"name": "parts", "version": "blue"}).versions[0].name == "green"
    )
    assert world.ask("scoredock/endpoint/stop", {"name": "parts"}).state == "Stopped"
    assert world.ask("scoredock/endpoint/start", {"name": "parts"}).state == "Healthy"
    assert world.ask("scoredock/endpoint/show", {"name": "parts"}).port
    assert [each.name for each in world.ask("scoredock/endpoint/list", {}).endpoints] == ["parts"]
    world.ask("scoredock/endpoint/delete", {"name": "parts"})
    for name in ("part-blue", "part-green"):
        world.ask("scoredock/service/delete", {"name": name})
    script.unlink()


def service_client(world: World) -> None:
    found = world.ask("scoredock/service/client", {"name": "adder", "language": "python"})
    assert found.language == "python"
    compile(found.text, found.file_name, "exec")


def az_install(world: World) -> None:
    folder = world.project.parent / "az"
    found = world.ask("scoredock/az/install", {"folder": str(folder)})
    assert (found.folder, (folder / "az").is_file()) == (str(folder), True)


def service_sample(world: World) -> None:
    sample = world.ask("scoredock/service/sample", {"name": "adder"})
    json.loads(sample.body)
    assert sample.reason


def service_file_body(world: World) -> None:
    (world.project / "dot.png").write_bytes(b"\x89PNG\xff")
    path = str(world.project / "dot.png")
    plain = world.ask("scoredock/service/fileBody", {"path": path})
    assert (plain.content_type, base64.b64decode(plain.body)) == (
        "image/png",
        b"\x89PNG\xff",
    )
    form = world.ask("scoredock/service/fileBody", {"path": path, "fileField": "image"})
    assert form.content_type.startswith("multipart/form-data")
    assert b'name="image"; filename="dot.png"' in base64.b64decode(form.body)
    text = world.ask("scoredock/service/fileBody", {"path": str(world.project / "score.py")})
    assert (text.encoding, text.source) == ("text", "file")


def service_places(world: World) -> None:
    answer = world.ask(
        "scoredock/service/places",
        {"name": "adder", "files": ["/usr/lib/python3/json/decoder.py"]},
    )
    assert answer.files == ["/usr/lib/python3/json/decoder.py"]


def service_call(world: World) -> None:
    answer = world.ask("scoredock/service/call", {"name": "adder", "body": '{"data": [7]}'})
    assert (answer.status, answer.body) == (200, "7")
    broken = world.ask("scoredock/service/call", {"name": "adder", "body": "{"})
    assert broken.status >= 400


def _keyed(world: World, name: str, **keys: object) -> None:
    config = world.project / f"{name}.deploymentconfig.json"
    config.write_text(json.dumps({"computeType": "aks", **keys}))
    script = str(world.project / "score.py")
    world.ask(
        "scoredock/service/deploy",
        {"name": name, "entryScript": script, "deploymentConfig": str(config)},
    )


def service_keys(world: World) -> None:
    _keyed(world, "keyed")
    try:
        assert world.ask("scoredock/service/show", {"name": "keyed"}).authentication == "keys"
        keys = world.ask("scoredock/service/keys", {"name": "keyed"})
        body = {"name": "keyed", "body": '{"data": [7]}'}
        assert world.ask("scoredock/service/call", body).status == 200
        assert world.ask("scoredock/service/call", {**body, "key": keys.secondary_key}).status == 200
        refused = world.ask("scoredock/service/call", {**body, "key": ""})
        assert (refused.status, refused.problem) == (401, "service-key-refused")
        assert refused.advice
    finally:
        world.ask("scoredock/service/delete", {"name": "keyed"})


def service_regenerate_key(world: World) -> None:
    _keyed(world, "renewed")
    try:
        before = world.ask("scoredock/service/keys", {"name": "renewed"})
        after = world.ask("scoredock/service/regenerateKey", {"name": "renewed", "key": "Primary"})
        assert after.secondary_key == before.secondary_key
        assert after.primary_key != before.primary_key
        body = {"name": "renewed", "body": '{"data": [7]}'}
        assert world.ask("scoredock/service/call", {**body, "key": before.primary_key}).status == 401
        assert world.ask("scoredock/service/call", body).status == 200
        given = {"name": "renewed", "key": "secondary", "value": "my-own-key"}
        assert world.ask("scoredock/service/regenerateKey", given).secondary_key == "my-own-key"
    finally:
        world.ask("scoredock/service/delete", {"name": "renewed"})


def service_token(world: World) -> None:
    _keyed(world, "tokened", authEnabled=False, tokenAuthEnabled=True)
    try:
        token = world.client.ask("scoredock/service/token", {"name": "tokened"})
        assert set(token) == {"accessToken", "tokenType", "refreshAfter", "expiryOn"}
        assert token["refreshAfter"] < token["expiryOn"]
        called = world.ask(
            "scoredock/service/call",
            {"name": "tokened", "body": '{"data": [7]}', "key": token["accessToken"]},
        )
        assert called.status == 200
    finally:
        world.ask("scoredock/service/delete", {"name": "tokened"})


def service_configuration(world: World) -> None:
    _keyed(world, "configured", authEnabled=False, tokenAuthEnabled=True)
    try:
        kept = world.ask("scoredock/service/configuration", {"name": "configured"})
        assert kept.values["tokenAuthEnabled"] is True
    finally:
        world.ask("scoredock/service/delete", {"name": "configured"})


def project_create(world: World) -> None:
    folder = world.project / "fresh"
    made = world.ask("scoredock/project/create", {"folder": str(folder)})
    assert made.entry_script == str(folder / "score.py")
    assert "strict = true" in (folder / "pyproject.toml").read_text()


def project_example(world: World) -> None:
    folder = world.project / "scoredock-example"
    looked = world.ask("scoredock/project/example", {"folder": str(folder), "write": False})
    assert (looked.exists, looked.free, folder.exists()) == (False, str(folder), False)
    made = world.ask("scoredock/project/example", {"folder": str(folder)})
    assert made.entry_script == str(folder / "score.py")
    assert (folder / "sklearn_regression_model.pkl").stat().st_size > 500
    looked = world.ask("scoredock/project/example", {"folder": str(folder), "write": False})
    assert (looked.exists, looked.free) == (True, f"{folder}-2")


def no_code_write(world: World) -> None:
    path = world.project / "trees.txt"
    path.write_text("tree\nversion=v4\n")
    folder = world.project / "no-code"
    made = world.ask("scoredock/noCode/write", {"path": str(path), "folder": str(folder)})
    assert made.entry_script == str(folder / "score.py")
    # LightGBM needs a library of the system, which a step brings into an image.
    assert made.files == [
        "score.py",
        "conda.yml",
        "inferenceconfig.json",
        "dockerfile-steps",
    ]


def service_profile(world: World) -> None:
    rows = world.project / "rows.txt"
    rows.write_text('{"data": [1]}\n{"data": [2]}\n')
    found = world.ask(
        "scoredock/service/profile",
        {
            "name": "adder",
            "rows": str(rows),
            "requests": 10,
            "workDoneToken": "profile",
        },
    )
    assert (found.total_queries, found.success_queries, found.error) == (10, 10, "")
    raw = world.client.ask("scoredock/service/profile", {"name": "adder", "rows": str(rows), "requests": 2})
    assert {
        "latencyPercentile999InMs",
        "maxUtilizedMemoryInGB",
        "recommendedMemoryInGB",
        "recommendedCpu",
    } <= set(raw)


def find_size(world: World) -> None:
    """Requests that fail end it at once; tests/profiling searches to the end."""
    rows = world.project / "broken.txt"
    rows.write_text("{\n")
    wish = {"name": "adder", "latencyMs": 100, "rate": 20, "rows": str(rows), "workDoneToken": "size"}
    found = world.ask("scoredock/service/findSize", wish)
    assert (found.recommended, found.replicas, found.name) == (None, None, "adder")
    assert found.end in ("failed", "not-searched")
    assert "status 500" in found.reason + found.profile.error


def use_size(world: World) -> None:
    """A service without a deployment configuration gives its size to its model."""
    found = world.ask("scoredock/service/useSize", {"name": "adder", "cpu": 0.3, "memoryInGB": 0.5})
    assert (found.path, found.text) == ("", "")
    resources = world.ask("scoredock/model/show", {"id": found.model}).resources
    assert (resources.cpu, resources.memory_in_g_b) == (0.3, 0.5)


def model_profile(world: World) -> None:
    rows = world.project / "rows.txt"
    rows.write_text('{"data": [1]}\n{"data": [2]}\n')
    asked = {"entryScript": str(world.project / "score.py"), "rows": str(rows), "cpu": 1, "memoryInGB": 0.5}
    found = world.ask("scoredock/model/profile", asked)
    assert (found.profile.total_queries, found.profile.success_queries, found.search) == (200, 200, None)


def registry_login(world: World) -> None:
    """A registry that lets somebody in is in tests/images; here the password must not come back."""
    credential = {
        "server": "127.0.0.1:9",
        "username": "nobody",
        "password": "very-secret",
    }
    docker_daemon.docker_host()
    error = world.client.error("scoredock/registry/login", {"credential": credential})
    assert error["data"]["code"] == "registry-refused"
    assert "very-secret" not in json.dumps(error)


def package_create(world: World) -> None:
    target = world.project.parent / "packaged"
    made = world.ask(
        "scoredock/package/create",
        {"service": "adder", "outputPath": str(target), "label": "1"},
    )
    assert (target / "Dockerfile").is_file()
    assert (made.generate_dockerfile, made.state, made.location) == (
        True,
        "Succeeded",
        str(target),
    )
    assert made.run[-1] == made.image == "package:1"
    error = world.client.error("scoredock/package/create", {"service": "adder", "outputPath": str(target)})
    assert error["data"]["code"] == "package-target-not-empty"


def package_save(world: World) -> None:
    error = world.client.error(
        "scoredock/package/save",
        {"image": "package:1", "outputPath": str(world.project)},
    )
    assert error["message"].startswith("Docker images cannot be saved to a local directory.")


def package_push(world: World) -> None:
    error = world.client.error("scoredock/package/push", {"image": "Not An Image"})
    assert error["data"]["code"] == "image-reference-invalid"


def package_pull(world: World) -> None:
    error = world.client.error("scoredock/package/pull", {"image": str(world.project.parent / "packaged")})
    assert error["message"].startswith("A Dockerfile package cannot be pulled. Use save() instead.")


def package_registry(world: World) -> None:
    found = world.ask(
        "scoredock/package/registry",
        {"image": "registry.example.com:5000/team/adder:1"},
    )
    assert found.address == "registry.example.com:5000"
    assert "--password-stdin" in found.login


def package_export(world: World) -> None:
    target = world.project.parent / "deployment.template.json"
    image = "registry.example.com/team/adder:1"
    made = world.ask(
        "scoredock/package/export",
        {"image": image, "kind": "iot-edge", "outputPath": str(target)},
    )
    assert made.fill_in == [
        "CONTAINER_REGISTRY_USERNAME_registry",
        "CONTAINER_REGISTRY_PASSWORD_registry",
    ]
    assert image in target.read_text()


def service_debug_target(world: World) -> None:
    found = world.ask("scoredock/service/debugTarget", {"name": "adder"})
    assert found.entry_script == str(world.project / "score.py")
    assert found.path_mappings == [messages.PathMapping(str(world.project), ".")]


def service_debug(world: World) -> None:
    with Editor(debugger_python(world.project.parent / "home")) as editor:
        editor.listen([{"localRoot": str(world.project), "remoteRoot": "."}])
        letting = threading.Thread(target=lambda: editor.begin({}))
        letting.start()
        done = world.ask(
            "scoredock/service/debug",
            {"name": "adder", "port": editor.port, "workDoneToken": "debug"},
        )
        letting.join(30)
        editor.disconnect()
    assert (done.service.state, done.path_mappings[0].remote_root) == ("Healthy", ".")
    assert world.ask("scoredock/service/restart", {"name": "adder"}).revision == done.service.revision


def log_subscribe(world: World) -> None:
    subscription = world.ask("scoredock/log/subscribe", {"service": "adder", "tail": 100})
    batch = world.client.notified("scoredock/log/lines", lambda params: params["id"] == subscription.id)
    lines = from_wire(messages.LogLines, batch).lines
    assert lines
    assert [entry.sequence for entry in lines] == sorted({entry.sequence for entry in lines})
    world.ask("scoredock/log/unsubscribe", {"id": subscription.id})


def log_last(world: World) -> None:
    lines = world.ask("scoredock/log/last", {"name": "adder", "count": 2}).lines
    assert len(lines) == 2
    assert lines[0].sequence < lines[1].sequence


def log_unsubscribe(world: World) -> None:
    assert world.ask("scoredock/log/unsubscribe", {"id": "never"}) == messages.Empty()


def document_check(world: World) -> None:
    found = world.ask("scoredock/document/check", {"paths": [str(world.project)]})
    assert {Path(path).name for path in found.checked} >= {
        "score.py",
        "inferenceconfig.json",
    }
    assert "inferenceconfig.json" in [Path(finding.path).name for finding in found.findings]


def document_repair(world: World) -> None:
    script = world.project / "cell.py"
    script.write_text("%%writefile cell.py\n" + SCRIPT)
    (found,) = world.ask("scoredock/document/repair", {"paths": [str(script)]}).files
    assert (found.path, found.text, len(found.repairs)) == (str(script), SCRIPT, 1)
    assert script.read_text() != SCRIPT, "nothing is written"
    script.unlink()
    assert world.ask("scoredock/document/repair", {"paths": [str(world.project / "score.py")]}).files == []


def document_debug_target(world: World) -> None:
    """What F5 means in a batch script: its folder is the root of what is staged."""
    script = world.project.parent / "mapped" / "batch_score.py"
    script.parent.mkdir(exist_ok=True)
    script.write_text("def init():\n    pass\n\n\ndef run(mini_batch):\n    return mini_batch\n")
    target = world.ask("scoredock/document/debugTarget", {"path": str(script)})
    assert target.kind == "batch-script"
    assert [(each.local_root, each.remote_root) for each in target.path_mappings] == [(str(script.parent), ".")]
    script.write_text("print(1)\n")
    assert world.ask("scoredock/document/debugTarget", {"path": str(script)}).path_mappings == []


def document_save_as_utf8(world: World) -> None:
    script = world.project / "in_utf_16.py"
    script.write_bytes(SCRIPT.encode("utf-16"))
    saved = world.ask("scoredock/document/saveAsUtf8", {"path": str(script)})
    assert (saved.path, saved.encoding, script.read_bytes()) == (str(script), "UTF-16", SCRIPT.encode())
    script.write_bytes(b"# coding: ascii\nsize = 'gr\xf6\xdfe'\n")
    assert world.ask("scoredock/document/saveAsUtf8", {"path": str(script)}).encoding == "Windows-1252"
    assert script.read_text("utf-8") == "# coding: utf-8\nsize = 'größe'\n"
    script.unlink()


def document_explain(world: World) -> None:
    found = world.ask("scoredock/document/explain", {"code": "sd101"})
    assert found.code == "SD101"
    assert "SD101" in found.markdown


def document_try(world: World) -> None:
    script = str(world.project / "score.py")
    found = world.ask(
        "scoredock/document/try",
        {"path": script, "models": [], "body": '{"data": [1, 2]}'},
    )
    assert (found.path, found.ok, found.findings) == (script, True, [])
    assert [request.status for request in found.requests] == [200]


def service_start_all(world: World) -> None:
    # Nothing was ended by a restart; tests/lsp/test_start_again.py has services of which that is so.
    assert world.ask("scoredock/service/startAll", {}).names == []


def service_stop_all(world: World) -> None:
    assert world.ask("scoredock/service/stopAll", {}).names == ["adder"]
    assert world.ask("scoredock/service/stopAll", {}).names == []


GOOD: dict[str, Callable[[World], None]] = {
    "scoredock/state/list": state_list,
    "scoredock/workspace/list": workspace_list,
    "scoredock/workspace/create": workspace_create,
    "scoredock/workspace/connect": workspace_connect,
    "scoredock/workspace/open": workspace_open,
    "scoredock/workspace/move": workspace_move,
    "scoredock/workspace/named": workspace_named,
    "scoredock/workspace/use": workspace_use,
    "scoredock/workspace/show": workspace_show,
    "scoredock/workspace/forget": workspace_forget,
    "scoredock/model/list": model_list,
    "scoredock/model/groups": model_groups,
    "scoredock/model/versions": model_versions,
    "scoredock/model/files": model_files,
    "scoredock/model/text": model_text,
    "scoredock/model/alias": model_alias,
    "scoredock/model/aliasReturn": model_alias_return,
    "scoredock/model/favourite": model_favourite,
    "scoredock/model/consent": model_consent,
    "scoredock/model/show": model_show,
    **register_methods.GOOD,
    "scoredock/model/update": model_update,
    "scoredock/model/compare": model_compare,
    "scoredock/model/convert": model_convert,
    "scoredock/model/download": model_download,
    "scoredock/model/push": model_push,
    "scoredock/model/registerImage": model_register_image,
    "scoredock/model/delete": model_delete,
    "scoredock/model/restore": model_restore,
    "scoredock/model/purge": model_purge,
    **upkeep_methods.GOOD,
    **run_methods.GOOD,
    **asset_methods.GOOD,
    **batch_methods.GOOD,
    **azure_methods.GOOD,
    **drift_methods.GOOD,
    **event_methods.GOOD,
    **rule_methods.GOOD,
    **pipeline_methods.GOOD,
    **build_methods.GOOD,
    **compute_methods.GOOD,
    **request_methods.GOOD,
    "scoredock/registry/login": registry_login,
    "scoredock/service/list": service_list,
    "scoredock/service/show": service_show,
    "scoredock/service/propose": service_propose,
    "scoredock/service/deploy": service_deploy,
    "scoredock/service/update": service_update,
    **object_methods.GOOD,
    **v2_methods.GOOD,
    "scoredock/service/reload": service_reload,
    "scoredock/service/stop": service_stop,
    "scoredock/service/start": service_start,
    "scoredock/service/restart": service_restart,
    "scoredock/service/delete": service_delete,
    "scoredock/service/revisions": service_rollback,
    "scoredock/service/diff": service_rollback,
    "scoredock/service/rollback": service_rollback,
    "scoredock/endpoint/list": endpoint_life,
    "scoredock/endpoint/show": endpoint_life,
    "scoredock/endpoint/create": endpoint_life,
    "scoredock/endpoint/setVersion": endpoint_life,
    "scoredock/endpoint/removeVersion": endpoint_life,
    "scoredock/endpoint/traffic": endpoint_life,
    "scoredock/endpoint/limits": endpoint_life,
    "scoredock/endpoint/mirror": endpoint_life,
    "scoredock/endpoint/differences": endpoint_life,
    "scoredock/endpoint/promote": endpoint_life,
    "scoredock/endpoint/withdraw": endpoint_life,
    "scoredock/endpoint/start": endpoint_life,
    "scoredock/endpoint/stop": endpoint_life,
    "scoredock/endpoint/delete": endpoint_life,
    "scoredock/service/client": service_client,
    "scoredock/az/install": az_install,
    **sdk_methods.GOOD,
    **task_methods.GOOD,
    **watch_methods.GOOD,
    "scoredock/service/fileBody": service_file_body,
    "scoredock/service/sample": service_sample,
    "scoredock/service/places": service_places,
    "scoredock/service/call": service_call,
    "scoredock/project/create": project_create,
    "scoredock/project/example": project_example,
    "scoredock/noCode/write": no_code_write,
    "scoredock/service/keys": service_keys,
    "scoredock/service/regenerateKey": service_regenerate_key,
    "scoredock/service/configuration": service_configuration,
    "scoredock/service/token": service_token,
    "scoredock/service/profile": service_profile,
    "scoredock/service/findSize": find_size,
    "scoredock/service/useSize": use_size,
    "scoredock/model/profile": model_profile,
    "scoredock/package/create": package_create,
    "scoredock/package/save": package_save,
    "scoredock/package/push": package_push,
    "scoredock/package/pull": package_pull,
    "scoredock/package/registry": package_registry,
    "scoredock/package/export": package_export,
    "scoredock/service/debugTarget": service_debug_target,
    "scoredock/service/debug": service_debug,
    "scoredock/log/subscribe": log_subscribe,
    "scoredock/log/unsubscribe": log_unsubscribe,
    "scoredock/log/last": log_last,
    "scoredock/document/check": document_check,
    "scoredock/document/repair": document_repair,
    "scoredock/document/saveAsUtf8": document_save_as_utf8,
    "scoredock/document/explain": document_explain,
    "scoredock/document/try": document_try,
    "scoredock/document/debugTarget": document_debug_target,
    "scoredock/service/startAll": service_start_all,
    "scoredock/service/stopAll": service_stop_all,
}


def test_no_method_is_left_out() -> None:
    declared = {request.method for request in verbs()}
    assert set(GOOD) == declared
    assert {method for method, _, _ in REFUSED} | NEVER_REFUSED == declared


DEBUGGED = pytest.mark.long("tests/deploy and tests/cli debug at the gate; the debugger has an environment of its own")


@pytest.mark.parametrize(
    "method",
    [pytest.param(each, marks=[DEBUGGED] if each == "scoredock/service/debug" else []) for each in GOOD],
)
def test_good_params(world: World, method: str) -> None:
    GOOD[method](world)


# ------------------------------------------------------------------------------------------------ params that do not
# fit


@pytest.mark.parametrize("method", GOOD)
@pytest.mark.parametrize(
    "params",
    [
        pytest.param({"bogus": 1}, id="unknown-key"),
        pytest.param([1, 2], id="list"),
        pytest.param("text", id="text"),
        pytest.param(5, id="number"),
    ],
)
def test_params_that_do_not_fit_are_answered(world: World, method: str, params: Any) -> None:
    error = world.client.error(method, params)
    assert error["code"] == wire.INVALID_PARAMS
    assert error["data"]["code"] == "request-invalid"
    assert "$" in error["message"]


# ------------------------------------------------------------------------------------------------ facts that do not fit

NEVER_REFUSED = {
    "scoredock/event/types",
    "scoredock/compute/dockers",
    "scoredock/request/title",
    "scoredock/sdk/ended",
    "scoredock/state/list",
    "scoredock/task/list",
    "scoredock/workspace/list",
    "scoredock/log/unsubscribe",
    "scoredock/service/startAll",
    "scoredock/service/stopAll",
    "scoredock/document/debugTarget",
    *run_methods.NEVER_REFUSED,
    *asset_methods.NEVER_REFUSED,
    *build_methods.NEVER_REFUSED,
    *v2_methods.NEVER_REFUSED,
    *watch_methods.NEVER_REFUSED,
}

REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("scoredock/workspace/create", {"name": "a b"}, "workspace-name-invalid"),
    ("scoredock/workspace/create", {"name": "local"}, "workspace-exists"),
    (
        "scoredock/workspace/connect",
        {"configPath": "/nowhere/config.json"},
        "workspace-config-missing",
    ),
    ("scoredock/workspace/open", {"path": "/"}, "workspace-config-missing"),
    ("scoredock/workspace/move", {"folder": "/", "target": "local"}, "request-invalid"),
    ("scoredock/workspace/named", {"name": "nobody", "folder": "/"}, "workspace-not-found"),
    ("scoredock/workspace/use", {"id": "nobody", "folder": "/"}, "workspace-not-found"),
    ("scoredock/workspace/show", {"id": "nobody"}, "workspace-not-found"),
    ("scoredock/workspace/forget", {"id": "local"}, "workspace-is-default"),
    ("scoredock/model/list", {"workspaceId": "nobody"}, "workspace-not-found"),
    ("scoredock/model/groups", {"query": {"search": '"open'}}, "filter-invalid"),
    ("scoredock/model/versions", {"group": "a", "offset": -1}, "request-invalid"),
    ("scoredock/model/show", {"id": "none:1"}, "model-not-found"),
    ("scoredock/model/show", {"id": "weights@none"}, "alias-not-found"),
    ("scoredock/model/files", {"id": "none:1"}, "model-not-found"),
    (
        "scoredock/model/text",
        {"id": "none:1", "path": "weights.bin"},
        "model-not-found",
    ),
    ("scoredock/model/alias", {"id": "weights:1", "alias": "latest"}, "alias-invalid"),
    (
        "scoredock/model/aliasReturn",
        {"name": "weights", "alias": "none"},
        "alias-not-found",
    ),
    (
        "scoredock/model/favourite",
        {"name": "none", "favourite": True},
        "model-not-found",
    ),
    ("scoredock/model/consent", {"id": "none:1"}, "model-not-found"),
    ("scoredock/model/purge", {"ids": ["none:1"]}, "model-not-found"),
    ("scoredock/model/update", {"id": "none:1"}, "model-not-found"),
    ("scoredock/model/convert", {"id": "weights"}, "model-carry-unconfirmed"),
    ("scoredock/model/download", {"id": "none:1", "target": "/tmp"}, "model-not-found"),
    (
        "scoredock/model/compare",
        {"first": "none:1", "second": "none:2"},
        "model-not-found",
    ),
    ("scoredock/model/delete", {"id": "none:1"}, "model-not-found"),
    ("scoredock/model/restore", {"id": "none:1"}, "model-not-found"),
    *register_methods.REFUSED,
    *upkeep_methods.REFUSED,
    *run_methods.REFUSED,
    *asset_methods.REFUSED,
    *batch_methods.REFUSED,
    *azure_methods.REFUSED,
    *drift_methods.REFUSED,
    *event_methods.REFUSED,
    *rule_methods.REFUSED,
    *pipeline_methods.REFUSED,
    *build_methods.REFUSED,
    *compute_methods.REFUSED,
    *request_methods.REFUSED,
    *sdk_methods.REFUSED,
    *task_methods.REFUSED,
    *watch_methods.REFUSED,
    ("scoredock/service/list", {"workspaceId": "nobody"}, "workspace-not-found"),
    ("scoredock/service/show", {"name": "none"}, "service-not-found"),
    ("scoredock/service/propose", {"path": "/nowhere"}, "file-not-found"),
    (
        "scoredock/service/deploy",
        {"name": "UPPER", "entryScript": "/a.py"},
        "service-name-invalid",
    ),
    ("scoredock/service/deploy", {"name": "noscript"}, "deploy-input-missing"),
    ("scoredock/service/update", {"name": "none"}, "service-not-found"),
    *object_methods.REFUSED,
    *v2_methods.REFUSED,
    ("scoredock/service/stop", {"name": "none"}, "service-not-found"),
    ("scoredock/service/start", {"name": "none"}, "service-not-found"),
    ("scoredock/service/reload", {"name": "none"}, "service-not-found"),
    ("scoredock/service/restart", {"name": "none"}, "service-not-found"),
    ("scoredock/service/delete", {"name": "none"}, "service-not-found"),
    ("scoredock/service/revisions", {"name": "none"}, "service-not-found"),
    (
        "scoredock/service/diff",
        {"name": "none", "before": 1, "after": 2},
        "service-not-found",
    ),
    (
        "scoredock/service/rollback",
        {"name": "none", "revision": 1},
        "service-not-found",
    ),
    ("scoredock/endpoint/show", {"name": "none"}, "endpoint-not-found"),
    ("scoredock/endpoint/differences", {"name": "none"}, "endpoint-not-found"),
    ("scoredock/endpoint/limits", {"name": "none", "limits": {}}, "endpoint-not-found"),
    (
        "scoredock/endpoint/mirror",
        {"name": "none", "version": "blue", "share": 1},
        "endpoint-not-found",
    ),
    ("scoredock/endpoint/start", {"name": "none"}, "endpoint-not-found"),
    ("scoredock/endpoint/stop", {"name": "none"}, "endpoint-not-found"),
    ("scoredock/endpoint/delete", {"name": "none"}, "endpoint-not-found"),
    (
        "scoredock/endpoint/setVersion",
        {"name": "none", "version": "blue"},
        "endpoint-not-found",
    ),
    (
        "scoredock/endpoint/removeVersion",
        {"name": "none", "version": "blue"},
        "endpoint-not-found",
    ),
    (
        "scoredock/endpoint/promote",
        {"name": "none", "version": "blue"},
        "endpoint-not-found",
    ),
    (
        "scoredock/endpoint/withdraw",
        {"name": "none", "version": "blue"},
        "endpoint-not-found",
    ),
    (
        "scoredock/endpoint/traffic",
        {"name": "none", "traffic": {"blue": 1}},
        "endpoint-not-found",
    ),
    (
        "scoredock/endpoint/create",
        {"name": "parts", "version": "blue", "service": "none"},
        "service-not-found",
    ),
    ("scoredock/endpoint/list", {"workspaceId": "none"}, "workspace-not-found"),
    (
        "scoredock/service/client",
        {"name": "none", "language": "go"},
        "service-not-found",
    ),
    ("scoredock/az/install", {"folder": "/proc/nowhere"}, "io-failed"),
    ("scoredock/service/fileBody", {"path": "/nowhere/at/all.json"}, "file-not-found"),
    ("scoredock/service/sample", {"name": "none"}, "service-not-found"),
    ("scoredock/service/places", {"name": "none", "files": []}, "service-not-found"),
    ("scoredock/service/call", {"name": "none", "body": ""}, "service-not-found"),
    (
        "scoredock/project/create",
        {"folder": str(Path(__file__).parents[2])},
        "project-exists",
    ),
    (
        "scoredock/project/create",
        {"folder": "/nowhere", "model": "/nowhere/model.onnx"},
        "file-not-found",
    ),
    (
        "scoredock/project/example",
        {"folder": str(Path(__file__).parents[2])},
        "project-exists",
    ),
    ("scoredock/service/propose", {"path": "/nowhere.onnx", "withoutCode": True}, "file-not-found"),
    (
        "scoredock/noCode/write",
        {"folder": "/nowhere", "model": "none:1"},
        "model-not-found",
    ),
    ("scoredock/service/keys", {"name": "none"}, "service-not-found"),
    (
        "scoredock/service/regenerateKey",
        {"name": "none", "key": "Primary"},
        "service-not-found",
    ),
    ("scoredock/service/configuration", {"name": "none"}, "service-not-found"),
    ("scoredock/service/token", {"name": "none"}, "service-not-found"),
    ("scoredock/service/profile", {"name": "none"}, "service-not-found"),
    ("scoredock/service/findSize", {"name": "none", "latencyMs": 5, "rate": 1}, "service-not-found"),
    ("scoredock/service/findSize", {"name": "none", "latencyMs": 0, "rate": 1}, "profile-input-invalid"),
    ("scoredock/service/useSize", {"name": "none", "cpu": 1, "memoryInGB": 1}, "service-not-found"),
    ("scoredock/model/profile", {"rows": ""}, "profile-input-invalid"),
    ("scoredock/model/profile", {"rows": "/none/rows.txt", "models": ["none:1"]}, "file-not-found"),
    (
        "scoredock/service/profile",
        {"name": "none", "requests": 0},
        "profile-input-invalid",
    ),
    (
        "scoredock/package/create",
        {"service": "none", "outputPath": "/tmp/scoredock-none"},
        "service-not-found",
    ),
    (
        "scoredock/package/create",
        {"service": "a", "outputPath": "/a", "baseImage": "A B"},
        "base-image-invalid",
    ),
    (
        "scoredock/package/create",
        {"service": "a", "outputPath": "/a", "label": "a b"},
        "package-name-invalid",
    ),
    (
        "scoredock/package/create",
        {"service": "a", "form": "image", "outputPath": "/a"},
        "package-kind-wrong",
    ),
    (
        "scoredock/package/save",
        {"image": "adder:1", "outputPath": "/"},
        "package-kind-wrong",
    ),
    ("scoredock/package/push", {"image": "A B"}, "image-reference-invalid"),
    ("scoredock/model/push", {"id": "none:1", "push": "127.0.0.1:9/a:1"}, "model-not-found"),
    ("scoredock/model/registerImage", {"image": "oci:/nowhere", "name": "a"}, "model-image-invalid"),
    ("scoredock/package/pull", {"image": "A B"}, "image-reference-invalid"),
    ("scoredock/package/registry", {"image": "A B"}, "image-reference-invalid"),
    (
        "scoredock/package/export",
        {
            "image": "adder:1",
            "kind": "container-instances",
            "outputPath": "/tmp/scoredock-none.yaml",
            "name": "A B",
        },
        "package-export-invalid",
    ),
    ("scoredock/service/debugTarget", {"name": "none"}, "service-not-found"),
    ("scoredock/service/debug", {"name": "none", "port": 5678}, "service-not-found"),
    ("scoredock/service/debug", {"name": "none", "port": 0}, "port-invalid"),
    ("scoredock/log/subscribe", {"service": "none"}, "service-not-found"),
    ("scoredock/log/last", {"name": "none"}, "service-not-found"),
    ("scoredock/document/check", {"paths": ["/nowhere.py"]}, "file-not-found"),
    ("scoredock/document/repair", {"paths": ["/nowhere.py"]}, "file-not-found"),
    ("scoredock/document/saveAsUtf8", {"path": "/nowhere.py"}, "file-not-found"),
    ("scoredock/document/saveAsUtf8", {"path": "/"}, "file-unreadable"),
    ("scoredock/document/explain", {"code": "SD000"}, "rule-not-found"),
    ("scoredock/document/try", {"path": "/nowhere.py"}, "file-not-found"),
]


@pytest.mark.parametrize(
    ("method", "params", "code"),
    REFUSED,
    ids=[f"{method}-{code}" for method, _, code in REFUSED],
)
def test_facts_that_do_not_fit_are_refused_with_the_next_step(
    world: World, method: str, params: dict[str, Any], code: str
) -> None:
    if code == "registry-refused":
        docker_daemon.docker_host()
    error = world.client.error(method, params)
    assert (error["code"], error["data"]["code"]) == (wire.REQUEST_FAILED, code)
    assert error["message"].endswith((".", "?"))
    assert error["data"]["fix"].endswith(".")


def test_a_method_that_does_not_exist(world: World) -> None:
    assert world.client.error("scoredock/model/explode", {})["code"] == -32601
