"""`scoredock model register`, `propose`, `export`, `download` with everything they take."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from cli.conftest import Terminal


@pytest.fixture
def net(terminal: Terminal) -> Path:
    folder = terminal.folder / "net"
    (folder / "sub" / "empty").mkdir(parents=True)
    (folder / "weights").write_bytes(b"12345")
    (folder / "sub" / "labels").write_text("a\nb\n")
    return folder


def test_child_paths(terminal: Terminal, net: Path) -> None:
    made = terminal.json("model", "register", "net", "--child-path", "sub", "-n", "m")
    shown = terminal.json("model", "show", made["id"])
    assert sorted(file["path"] for file in shown["files"]) == ["net/sub/empty/", "net/sub/labels"]
    error = terminal.refused("model", "register", "net", "--child-path", "gone", "-n", "m")
    assert error["code"] == "model-path-missing"
    assert "'gone'" in error["message"]


def test_flags_of_v1(terminal: Terminal, net: Path) -> None:
    (terminal.folder / "rows.jsonl").write_text('{"data": [1]}\n')
    terminal.ok("dataset", "register", "rows.jsonl", "-n", "bodies")
    made = terminal.json(
        *("model", "register", "-p", "net/weights", "-n", "m", "--model-framework", "Custom"),
        *("--model-framework-version", "1", "--tag", "a=b", "--property", "p=q", "-d", "words"),
        *("--cc", "0.5", "--gb", "1.5", "--gc", "1", "--sample-input-dataset-id", "bodies:1"),
        *("--sample-output-dataset-id", "bodies:1", "--dataset", "training=bodies", "-t", "made.json"),
    )
    shown = terminal.json("model", "show", "m")
    assert shown["resources"] == {"cpu": 0.5, "memoryInGB": 1.5, "gpu": 1}
    assert (shown["sampleInputDataset"], shown["sampleOutputDataset"]) == ("bodies:1", "bodies:1")
    assert shown["datasets"] == [{"scenario": "training", "dataset": "bodies:1"}]
    assert (made["framework"], made["frameworkVersion"], made["properties"]) == ("Custom", "1", {"p": "q"})
    assert json.loads((terminal.folder / "made.json").read_text()) == {"modelId": "m:1"}
    assert terminal.refused("model", "register", "net", "-n", "m", "--cc", "0")["code"] == "model-resources-invalid"


@pytest.mark.long("tests/registry exports and takes in; tests/lsp has the same verbs")
def test_out_and_in_again(terminal: Terminal, net: Path, tmp_path: Path) -> None:
    made = terminal.json("model", "register", "net", "-n", "m", "--tag", "a=b")
    assert Path(terminal.json("model", "export", "m")["path"]).name == "m-1.zip"
    into = terminal.json("model", "export", "m", "--target", "backup/")["path"]
    assert Path(into) == terminal.folder / "backup" / "m-1.zip", "the folder is made"
    assert terminal.refused("model", "export", "m")["code"] == "model-file-exists"
    terminal.ok("model", "export", "m", "--overwrite")
    assert terminal.json("model", "propose", "m-1.zip")["exported"] == "m:1"
    other = Terminal(tmp_path / "other home", terminal.folder)
    back = other.json("model", "register", "m-1.zip", "--unpack")
    assert (back["id"], back["digest"], back["tags"]) == ("m:1", made["digest"], {"a": "b"})
    other.ok("model", "download", "m", "--target", "out")
    again = other.json("model", "register", "out/net", "-n", "m")
    assert again["digest"] == made["digest"]


@pytest.mark.long("tests/registry/test_archives.py unpacks at the gate")
def test_archives(terminal: Terminal, net: Path) -> None:
    with tarfile.open(terminal.folder / "net.tar.gz", "w:gz") as archive:
        archive.add(net, "net")
    made = terminal.json("model", "register", "net.tar.gz", "--unpack")
    assert (made["id"], made["fileCount"]) == ("net:1", 2)
    assert made["digest"] == terminal.json("model", "register", "net")["digest"]
    (terminal.folder / "broken.zip").write_bytes((terminal.folder / "net.tar.gz").read_bytes()[:60])
    error = terminal.refused("model", "register", "broken.zip", "--unpack")
    assert error["code"] == "model-archive-invalid"


def test_limits_of_the_settings(terminal: Terminal, net: Path) -> None:
    terminal.env["SCOREDOCK_MAX_FILES"] = "2"
    assert terminal.refused("model", "register", "net", "-n", "m")["code"] == "model-too-large"
    terminal.env["SCOREDOCK_MAX_FILES"] = "3"
    terminal.ok("model", "register", "net", "-n", "m")
    terminal.env["SCOREDOCK_MAX_BYTES"] = "4"
    error = terminal.refused("model", "register", "net", "-n", "m")
    assert "settings" in error["fix"]


def test_the_commit_is_recorded(terminal: Terminal, net: Path) -> None:
    environment = {**os.environ, "GIT_AUTHOR_NAME": "n", "GIT_AUTHOR_EMAIL": "e@example.com"}
    environment |= {"GIT_COMMITTER_NAME": "n", "GIT_COMMITTER_EMAIL": "e@example.com"}
    for words in (["init", "-q", "-b", "main"], ["add", "net"], ["commit", "-q", "-m", "x"]):
        subprocess.run(["git", *words], cwd=terminal.folder, env=environment, check=True)
    terminal.ok("model", "register", "net", "-n", "m")
    source = terminal.json("model", "show", "m")["source"]
    assert (source["branch"], source["dirty"], len(source["commit"])) == ("main", False, 40)


def test_words_that_do_not_go_together(terminal: Terminal, net: Path) -> None:
    for words in (
        ("model", "register"),
        ("model", "register", "net", "--run-id", "x"),
        ("model", "register", "--asset-path", "outputs/model.pkl"),
        ("model", "register", "--experiment-name", "e"),
        ("model", "register", "--run-id", "0f3a"),
    ):
        assert terminal.refused(*words, code=2)["code"] == "usage"


def test_what_cannot_be_registered_is_told_by_the_proposal(terminal: Terminal) -> None:
    os.mkfifo(terminal.folder / "model.pkl")
    told = terminal.json("model", "propose", "model.pkl")["reason"]
    assert told.startswith("It cannot be registered as it is: ")
    assert "named pipe" in told
    assert terminal.refused("model", "register", "model.pkl")["code"] == "model-path-unsupported"
