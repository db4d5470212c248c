"""The methods that bring models in and out, for test_methods: everything that registering takes, and export."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


def _place(world: Any) -> tuple[str, Path]:
    """A workspace of its own, and a folder to register."""
    folder = Path(world.project) / "net"
    known = {each.name: each.id for each in world.ask("scoredock/workspace/list", {"folders": []}).workspaces}
    if "taking" in known:
        return known["taking"], folder
    (folder / "empty").mkdir(parents=True)
    (folder / "labels.txt").write_text("a\nb\n")
    (folder / "weights").write_bytes(b"12345")
    made = world.ask("scoredock/workspace/create", {"name": "taking"})
    bodies = world.project / "bodies.jsonl"
    bodies.write_text('{"data": [1]}\n')
    world.ask("scoredock/dataset/register", {"path": str(bodies), "name": "bodies", "workspaceId": made.id})
    bodies.unlink()
    return made.id, folder


def model_register(world: Any) -> None:
    made = world.ask(
        "scoredock/model/register",
        {
            "paths": [str(world.project / "weights.bin")],
            "name": "spare",
            "tags": {"a": "b"},
            "workDoneToken": "tok",
        },
    )
    assert (made.id, made.tags, made.pickle) == ("spare:1", {"a": "b"}, "none")
    workspace, folder = _place(world)
    chosen = world.ask(
        "scoredock/model/register",
        {
            "paths": [str(folder)],
            "name": "chosen",
            "childPaths": ["weights", "empty"],
            "resources": {"cpu": 0.5, "memoryInGB": 1.5, "gpu": None},
            "sampleInputDataset": "bodies:1",
            "datasets": [{"scenario": "training", "dataset": "bodies"}],
            "workspaceId": workspace,
        },
    )
    told = world.ask("scoredock/model/show", {"id": chosen.id, "workspaceId": workspace})
    assert sorted(file.path for file in told.files) == ["net/empty/", "net/weights"]
    assert (told.resources.cpu, told.resources.memory_in_g_b, told.resources.gpu) == (0.5, 1.5, None)
    assert told.sample_input_dataset == "bodies:1"
    assert [(each.scenario, each.dataset) for each in told.datasets] == [("training", "bodies:1")]


def model_export(world: Any) -> None:
    workspace, folder = _place(world)
    target = world.project / "taken.zip"

    def ask(method: str, **params: object) -> Any:
        return world.ask(f"scoredock/model/{method}", {**params, "workspaceId": workspace})

    made = ask("register", paths=[str(folder)], name="taken", description="words")
    assert ask("export", id="taken", target=str(target)).path == str(target)
    again = {"id": "taken", "target": str(target), "workspaceId": workspace}
    assert world.client.error("scoredock/model/export", again)["data"]["code"] == "model-file-exists"
    found = ask("propose", paths=[str(target)])
    assert (found.archive, found.exported, found.name, found.description) == (True, made.id, "taken", "words")
    back = ask("register", paths=[str(target)], name="back", unpack=True)
    assert (back.digest, back.description) == (made.digest, "words")
    target.unlink()


def model_propose(world: Any) -> None:
    found = world.ask("scoredock/model/propose", {"paths": [str(world.project / "weights.bin")]})
    assert (found.name, found.next_version, found.files, found.size) == ("weights", 2, 1, 4)
    _, folder = _place(world)
    found = world.ask("scoredock/model/propose", {"paths": [str(folder)], "childPaths": ["weights"]})
    assert (found.children, found.files, found.archive) == (["empty", "labels.txt", "weights"], 1, False)
    broken = world.project / "broken.zip"
    broken.write_bytes(b"PK\x03\x04")
    found = world.ask("scoredock/model/propose", {"paths": [str(broken)]})
    assert (found.archive, "cut off" in found.reason) == (True, True)
    with zipfile.ZipFile(broken, "w") as archive:
        archive.writestr("../evil", b"x")
    assert "leads out" in world.ask("scoredock/model/propose", {"paths": [str(broken)]}).reason
    broken.unlink()


GOOD: dict[str, Callable[[Any], None]] = {
    "scoredock/model/propose": model_propose,
    "scoredock/model/register": model_register,
    "scoredock/model/export": model_export,
}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("scoredock/model/propose", {"paths": [], "workspaceId": "nobody"}, "workspace-not-found"),
    ("scoredock/model/register", {"paths": ["/nowhere"], "name": "a"}, "model-path-missing"),
    ("scoredock/model/register", {"paths": ["/nowhere"], "name": "a/b"}, "model-name-invalid"),
    ("scoredock/model/register", {"paths": ["/nowhere.zip"], "name": "a", "unpack": True}, "model-path-missing"),
    ("scoredock/model/register", {"paths": ["/"], "name": "a", "childPaths": ["../a"]}, "model-path-unsupported"),
    ("scoredock/model/register", {"paths": ["/a"], "name": "a", "resources": {"gpu": 0}}, "model-resources-invalid"),
    ("scoredock/model/register", {"paths": [__file__], "name": "a", "sampleInputDataset": "x:1"}, "asset-not-found"),
    ("scoredock/model/export", {"id": "none:1", "target": "/tmp/x.zip"}, "model-not-found"),
]
