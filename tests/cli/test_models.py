"""`scoredock model …` and `scoredock workspace …`."""

from __future__ import annotations

import json
from pathlib import Path

from cli.conftest import Terminal


def test_register_writes_the_metadata_file(terminal: Terminal) -> None:
    made = terminal.json(
        "model", "register", "model.bin", "-n", "five", "--tag", "a=b", "-d", "words", "-t", "meta.json"
    )
    assert (made["id"], made["size"], made["tags"], made["description"]) == ("five:1", 5, {"a": "b"}, "words")
    assert json.loads((terminal.folder / "meta.json").read_text()) == {"modelId": "five:1"}


def test_register_without_a_name_takes_the_proposed_one(terminal: Terminal) -> None:
    proposed = terminal.json("model", "propose", "model.bin")
    assert proposed["name"] == "model"
    assert terminal.json("model", "register", "model.bin")["id"] == "model:1"
    assert terminal.json("model", "register", "-p", "model.bin")["id"] == "model:2"


def test_list_show_update_delete_restore_download(terminal: Terminal) -> None:
    terminal.ok("model", "register", "model.bin", "-n", "five")
    terminal.ok("model", "register", "model.bin", "-n", "five", "--tag", "good=yes")
    assert [item["id"] for item in terminal.json("model", "list")["models"]] == ["five:2", "five:1"]
    assert [item["id"] for item in terminal.json("model", "list", "--latest")["models"]] == ["five:2"]
    assert [item["id"] for item in terminal.json("model", "list", "--tag", "good=yes")["models"]] == ["five:2"]
    assert terminal.json("model", "show", "five")["version"] == 2
    changed = terminal.json("model", "update", "five:1", "--tag", "x=1", "--description", "old")
    assert (changed["tags"], changed["description"]) == ({"x": "1"}, "old")
    assert "restore five:1" in terminal.ok("model", "delete", "five:1")
    assert terminal.json("model", "restore", "five:1")["id"] == "five:1"
    path = Path(terminal.json("model", "download", "five:1", "--target", "out")["path"])
    assert path.read_bytes() == b"12345"


def test_refusals_have_codes_and_next_steps(terminal: Terminal) -> None:
    assert terminal.refused("model", "show", "none")["code"] == "model-not-found"
    assert terminal.refused("model", "register", "gone.bin")["code"] == "model-path-missing"
    error = terminal.refused("model", "register", "model.bin", "-n", "a/b")
    assert error["code"] == "model-name-invalid"
    assert error["fix"].endswith(".")


def test_refusals_for_people(terminal: Terminal) -> None:
    done = terminal.run("model", "show", "none")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "error: The workspace has no model none. [model-not-found]"
    assert done.stderr.splitlines()[1].startswith("  Run `scoredock model list`")


def test_workspaces(terminal: Terminal) -> None:
    assert [item["id"] for item in terminal.json("workspace", "list")["workspaces"]] == ["local"]
    made = terminal.json("workspace", "create", "second", "--use")
    assert made["isActive"] is True
    terminal.ok("model", "register", "model.bin", "-n", "there")
    assert terminal.json("workspace", "show")["models"] == 1
    assert terminal.json("model", "list", "--workspace", "local")["models"] == []
    assert terminal.json("--workspace", "local", "model", "list")["models"] == [], "global options also come first"
    assert terminal.json("workspace", "use", "local")["isActive"] is True
    forgotten = terminal.json("workspace", "forget", "second")
    assert Path(forgotten["path"]).is_dir()
    assert terminal.refused("workspace", "forget", "local")["code"] == "workspace-is-default"


def test_a_configuration_names_the_workspace(terminal: Terminal) -> None:
    config = terminal.folder / ".file-path" / "ws_config.json"
    config.parent.mkdir()
    config.write_text(json.dumps({"subscription_id": "s", "resource_group": "g", "workspace_name": "contoso"}))
    made = terminal.json("workspace", "connect", str(config))
    assert made["name"] == "contoso"
    terminal.ok("--config", ".file-path/ws_config.json", "model", "register", "model.bin", "-n", "inside")
    assert terminal.json("workspace", "show", "contoso")["models"] == 1
    assert terminal.refused("--config", "gone.json", "model", "list")["code"] == "workspace-config-missing"


def test_a_data_folder_by_option(terminal: Terminal, tmp_path: Path) -> None:
    terminal.ok("--home", str(tmp_path / "elsewhere"), "model", "register", "model.bin")
    assert terminal.json("model", "list")["models"] == []
    assert (tmp_path / "elsewhere" / "workspaces" / "local").is_dir()
