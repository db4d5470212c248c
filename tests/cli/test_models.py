"""`scoredock model …` and `scoredock workspace …`."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

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
    assert terminal.json("model", "show", "five")["model"]["version"] == 2
    changed = terminal.json("model", "update", "five:1", "--tag", "x=1", "--description", "old")
    assert (changed["tags"], changed["description"]) == ({"x": "1"}, "old")
    assert "restore five:1" in terminal.ok("model", "delete", "five:1")
    assert terminal.json("model", "restore", "five:1")["id"] == "five:1"
    path = Path(terminal.json("model", "download", "five:1", "--target", "out")["path"])
    assert path.read_bytes() == b"12345"
    path = Path(terminal.json("model", "download", "--model-id", "five:1", "-t", "as-in-azure")["path"])
    assert path.read_bytes() == b"12345"
    both = terminal.run("model", "download", "five:1", "-i", "five:1")
    assert (both.returncode, both.stdout) == (2, "")
    assert "Name one model, as MODEL or with --model-id." in both.stderr


def test_an_unknown_option_is_told_by_the_command_that_lacks_it(terminal: Terminal) -> None:
    unknown = terminal.run("model", "list", "--nope")
    assert unknown.returncode == 2
    assert unknown.stderr.splitlines() == [
        "scoredock: scoredock model list has no option --nope.",
        "For help, run: scoredock model list --help",
    ]
    assert "az ml" not in unknown.stderr
    for option in ("-g", "--resource-group"):
        azure = terminal.run("model", "download", "-i", "five:1", option, "group")
        assert azure.returncode == 2
        assert f"scoredock model download has no option {option}." in azure.stderr
        assert "usage:" not in azure.stderr
        assert "runs as it is after `scoredock az ml …`" in azure.stderr


@pytest.mark.long("tests/registry/test_search.py has the filters, the test above words of a list")
def test_list_filters(terminal: Terminal) -> None:
    terminal.ok("model", "register", "model.bin", "-n", "a", "--tag", "Stage=old", "--property", "run=1")
    terminal.ok("model", "register", "model.bin", "-n", "a", "--framework", "Onnx", "--tag", "Stage=new")
    terminal.ok("model", "register", "model.bin", "-n", "b", "--tag", "Stage=new", "-d", "second try")

    def ids(*words: str) -> list[str]:
        return [item["id"] for item in terminal.json("model", "list", *words)["models"]]

    assert ids("--tag", "Stage=new", "--framework", "onnx") == ["a:2"]
    assert ids("--property", "run") == ["a:1"]
    assert ids("--run-id", "none") == []
    assert ids("--search", "SECOND stage=NEW") == ["b:1"]
    assert ids("-s", "Stage : old") == ["a:1"]
    assert ids("--order", "newest", "--limit", "2") == ["b:1", "a:2"]
    assert ids("--latest", "--name", "a") == ["a:2"]
    told = terminal.ok("model", "list", "--limit", "1")
    assert "1 of 3" in told
    assert terminal.ok("model", "list", "-s", "nothing") == "no model matches\n"
    assert terminal.ok("model", "list", "--deleted") == "the trash is empty\n"
    assert terminal.refused("model", "list", "-s", '"open')["code"] == "filter-invalid"
    assert terminal.run("model", "list", "--limit", "0").returncode == 2


def test_the_line_that_restores_names_the_workspace_where_the_line_that_deletes_did(terminal: Terminal) -> None:
    (terminal.folder / "requests.jsonl").write_text('{"data": 1}\n')
    terminal.ok("workspace", "create", "team")
    for words in (("model", "register", "model.bin", "-n", "five"), ("dataset", "register", "requests.jsonl")):
        terminal.ok("-w", "team", *words)
    for words in (("model", "delete", "five:1"), ("dataset", "delete", "requests:1")):
        told = terminal.ok("-w", "team", *words)
        (line,) = re.findall(r"run: scoredock (.+)$", told, re.MULTILINE)
        terminal.ok(*shlex.split(line))
    told = terminal.run("az", "ml", "model", "delete", "-i", "five:1", "-w", "team").stderr
    (line,) = re.findall(r"run: scoredock (.+)$", told, re.MULTILINE)
    assert "restored five:1" in terminal.ok(*shlex.split(line))
    terminal.ok("model", "register", "model.bin", "-n", "six")
    assert "run: scoredock model restore six:1" in terminal.ok("model", "delete", "six:1")


def test_show_everything_for_people(terminal: Terminal) -> None:
    terminal.ok("model", "register", "model.bin", "-n", "five", "--tag", "a=b", "--property", "p=q")
    terminal.ok("model", "register", "model.bin", "-n", "five")
    terminal.ok("model", "alias", "five:1", "champion")
    terminal.ok("model", "update", "five:1", "--cc", "0.5", "--gb", "2")
    told = terminal.ok("model", "update", "-i", "five:1", "--gc", "1", "-d", "words")
    assert "words" in told
    told = terminal.ok("model", "show", "five@champion")
    for part in ("five:1", "champion: 1", "words", "a=b", "p=q", "0.5", "five:2", "model.bin", "sha256:"):
        assert part in told, part
    found = terminal.json("model", "show", "-n", "five", "--tag", "a")
    assert found["model"]["id"] == "five:1"
    assert found["resources"] == {"cpu": 0.5, "memoryInGB": 2.0, "gpu": 1}
    assert terminal.json("model", "show", "--name", "five", "--version", "2")["model"]["id"] == "five:2"
    terminal.ok("model", "update", "five:1", "--no-resources")
    assert terminal.json("model", "show", "five:1")["resources"]["cpu"] is None
    assert terminal.refused("model", "show", "--tag", "none")["code"] == "model-not-found"
    for wrong in (("model", "show"), ("model", "show", "five", "-n", "five"), ("model", "update")):
        assert terminal.run(*wrong).returncode == 2, wrong


def test_a_tag_that_is_not_there_is_told_and_is_no_error(terminal: Terminal) -> None:
    terminal.ok("model", "register", "model.bin", "-n", "five", "--tag", "a=b")
    done = terminal.run("model", "update", "five:1", "--remove-tag", "a", "--remove-tag", "none")
    assert (done.returncode, done.stderr) == (0, "five:1 had no tag 'none'\n")
    assert terminal.json("model", "show", "five:1")["model"]["tags"] == {}


@pytest.mark.long("tests/deploy/test_aliases.py and tests/lsp have aliases; test_show_everything_for_people gives one")
def test_aliases_and_favourites(terminal: Terminal) -> None:
    for _ in range(3):
        terminal.ok("model", "register", "model.bin", "-n", "five")
    assert terminal.ok("model", "alias", "five:1", "champion") == "five@champion is five:1\n"
    terminal.ok("model", "alias", "five:2", "champion")
    terminal.ok("model", "alias", "five:3", "champion")
    assert "points to five:2 again" in terminal.ok("model", "alias", "five", "champion", "--return")
    assert terminal.json("model", "alias", "--return", "five", "champion")["version"] == 1
    assert "champion" in terminal.ok("model", "list")
    assert terminal.json("model", "compare", "five@champion", "five")["first"] == "five:1"
    path = Path(terminal.json("model", "download", "five@champion", "--target", "out")["path"])
    assert path.read_bytes() == b"12345"
    assert terminal.json("model", "alias", "--remove", "five", "champion")["id"] == "five:1"
    assert terminal.refused("model", "show", "five@champion")["code"] == "alias-not-found"
    assert terminal.refused("model", "alias", "five:1", "latest")["code"] == "alias-invalid"
    assert terminal.run("model", "alias", "five", "champion", "--remove", "--return").returncode == 2
    terminal.ok("model", "favourite", "five")
    assert len(terminal.json("model", "list", "--favourites")["models"]) == 3
    terminal.ok("model", "favourite", "five", "--remove")
    assert terminal.json("model", "list", "--favourites")["models"] == []


@pytest.mark.long("tests/registry and tests/lsp have the trash; a model is deleted and taken back above")
def test_the_trash(terminal: Terminal) -> None:
    for _ in range(2):
        terminal.ok("model", "register", "model.bin", "-n", "five")
    terminal.ok("model", "alias", "five:1", "old")
    assert "aliases stay with it: old" in terminal.ok("model", "delete", "-i", "five:1")
    assert [item["id"] for item in terminal.json("model", "list", "--deleted")["models"]] == ["five:1"]
    assert terminal.refused("model", "purge", "five:2")["code"] == "model-not-deleted"
    assert terminal.json("model", "purge", "five:1")["ids"] == ["five:1"]
    assert terminal.ok("model", "purge", "--all") == "the trash is empty\n"
    assert terminal.run("model", "purge").returncode == 2
    assert terminal.json("model", "register", "model.bin", "-n", "five")["id"] == "five:3"


def test_text_and_comparison(terminal: Terminal) -> None:
    (terminal.folder / "notes.txt").write_text("one\n")
    terminal.ok("model", "register", "notes.txt", "-n", "notes")
    (terminal.folder / "notes.txt").write_text("two\n")
    terminal.ok("model", "register", "notes.txt", "-n", "notes")
    assert terminal.ok("model", "text", "notes:1", "notes.txt") == "one\n"
    assert terminal.refused("model", "text", "notes:1", "../notes.txt")["code"] == "model-file-missing"
    told = {each["what"]: each for each in terminal.json("model", "compare", "notes:1", "notes")["differences"]}
    assert told["file notes.txt"]["isText"] is True


def test_consent_is_not_asked_for_nothing(terminal: Terminal) -> None:
    terminal.ok("model", "register", "model.bin", "-n", "five")
    assert terminal.refused("model", "consent", "five")["code"] == "consent-needless"


def test_refusals_have_codes_and_next_steps(terminal: Terminal) -> None:
    assert terminal.refused("model", "show", "none")["code"] == "model-not-found"
    assert terminal.refused("model", "register", "gone.bin")["code"] == "model-path-missing"
    error = terminal.refused("model", "register", "model.bin", "-n", "a/b")
    assert error["code"] == "model-name-invalid"
    assert error["fix"].endswith(".")


def test_refusals_for_people(terminal: Terminal) -> None:
    done = terminal.run("model", "show", "none")
    assert done.returncode == 1
    assert (
        done.stderr.splitlines()[0]
        == "error: The workspace has no model none. The workspace local was searched. [model-not-found]"
    )
    assert done.stderr.splitlines()[1].startswith("  Run `scoredock model list`")


def test_a_model_of_another_workspace_is_named_with_it(terminal: Terminal) -> None:
    (terminal.folder / "weights.txt").write_text("1")
    terminal.ok("workspace", "create", "second")
    terminal.ok("-w", "second", "model", "register", "--name", "far", "weights.txt")
    hint = "  The workspace second has it: add `-w second` to the line."
    for line in (("model", "show", "far"), ("model", "show", "far:1")):
        assert terminal.run(*line).stderr.splitlines()[1] == hint
    assert "second" not in terminal.run("model", "show", "none").stderr
    assert "was searched" not in terminal.run("service", "show", "none").stderr
    terminal.ok("-w", "second", "dataset", "register", "weights.txt", "--name", "rows")
    assert hint in terminal.run("dataset", "show", "rows").stderr


def test_an_empty_listing_names_the_workspace_that_has_some_where_nobody_chose_one(terminal: Terminal) -> None:
    (terminal.folder / "weights.txt").write_text("1")
    terminal.ok("workspace", "create", "second")
    assert "second" not in terminal.ok("model", "list")
    terminal.ok("-w", "second", "model", "register", "--name", "far", "weights.txt")
    hint = "The workspace second has some: add `-w second` to the line."
    assert terminal.ok("model", "list").splitlines()[1:] == [hint]
    assert [terminal.ok(noun, "list").count("second") for noun in ("service", "run")] == [0, 0]
    assert "second" not in terminal.ok("-w", "local", "model", "list"), "it was chosen"
    terminal.ok("workspace", "use", "local")
    assert "second" not in terminal.ok("model", "list"), "so it was"


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


def test_an_update_prints_what_it_changed(terminal: Terminal) -> None:
    terminal.ok("model", "register", "model.bin", "-n", "five")
    told = terminal.ok("model", "update", "five:1", "--cc", "0.5", "--gb", "2", "--tag", "stage=tried")
    rows = dict(line.split("  ", 1) for line in told.splitlines())
    assert (rows["cpu"].strip(), rows["memory in GB"].strip(), rows["tags"].strip()) == ("0.5", "2.0", "stage=tried")
    first = terminal.ok("model", "show", "five:1").split("\n\n")[0].splitlines()
    assert len({re.match(r".+?  +", line).end() for line in first}) == 1, "one column of values"  # type: ignore[union-attr]


def test_a_path_with_line_ends_is_told_in_one_line(terminal: Terminal) -> None:
    told = terminal.run("model", "register", "no\nsuch\x1b[31m")
    assert told.returncode == 1
    error = next(line for line in told.stderr.splitlines() if line.startswith("error: "))
    assert error.endswith("[model-path-missing]")
    assert "no\\nsuch\\x1b[31m' does not exist" in error
