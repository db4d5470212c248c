"""Scripts that go wrong in every way: Failed, the cause, the line in the person's own file, and nothing left
running."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import pytest
from scoredock.services.request import DeploySettings

from pace import within

ZOO = {
    "raises": (
        "def init():\n    x = 1\n    raise ValueError('no model')\n\ndef run(data): pass\n",
        "init-failed",
        "no model",
        3,
    ),
    "raises deeper": (
        "def load():\n    return {}['key']\n\ndef init():\n    load()\n\ndef run(data): pass\n",
        "init-failed",
        "KeyError",
        2,
    ),
    "raises at import": (
        "import os\nVALUE = int('x')\n\ndef init(): pass\n\ndef run(data): pass\n",
        "import-failed",
        "invalid literal",
        2,
    ),
    "missing package": (
        "import not_there_at_all\n\ndef init(): pass\n\ndef run(data): pass\n",
        "import-failed",
        "not_there_at_all",
        1,
    ),
    "syntax error": ("def init():\n    pass\n\ndef run(data)\n    pass\n", "script-invalid", "SyntaxError", 4),
    "no run": ("def init():\n    pass\n", "script-invalid", "run", None),
    "no init": ("def run(data):\n    pass\n", "script-invalid", "init", None),
    "hangs": ("import time\n\ndef init():\n    time.sleep(600)\n\ndef run(data): pass\n", "init-timeout", "2", None),
    "hangs deaf": (
        (
            "import signal, time\n\ndef init():\n    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n    while True:"
            " time.sleep(1)\n\ndef run(data): pass\n"
        ),
        "init-timeout",
        "2",
        None,
    ),
    "exits": ("import sys\n\ndef init():\n    sys.exit(0)\n\ndef run(data): pass\n", None, "", None),
    "exits hard": ("import os\n\ndef init():\n    os._exit(3)\n\ndef run(data): pass\n", "init-exited", "3", None),
    "aborts": ("import os\n\ndef init():\n    os.abort()\n\ndef run(data): pass\n", "init-exited", "", None),
    "prints a megabyte and raises": (
        (
            "def init():\n    for n in range(16384):\n        print('x' * 63)\n    raise RuntimeError('after the"
            " flood')\n\ndef run(data): pass\n"
        ),
        "init-failed",
        "after the flood",
        4,
    ),
    "one endless line": (
        (
            "import sys\n\ndef init():\n    sys.stdout.write('y' * 1000000)\n    raise RuntimeError('after the"
            " line')\n\ndef run(data): pass\n"
        ),
        "init-failed",
        "after the line",
        5,
    ),
    "leaves children": (
        (
            "import subprocess, sys\n\ndef init():\n    subprocess.Popen([sys.executable, '-c', 'import time;"
            " time.sleep(600)'], start_new_session=True)\n    raise RuntimeError('orphans')\n\ndef run(data): pass\n"
        ),
        "init-failed",
        "orphans",
        5,
    ),
    "forks a daemon": (
        (
            "import os, time\n\ndef init():\n    if os.fork() == 0:\n        os.setsid()\n        if os.fork() == 0:\n "
            "           time.sleep(600)\n        os._exit(0)\n    os._exit(1)\n\ndef run(data): pass\n"
        ),
        "init-exited",
        "1",
        None,
    ),
    "recursion": ("def init():\n    init()\n\ndef run(data): pass\n", "init-failed", "Recursion", 2),
    "kills its parent": (
        "import os, signal\n\ndef init():\n    os.kill(os.getppid(), signal.SIGKILL)\n\ndef run(data): pass\n",
        "service-crashed",
        "",
        None,
    ),
}


AT_THE_GATE = ("raises deeper", "hangs deaf", "leaves children", "prints a megabyte and raises", "kills its parent")
FURTHER = pytest.mark.long("another script that fails the way one of the gate does; tests/runtime/test_zoo.py has most")


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=() if kind in AT_THE_GATE else FURTHER) for kind in ZOO])
def test_a_bad_script_fails_with_its_cause(place: Any, kind: str) -> None:
    script, cause, words, line = ZOO[kind]
    seconds = 2.0 if cause == "init-timeout" else 60.0
    place.deployments.settings = DeploySettings(start_timeout=seconds, stop_grace=1.0)
    begun = time.monotonic()
    error = place.refused(script, skip_checks=True)
    took = time.monotonic() - begun
    assert within(took, 9)
    if cause is not None:
        assert error.code == cause
    assert words in error.message
    view = place.deployments.service("svc-one")
    assert view.state == "Failed"
    assert view.failure is not None
    assert view.failure.code == error.code
    assert view.failure.message == error.message
    assert view.failure.fix
    assert len(view.failure.log_lines) <= 50
    own = str(place.project / "score.py")
    if line is not None:
        assert error.place is not None
        assert (error.place.path, error.place.line) == (own, line - 1)
        assert (view.failure.frames[-1].file, view.failure.frames[-1].line) == (own, line)
    assert all(frame.file == own for frame in view.failure.frames)
    assert "azureml-app" not in error.message
    place.nothing_left()
    # Looked at: the log and the row stay; and the same name takes a repaired script without a word.
    assert list(place.deployments.logs.records("svc-one"))
    assert place.deployments.logs.file("svc-one").is_file()
    place.deployments.settings = dataclasses.replace(place.deployments.settings, start_timeout=20.0)
    assert place.deploy().state == "Healthy"
    assert place.deployments.service("svc-one").failure is None


def test_frames_in_other_files_of_the_source_directory_are_the_persons_own(place: Any) -> None:
    place.write("src/score.py", "from helpers.load import load\n\ndef init():\n    load()\n\ndef run(data): pass\n")
    helper = place.write("src/helpers/load.py", "def load():\n    raise OSError('gone')\n")
    place.write("src/helpers/__init__.py", "")
    error = place.refused(
        entry_script=str(place.project / "src" / "score.py"),
        source_directory=str(place.project / "src"),
        skip_checks=True,
    )
    assert error.code == "init-failed"
    assert error.place is not None
    assert (error.place.path, error.place.line) == (str(helper), 1)
    frames = place.deployments.service("svc-one").failure.frames
    assert [frame.file for frame in frames] == [str(place.project / "src" / "score.py"), str(helper)]


@pytest.mark.long("the same flood before an exception, whose cause is told, is at the gate")
def test_a_megabyte_of_prints_is_no_failure(place: Any) -> None:
    view = place.deploy("def init():\n    for n in range(16384):\n        print('x' * 63)\n\ndef run(data): return 1\n")
    assert view.state == "Healthy"
    assert place.answer() == "1"


@pytest.mark.long("test_life.py has a crash while nobody looked")
def test_a_service_that_crashes_later_says_why(place: Any) -> None:
    place.deploy("import os\n\ndef init(): pass\n\ndef run(data): os._exit(7)\n")
    import os
    import signal

    os.kill(place.deployments.ledger.one("svc-one").service.handle.pid, signal.SIGKILL)
    place.nothing_left()
    view = place.deployments.service("svc-one")
    assert (view.state, view.failure.code) == ("Failed", "service-crashed")
    assert place.deployments.start("svc-one").state == "Healthy"
