"""Try it: what only running a script tells, shown by really running the examples of its rules; nothing stays behind."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from scoredock.analysis.rule import Rule
from scoredock.checks.catalogue import RULES
from scoredock.contrib.batch.domain.trial import BatchTryRequest, try_batch_script
from scoredock.contrib.batch.domain.work.configuration import BatchConfiguration
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent
from scoredock.services.planning.project import PROJECTS
from scoredock.services.request import DeployRequest, DeploySettings
from scoredock.services.trying.run_findings import RunLimits
from scoredock.services.trying.script_run import ScriptRun, TryRequest, try_script

from pace import patience, within
from pickle_writing import by_stack

from .conftest import Place, Told, terminal

OF_BATCHES = ("SD961", "SD962")
"""Those that only mini-batches show."""
RUNNING = [rule for rule in RULES if rule.runs and rule.code not in OF_BATCHES]
LIMITS = {"SD951": RunLimits(start_seconds=1.5), "SD957": RunLimits(answer_seconds=1.0)}
"""Lower than usual for the rules about time, so that nobody waits for minutes."""


def try_in(
    place: Place, script: str, body: str | None = "[1]", cancel: CancelToken | None = None, **more: Any
) -> ScriptRun:
    """Everything that the examples of the rules need is in the environment: NumPy, because of the schemas."""
    path = place.project / "score.py"
    path.write_text(script)
    if "numpy" in script and "environment_file" not in more:
        (place.project / "requirements.txt").write_text("numpy\n")
        more["environment_file"] = str(place.project / "requirements.txt")
    names = {key: more.pop(key) for key in ("timeout", "memory_bytes", "limits") if key in more}
    request = TryRequest(
        DeployRequest("any-name", entry_script=str(path), **more), None if body is None else body.encode(), **names
    )
    deployments = place.deployments
    progress = more.pop("progress", Silent())
    return try_script(
        request, place.registry, deployments.environments, deployments.settings, progress, cancel or CancelToken()
    )


def codes(found: ScriptRun) -> list[str]:
    return [each.finding.code for each in found.findings]


def clean(place: Place) -> None:
    assert list((place.workspace / "tmp").glob("scoredock-try-*")) == []
    assert place.deployments.services() == []
    place.nothing_left()


def try_example(place: Place, rule: Rule, script: str) -> ScriptRun:
    body = None if "schema" in rule.page.bad else "[1]"
    return try_in(place, script, body, limits=LIMITS.get(rule.code, RunLimits()))


@pytest.mark.parametrize("rule", RUNNING, ids=lambda rule: rule.code)
def test_the_bad_example_of_each_rule_shows_it(place: Place, rule: Rule) -> None:
    bad = try_example(place, rule, rule.page.bad)
    assert codes(bad) == [rule.code]
    (found,) = bad.findings
    assert found.finding.severity == rule.severity
    assert found.path == str(place.project / "score.py")
    assert found.finding.message.endswith(".")
    assert found.finding.range.start < found.finding.range.end
    clean(place)


@pytest.mark.long("the tests below try other scripts of which nothing is found")
@pytest.mark.parametrize("rule", RUNNING, ids=lambda rule: rule.code)
def test_the_good_example_of_each_rule_shows_nothing(place: Place, rule: Rule) -> None:
    good = try_example(place, rule, rule.page.good)
    assert codes(good) == []
    assert [each.status for each in good.observations.exchanges] == [200]
    clean(place)


@pytest.mark.parametrize("code", OF_BATCHES)
@pytest.mark.parametrize("kind", ["bad", "good"])
def test_the_examples_of_rules_of_mini_batches(place: Place, code: str, kind: str) -> None:
    (rule,) = (each for each in RULES if each.code == code)
    for number in range(2):
        (place.project / f"{number}.json").write_text('{"rows": []}')
    script = place.project / "score.py"
    script.write_text(rule.page.bad if kind == "bad" else rule.page.good)
    request = BatchTryRequest(
        DeployRequest(name="tried", entry_script=str(script)),
        (str(place.project / "*.json"),),
        BatchConfiguration(),
    )
    deployments = place.deployments
    environments, settings = deployments.environments, deployments.settings
    done = try_batch_script(request, place.registry, environments, settings, Silent(), CancelToken())
    assert [each.finding.code for each in done.findings] == ([code] if kind == "bad" else [])
    assert [each.path for each in done.findings] == [str(script)] * len(done.findings)
    clean(place)


def test_an_exception_is_shown_where_it_was_raised_with_the_way_there(place: Place) -> None:
    script = "from helper import pick\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return pick(data)\n"
    folder = place.project / "code"
    folder.mkdir()
    (folder / "helper.py").write_text("def pick(data):\n    rows = {}\n    return rows[data]\n")
    (folder / "score.py").write_text(script)
    request = TryRequest(
        DeployRequest("x", entry_script=str(folder / "score.py"), source_directory=str(folder)), b"[1]"
    )
    found = try_script(
        request, place.registry, place.deployments.environments, DeploySettings(), Silent(), CancelToken()
    )
    (one,) = found.findings
    assert (one.path, one.finding.range.start.line) == (str(folder / "helper.py"), 2)
    assert [(each.path, each.range.start.line) for each in one.finding.related] == [(str(folder / "score.py"), 8)]
    assert "KeyError" in one.finding.message
    clean(place)


def test_a_missing_module_says_where_to_add_it(place: Place) -> None:
    found = try_in(
        place, "import pandas_of_mine\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return len(data)\n"
    )
    (one,) = found.findings
    assert (one.finding.code, one.finding.range.start.line) == ("SD950", 0)
    assert "No module named 'pandas_of_mine'" in one.finding.message
    assert "has the module pandas_of_mine, or, where it is a package, with a conda or requirements file" in (
        one.finding.message
    )


@pytest.mark.parametrize(
    ("library", "told"),
    [
        ("libgomp.so.1", "run `apt-get install libgomp1` on this machine"),
        pytest.param(
            "libsd-of-mine.so.3",
            "Install the system package with libsd-of-mine.so.3 on this machine",
            marks=pytest.mark.long("of the same sentence for a library that no list has"),
        ),
    ],
)
def test_a_missing_library_of_the_system_says_what_brings_it(place: Place, library: str, told: str) -> None:
    # The words of the dynamic linker, as this machine may have the file.
    words = f"{library}: cannot open shared object file: No such file or directory"
    script = f'raise OSError("{words}")\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return 1\n'
    found = try_in(place, script)
    (one,) = found.findings
    assert library in one.finding.message
    assert told in one.finding.message


def test_samples_are_found_beside_the_script_and_guesses_blame_nobody(place: Place) -> None:
    script = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    "
    script += 'return {1: "one"}[json.loads(data)["rows"][0]]\n'
    guessed = try_in(place, script, None)
    assert [(each.finding.code, each.finding.severity) for each in guessed.findings] == [("SD952", "information")]
    (place.project / "sample-request.json").write_text('{"rows": [1, 2]}')
    (place.project / "request.json").write_text("not JSON")
    found = try_in(place, script, None)
    assert codes(found) == []
    assert [(each.body.origin, each.answer) for each in found.observations.exchanges] == [
        ("sample-request.json", b'"one"')
    ]


def test_what_the_checks_refuse_is_tried_all_the_same(place: Place) -> None:
    (found,) = try_in(place, "def init():\n    pass\n\ndef run(data):\n    return gone\n").findings
    assert (found.finding.code, found.finding.range.start.line) == ("SD952", 4)
    (found,) = try_in(place, "def init(:\n    pass\n").findings
    assert (found.finding.code, found.finding.range.start.line) == ("SD950", 0)


BATCH = """
import json
from pathlib import Path

def init(): pass

def run(mini_batch):
    return [len(json.loads(Path(path).read_text())) for path in mini_batch]
"""


def test_a_batch_script_is_told_as_one(place: Place) -> None:
    with pytest.raises(ScoredockError) as refused:
        try_in(place, BATCH)
    assert refused.value.code == "try-batch-script"
    assert "its run() takes a mini-batch, which is a list of file paths or a data frame" in refused.value.message
    assert "files for a mini-batch are missing" in refused.value.message
    assert refused.value.place is not None
    assert Path(refused.value.place.path).name == "score.py"


def test_a_request_without_an_end_is_ended_at_its_line(place: Place) -> None:
    script = "import time\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    while True:\n        time.sleep(0.01)\n"
    (found,) = try_in(place, script, timeout=0.5).findings
    assert found.finding.code == "SD952"
    assert found.finding.range.start.line in (8, 9)
    clean(place)


def test_a_worker_that_dies_or_eats_the_memory_is_told(place: Place) -> None:
    died = try_in(place, "import os\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    os._exit(7)\n")
    assert codes(died) == ["SD952"]
    assert "exit code 7" in died.findings[0].finding.message
    greedy = (
        "import time\n\n\ndef init():\n    global kept\n    kept = bytearray(b'1') * 300_000_000\n   "
        " time.sleep(30)\n\n\ndef run(data):\n    return len(data)\n"
    )
    begun = time.monotonic()
    eaten = try_in(place, greedy, memory_bytes=150_000_000)
    assert codes(eaten) == ["SD950"]
    assert "more than 150 MB" in eaten.findings[0].finding.message
    assert within(time.monotonic() - begun, 15)
    clean(place)


def test_children_of_the_script_end_with_it(place: Place) -> None:
    script = (
        "import os, subprocess, sys\n\n\ndef init():\n"
        "    child = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
        "    subprocess.Popen(child)\n    subprocess.Popen(child, start_new_session=True)\n\n\n"
        "def run(data):\n    return len(data)\n"
    )
    assert codes(try_in(place, script)) == []
    clean(place)


@pytest.mark.parametrize(
    "where", [pytest.param("init", marks=pytest.mark.long("cancelled a moment later at the gate")), "run"]
)
def test_cancel_ends_all_of_it_at_once(place: Place, where: str) -> None:
    body = "    open('reached', 'w').close()\n    time.sleep(60)\n"
    script = "import time\n\n\ndef init():\n" + (body if where == "init" else "    pass\n")
    script += "\n\ndef run(data):\n" + (body if where == "run" else "    pass\n")
    cancel = CancelToken()

    def soon() -> None:
        while not list((place.workspace / "tmp").glob("scoredock-try-*/azureml-app/reached")):
            time.sleep(0.02)
        cancel.cancel()

    threading.Thread(target=soon, daemon=True).start()
    begun = time.monotonic()
    with pytest.raises(ScoredockError) as refused:
        try_in(place, script, cancel=cancel)
    assert refused.value.code == "cancelled"
    assert within(time.monotonic() - begun, 20)
    clean(place)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_killed_caller_leaves_no_worker_and_the_next_one_clears_its_folder(place: Place, told: Told) -> None:
    try_in(place, "def init():\n    pass\n\n\ndef run(data):\n    return len(data)\n")  # builds the environment
    (place.project / "score.py").write_text(
        "import time\n\n\ndef init():\n    open('reached', 'w').close()\n    time.sleep(60)\n\n\ndef run(data):\n   "
        " pass\n"
    )
    caller = terminal(place, "try", "score.py", "--no-models")
    try:
        deadline = time.monotonic() + patience(30)
        while not list(place.workspace.glob("tmp/scoredock-try-*/azureml-app/reached")):
            assert time.monotonic() < deadline
            assert caller.poll() is None
            time.sleep(0.05)
    finally:
        caller.send_signal(signal.SIGKILL)
        caller.wait()
    deadline = time.monotonic() + patience(10)
    while place.left() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert place.left() == []
    assert list(place.workspace.glob("tmp/scoredock-try-*")) != []
    try_in(place, "def init():\n    pass\n\n\ndef run(data):\n    return len(data)\n")
    clean(place)


@pytest.mark.long("tests/cli/test_try.py tries with models")
def test_models_are_staged_as_for_a_deployment(place: Place) -> None:
    (place.project / "weights.bin").write_bytes(b"12345")
    model = place.registry.register([place.project / "weights.bin"], "weights")
    script = (
        "import os\n\n\ndef init():\n    global size\n"
        "    size = os.path.getsize(os.path.join(os.environ['AZUREML_MODEL_DIR'], 'weights.bin'))\n\n\n"
        "def run(data):\n    return size\n"
    )
    found = try_in(place, script, models=(model.id,))
    assert codes(found) == []
    assert found.models == (model.id,)
    assert json.loads(found.observations.exchanges[0].answer) == 5
    clean(place)


def test_warnings_of_the_script_are_told_once_and_those_of_libraries_to_their_makers_are_not(place: Place) -> None:
    script = (
        "import warnings\n\n\ndef init():\n    for _ in range(5):\n        warnings.warn('mind this',"
        " UserWarning)\n\n\ndef run(data):\n    import imp_of_library\n    return data\n"
    )
    folder = place.project / "lib" / "site-packages"
    folder.mkdir(parents=True)
    script = script.replace("    import imp_of_library\n", "    eval('1 is 1')\n").replace("return data", "return 1")
    found = try_in(place, script)
    told = [(each.finding.code, each.finding.range.start.line) for each in found.findings]
    assert ("SD958", 5) in told
    assert sum(line == 5 for _, line in told) == 1


@pytest.mark.long("the example of SD958 and the test above have warnings")
def test_a_model_of_another_release_is_a_warning(place: Place) -> None:
    script = (
        "import warnings\n\n\nclass InconsistentVersionWarning(UserWarning):\n    pass\n\n\ndef init():\n"
        "    warnings.warn('unpickled from 0.24', InconsistentVersionWarning)\n\n\ndef run(data):\n    return 1\n"
    )
    (found,) = try_in(place, script).findings
    assert (found.finding.code, found.finding.severity) == ("SD958", "warning")
    assert found.finding.message == "InconsistentVersionWarning: unpickled from 0.24."


def test_known_bad_pickles_need_the_consent_that_a_deployment_needs(place: Place) -> None:
    path = place.project / "evil.pkl"
    path.write_bytes(by_stack("os", "system", (f"touch {place.project / 'canary'}",)))
    model = place.registry.register([path], "evil")
    with pytest.raises(ScoredockError) as refused:
        try_in(place, "def init():\n    pass\n\n\ndef run(data):\n    return 1\n", models=(model.id,))
    assert refused.value.code == "model-known-bad"
    assert not (place.project / "canary").exists()
    clean(place)


def test_comments_and_settings_of_the_project_count(place: Place) -> None:
    script = "def init():\n    pass\n\n\ndef run(data):\n    return data[100]  # scoredock: ignore[SD952]\n"
    assert codes(try_in(place, script)) == []
    (place.project / "pyproject.toml").write_text('[tool.scoredock]\nseverity = {SD952 = "hint"}\n')
    PROJECTS.forget()  # what the server does when it is told of a changed file
    (found,) = try_in(place, script.replace("  # scoredock: ignore[SD952]", "")).findings
    assert found.finding.severity == "hint"


def test_no_process_of_ours_is_named_a_service(place: Place) -> None:
    """Recovery looks for parents of services; a trial that runs must not be adopted or ended by it."""
    seen: list[Any] = []
    script = "import time\n\n\ndef init():\n    time.sleep(1)\n\n\ndef run(data):\n    return len(data)\n"

    def look() -> None:
        while not any("scoredock_runtime" in " ".join(p.cmdline()) for p in psutil.Process().children(recursive=True)):
            time.sleep(0.02)
        seen.append(place.deployments.engines["process"].find(str(place.workspace)))
        place.again().recover()

    thread = threading.Thread(target=look)
    thread.start()
    found = try_in(place, script)
    thread.join()
    assert seen == [[]]
    assert codes(found) == []


def test_a_folder_that_only_looks_like_ours_stays(place: Path | Place) -> None:
    assert isinstance(place, Place)
    other = place.workspace / "tmp" / "try-and-error"
    other.mkdir(parents=True)
    try_in(place, "def init():\n    pass\n\n\ndef run(data):\n    return len(data)\n")
    assert other.exists()
    other.rmdir()
