"""Methods of environments and images as they are built, and of the Docker in use. Run by test_methods.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import docker_daemon


def environment_list(world: Any) -> None:
    found = world.ask("scoredock/environment/list", {})
    (plain,) = found.environments
    assert (plain.id, plain.origin) == ("plain:1", "registered")
    assert plain.builds[0].used_by == ["adder"], "the service of this world has the same packages"


def environment_build(world: Any) -> None:
    built = world.ask("scoredock/environment/build", {"id": "plain"})
    (process,) = [each for each in built.builds if each.form == "process"]
    assert (built.id, process.state, process.size > 0) == ("plain:1", "Ready", True)
    again = world.ask("scoredock/environment/build", {"id": "plain:1"})
    assert again.builds[0].key == process.key


def environment_show(world: Any) -> None:
    found = world.ask("scoredock/environment/show", {"id": "plain"})
    assert "scoredock-runtime" in [each.name for each in found.packages]
    assert found.language == "yaml"
    assert world.ask("scoredock/environment/show", {"id": "AzureML-Minimal"}).environment.origin == "curated"
    key = found.environment.builds[0].key
    assert world.ask("scoredock/environment/show", {"id": key}).environment.builds[0].key == key


def environment_lock(world: Any) -> None:
    found = world.ask("scoredock/environment/lock", {"id": "plain"})
    assert "--hash=sha256:" in found.text


def environment_clean(world: Any) -> None:
    told = world.ask("scoredock/environment/clean", {"registered": True, "dryRun": True})
    assert told.removed == [], "the service of this world has the same packages"


def environment_remove(world: Any) -> None:
    key = world.ask("scoredock/environment/show", {"id": "plain"}).environment.builds[0].key
    error = world.client.error("scoredock/environment/remove", {"key": key})
    assert error["data"]["code"] == "environment-in-use"


def build_log(world: Any) -> None:
    world.ask("scoredock/environment/build", {"id": "plain", "rebuild": True})
    log = world.ask("scoredock/build/log", {"kind": "environment", "id": "plain"})
    assert log.state == "Ready"
    assert any(line.step for line in log.lines)
    assert (
        world.ask(
            "scoredock/build/log",
            {"kind": "environment", "id": "plain", "offset": log.next},
        ).lines
        == []
    )


def docker_show(world: Any) -> None:
    docker_daemon.docker_host()
    found = world.ask("scoredock/docker/show", {})
    assert found.reachable
    assert found.described.split(" ")[0] in ("Docker", "Podman")


def doctor_check(world: Any) -> None:
    found = world.ask("scoredock/doctor/check", {"editor": "Neovim 0.11"})
    assert {row.id: row.state for row in found.rows}["python"] == "fine"
    assert found.about.endswith("Neovim 0.11") or "Neovim 0.11 · in a container" in found.about
    assert found.text.startswith(found.about)


def doctor_repair(world: Any) -> None:
    done = world.ask("scoredock/doctor/repair", {"repair": "permissions"})
    assert done.message.startswith("Now only this account can change")


def image_create(world: Any) -> None:
    """Beside the image of `asset_methods`, which is only recorded."""
    (world.project / "words.txt").write_text("hello")
    params = {
        "name": "created",
        "executionScript": str(world.project / "score.py"),
        "models": ["weights:1"],
        "dependencies": [str(world.project / "words.txt")],
        "baseImage": docker_daemon.base_image(),
        "properties": {"made": "here"},
    }
    made = world.ask("scoredock/image/create", params)
    assert (made.asset.id, made.state, made.models) == (
        "created:1",
        "Succeeded",
        ["weights:1"],
    )
    log = world.ask("scoredock/build/log", {"kind": "image", "id": "created"})
    assert (log.state, log.lines[-1].text) == ("Ready", "Adding the code")


def _create_once(world: Any) -> None:
    """The image that is looked at, where the test that creates it had no turn in this run."""
    if "created:1" not in [each.asset.id for each in world.ask("scoredock/image/list", {}).images]:
        image_create(world)


def image_list(world: Any) -> None:
    _create_once(world)
    found = world.ask("scoredock/image/list", {})
    assert [(each.asset.id, each.state) for each in found.images] == [
        ("adder:1", "Registered"),
        ("created:1", "Succeeded"),
    ]


def image_show(world: Any) -> None:
    _create_once(world)
    found = world.ask("scoredock/image/show", {"id": "created"})
    assert (found.configuration["execution_script"], found.properties) == (
        "score.py",
        {"made": "here"},
    )
    assert found.files == ["app/score.py", "app/words.txt", "inferenceconfig.json"]


def image_layers(world: Any) -> None:
    _create_once(world)
    found = world.ask("scoredock/image/layers", {"image": "created:1"})
    assert [each.holds for each in found.layers][-4:] == ["packages", "runtime", "model", "code"]
    assert found.layers[-2].model == "weights:1"
    assert found.layers[-2].is_registered


def image_compare(world: Any) -> None:
    _create_once(world)
    base = docker_daemon.base_image()
    found = world.ask("scoredock/image/compare", {"first": base, "second": "created:1"})
    assert (found.first_only, [each.holds for each in found.second_only][-1]) == ([], "code")
    assert "/var/azureml-app/app/score.py" in [each.path for each in found.files]
    assert found.added == len(found.files)
    assert "PATH" in found.variables


def image_texts(world: Any) -> None:
    _create_once(world)
    pair = {"first": docker_daemon.base_image(), "second": "created:1"}
    texts = world.ask("scoredock/image/texts", {**pair, "path": "/var/azureml-app/app/words.txt"})
    assert (texts.before, texts.after) == ("", "hello")


def image_delete(world: Any) -> None:
    _create_once(world)
    gone = world.ask("scoredock/image/delete", {"id": "created:1"})
    assert gone.deleted is not None
    assert "created:1" not in [each.asset.id for each in world.ask("scoredock/image/list", {}).images]


GOOD: dict[str, Callable[[Any], None]] = {
    "scoredock/environment/list": environment_list,
    "scoredock/environment/build": environment_build,
    "scoredock/environment/show": environment_show,
    "scoredock/environment/lock": environment_lock,
    "scoredock/environment/clean": environment_clean,
    "scoredock/environment/remove": environment_remove,
    "scoredock/build/log": build_log,
    "scoredock/docker/show": docker_show,
    "scoredock/doctor/check": doctor_check,
    "scoredock/doctor/repair": doctor_repair,
    "scoredock/image/create": image_create,
    "scoredock/image/list": image_list,
    "scoredock/image/show": image_show,
    "scoredock/image/layers": image_layers,
    "scoredock/image/compare": image_compare,
    "scoredock/image/texts": image_texts,
    "scoredock/image/delete": image_delete,
}
NEVER_REFUSED = {"scoredock/docker/show", "scoredock/doctor/check"}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("scoredock/doctor/repair", {"repair": ""}, "request-invalid"),
    ("scoredock/environment/list", {"workspaceId": "nobody"}, "workspace-not-found"),
    ("scoredock/environment/show", {"id": "none:1"}, "asset-not-found"),
    ("scoredock/environment/build", {"id": "none:1"}, "asset-not-found"),
    ("scoredock/environment/lock", {"id": "none:1"}, "asset-not-found"),
    ("scoredock/environment/remove", {"key": "../../store"}, "environment-not-built"),
    ("scoredock/environment/clean", {"workspaceId": "nobody"}, "workspace-not-found"),
    ("scoredock/build/log", {"kind": "image", "id": "none:1"}, "asset-not-found"),
    ("scoredock/image/list", {"workspaceId": "nobody"}, "workspace-not-found"),
    ("scoredock/image/show", {"id": "none:1"}, "asset-not-found"),
    ("scoredock/image/layers", {"image": "A B"}, "image-reference-invalid"),
    ("scoredock/image/compare", {"first": "A B", "second": "a"}, "image-reference-invalid"),
    ("scoredock/image/texts", {"first": "A B", "second": "a", "path": "/a"}, "image-reference-invalid"),
    ("scoredock/image/delete", {"id": "none:1"}, "asset-not-found"),
    (
        "scoredock/image/create",
        {"name": "Not Lower", "executionScript": "/nowhere/score.py"},
        "asset-name-invalid",
    ),
    (
        "scoredock/image/create",
        {
            "name": "schemed",
            "executionScript": "/nowhere/score.py",
            "schemaFile": "/nowhere/schema.json",
        },
        "image-configuration-invalid",
    ),
    (
        "scoredock/registry/login",
        {
            "credential": {
                "server": "127.0.0.1:9",
                "username": "nobody",
                "password": "wrong",
            }
        },
        "registry-refused",
    ),
]
