"""Saved files reach a running service: nothing fails meanwhile, what does not start does not serve."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scoredock.engines.process.engine import ProcessEngine
from scoredock.errors import ScoredockError
from scoredock.features.services.reloading import Reloads
from scoredock.services.folders import app_root, revision_folder
from scoredock.services.lifecycle.revision_cleanup import LEFT
from scoredock.services.lifecycle.staging import share
from scoredock.services.request import UpdateRequest

from deploy.conftest import Place
from deploy.reload_parts import NAME, Load, answering, begun, wait_for
from depth import rounds

# ---------------------------------------------------------------------------------------------- nothing fails


def saves_under_load(place: Place, source: Path, reloads: Reloads, count: int) -> Load:
    with Load(place.deployments.service(NAME).scoring_uri) as load:
        for number in range(1, count + 1):
            source.write_text(answering(number))
            reloads.touched([str(source)])
            wait_for(lambda number=number: place.answer() == str(number))
    wait_for(lambda: not reloads.busy)
    return load


SAVES = rounds(gate=4, long=20)


def test_many_saves_under_load_fail_no_request(place: Place, source: Path, watching: Callable[[], Reloads]) -> None:
    load = saves_under_load(place, source, watching(), SAVES)
    assert load.failures == []
    assert load.answers > 10 * SAVES
    view = place.deployments.service(NAME)
    assert view.revision == SAVES + 1, "each save is one reload"
    assert view.revisions == (1, SAVES + 1), "the deployed revision and the newest reload"


@pytest.mark.long("of the test above itself: shows that its clients would notice")
def test_a_reload_that_restarts_is_noticed(
    place: Place, source: Path, watching: Callable[[], Reloads], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted bug: the service goes down for the time of a start."""

    def restart(engine: ProcessEngine, handle: Any, launch: Any, progress: Any, cancel: Any) -> Any:
        engine.stop(handle, 0)
        return engine.start(launch, progress, cancel)

    monkeypatch.setattr(ProcessEngine, "replace", restart)
    with Load(place.deployments.service(NAME).scoring_uri) as load:
        source.write_text(answering(1))
        watching().touched([str(source)])
        wait_for(lambda: load.failures)
        wait_for(lambda: place.deployments.ledger.intents() == [])
    assert load.failures


def test_a_request_that_takes_long_is_answered_from_its_own_files(place: Place) -> None:
    script = place.write(
        "src/score.py",
        """
        import os, time

        def init():
            pass

        def run(data):
            time.sleep(1.5)
            with open(os.path.join(os.path.dirname(__file__), "late.txt")) as stream:
                return stream.read()
        """,
    )
    late = place.write("src/late.txt", "0")
    place.deploy(entry_script=str(script), source_directory=str(script.parent))
    answers: list[str] = []
    late.write_text("1")
    place.deployments.reload(NAME)
    asking = threading.Thread(target=lambda: answers.append(place.answer()))
    asking.start()
    time.sleep(0.3)  # the request is with the worker of the first reload
    for text in ("2", "3"):
        late.write_text(text)
        place.deployments.reload(NAME)
    asking.join()
    assert answers == ['"1"']
    assert place.deployments.service(NAME).revisions == (1, 4)


# ---------------------------------------------------------------------------------------------- what is refused


def test_what_does_not_start_does_not_serve(place: Place, source: Path) -> None:
    source.write_text(answering(1, init="raise ValueError('no weights')"))
    with pytest.raises(ScoredockError) as refused:
        place.deployments.reload(NAME)
    assert refused.value.code == "init-failed"
    assert refused.value.place is not None
    assert (refused.value.place.path, refused.value.place.line) == (str(source), 3)
    view = place.deployments.service(NAME)
    assert view.state == "Healthy"
    assert place.answer() == "0"
    assert view.failure is not None
    assert (view.failure.during, view.failure.frames[-1].line) == ("reload", 4)
    assert "no weights" in view.failure.message
    assert "save" in view.failure.fix
    assert view.revisions == (1,)
    assert place.deployments.reload(NAME).outcome == "unchanged", "the same files are not tried again"
    with pytest.raises(ScoredockError):
        place.deployments.reload(NAME, force=True)

    source.write_text(answering(2))
    assert place.deployments.reload(NAME).service.failure is None
    assert place.answer() == "2"


def test_taking_a_refused_change_back_clears_it(place: Place, source: Path) -> None:
    before = source.read_text()
    source.write_text(answering(1, init="raise ValueError('no')"))
    with pytest.raises(ScoredockError):
        place.deployments.reload(NAME)
    source.write_text(before)
    done = place.deployments.reload(NAME)
    assert (done.outcome, done.service.failure, done.service.revision) == ("unchanged", None, 1)


@pytest.mark.long("tests/lsp/test_reload.py saves what the checks refuse")
def test_what_the_checks_refuse_is_not_started(place: Place, source: Path) -> None:
    source.write_text("def run(:\n")
    with pytest.raises(ScoredockError) as refused:
        place.deployments.reload(NAME)
    assert refused.value.code == "check-failed"
    view = place.deployments.service(NAME)
    assert view.failure is not None
    assert (view.failure.during, view.failure.code) == ("reload", "check-failed")
    assert begun(place) == 1, "nothing was staged"
    assert place.answer() == "0"


@pytest.mark.long("one flag in the row of a revision; test_deploy.py skips checks")
def test_findings_that_were_skipped_stay_skipped(place: Place) -> None:
    script = place.write("score.py", "import nowhere_at_all_xyz  # noqa\n" + answering(0))
    script.write_text("try:\n    import sklearn_missing\nexcept Exception:\n    pass\n" + answering(0) + "run = run\n")
    place.deploy(entry_script=str(script), skip_checks=True)
    current = place.deployments.ledger.require(NAME).current
    assert current is not None
    assert current.request.skip_checks
    script.write_text(script.read_text().replace("return 0", "return 1"))
    assert place.deployments.reload(NAME).outcome == "reloaded"


@pytest.mark.long("the tests above refuse files and take them back, with a script")
def test_a_deleted_module_is_refused_and_its_return_is_nothing_new(place: Place) -> None:
    helper = place.write("src/helper.py", "VALUE = 5\n")
    script = place.write("src/score.py", answering(0, top="import helper").replace("return 0", "return helper.VALUE"))
    place.deploy(entry_script=str(script), source_directory=str(script.parent))
    helper.unlink()
    with pytest.raises(ScoredockError):
        place.deployments.reload(NAME)
    assert place.answer() == "5"
    helper.write_text("VALUE = 5\n")
    assert place.deployments.reload(NAME).outcome == "unchanged"
    assert place.deployments.service(NAME).failure is None
    script.unlink()
    with pytest.raises(ScoredockError) as refused:
        place.deployments.reload(NAME)
    assert refused.value.code == "file-not-found"
    assert place.answer() == "5"


def test_what_is_stopped_is_left_alone(place: Place, source: Path) -> None:
    place.deployments.stop(NAME)
    source.write_text(answering(1))
    with pytest.raises(ScoredockError) as refused:
        place.deployments.reload(NAME)
    assert refused.value.code == "service-state-invalid"
    view = place.deployments.service(NAME)
    assert (view.state, view.failure) == ("Stopped", None)


# ---------------------------------------------------------------------------------------------- what is taken


def test_modules_data_and_the_model_in_the_folder(place: Place) -> None:
    place.write("src/package/__init__.py", "")
    module = place.write("src/package/part.py", "VALUE = 1\n")
    model = place.write("src/model.bin", "")
    model.write_bytes(b"a" * 1_000_000)
    script = place.write(
        "src/score.py",
        """
        import os
        from package import part

        def init():
            global model
            with open(os.path.join(os.path.dirname(__file__), "model.bin"), "rb") as stream:
                model = stream.read()

        def run(data):
            return [part.VALUE, chr(model[0])]
        """,
    )
    place.deploy(entry_script=str(script), source_directory=str(script.parent))
    assert place.answer() == '[1, "a"]'
    time.sleep(2.1)  # until the time of change of the model is certain
    place.deployments.reload(NAME, force=True)

    module.write_text("VALUE = 2\n")
    assert place.deployments.reload(NAME).outcome == "reloaded"
    assert place.answer() == '[2, "a"]'
    staged = [app_root(place.workspace, NAME, number) / "src/model.bin" for number in (2, 3)]
    assert staged[0].stat().st_mtime_ns == staged[1].stat().st_mtime_ns
    probe = place.project / "probe.bin"
    assert share(model, probe)
    if probe.samefile(model):  # else the file system makes clones, which cannot be told from copies
        assert staged[0].samefile(staged[1]), "an unchanged large file is not copied"

    model.write_bytes(b"b" * 1_000_000)
    assert place.deployments.reload(NAME).outcome == "reloaded"
    assert place.answer() == '[2, "b"]'
    assert staged[1].read_bytes()[:1] == b"a"


def test_files_from_256_kb_on_are_not_copied_again(place: Place) -> None:
    large, small = place.write("src/large.bin", ""), place.write("src/small.bin", "")
    large.write_bytes(b"a" * (256 * 1024))
    small.write_bytes(b"a" * (256 * 1024 - 1))
    script = place.write("src/score.py", answering(0))
    place.deploy(entry_script=str(script), source_directory=str(script.parent))
    time.sleep(2.1)  # until the time of change of both is certain
    place.deployments.reload(NAME, force=True)
    script.write_text(answering(1))
    assert place.deployments.reload(NAME).outcome == "reloaded"
    before, after = (app_root(place.workspace, NAME, number) / "src" for number in (2, 3))
    assert not (before / "small.bin").samefile(after / "small.bin")
    probe = place.project / "probe.bin"
    assert share(large, probe)
    if probe.samefile(large):  # else the file system makes clones, which cannot be told from copies
        assert (before / "large.bin").samefile(after / "large.bin")


@pytest.mark.long("of scripts that write into their own files; the test above has shared and changed files")
def test_a_service_that_writes_into_its_files_gets_the_persons_again(place: Place) -> None:
    data = place.write("src/data.bin", "")
    data.write_bytes(b"a" * 500_000)
    script = place.write(
        "src/score.py",
        """
        import os
        PATH = os.path.join(os.path.dirname(__file__), "data.bin")

        def init():
            global first
            with open(PATH, "rb") as stream:
                first = stream.read(1).decode()
            with open(PATH, "r+b") as stream:
                stream.write(b"z")

        def run(data):
            return first
        """,
    )
    place.deploy(entry_script=str(script), source_directory=str(script.parent))
    for number in range(3):
        script.write_text(script.read_text() + f"# {number}\n")
        assert place.deployments.reload(NAME).outcome == "reloaded"
        assert place.answer() == '"a"'


def test_a_saved_module_of_the_same_size_and_second_is_never_served_from_old_byte_code(place: Place) -> None:
    module = place.write("src/part.py", "VALUE = 1\n")
    place.write("src/other.py", "OTHER = 1\n")
    script = place.write(
        "src/score.py",
        answering(0, top="import part, other").replace("return 0", "return part.VALUE"),
    )
    place.deploy(entry_script=str(script), source_directory=str(script.parent))
    for number in range(2, 2 + rounds(gate=2, long=4)):
        module.write_text(f"VALUE = {number}\n")
        os.utime(module, (1_700_000_000, 1_700_000_000))
        place.deployments.reload(NAME)
        assert place.answer() == str(number)


def test_a_registered_model_is_shared_and_stays_at_its_version(place: Place) -> None:
    path = place.write("model.bin", "")
    path.write_bytes(b"one" * 200_000)
    place.registry.register([path], "big")
    script = place.write(
        "score.py",
        """
        import os

        def init():
            global text
            with open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.bin"), "rb") as stream:
                text = stream.read(3).decode()

        def run(data):
            return [1, text]
        """,
    )
    place.deploy(entry_script=str(script), models=("big",))
    path.write_bytes(b"two" * 200_000)
    place.registry.register([path], "big")
    assert place.deployments.reload(NAME).outcome == "unchanged"
    script.write_text(script.read_text().replace("[1,", "[2,"))
    assert place.deployments.reload(NAME).outcome == "reloaded"
    assert place.answer() == '[2, "one"]'
    assert place.deployments.service(NAME).models == ("big:1",)


def test_the_environment_stays_and_is_told(place: Place) -> None:
    wanted = place.write("requirements.txt", "# nothing\n")
    script = place.write("score.py", answering(0))
    place.deploy(entry_script=str(script), environment_file=str(wanted))
    before = place.deployments.ledger.require(NAME).current
    wanted.write_text("six\n")
    script.write_text(answering(1))
    done = place.deployments.reload(NAME)
    assert done.outcome == "reloaded"
    assert any("requirements.txt" in note and "Update the service" in note for note in done.notes)
    after = place.deployments.ledger.require(NAME).current
    assert before is not None
    assert after is not None
    assert (after.environment_key, after.spec) == (before.environment_key, before.spec)


def test_what_is_returned_to_is_what_was_deployed(place: Place, source: Path) -> None:
    for number in (1, 2, 3):
        source.write_text(answering(number))
        place.deployments.reload(NAME)
    folders = sorted(int(each.name) for each in (revision_folder(place.workspace, NAME, 1).parent).iterdir())
    assert folders[0] == 1
    # Files of reloads that served are swept when nobody can be at work with them.
    for number in folders:
        left = revision_folder(place.workspace, NAME, number) / LEFT
        if left.exists():
            os.utime(left, (1, 1))
    source.write_text(answering(4))
    place.deployments.reload(NAME)
    kept = sorted(int(each.name) for each in (revision_folder(place.workspace, NAME, 1).parent).iterdir())
    assert kept == [1, 4, 5]
    assert place.deployments.service(NAME).revisions == (1, 5)
    # A start uses the newest files, and an update makes the next revision.
    assert place.deployments.restart(NAME).revision == 5
    assert place.answer() == "4"
    assert place.deployments.update(NAME, UpdateRequest()).reloaded == 0.0
