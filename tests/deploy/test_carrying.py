"""Services outlive the loss of the store, and travel in a backup: there they stand as stopped, and Start answers
200."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from scoredock.progress import CancelToken, Silent
from scoredock.registry import Registry
from scoredock.registry.upkeep.backup import backup
from scoredock.registry.upkeep.repair import repair
from scoredock.registry.upkeep.restoring import restore
from scoredock.services.deployments import Deployments
from scoredock.services.folders import revision_folder
from scoredock.services.lifecycle.adoption import REVISION_FILE, adopt
from scoredock.services.lifecycle.service_backup import CarriedServices
from scoredock.workspace import Workspaces

from certificates import pair

FURTHER = pytest.mark.long("another content that tells nothing; the gate has a file that was cut short")
SCRIPT = """
    import json, os
    from pathlib import Path

    from parts import tool

    def init():
        global text
        folder = Path(os.environ["AZUREML_MODEL_DIR"])
        text = next(path for path in folder.rglob("*") if path.is_file()).read_text()

    def run(data):
        return {"model": text, "word": os.environ.get("WORD"), "tool": tool.name}
"""


@pytest.fixture
def serving(place: Any) -> Any:
    """A service of a folder, with a model and a variable."""
    place.write("model.txt", "weights")
    place.registry.register([place.project / "model.txt"], "m", tags={"a": "1"})
    place.write("src/parts/__init__.py", "")
    place.write("src/parts/tool.py", "name = 'hammer'\n")
    script = place.write("src/score.py", SCRIPT)
    (place.project / "src" / "empty").mkdir()
    place.deploy(
        entry_script=str(script),
        source_directory=str(place.project / "src"),
        models=("m:1",),
        environment_variables={"WORD": "secret of the person"},
        description="adds",
        tags={"team": "x"},
    )
    return place


ANSWER = {"model": "weights", "word": "secret of the person", "tool": "hammer"}


def _back_up(place: Any, target: Path) -> None:
    backup(
        place.workspace,
        {"name": "local", "subscriptionId": "", "resourceGroup": "", "created": 1.0},
        target,
        CarriedServices(),
        overwrite=False,
        progress=Silent(),
        cancel=CancelToken(),
    )


def _restore(path: Path, home: Path, shared: Path) -> tuple[Registry, Deployments]:
    workspaces = Workspaces(home)

    def fill(folder: Path) -> Any:
        return restore(path, folder, CarriedServices(), progress=Silent(), cancel=CancelToken()).header["workspace"]

    info = workspaces.intake.take_in(fill, "moved")
    (info.path / "environments").symlink_to(shared)
    registry = workspaces.open(info.id)
    return registry, Deployments(registry)


def test_a_service_in_a_backup_starts_elsewhere(serving: Any, tmp_path: Path, shared: Path) -> None:
    before = serving.deployments.service("svc-one")
    assert json.loads(serving.answer()) == ANSWER
    handle = serving.deployments.ledger.require("svc-one").service.handle
    _back_up(serving, tmp_path / "b.tar")
    carried = (tmp_path / "b.tar").read_bytes()
    assert handle.nonce.encode() not in carried, "the secret of the running service stays here"
    with tarfile.open(tmp_path / "b.tar") as archive:
        names = archive.getnames()
    root = "services/svc-one/revisions/1/azureml-app"
    assert f"{root}/src/parts/tool.py" in names
    assert f"{root}/src/empty" in names
    assert not any("azureml-models/m" in name for name in names), "the registry has the bytes already"

    serving.deployments.stop("svc-one")
    for path in sorted(serving.project.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    registry, moved = _restore(tmp_path / "b.tar", tmp_path / "elsewhere", shared)
    try:
        assert registry.verify(deep=True) == []
        view = moved.service("svc-one")
        assert (view.state, view.port, view.description, view.tags) == (
            "Stopped",
            None,
            before.description,
            before.tags,
        )
        assert registry.used_by() == {"m:1": ["svc-one"]}
        assert moved.recover() == []
        assert moved.start("svc-one").state == "Healthy"
        answered = moved.client.call("svc-one", b"[1]")
        assert (answered.status, json.loads(answered.body)) == (200, ANSWER)
    finally:
        moved.delete("svc-one")


def test_a_service_in_a_backup_lacks_a_damaged_model_and_says_so(serving: Any, tmp_path: Path, shared: Path) -> None:
    blob = serving.registry.blob(serving.registry.model("m").files[0].sha256)
    blob.chmod(0o600)
    blob.write_bytes(b"WEIGHTS")
    _back_up(serving, tmp_path / "b.tar")
    notes = []

    def fill(folder: Path) -> Any:
        done = restore(tmp_path / "b.tar", folder, CarriedServices(), progress=Silent(), cancel=CancelToken())
        notes.extend(done.notes)
        return done.header["workspace"]

    Workspaces(tmp_path / "elsewhere").intake.take_in(fill, "moved")
    assert notes[0] == "The file model.txt of m:1 has no stored bytes."
    assert notes[1].startswith("The service svc-one is missing its model m:1:")


def test_running_services_are_found_again_after_the_store_was_lost(serving: Any) -> None:
    serving.registry.store.close()
    serving.registry.store.path.unlink()
    done = repair(serving.workspace, adopt=adopt)
    assert "The service svc-one was restored from its staged files, as stopped." in done.repairs
    assert done.problems == []
    serving.registry = Registry(serving.workspace)
    serving.deployments = Deployments(serving.registry)
    serving.deployments.recover()
    assert json.loads(serving.answer()) == ANSWER, "it was never stopped"
    view = serving.deployments.service("svc-one")
    assert (view.state, view.description, dict(view.tags)) == ("Healthy", "adds", {"team": "x"})
    assert serving.registry.used_by() == {"m:1": ["svc-one"]}
    serving.deployments.stop("svc-one")
    serving.deployments.start("svc-one")
    assert json.loads(serving.answer()) == ANSWER


def test_rows_of_services_are_taken_from_a_damaged_store(serving: Any) -> None:
    handle = serving.deployments.ledger.require("svc-one").service.handle
    serving.registry.store.close()
    with serving.registry.store.write() as connection:
        connection.execute("UPDATE model_versions SET details = '['")
    done = repair(serving.workspace, adopt=adopt)
    assert done.problems == []
    assert serving.deployments.ledger.require("svc-one").service.handle == handle
    assert json.loads(serving.answer()) == ANSWER


def test_an_older_copy_of_the_store_that_is_repaired_first_ends_no_service(serving: Any) -> None:
    with serving.registry.store.write() as connection:  # as in a copy that was made before it was deployed
        connection.execute("DELETE FROM services")
    assert "The service svc-one has staged files but is not in the store." in serving.registry.verify(deep=False)
    assert serving.deployments.services() == []
    done = repair(serving.workspace, adopt=adopt)
    assert done.repairs[-1] == "The service svc-one was restored from its staged files, as stopped."
    assert done.problems == []
    serving.deployments.recover()
    assert json.loads(serving.answer()) == ANSWER, "it was never stopped"
    serving.deployments.delete("svc-one")
    serving.nothing_left()
    assert repair(serving.workspace, adopt=adopt).repairs == []


@pytest.mark.parametrize(
    "content",
    ["{", *(pytest.param(each, marks=FURTHER) for each in (None, "[]", '{"format": 2}', "null"))],
)
def test_a_service_that_nothing_tells_of_is_named_and_keeps_its_files(serving: Any, content: str | None) -> None:
    path = revision_folder(serving.workspace, "svc-one", 1) / REVISION_FILE
    path.unlink() if content is None else path.write_text(content)
    serving.deployments.stop("svc-one")
    serving.registry.store.close()
    serving.registry.store.path.unlink()
    done = repair(serving.workspace, adopt=adopt)
    assert "The service svc-one has files, but what was deployed is not known. Deploy it again." in done.repairs
    serving.registry = Registry(serving.workspace)
    serving.deployments = Deployments(serving.registry)
    assert serving.deployments.recover() == []
    view = serving.deployments.service("svc-one")
    assert view.state == "Failed"
    assert (path.parent / "azureml-app" / "src" / "score.py").is_file()


def test_keys_and_certificates_stay_on_their_machine(place: Any, tmp_path: Path) -> None:
    pair(place.project)
    config = place.write(
        "deploymentconfig.json",
        json.dumps(
            {
                "computeType": "local",
                "authEnabled": True,
                "sslEnabled": True,
                "sslCertificate": "own.pem",
                "sslKey": "own-key.pem",
            }
        ),
    )
    place.deploy("def init(): pass\ndef run(data): return 1\n", deployment_config=str(config))
    keys = place.deployments.credentials.keys("svc-one")
    target = tmp_path / "backup.tar.gz"
    _back_up(place, target)
    with tarfile.open(target) as archive:
        for member in archive:
            stream = archive.extractfile(member)
            content = stream.read() if stream else b""
            assert b"PRIVATE KEY" not in content, member.name
            assert not any(key.encode() in content for key in keys), member.name
