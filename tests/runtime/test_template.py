"""Workers forked from a template: what they find, what they must not share, and that nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h11
import psutil
import pytest

from scoredock_runtime import contract
from scoredock_runtime.base.worker_environment import worker_environment
from scoredock_runtime.template import process_marks, template_process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands processes over")

RUNTIME = Path(__file__).resolve().parents[2] / "pyserver" / "runtime"

PACKAGES = {
    "quiet_one.py": "import os\nloaded_by = os.getpid()\n",
    "noisy_one.py": "import sys\nprint('noisy says hello')\nprint('noisy warns', file=sys.stderr)\n",
    "threaded_one.py": (
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
    ),
    "setting_one.py": "import os\nos.environ.setdefault('SET_BY_PACKAGE', 'yes')\n",
    "fussy_one.py": (
        "import os\nassert 'scoredock_runtime.worker.scoring' in __import__('sys').modules and os.getppid() != 1\n"
        "if 'AML_APP_ROOT' in os.environ and os.getcwd().endswith('logs'):\n    raise RuntimeError('not here')\n"
    ),
    "native_one.py": "import _thread, time\n_thread.start_new_thread(time.sleep, (600,))\n",
}

SCRIPT = """
import os, sys
BEFORE = set(sys.modules)
{imports}
def init(): pass
def run(data):
    return {answer}
"""


def script(imports: str, answer: str) -> str:
    return SCRIPT.format(imports=imports, answer=answer)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An environment with the runtime and a few packages of a single module each."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    [packages] = folder.glob("lib/python*/site-packages")
    (packages / "runtime.pth").write_text(f"{RUNTIME}\n")
    (packages / "h11").symlink_to(Path(h11.__file__).parent)
    for name, text in PACKAGES.items():
        (packages / name).write_text(text)
    return str(folder / "bin" / "python")


@pytest.fixture
def served(make_service: Callable[..., Any], python: str) -> Any:
    return make_service(python=python)


def imported(service: Any) -> bool:
    """The template has done what the first worker told it."""
    return "Packages are" in service.log_text()


def template_of(service: Any) -> psutil.Process | None:
    """The one process that carries the mark of a template."""
    return next((p for p in service.processes() if mark_of(p).endswith(".template")), None)


def mark_of(process: psutil.Process) -> str:
    try:
        return process.environ().get("SCOREDOCK_WORKER", "")
    except psutil.Error:
        return ""


def alive(pid: int) -> bool:
    """A zombie that nobody has reaped is not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def marks(service: Any) -> dict[int, str]:
    return {p.pid: mark_of(p) for p in service.processes()}


def ways(service: Any) -> list[bool]:
    """For each worker in turn, whether it was forked; the line in the log may come after its first answer."""
    return [", forked)" in line for line in service.log_text().splitlines() if " is ready (revision " in line]


def test_the_first_worker_is_a_fork_and_the_parents_own_child(served: Any, wait_for: Any) -> None:
    served.up(script("", "[os.getpid(), os.getppid(), os.getsid(0), os.environ['SCOREDOCK_WORKER'], sys.argv]"))
    pid, parent, session, mark, argv = served.score(1).json()
    status = served.status
    assert (pid, parent, session) == (status.worker_pids[0], status.parent_pid, pid)
    assert argv == ["score.py"]
    wait_for(lambda: ways(served) == [True])
    worker = psutil.Process(pid)
    assert worker.environ() == {"SCOREDOCK_WORKER": mark} == {"SCOREDOCK_WORKER": f"{served.folder}#{parent}.1"}
    assert worker.cmdline()[:2] == ["scoredock worker", "1"]
    assert sorted(marks(served).values()) == ["", mark, f"{served.folder}#{parent}.template"]


def test_a_later_worker_finds_the_packages_loaded_and_its_own_modules_fresh(served: Any, wait_for: Any) -> None:
    served.write("VALUE = 1\n", "own.py")
    text = script("import quiet_one, own", "['quiet_one' in BEFORE, 'own' in BEFORE, own.VALUE, quiet_one.loaded_by]")
    served.up(text)
    first = served.score(1).json()
    assert first[:3] == [False, False, 1]
    wait_for(lambda: imported(served))
    served.write("VALUE = 2_000\n", "own.py")
    begun = time.perf_counter()
    assert served.control("POST", "/reload").status == 200
    second = served.score(1).json()
    print(f"reload to first answer: {(time.perf_counter() - begun) * 1000:.0f} ms")
    assert second[:3] == [True, False, 2000]
    template = template_of(served)
    assert template is not None
    assert second[3] == template.pid
    wait_for(lambda: ways(served) == [True, True])


def test_random_numbers_differ_between_workers(make_service: Any, wait_for: Any) -> None:
    pytest.importorskip("numpy")
    service = make_service()
    draw = "import random, numpy, time"
    answer = "(time.sleep(0.05), [os.getpid(), random.random(), numpy.random.rand(), 'numpy' in BEFORE])[1]"
    service.up(script(draw, answer))
    wait_for(lambda: imported(service))
    assert service.replace(script(draw, answer), worker_count=2).status == 200
    drawn: dict[int, Any] = {}

    def both() -> bool:
        pid, *rest = service.score(1).json()
        drawn.setdefault(pid, rest)
        return len(drawn) == 2

    wait_for(both)
    one, other = drawn.values()
    assert one[2] is other[2] is True
    assert one[0] != other[0]
    assert one[1] != other[1]


def test_the_environment_is_that_of_the_spec_for_python_and_for_c(served: Any, wait_for: Any) -> None:
    asked = "import ctypes; libc = ctypes.CDLL(None); libc.getenv.restype = ctypes.c_char_p"
    answer = (
        "[os.environ.get('COLOUR'), (libc.getenv(b'COLOUR') or b'').decode(), (libc.getenv(b'PATH') or b'').decode(),"
        " os.getcwd(), os.environ['AML_APP_ROOT']]"
    )
    served.up(script(asked, answer), environment={"COLOUR": "red"})
    path = os.pathsep.join([str(Path(served.spec.python).parent), os.environ["PATH"]])
    assert served.score(1).json() == ["red", "red", path, str(served.app), str(served.app)]
    wait_for(lambda: ways(served) == [True])


def test_a_variable_that_acts_at_start_means_a_fresh_start(served: Any, wait_for: Any) -> None:
    text = script("import time", "[time.tzname[0], hash('a'), sys.flags.hash_randomization]")
    served.up(text)
    served.score(1)
    changed = {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "0"}
    assert served.replace(text, 2, environment=changed).json()["revision"] == 2
    known = subprocess.run(
        [served.spec.python, "-c", "print(hash('a'))"], env={"PYTHONHASHSEED": "0"}, capture_output=True, text=True
    )
    assert served.score(1).json() == ["JST", int(known.stdout), 0]
    wait_for(lambda: template_of(served))
    assert served.replace(text, 3, environment=changed).json()["revision"] == 3
    assert served.score(1).json() == ["JST", int(known.stdout), 0]
    wait_for(lambda: ways(served) == [True, False, True])


def test_without_the_template_nothing_is_forked(served: Any, wait_for: Any) -> None:
    served.up(script("import quiet_one", "1"), template=False)
    assert served.replace(script("import quiet_one", "'quiet_one' in BEFORE"), template=False).status == 200
    assert served.score(1).json() is False
    wait_for(lambda: ways(served) == [False, False])
    assert template_of(served) is None


UNSAFE = {"threaded_one": "a package runs threads", "native_one": "a library runs threads"}


@pytest.mark.parametrize(
    "package",
    [
        pytest.param("threaded_one", marks=pytest.mark.long("threads of libraries are the harder ones to see")),
        "native_one",
    ],
)
def test_packages_with_threads_are_not_imported_beforehand(package: str, served: Any, wait_for: Any) -> None:
    text = script(f"import {package}", f"'{package}' in BEFORE")
    served.up(text)
    wait_for(lambda: f"Packages are not imported beforehand: {UNSAFE[package]}." in served.log_text())
    wait_for(lambda: template_of(served))
    assert served.control("POST", "/reload").status == 200
    assert served.score(1).json() is False
    wait_for(lambda: template_of(served))
    template = template_of(served)
    assert template is not None
    assert template.num_threads() == 1
    assert served.log_text().count("not imported beforehand") == 1


def test_a_package_that_fails_in_the_template_costs_nothing_but_time(served: Any, wait_for: Any) -> None:
    text = script("import fussy_one", "'fussy_one' in BEFORE")
    served.up(text)
    wait_for(lambda: "not imported beforehand: fussy_one could not be imported: RuntimeError." in served.log_text())
    assert served.control("POST", "/reload").status == 200
    assert served.score(1).json() is False


def test_what_packages_print_is_in_the_log_of_every_worker_once(served: Any, wait_for: Any) -> None:
    served.up(script("import noisy_one, setting_one", "os.environ.get('SET_BY_PACKAGE')"))
    wait_for(lambda: imported(served))
    for said in ("noisy says hello", "noisy warns"):
        assert served.log_text().count(said) == 1
    assert served.control("POST", "/reload").status == 200
    assert served.score(1).json() == "yes"
    for said in ("noisy says hello", "noisy warns"):
        wait_for(lambda said=said: served.log_text().count(said) == 2)
    wait_for(lambda: ways(served) == [True, True])


def test_installed_packages_that_change_mean_a_new_template(served: Any, python: str, wait_for: Any) -> None:
    text = script("import quiet_one", "'quiet_one' in BEFORE")
    served.up(text)
    wait_for(lambda: imported(served))
    [packages] = Path(python).parents[1].glob("lib/python*/site-packages")
    (packages / "added_one.py").write_text("")
    assert served.control("POST", "/reload").status == 200
    assert served.score(1).json() is False
    wait_for(lambda: served.log_text().count("Packages are imported") == 2)
    assert served.control("POST", "/reload").status == 200
    assert served.score(1).json() is True
    wait_for(lambda: ways(served) == [True, False, True])


@pytest.mark.long("modules of the script itself are tested above; here one has the name of a package")
def test_a_module_named_like_a_package_is_found_as_by_a_fresh_worker(served: Any, wait_for: Any) -> None:
    text = script("import quiet_one", "getattr(quiet_one, 'MINE', False)")
    served.up(text)
    wait_for(lambda: imported(served))
    served.write("MINE = True\n", "quiet_one.py")
    assert served.control("POST", "/reload").status == 200
    forked = served.score(1).json()
    served.write("MINE = True\n", "quiet_one.py", app=served.folder / "revisions" / "2" / "azureml-app")
    assert served.replace(text, 2, template=False).json()["revision"] == 2
    assert served.score(1).json() is forked
    wait_for(lambda: ways(served) == [True, True, False])


@pytest.mark.chance
def test_a_killed_template_is_missed_by_nobody(served: Any, wait_for: Any) -> None:
    text = script("import quiet_one", "'quiet_one' in BEFORE")
    served.up(text)
    wait_for(lambda: imported(served))
    template = template_of(served)
    assert template is not None
    template.kill()
    assert served.score(1).status == 200
    assert served.control("POST", "/reload").status == 200
    assert served.score(1).status == 200
    wait_for(lambda: (again := template_of(served)) is not None and again.pid != template.pid)
    wait_for(lambda: served.log_text().count("Packages are imported") == 2)
    assert served.control("POST", "/reload").status == 200
    assert served.score(1).json() is True


FORKS = """
import os, sys, time
def init():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            with open({file!r} + '.tmp', 'w') as stream:
                stream.write(str(os.getpid()))
            os.rename({file!r} + '.tmp', {file!r})
            time.sleep(600)
        os._exit(0)
    os.wait()
def run(data):
    return os.getpid()
"""


@pytest.mark.chance
@pytest.mark.parametrize(
    "ended",
    [pytest.param("worker", marks=pytest.mark.long("test_zoo.py ends daemons of a worker at the gate")), "parent"],
)
def test_daemons_that_a_script_forks_end_with_its_worker(ended: str, served: Any, wait_for: Any) -> None:
    """Forks without a program of their own, in a session of their own, adopted by the parent: only the mark tells."""
    file = served.folder / "daemon"
    served.up(FORKS.format(file=str(file)))
    wait_for(file.exists)
    daemon = int(file.read_text())
    assert alive(daemon)
    status = served.status
    file.unlink()
    os.kill(status.worker_pids[0] if ended == "worker" else status.parent_pid, signal.SIGKILL)
    if ended == "worker":
        wait_for(lambda: not alive(daemon), 5)
        wait_for(file.exists)
        assert int(file.read_text()) != daemon
        assert served.stop().phase == contract.STOPPED
    else:
        # What its scripts had started is ended by the next parent; worker and template end by themselves.
        wait_for(lambda: [p.pid for p in served.processes()] == [daemon], 5)
        assert served.start().phase == contract.STARTING
        assert served.settle().phase == contract.READY
        assert not alive(daemon)
        assert served.stop().phase == contract.STOPPED
    wait_for(served.gone, 5)


@pytest.mark.chance
def test_one_worker_ends_without_harm_to_another_whose_mark_begins_alike(served: Any, wait_for: Any) -> None:
    """Worker 1 and workers 10 to 12 of the same parent."""
    served.up("import os\ndef init(): pass\ndef run(data):\n    return os.getpid()\n", worker_count=2)
    first = next(pid for pid, mark in marks(served).items() if mark.endswith(".1"))
    known: set[int] = set(served.status.worker_pids)
    for _ in range(9):
        [other] = [pid for pid in served.status.worker_pids if pid != first]
        # One that has answered is replaced at once, however often.
        wait_for(lambda other=other: served.score(1).json() == other)
        os.kill(other, signal.SIGKILL)
        wait_for(lambda known=frozenset(known): has_another_than(served, known))
        known |= set(served.status.worker_pids)
    [other] = [pid for pid in served.status.worker_pids if pid != first]
    assert marks(served)[other].endswith(".11")
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: first not in served.status.worker_pids and served.status.phase == contract.READY)
    assert other in served.status.worker_pids


def has_another_than(service: Any, known: frozenset[int]) -> bool:
    return service.status.phase == contract.READY and not set(service.status.worker_pids) <= known


def test_exit_handlers_run_and_the_exit_code_is_told(served: Any, wait_for: Any) -> None:
    served.up("import atexit\ndef init():\n    atexit.register(print, 'good bye')\ndef run(data): return 1\n")
    pid = served.status.worker_pids[0]
    assert served.control("POST", "/reload").status == 200
    wait_for(lambda: f"Worker {pid} ended with exit code 0." in served.log_text())
    assert served.log_text().count("good bye") == 1


# Without processes


def spec_of(**changes: Any) -> contract.ServiceSpec:
    given = {
        "name": "s",
        "revision": 1,
        "nonce": "n",
        "python": sys.executable,
        "app_root": "/",
        "entry_script": "s.py",
    }
    return contract.ServiceSpec(**{**given, **changes})


START_VARIABLES = ["PYTHONPATH", "LD_PRELOAD", "MALLOC_ARENA_MAX", "GLIBC_TUNABLES", "TZ", "LC_ALL", "LANG"]


@pytest.mark.parametrize("name", START_VARIABLES)
def test_which_variables_a_fork_of_the_parent_cannot_have(name: str) -> None:
    spec = spec_of(environment={name: "x"})
    assert not template_process.same_interpreter(spec, worker_environment(spec, ""))


def test_another_interpreter_is_another() -> None:
    spec = spec_of(python="/usr/bin/python-of-somebody")
    assert not template_process.same_interpreter(spec, worker_environment(spec, ""))


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_elsewhere_workers_start_afresh(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert not template_process.supported()


def test_a_mark_that_does_not_fit_is_refused() -> None:
    """In a process of its own, as the block is this process's."""
    program = (
        "import os\nfrom scoredock_runtime.template import process_marks as m\n"
        "m.set_environment(dict(os.environ, NEW='1'))\nm.show(['a b'], 'X=' + 'y' * 20)\n"
        "print(open('/proc/self/environ').read().rstrip('\\0'), open('/proc/self/cmdline').read().rstrip('\\0'))\n"
        "print(os.environ['NEW'], os.environ['KEPT'])\n"
        "try:\n    m.show(['a'], 'X=' + 'y' * 100000)\nexcept OSError as fault:\n    print(fault)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env={"KEPT": "2", "PAD": "p" * 50}, check=True
    )
    assert told.stdout.splitlines() == [
        "X=yyyyyyyyyyyyyyyyyyyy a b",
        "1 2",
        "The block of the environment is too small.",
    ]
    assert process_marks.own_blocks() is not None
