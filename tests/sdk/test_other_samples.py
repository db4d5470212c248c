"""The samples of the documents that are neither of the SDK nor clients: configurations run or are told line by line."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from cli.conftest import Terminal

from .conftest import CONDA
from .documents import TITLES, samples
from .other_samples import CONFIGURATIONS, FILE, others, texts
from .test_samples import DOCUMENTS

ROOT = Path(__file__).parents[2]
DIGEST = "a5710832f3c63e3a"


def written(folder: Path, key: str) -> Path:
    """The configuration as a file, in a folder of its own beside an entry script; the files of others are not beside
    that folder, where a release could lay them together."""
    place = folder / key.replace(":", "-") / "project"
    place.mkdir(parents=True)
    (place / CONFIGURATIONS[key].name).write_text(texts()[key], encoding="utf-8")
    shutil.copy(folder / "score.py", place)
    return place / CONFIGURATIONS[key].name


def test_the_samples_are_as_they_were_published() -> None:
    assert hashlib.sha256(FILE.read_bytes()).hexdigest()[:16] == DIGEST
    if DOCUMENTS.is_dir():
        for each in json.loads(FILE.read_text(encoding="utf-8"))["samples"]:
            (document,) = DOCUMENTS.glob(f"{each['document']}_*")
            assert each["text"] in document.read_text(encoding="utf-8")


def test_all_97_samples_are_known() -> None:
    keys = {*others(), *(sample.key for sample in samples())}
    assert len(keys) == 97
    assert {key.partition(":")[0] for key in keys} == set(TITLES)
    for other in others().values():
        for test in other.tests:
            path, _, name = test.partition("::")
            assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), test


def test_configurations_are_told_line_by_line(terminal: Terminal) -> None:
    files = {key: str(written(terminal.folder, key)) for key in CONFIGURATIONS}
    found = json.loads(terminal.run("check", *files.values(), "--json").stdout)["findings"]
    for key, known in CONFIGURATIONS.items():
        # An old Python is not an error: it is served in a process of its own.
        errors = [
            each
            for each in found
            if each["path"] == files[key] and (each["severity"] == "error" or each["code"] == "SD463")
        ]
        assert tuple((each["code"], each["line"] + 1) for each in errors) == known.told, (key, errors)


def test_configurations_deploy_as_they_stand(terminal: Terminal) -> None:
    """Each with the files that it names beside it."""
    local = written(terminal.folder, "002:253")
    configured = written(terminal.folder, "002:124")
    (configured.parent / "myenv.yml").write_text(CONDA)
    foldered = written(terminal.folder, "004:194")
    (foldered.parent / "working_dir").mkdir()
    shutil.copy(terminal.folder / "score.py", foldered.parent / "working_dir")
    names = ("conda-named", "folder-named")
    for name, file in zip(names, (configured, foldered), strict=True):
        told = terminal.json("service", "deploy", name, "--ic", str(file), "--dc", str(local))
        assert told["state"] == "Healthy"
        assert terminal.ok("service", "call", name, "--data", '{"data": [[1, 2]]}').strip() == "[3]"
    for name in names:
        terminal.ok("service", "delete", name)


@pytest.mark.long("tries versions of TensorFlow and scikit-learn in environments of their own")
@pytest.mark.timeout(900)
def test_conda_files_of_old_pythons_are_repaired(terminal: Terminal) -> None:
    for key, known in CONFIGURATIONS.items():
        if known.is_old:
            file = written(terminal.folder, key)
            terminal.run("check", "--fix", str(file))
            terminal.ok("environment", "suggest", str(file), "--write")
            assert "SD463" not in terminal.run("check", str(file)).stdout, file.read_text()
