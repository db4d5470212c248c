"""What a stranger's folder may hold, at every door that reads it: told, or just right."""

from __future__ import annotations

import json
import subprocess

from cli.conftest import Terminal

SCRIPT = 'import json\n\n\ndef init():\n    global word\n    word = "ü€"\n\n\ndef run(data):\n    return word\n'
SDK = "from azureml.core import Workspace\n\nprint(Workspace.from_config().name)\n"


def test_a_script_in_utf_7_is_read_as_python_reads_it(terminal: Terminal) -> None:
    (terminal.folder / "score.py").write_bytes(b"# -*- coding: utf-7 -*-\n" + SCRIPT.encode("utf-7"))
    assert terminal.run("check", ".").stderr.strip() == "1 file checked: nothing found"
    terminal.ok("service", "deploy", "seven", "--es", "score.py")
    assert json.loads(terminal.ok("service", "call", "seven", "--data", "[1]")) == "ü€"


def test_a_configuration_that_is_a_list_is_told(terminal: Terminal) -> None:
    identity = {"subscription_id": "s", "resource_group": "g", "workspace_name": "ccc"}
    (terminal.folder / "config.json").write_text(json.dumps([identity]))
    (terminal.folder / "where.py").write_text(SDK)
    assert "SD414 error: This file must hold keys and their values, not a list." in terminal.run("check", ".").stdout
    for words in (("sdk", "run", "where.py"), ("model", "list"), ("az", "ml", "model", "list")):
        answer = terminal.run(*words)
        assert (answer.returncode, "must contain a JSON object" in answer.stderr) == (1, True), (words, answer.stderr)
    (terminal.folder / "config.json").write_text(json.dumps(identity).rstrip("}"))
    for words in (("sdk", "run", "where.py"), ("model", "list")):
        answer = terminal.run(*words)
        assert (answer.returncode, "is not valid JSON" in answer.stderr) == (1, True), (words, answer.stderr)


def test_a_script_of_another_language_is_not_given_to_python(terminal: Terminal) -> None:
    (terminal.folder / "train.R").write_text("train <- function() {\n  1\n}\n")
    refused = terminal.refused("sdk", "run", "train.R")
    assert (refused["code"], "is written in R and is not a Python script" in refused["message"]) == (
        "sdk-script-language",
        True,
    )


def test_files_that_differ_by_case_only_are_told(terminal: Terminal) -> None:
    folder = terminal.folder / "m"
    folder.mkdir()
    for name in ("model.bin", "Model.bin"):
        (folder / name).write_text(name)
    for words in (("model", "register", "m", "--name", "m"), ("az", "ml", "model", "register", "-n", "m", "-p", "m")):
        answer = terminal.run(*words)
        assert (answer.returncode, "differ only in case" in answer.stderr) == (1, True), (words, answer.stderr)


def test_a_repository_within_a_repository_stays_out_of_services(terminal: Terminal) -> None:
    inner = terminal.folder / "src" / "inner"
    inner.mkdir(parents=True)
    for folder in (terminal.folder, inner):
        subprocess.run(["git", "init", "-q", str(folder)], check=True)
    (terminal.folder / "src" / "score.py").write_text(
        "import os\n\n\ndef init():\n    pass\n\n\ndef run(data):\n"
        '    return sorted(os.listdir(os.path.join(os.path.dirname(__file__), "inner")))\n'
    )
    (inner / "kept.txt").write_text("kept\n")
    (terminal.folder / "ic.json").write_text(json.dumps({"entryScript": "score.py", "sourceDirectory": "src"}))
    terminal.ok("service", "deploy", "nested", "--ic", "ic.json")
    assert json.loads(terminal.ok("service", "call", "nested", "--data", "1")) == ["kept.txt"]
    assert "Left out of the service: .git\n" in terminal.ok("service", "logs", "nested")
    terminal.ok("migrate", ".", "--output-path", "v2")
    assert not list((terminal.folder / "v2").rglob(".git"))


def test_a_notebook_that_is_too_large_is_told(terminal: Terminal) -> None:
    cell = {"cell_type": "code", "source": SDK, "outputs": [{"data": {"image/png": "A" * 21_000_000}}], "metadata": {}}
    document = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (terminal.folder / "big.ipynb").write_text(json.dumps(document))
    assert "big.ipynb was not checked: it is larger than 20 MB." in terminal.run("check", ".").stderr
    for words in (("check", "big.ipynb"), ("sdk", "notebook", "big.ipynb"), ("migrate", "big.ipynb", "--dry-run")):
        answer = terminal.run(*words)
        assert (answer.returncode, "[file-too-large]" in answer.stderr) == (1, True), (words, answer.stderr)
