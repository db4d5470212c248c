"""What cannot be moved is told of by itself: one sentence and the next step, and the rest is written; nothing is
half-written, and nothing of others is touched."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from scoredock.context import Context
from scoredock.settings import Values

from cli.conftest import Terminal
from depth import rounds

SCRIPT = (
    "import os\n\ndef init():\n    open(os.environ['AZUREML_MODEL_DIR'] + '/model.pkl')\n\n"
    "def run(data):\n    return data\n"
)
WORKING = {"entryScript": "score.py"}


def project(folder: Path, inference: object = WORKING, script: str = SCRIPT, **deployment: object) -> Path:
    folder.mkdir(parents=True)
    (folder / "score.py").write_text(script)
    (folder / "model.pkl").write_bytes(b"model")
    (folder / "inferenceconfig.json").write_text(inference if isinstance(inference, str) else json.dumps(inference))
    if deployment:
        (folder / "deploymentconfig.json").write_text(json.dumps(deployment))
    return folder


def notes(terminal: Terminal, folder: Path, kind: str = "broken") -> list[str]:
    done = terminal.json("migrate", str(folder), "--dry-run")
    assert all(note["message"].endswith(".") for note in done["notes"])
    told = [note for note in done["notes"] if note["kind"] == kind]
    assert all(note["nextStep"] for note in told if kind in ("broken", "absent")), told
    return [note["message"] for note in told]


@pytest.mark.parametrize(
    ("inference", "said"),
    [
        ('{"entryScript": "score.py"', None),
        ("[]", "names no entry script"),
        ({"sourceDirectory": "."}, "names no entry script"),
        ({"entryScript": "gone.py"}, "does not exist"),
        ({"entryScript": "score.py", "condaFile": "gone.yml"}, "does not exist"),
        (
            {"entryScript": "score.py", "environment": {"name": "x", "python": {"condaDependenciesFile": "no.yml"}}},
            "no.yml",
        ),
    ],
)
def test_half_a_configuration(inference: object, said: str | None, terminal: Terminal, tmp_path: Path) -> None:
    found = notes(terminal, project(tmp_path / "p", inference, computeType="aci"))
    assert found == [] if said is None else any(said in each for each in found), found


def test_a_deployment_configuration_alone(terminal: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "deploymentconfig.json").write_text('{"computeType": "aci"}')
    assert "lies beside" in notes(terminal, folder)[0]
    (folder / "deploymentconfig.json").write_text('{"computeType": "mars", "authEnabled": true}')
    assert "names no compute type" in notes(terminal, folder)[0]


def test_what_v2_has_not(terminal: Terminal, tmp_path: Path) -> None:
    folder = project(
        tmp_path / "p",
        computeType="aci",
        sslEnabled=True,
        cname="a.example.com",
        dnsNameLabel="label",
        vnetName="v",
        subnetName="s",
        vaultBaseUrl="https://vault",
        keyName="k",
        keyVersion="1",
        keys={"primaryKey": "the-primary-secret"},
        location="westeurope",
        authEnabled=False,
    )
    done = terminal.json("migrate", str(folder), "--dry-run")
    absent = {note["key"] for note in done["notes"] if note["kind"] == "absent"}
    assert absent == {"sslEnabled", "dnsNameLabel", "vnetName", "vaultBaseUrl", "keys.primaryKey", "location"}
    changed = [note["key"] for note in done["notes"] if note["kind"] == "changes"]
    assert {"authEnabled", "scoringTimeoutMs"} <= set(changed)
    assert "the-primary-secret" not in json.dumps(done)


@pytest.mark.parametrize("value", ["two", -1, [], {"a": 1}, True, 1e300, "NaN"])
def test_a_size_that_is_none(value: object, terminal: Terminal, tmp_path: Path) -> None:
    folder = project(tmp_path / "p", computeType="aks", containerResourceRequirements={"cpu": value})
    done = terminal.json("migrate", str(folder), "--dry-run")
    text = next(file["text"] for file in done["files"] if file["path"].endswith("-deployment.yml"))
    assert "cpu: '0.1'" in text


def test_a_target_with_other_files_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    folder = project(tmp_path / "p", computeType="aci")
    target = tmp_path / "v2"
    target.mkdir()
    (target / "mine.txt").write_text("mine")
    error = terminal.refused("migrate", str(folder), "--output-path", str(target))
    assert error["code"] == "migration-target-not-empty"
    assert error["fix"]
    assert [path.name for path in target.iterdir()] == ["mine.txt"]
    (target / "mine.txt").unlink()
    terminal.ok("migrate", str(folder), "--output-path", str(target))
    error = terminal.refused("migrate", str(folder), "--output-path", str(target))
    assert error["code"] == "migration-target-not-empty"


def test_the_source_stays_as_it_is(terminal: Terminal, tmp_path: Path) -> None:
    script = SCRIPT.replace("open(os.environ['AZUREML_MODEL_DIR'] + '/model.pkl')", "a = Model.get_model_path('model')")
    script = f"from azureml.core.model import Model\n{script}"
    folder = project(tmp_path / "p", script=script, computeType="aci")
    before = {path: path.read_bytes() for path in folder.rglob("*")}
    done = terminal.json("migrate", str(folder), "--output-path", str(folder / "v2"))
    assert "get_model_path" not in (folder / "v2" / done["changes"][0]["path"]).read_text()
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_a_model_that_is_no_file(terminal: Terminal, tmp_path: Path) -> None:
    folder = project(tmp_path / "p", computeType="aci")
    (folder / "model.pkl").unlink()
    os.mkfifo(folder / "model.pkl")
    assert any("is not a regular file" in each for each in notes(terminal, folder))


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="a file that opens and cannot be read")
def test_a_file_that_cannot_be_copied_leaves_nothing(terminal: Terminal, tmp_path: Path) -> None:
    folder = project(tmp_path / "p", computeType="aci")
    (folder / "model.pkl").unlink()
    (folder / "model.pkl").symlink_to("/proc/self/mem")
    error = terminal.refused("migrate", str(folder), "--output-path", str(tmp_path / "v2"))
    assert error["code"] in ("file-unreadable", "io-failed")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "p"]


def test_nothing_of_v1(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.md").write_text("nothing")
    assert terminal.refused("migrate", str(tmp_path / "empty"), "--dry-run")["code"] == "migration-source-invalid"
    assert terminal.refused("migrate", str(tmp_path / "gone"), "--dry-run")["code"] == "file-not-found"
    assert terminal.run("migrate", "--dry-run").returncode == 2
    assert terminal.run("migrate", ".", "--all", "--dry-run").returncode == 2
    assert terminal.run("migrate", ".").returncode == 2


def test_a_folder_of_which_ten_projects_are_broken(terminal: Terminal, tmp_path: Path) -> None:
    """Each is named, and all others are written."""
    count, lost = rounds(gate=60, long=500), 10
    broken = {f"p{number}" for number in range(0, count, count // lost)}
    for number in range(count):
        name = f"p{number}"
        inference = {**WORKING, "condaFile": "gone.yml"} if name in broken else WORKING
        project(tmp_path / "v1" / name, inference, computeType="aci")
    done = terminal.json("migrate", str(tmp_path / "v1"), "--output-path", str(tmp_path / "v2"))
    told = {note["subject"].partition("/")[0] for note in done["notes"] if note["kind"] == "broken"}
    assert told == broken
    assert len(broken) == lost
    assert len(list((tmp_path / "v2" / "endpoints").glob("*/endpoint.yml"))) == count - lost


def test_long_names_that_begin_alike(terminal: Terminal, tmp_path: Path) -> None:
    """Names of folders are cut; no two assets lie in one folder, also where letters have one case only."""
    long = "m" * 120
    names = (f"{long}-one", f"{long}-two", "Model", "model")
    folder = project(tmp_path / "p")
    lines = "".join(f"az ml model register -n {name} -p model.pkl\n" for name in names)
    (folder / "register.sh").write_text(lines)
    terminal.ok("migrate", str(folder), "--output-path", str(tmp_path / "v2"))
    folders = [path.name.lower() for path in (tmp_path / "v2" / "models").iterdir()]
    assert len(set(folders)) == len(names) == len(folders)


def test_a_shelf_of_which_ten_are_broken(terminal: Terminal, tmp_path: Path) -> None:
    """Models of a workspace whose bytes are lost are told of, and all others are there."""
    count, lost = rounds(gate=150, long=10_000), 10
    registry = Context(Values({}, {}), home=terminal.home, folders=(tmp_path,)).registry("")
    digests = []
    for number in range(count):
        file = tmp_path / f"m{number}.pkl"
        file.write_bytes(f"model {number}".encode())
        digests.append(registry.register([file], f"m{number}").files[0].sha256)
    for digest in digests[:lost]:
        registry.blob(digest).unlink()
    done = terminal.json("migrate", "--all", "--output-path", str(tmp_path / "v2"))
    assert done["counts"]["broken"] == lost
    assert sum(file["path"].endswith("model.yml") for file in done["files"]) == count - lost
    assert "lost or changed" in (tmp_path / "v2" / "report.md").read_text(encoding="utf-8")
    assert len(list((tmp_path / "v2" / "models").iterdir())) == count - lost
