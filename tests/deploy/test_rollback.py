"""A way back: kept revisions of a service are listed, compared and deployed anew, and exactly one revision answers."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from scoredock.errors import ScoredockError
from scoredock.registry import Registry
from scoredock.services.deployments import Deployments
from scoredock.services.environment_use import environment_keys
from scoredock.services.folders import app_root, revision_folder
from scoredock.services.request import UpdateRequest

from deploy.conftest import Place, terminal
from deploy.docked import Docked

NUMBER = """
    import pathlib

    HERE = pathlib.Path(__file__).parent


    def init():
        {init}


    def run(data):
        return [{number}, (HERE / "part.txt").read_text()]
"""


def deployed(place: Place, number: int, init: str = "pass", **changes: Any) -> None:
    """The next revision, whose answers tell its number."""
    script = place.write("src/score.py", NUMBER.replace("{number}", str(number)).replace("{init}", init))
    place.write("src/part.txt", f"part {number}")
    if place.deployments.ledger.one("svc-one") is None:
        place.deploy(entry_script=str(script), source_directory=str(script.parent), **changes)
    else:
        place.deployments.update("svc-one", UpdateRequest(**changes))


def with_settings(place: Place, **changes: Any) -> Deployments:
    settings = dataclasses.replace(place.deployments.settings, **changes)
    return Deployments(Registry(place.workspace), settings=settings)


def code(place: Place, *words: str) -> tuple[int, str, str]:
    started = terminal(place, *words)
    output, errors = started.communicate(None, timeout=120)
    return started.wait(), output.decode(), errors.decode()


# ---------------------------------------------------------------------------------------------- going back


def test_a_rollback_serves_the_kept_files_and_not_those_of_the_person(place: Place) -> None:
    deployed(place, 1)
    deployed(place, 2)
    place.write("src/part.txt", "changed since")
    view = place.deployments.rollback("svc-one")
    assert (view.state, view.revision, view.revisions) == ("Healthy", 3, (1, 2, 3))
    assert {place.answer() for _ in range(20)} == {'[1, "part 1"]'}
    assert (place.project / "src/part.txt").read_text() == "changed since"
    # what served before is the revision that was rolled back
    assert place.deployments.rollback("svc-one").revision == 4
    assert place.answer() == '[2, "part 2"]'


def test_no_request_fails_and_nobody_else_answers_while_it_happens(place: Place) -> None:
    deployed(place, 1)
    deployed(place, 2)
    heard: list[str] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                heard.append(place.answer())
            except (ScoredockError, OSError) as error:
                heard.append(repr(error))

    callers = [threading.Thread(target=ask) for _ in range(3)]
    for caller in callers:
        caller.start()
    try:
        place.deployments.rollback("svc-one", 1)
        assert {place.answer() for _ in range(30)} == {'[1, "part 1"]'}
    finally:
        done.set()
        for caller in callers:
            caller.join()
    assert set(Counter(heard)) == {'[1, "part 1"]', '[2, "part 2"]'}


def test_what_does_not_start_leaves_the_current_one(place: Place, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.touch()
    deployed(place, 1, init=f"open({str(gone)!r})")
    deployed(place, 2)
    gone.unlink()
    with pytest.raises(ScoredockError) as refused:
        place.deployments.rollback("svc-one", 1)
    assert refused.value.code == "init-failed"
    view = place.deployments.service("svc-one")
    assert (view.state, view.revision, view.revisions) == ("Healthy", 2, (1, 2))
    assert {place.answer() for _ in range(10)} == {'[2, "part 2"]'}


def test_a_stopped_service_is_started_with_it(place: Place) -> None:
    deployed(place, 1)
    deployed(place, 2)
    place.deployments.stop("svc-one")
    assert place.deployments.rollback("svc-one").state == "Healthy"
    assert place.answer() == '[1, "part 1"]'


def test_models_and_variables_of_then_and_not_the_newest(place: Place) -> None:
    for number in (1, 2):
        model = place.write(f"{number}.txt", str(number))
        place.registry.register([model], "m")
    script = """
        import os, pathlib

        def init():
            pass

        def run(data):
            folder = pathlib.Path(os.environ["AZUREML_MODEL_DIR"])
            return [os.environ["WHICH"], sorted(each.read_text() for each in folder.iterdir())]
    """
    place.deploy(script, models=("m:1",), environment_variables={"WHICH": "a"})
    place.deployments.update("svc-one", UpdateRequest(models=("m:2",), environment_variables={"WHICH": "b"}))
    assert place.answer() == '["b", ["2"]]'
    place.deployments.rollback("svc-one")
    assert place.answer() == '["a", ["1"]]'
    # an update goes on from there
    place.deployments.update("svc-one", UpdateRequest(environment_variables={"WHICH": "c"}))
    assert place.answer() == '["c", ["1"]]'


def test_what_the_service_wrote_stays_behind_and_what_it_changed_is_refused(place: Place) -> None:
    deployed(place, 1)
    deployed(place, 2)
    root = app_root(place.workspace, "svc-one", 1) / "src"
    (root / "made.txt").write_text("by the service")
    place.deployments.rollback("svc-one", 1)
    assert not (app_root(place.workspace, "svc-one", 3) / "src/made.txt").exists()
    (root / "part.txt").write_text("changed by the service")
    with pytest.raises(ScoredockError, match=r"src/part\.txt of revision 1 of svc-one") as refused:
        place.deployments.rollback("svc-one", 1)
    assert refused.value.code == "revision-damaged"
    assert place.deployments.service("svc-one").revision == 3


def test_equal_files_take_disk_once(place: Place) -> None:
    place.write("src/large.txt", "x" * 1_000_000)
    deployed(place, 1)
    deployed(place, 2)
    place.deployments.rollback("svc-one")
    files = [app_root(place.workspace, "svc-one", number) / "src/large.txt" for number in (1, 2, 3)]
    # a hard link, or a clone where the file system has those
    assert len({each.stat().st_ino for each in files}) == 1 or _shares_blocks(files)


def _shares_blocks(files: list[Path]) -> bool:
    told = subprocess.run(["filefrag", "-v", *map(str, files)], capture_output=True, text=True, check=True).stdout
    return told.count("shared") >= len(files)


def test_what_was_rolled_back_is_served_again_when_somebody_asks_and_not_by_a_save(place: Place) -> None:
    deployed(place, 1)
    deployed(place, 2)
    place.deployments.rollback("svc-one")
    assert place.deployments.service("svc-one").status.text == "Healthy, serves revision 1, not this file"
    refused = place.deployments.reload("svc-one")
    assert refused.outcome == "unchanged"
    assert "rolled back from these files to revision 1" in refused.notes[0]
    assert "`scoredock service reload svc-one --force`" in refused.notes[0]
    place.write("src/part.txt", "at work")
    assert not place.deployments.is_news("svc-one"), "a save is not served"
    place.deployments.restart("svc-one")
    assert place.answer() == '[1, "part 1"]'
    status, output, _ = code(place, "service", "list")
    assert (status, "Healthy (serves revision 1, not this file)" in output) == (0, True)
    status, output, errors = code(place, "service", "reload", "svc-one")
    assert (status, output.strip()) == (0, "svc-one: reloaded, revision 4"), errors
    assert place.deployments.service("svc-one").status.text == "Healthy"
    assert place.answer() == '[2, "at work"]'


def test_files_that_are_again_what_a_rollback_serves_are_followed_again(place: Place) -> None:
    deployed(place, 1)
    deployed(place, 2)
    place.deployments.rollback("svc-one")
    script = place.project / "src/score.py"
    script.write_text(script.read_text().replace("[2,", "[1,"))
    place.write("src/part.txt", "part 1")
    assert not place.deployments.is_news("svc-one")
    assert place.deployments.service("svc-one").status.text == "Healthy"
    place.write("src/part.txt", "part 3")
    assert place.deployments.is_news("svc-one")


def test_a_rollback_to_the_files_that_are_there_is_nothing_to_be_told_of(place: Place) -> None:
    deployed(place, 1)
    place.deployments.update("svc-one", UpdateRequest(environment_variables={"WHICH": "b"}))
    place.deployments.rollback("svc-one")
    assert place.deployments.service("svc-one").status.text == "Healthy"
    place.write("src/part.txt", "part 2")
    assert place.deployments.is_news("svc-one")


# ---------------------------------------------------------------------------------------------- what cannot be


def test_what_cannot_be_returned_to_is_said(place: Place) -> None:
    deployed(place, 1)

    def refused(number: int = 0) -> ScoredockError:
        with pytest.raises(ScoredockError) as raised:
            place.deployments.rollback("svc-one", number)
        return raised.value

    assert (refused().code, str(refused().message)) == (
        "revision-not-found",
        "No revision is kept that svc-one served before.",
    )
    assert (refused(1).code, "is the current one" in refused(1).message) == ("service-state-invalid", True)
    assert "has no revision 7" in refused(7).message
    place.deployments = with_settings(place, kept_revisions=2)
    deployed(place, 2)
    deployed(place, 3)
    assert "Revision 1 of svc-one is no longer kept" in refused(1).message
    assert place.deployments.ledger.intents() == []


def test_a_deleted_model_is_named_with_the_way_out_of_the_trash(place: Place) -> None:
    for number in (1, 2):
        place.registry.register([place.write(f"{number}.txt", str(number))], "m")
    place.deploy(models=("m:1",))
    place.deployments.update("svc-one", UpdateRequest(models=("m:2",)))
    with place.registry.store.write() as connection:  # as a store of before this guard, or from elsewhere, has it
        connection.execute("UPDATE model_versions SET deleted = 1.0 WHERE name = 'm' AND version = 1")
    with pytest.raises(ScoredockError) as refused:
        place.deployments.rollback("svc-one")
    assert refused.value.message == "The model m:1, which revision 1 needs, is in the trash."
    assert refused.value.fix == "Restore it with `scoredock model restore m:1`, then roll back."
    place.registry.restore("m:1")
    assert place.deployments.rollback("svc-one").models == ("m:1",)


@pytest.mark.long("a reload takes the same way to its environment")
def test_an_environment_that_has_gone_is_built_again(place: Place, tmp_path: Path) -> None:
    deployed(place, 1)
    deployed(place, 2)
    with place.registry.store.write() as connection:
        connection.execute("UPDATE revisions SET environment_key = 'gone' WHERE revision = 1")
    place.deployments.rollback("svc-one")
    assert place.answer() == '[1, "part 1"]'


# ---------------------------------------------------------------------------------------------- what is kept


def test_so_many_are_kept_and_those_of_a_failed_start_are_not_returned_to(place: Place) -> None:
    place.deployments = with_settings(place, kept_revisions=3)
    for number in range(1, 6):
        deployed(place, number)
    assert place.deployments.service("svc-one").revisions == (3, 4, 5)
    folders = {each.name for each in (place.workspace / "services/svc-one/revisions").iterdir()}
    assert folders == {"3", "4", "5"}
    place.deployments.stop("svc-one")
    with pytest.raises(ScoredockError):
        deployed(place, 6, init="raise ValueError('no')")
    assert place.deployments.service("svc-one").state == "Failed"
    place.deployments.rollback("svc-one", 4)
    assert place.answer() == '[4, "part 4"]'
    place.deployments.rollback("svc-one")
    assert place.answer() == '[5, "part 5"]'


def test_older_ones_go_some_days_after_they_were_replaced(place: Place) -> None:
    deployed(place, 1)
    deployed(place, 2)
    with place.registry.store.write() as connection:
        connection.execute("UPDATE revisions SET created = created - 200 * 86400 WHERE revision = 1")
        connection.execute("UPDATE revisions SET created = created - 100 * 86400 WHERE revision = 2")
    deployed(place, 3)
    # 2 served until now, however old it is
    assert place.deployments.service("svc-one").revisions == (2, 3)


def test_of_reloads_in_a_row_the_last_is_kept(place: Place) -> None:
    deployed(place, 1)
    for number in (2, 3):
        place.write("src/part.txt", f"saved {number}")
        place.deployments.reload("svc-one")
    deployed(place, 4)
    place.write("src/part.txt", "saved 5")
    place.deployments.reload("svc-one")
    assert place.deployments.service("svc-one").revisions == (1, 3, 4, 5)
    place.deployments.rollback("svc-one", 3)
    assert place.answer() == '[1, "saved 3"]'


def test_a_model_of_a_kept_revision_is_not_deleted_and_the_refusal_says_so(place: Place) -> None:
    for number in (1, 2):
        place.registry.register([place.write(f"{number}.txt", str(number))], "m")
    place.deploy(models=("m:1",))
    place.deployments.update("svc-one", UpdateRequest(models=("m:2",)))
    with pytest.raises(ScoredockError) as refused:
        place.registry.delete("m:1")
    assert refused.value.code == "model-in-use"
    assert refused.value.message == "The model m:1 is used by the service svc-one (kept revision 1)."
    assert "`scoredock service revisions svc-one --keep 1`" in refused.value.fix
    status, _, errors = code(place, "service", "revisions", "svc-one", "--keep", "1")
    assert status == 0, errors
    place.registry.delete("m:1")
    assert place.deployments.service("svc-one").state == "Healthy"


def test_the_environment_of_a_kept_revision_is_not_removed(place: Place) -> None:
    deployed(place, 1)
    kept = place.deployments.ledger.require("svc-one").revisions[0].environment_key
    deployed(place, 2)
    with place.registry.store.write() as connection:  # as if the second one ran in another
        connection.execute("UPDATE revisions SET environment_key = 'another' WHERE revision = 2")
    with pytest.raises(ScoredockError) as refused:
        place.deployments.environments.remove(kept, environment_keys(place.registry.store))
    assert refused.value.code == "environment-in-use"
    status, _, errors = code(place, "environment", "remove", kept)
    assert status == 1
    assert "svc-one (kept revision 1)" in errors
    assert "`scoredock service revisions svc-one --keep 1`" in errors


def test_a_registered_environment_of_a_kept_revision_is_not_deleted_and_the_refusal_says_so(place: Place) -> None:
    for number in (1, 2):
        text = f"name: light\nvariables:\n  NUMBER: '{number}'\ndependencies: []\n"
        packages = place.write(f"conda{number}.yml", text)
        status, _, errors = code(place, "environment", "register", str(packages), "-n", "light")
        assert status == 0, errors
    place.deploy(environment="light:1")
    place.deployments.update("svc-one", UpdateRequest(environment="light:2"))
    status, _, errors = code(place, "environment", "delete", "light:1")
    assert status == 1
    assert "service svc-one (kept revision 1)" in errors
    assert "`scoredock service revisions svc-one --keep 1`" in errors
    assert code(place, "service", "revisions", "svc-one", "--keep", "1")[0] == 0
    assert code(place, "environment", "delete", "light:1")[0] == 0


# ---------------------------------------------------------------------------------------------- from the command line


def test_the_list_tells_who_deployed_it_from_which_commit(place: Place) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.invalid", "-C", str(place.project)]
    deployed(place, 1)
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *words], check=True)
    place.deployments.update("svc-one", UpdateRequest())
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    place.deployments.rollback("svc-one")
    status, output, errors = code(place, "service", "revisions", "svc-one", "--json")
    assert status == 0, errors
    told = json.loads(output)
    assert told["previous"] == 2
    assert [
        (each["revision"], each["state"], each["verb"], each["rolledBackTo"], each["commit"], each["dirty"])
        for each in told["revisions"]
    ] == [
        (3, "current", "rollback", 1, "", None),
        (2, "kept", "update", 0, commit, False),
        (1, "kept", "deploy", 0, "", None),
    ]
    assert all(each["by"] for each in told["revisions"])
    status, output, _ = code(place, "service", "revisions", "svc-one")
    assert status == 0
    assert "rollback to 1" in output
    assert commit[:10] in output


def test_rollback_and_diff_in_a_terminal(place: Place) -> None:
    deployed(place, 1)
    deployed(place, 2, environment_variables={"WHICH": "b"})
    status, output, errors = code(place, "service", "diff", "svc-one", "1", "2")
    assert status == 0, errors
    assert "file src/part.txt: 6 bytes → 6 bytes" in output
    assert "-part 1" in output
    assert "+part 2" in output
    assert "setting environment variable WHICH: - → b" in output
    status, output, errors = code(place, "service", "rollback", "svc-one", "1")
    assert status == 0, errors
    assert "revision 3" in output
    assert place.answer() == '[1, "part 1"]'
    status, output, errors = code(place, "service", "diff", "svc-one", "1", "3")
    assert output.strip() == "no differences"
    status, _, errors = code(place, "service", "rollback", "svc-one", "9")
    assert status == 1
    assert "revision-not-found" in errors


@pytest.mark.long("the data folder of an older release goes back at the gate")
def test_a_folder_that_notes_nothing_of_its_files_is_returned_to_as_it_is(place: Place) -> None:
    """As an older release may have left it."""
    deployed(place, 1)
    deployed(place, 2)
    (revision_folder(place.workspace, "svc-one", 1) / "staged.json").unlink()
    with place.registry.store.write() as connection:
        text = connection.execute("SELECT request FROM revisions WHERE revision = 1").fetchone()[0]
        told = json.loads(text)
        del told["origin"]
        connection.execute("UPDATE revisions SET request = ? WHERE revision = 1", (json.dumps(told),))
    place.deployments.rollback("svc-one")
    assert place.answer() == '[1, "part 1"]'


# ---------------------------------------------------------------------------------------------- in a container

WITH_MODEL = """
    import os, pathlib


    def init():
        pass


    def run(data):
        folder = pathlib.Path(os.environ["AZUREML_MODEL_DIR"])
        return [os.environ["WHICH"], sorted(each.read_text() for each in folder.rglob("*.txt"))]
"""


@pytest.mark.docker
@pytest.mark.long("a rollback is an update of other files, and those of containers are at the gate")
def test_in_a_container(docked: Docked) -> None:
    for number in (1, 2):
        docked.registry.register([docked.write(f"{number}.txt", f"model {number}")], "m")
    docked.deploy(WITH_MODEL, models=("m:1",), environment_variables={"WHICH": "a"})
    docked.write("score.py", WITH_MODEL.replace('os.environ["WHICH"]', '"changed"'))
    docked.deployments.update("svc-one", UpdateRequest(models=("m:2",), environment_variables={"WHICH": "b"}))
    assert docked.answer() == '["changed", ["model 2"]]'
    view = docked.deployments.rollback("svc-one")
    assert (view.state, view.revision, view.engine) == ("Healthy", 3, "docker")
    assert {docked.answer() for _ in range(10)} == {'["a", ["model 1"]]'}
