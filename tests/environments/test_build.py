"""Real environments, by the real uv: built once, found again without a process, never half-made."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import textwrap
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from filelock import FileLock
from scoredock.environments.built import LOCK_FILE, MARKER, existing
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.pip.local_packages import local_fingerprint
from scoredock.environments.pip.wheelhouse import VARIABLE, runtime_source
from scoredock.environments.resolve import EnvironmentSettings, resolve
from scoredock.environments.spec import EnvironmentSpec, SparkSpec, for_model
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent

import interpreters
from pace import within

NOWHERE = "http://127.0.0.1:9/simple"


def spec(*requirements: str, python: str | None = None) -> EnvironmentSpec:
    return EnvironmentSpec(python=python, requirements=requirements, source="/p/requirements.txt", display_name="test")


def prepare(
    cache: EnvironmentCache, wanted: EnvironmentSpec, progress: Any = None, cancel: CancelToken | None = None
) -> Any:
    return cache.prepare(wanted, progress or Silent(), cancel or CancelToken())


def refusal(cache: EnvironmentCache, wanted: EnvironmentSpec) -> ScoredockError:
    with pytest.raises(ScoredockError) as refused:
        prepare(cache, wanted)
    assert [entry.name for entry in cache.root.iterdir() if entry.name.isalnum() and (entry / "bin").exists()] == []
    return refused.value


def test_runtime_only(cache: EnvironmentCache, told: Any) -> None:
    built = prepare(cache, spec(), told)
    shown = subprocess.run(
        [built.python, "-I", "-c", "import scoredock_runtime, sys; print(sys.prefix)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(shown.stdout.strip()) == built.folder
    assert built.size > 100_000
    assert "scoredock-runtime==" in (built.folder / LOCK_FILE).read_text()
    assert any("Installing" in message for message in told.messages)
    assert any("h11" in line for line in told.lines)


@pytest.mark.long("test_locks.py locks six at the gate; numpy is the same with a larger wheel")
def test_numpy_and_its_lock(cache: EnvironmentCache) -> None:
    built = prepare(cache, spec("numpy>=1.26"))
    shown = subprocess.run(
        [built.python, "-I", "-c", "import numpy; print(numpy.__version__)"], capture_output=True, text=True, check=True
    )
    assert f"numpy=={shown.stdout.strip()}" in (built.folder / LOCK_FILE).read_text().splitlines()


def test_warm_start_runs_no_process_and_needs_no_network(
    cache: EnvironmentCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = prepare(cache, spec("six>=1"))

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError(f"a process was started: {arguments}")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    begun = time.perf_counter()
    assert prepare(cache, spec("six>=1")) == built
    assert within(time.perf_counter() - begun, 0.5)


def test_same_lock_from_another_wish_is_the_same_environment(cache: EnvironmentCache) -> None:
    first = prepare(cache, spec("six>=1"))
    assert prepare(cache, spec("six>=1.0")) == first
    assert len(list((cache.root / "inputs").iterdir())) == 2
    other = prepare(cache, spec("six==1.16.0"))
    assert other.folder != first.folder
    assert "six==1.16.0" not in (first.folder / LOCK_FILE).read_text()


def test_a_folder_without_marker_is_not_an_environment(cache: EnvironmentCache) -> None:
    built = prepare(cache, spec())
    (built.folder / MARKER).unlink()
    (built.folder / "rubbish").touch()
    assert existing(cache.root, built.key) is None
    again = prepare(cache, spec())
    assert again.key == built.key
    assert not (again.folder / "rubbish").exists()


def test_an_environment_whose_interpreter_vanished_is_made_anew(cache: EnvironmentCache) -> None:
    built = prepare(cache, spec())
    built.python.unlink()
    built.python.symlink_to("/nowhere/python")
    again = prepare(cache, spec())
    assert subprocess.run([again.python, "-c", ""], check=False).returncode == 0


_SAME = pytest.mark.long("the same memory with other damage, an environment each")


@pytest.mark.parametrize(
    "damage",
    [
        "",
        '{"key": "../../x"}',
        *(pytest.param(each, marks=_SAME) for each in ("[]", "{", '{"key": 7}', '{"key": "0123456789abcdef"}')),
    ],
)
def test_a_damaged_memory_costs_only_time(cache: EnvironmentCache, damage: str) -> None:
    prepare(cache, spec())
    (remembered,) = (cache.root / "inputs").glob("*.json")
    remembered.write_text(damage)
    assert prepare(cache, spec()).python.is_file()


@pytest.mark.parametrize(
    ("requirement", "code"),
    [
        ("numpy==99.0", "environment-requirement-unsatisfiable"),
        pytest.param(
            "no-such-package-of-scoredock",
            "environment-requirement-unsatisfiable",
            marks=pytest.mark.long(
                "test_uv.py has this refusal of uv, and a version that is not there goes the same way"
            ),
        ),
        ("--frobnicate", "environment-requirement-invalid"),
        ("/nowhere/a-1.0-py3-none-any.whl", "environment-build-failed"),
    ],
)
def test_what_cannot_be_resolved(cache: EnvironmentCache, requirement: str, code: str) -> None:
    error = refusal(cache, spec("h11", requirement))
    assert error.code == code
    if code == "environment-requirement-unsatisfiable":
        assert error.details["requirement"] == requirement
    assert prepare(cache, spec("h11")).python.is_file()


def test_conflicting_pins_name_one_of_them(cache: EnvironmentCache) -> None:
    error = refusal(cache, spec("scikit-learn==1.3.0", "numpy==1.16.0"))
    assert error.code == "environment-requirement-unsatisfiable"
    assert error.details["requirement"] in ("scikit-learn==1.3.0", "numpy==1.16.0")


def test_no_network_and_nothing_cached(
    cache: EnvironmentCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    offline = EnvironmentCache(cache.root, EnvironmentSettings(index_url=NOWHERE))
    error = refusal(offline, spec("pandas"))
    assert error.code == "environment-offline"
    assert error.details["requirement"] == "pandas"


def test_no_network_but_cached(cache: EnvironmentCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(cache, spec("h11"))  # fills uv's cache
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    fresh = EnvironmentCache(tmp_path / "other", EnvironmentSettings())
    assert prepare(fresh, spec("h11")).python.is_file()


def test_what_is_installed_is_listed_once(
    cache: EnvironmentCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: Any
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))  # so that it is downloaded
    prepare(cache, spec("six"), told)
    assert [line.split("==")[0] for line in told.lines if "+ six==" in line] == [" + six"]
    again = type(told)()
    prepare(EnvironmentCache(tmp_path / "other", EnvironmentSettings()), spec("six"), again)
    assert [line.split("==")[0] for line in again.lines if "+ six==" in line] == [" + six"]


def test_a_default_pin_that_cannot_be_had_gives_way(cache: EnvironmentCache, told: Any) -> None:
    wanted = EnvironmentSpec(None, ("click", "h11==99.9"), "default", "default", fallback=("click", "h11"))
    built = prepare(cache, wanted, told)
    assert "h11==0" in (built.folder / LOCK_FILE).read_text()
    assert any(": h11==99.9; the newest versions are used" in message for message in told.messages)


def test_pins_that_can_be_had_stay_beside_a_default_pin_that_cannot(cache: EnvironmentCache, told: Any) -> None:
    pins = "click==8.1.7", "h11==99.9", "colorama==0.4.5"
    wanted = EnvironmentSpec(None, pins, "default", "default", fallback=("click", "h11", "colorama"))
    lock = (prepare(cache, wanted, told).folder / LOCK_FILE).read_text()
    assert "click==8.1.7" in lock
    assert "colorama==0.4.5" in lock
    assert any("h11==99.9; the newest versions are used" in message for message in told.messages)
    assert not any("click==8.1.7" in message for message in told.messages)


def test_an_environment_of_the_oldest_python(cache: EnvironmentCache) -> None:
    oldest = next(iter(interpreters.found()))
    built = prepare(cache, spec(python=f"=={oldest}.*"))
    told = subprocess.run(
        [built.python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == oldest


def test_wheels_for_newer_pythons_alone_do_not_keep_the_oldest_from_the_index(
    cache: EnvironmentCache, wheelhouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a fresh machine: the packaged wheels serve CPython 3.10 and later, and uv has remembered nothing."""
    newer = tmp_path / "wheelhouse"
    shutil.copytree(wheelhouse, newer)
    with zipfile.ZipFile(newer / "h11-99.0-py3-none-any.whl", "w") as wheel:
        for name, text in {
            "METADATA": "Metadata-Version: 2.1\nName: h11\nVersion: 99.0\nRequires-Python: >=3.99\n",
            "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "RECORD": "",
        }.items():
            wheel.writestr(f"h11-99.0.dist-info/{name}", text)
    monkeypatch.setenv(VARIABLE, str(newer))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    oldest = next(iter(interpreters.found()))
    assert "h11==" in (prepare(cache, spec(python=f"=={oldest}.*")).folder / LOCK_FILE).read_text()


def test_a_disk_too_small_for_the_packages(
    tmp_path: Path, wheelhouse: Path, monkeypatch: pytest.MonkeyPatch, require: Callable[[object, str], None]
) -> None:
    monkeypatch.setenv(VARIABLE, str(wheelhouse))
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
    done = subprocess.run(mount, capture_output=True, check=False) if shutil.which("mount") else None
    require(done is not None and done.returncode == 0, "the right to mount a tmpfs (root)")
    try:
        small = EnvironmentCache(disk / "environments", EnvironmentSettings())
        assert refusal(small, spec("numpy")).code == "disk-full"
        assert [entry for entry in small.root.iterdir() if entry.name.startswith(".building")] == []
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.chance
@pytest.mark.parametrize(
    "moment",
    [
        0.15,
        *(pytest.param(each, marks=pytest.mark.long("the same cancel at another moment")) for each in (0.05, 0.3, 1.0)),
    ],
)
def test_cancel_ends_uv_and_leaves_nothing(cache: EnvironmentCache, moment: float) -> None:
    cancel = CancelToken()
    threading.Timer(moment, cancel.cancel).start()
    with pytest.raises(ScoredockError) as cancelled:
        # Source distributions that are slow to ask for their needs, so that the cancel always comes in time.
        prepare(cache, spec("tensorflow", "pyspark", "dask[complete]", "apache-airflow"), cancel=cancel)
    assert cancelled.value.code == "cancelled"
    left = [process for process in psutil.Process().children(recursive=True) if "uv" in process.name()]
    assert left == []
    assert prepare(cache, spec()).python.is_file()


@pytest.mark.chance
def test_two_processes_make_one_environment(cache: EnvironmentCache) -> None:
    code = f"""
        from pathlib import Path
        from scoredock.environments.cache import EnvironmentCache
        from scoredock.environments.resolve import EnvironmentSettings
        from scoredock.environments.spec import EnvironmentSpec
        from scoredock.progress import CancelToken, Silent
        cache = EnvironmentCache(Path({str(cache.root)!r}), EnvironmentSettings())
        print(cache.prepare(EnvironmentSpec(None, ("six",), "default", "d"), Silent(), CancelToken()).created)
    """
    processes = [
        subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    created = {process.communicate(timeout=60)[0] for process in processes}
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(created) == 1


@pytest.mark.chance
def test_a_killed_builder_leaves_nothing_that_is_used(cache: EnvironmentCache) -> None:
    cache.root.mkdir(parents=True)
    code = f"""
        from pathlib import Path
        from scoredock.environments.cache import EnvironmentCache
        from scoredock.environments.resolve import EnvironmentSettings
        from scoredock.environments.spec import EnvironmentSpec
        from scoredock.progress import CancelToken, Silent
        import importlib, os, signal
        importlib.import_module("scoredock.environments.build")._prove = lambda *told: os.kill(os.getpid(), signal.SIGKILL)
        cache = EnvironmentCache(Path({str(cache.root)!r}), EnvironmentSettings())
        cache.prepare(EnvironmentSpec(None, (), "/p/requirements.txt", "test"), Silent(), CancelToken())
    """  # noqa: E501 (a text that would change if it were wrapped)
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert list(cache.root.glob(".building-*"))
    assert cache.sweep() == 1
    assert list(cache.root.glob(".building-*")) == []
    assert prepare(cache, spec()).python.is_file()


def test_building_leaves_what_is_being_built_beside_it(cache: EnvironmentCache) -> None:
    beside, abandoned = cache.root / ".building-beside-1", cache.root / ".building-abandoned-1"
    for folder in (beside, abandoned, cache.root / ".locks"):
        folder.mkdir(parents=True)
    with FileLock(cache.root / ".locks" / "beside.lock"):  # its builder has that, however long it takes
        days_ago = time.time() - 2 * 86_400
        os.utime(beside, (days_ago, days_ago))
        prepare(cache, spec())
    assert beside.is_dir()
    assert not abandoned.exists()
    beside.rmdir()


def test_a_changed_runtime_makes_a_new_environment(
    cache: EnvironmentCache, tmp_path: Path, wheelhouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = prepare(cache, spec())
    other = tmp_path / "other-wheels"
    shutil.copytree(wheelhouse, other)
    (wheel,) = other.glob("scoredock_runtime-*.whl")
    import zipfile

    with zipfile.ZipFile(wheel, "a") as archive:
        archive.comment = b"changed"
    monkeypatch.setenv("SCOREDOCK_WHEELHOUSE", str(other))
    assert prepare(cache, spec()).key != first.key


def test_a_missing_wheelhouse_says_so(cache: EnvironmentCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOREDOCK_WHEELHOUSE", str(tmp_path / "gone"))
    with pytest.raises(ScoredockError) as missing:
        prepare(cache, spec())
    assert missing.value.code == "runtime-missing"


@pytest.mark.long("conftest.py builds the wheel of every test here from the checkout in the same way")
def test_without_a_wheelhouse_the_checkout_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCOREDOCK_WHEELHOUSE", raising=False)
    built = prepare(EnvironmentCache(tmp_path / "environments", EnvironmentSettings()), spec())
    told = json.loads((built.folder / MARKER).read_text())
    assert told["key"] == built.key


CANARY = "import pathlib; pathlib.Path({!r}).write_text('it ran')\n"
BACKEND = """
import pathlib, zipfile
pathlib.Path({canary!r}).write_text("it ran")

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = "built-1.0-py3-none-any.whl"
    kind = "Wheel-Version: 1.0\\nGenerator: tests\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    with zipfile.ZipFile(pathlib.Path(wheel_directory) / name, "w") as archive:
        archive.writestr("built.py", "")
        archive.writestr("built-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: built\\nVersion: 1.0\\n")
        archive.writestr("built-1.0.dist-info/WHEEL", kind)
        archive.writestr("built-1.0.dist-info/RECORD", "")
    return name
"""


def test_a_wheel_is_unpacked_and_a_source_distribution_is_run(cache: EnvironmentCache, tmp_path: Path) -> None:
    """A package of strangers that is a wheel runs nothing before a script imports it; building one is running it."""
    canary = tmp_path / "canary"
    wheel = tmp_path / "unpacked-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("unpacked.py", CANARY.format(str(canary)))
        archive.writestr("setup.py", CANARY.format(str(canary)))
        archive.writestr("sitecustomize.py", CANARY.format(str(canary)))
        archive.writestr("unpacked.pth", CANARY.format(str(canary)))
        archive.writestr("unpacked-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: unpacked\nVersion: 1.0\n")
        archive.writestr(
            "unpacked-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr("unpacked-1.0.dist-info/RECORD", "")
    built = prepare(cache, spec(str(wheel)))
    assert not canary.exists()
    subprocess.run([built.python, "-I", "-S", "-c", f"import sys; sys.path.append({str(wheel)!r}); import unpacked"])
    assert canary.exists(), "the canary sings when it is run"
    canary.unlink()

    source = tmp_path / "built-1.0"
    source.mkdir()
    (source / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: built\nVersion: 1.0\n")
    (source / "backend.py").write_text(BACKEND.format(canary=str(canary)))
    (source / "pyproject.toml").write_text(
        '[project]\nname = "built"\nversion = "1.0"\n[build-system]\nrequires = []\nbuild-backend = "backend"\n'
        'backend-path = ["."]\n'
    )
    with tarfile.open(tmp_path / "built-1.0.tar.gz", "w:gz") as archive:
        archive.add(source, "built-1.0")
    prepare(cache, spec(str(tmp_path / "built-1.0.tar.gz")))
    assert canary.exists(), "the page says that it does"


SHOW_LOCAL = "import local_thing; print(local_thing.VALUE)"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A local package whose module holds a number."""
    package = tmp_path / "pkg"
    package.mkdir()
    (package / "pyproject.toml").write_text(
        '[project]\nname = "local-thing"\nversion = "1.0"\n[build-system]\nrequires = ["hatchling"]\nbuild-backend ='
        ' "hatchling.build"\n'
    )
    (package / "local_thing.py").write_text("VALUE = 1\n")
    return package


def test_a_local_package_that_changes_is_installed_again(cache: EnvironmentCache, package: Path) -> None:
    first = prepare(cache, spec(str(package)))
    assert subprocess.run([first.python, "-c", SHOW_LOCAL], capture_output=True, text=True, check=True).stdout == "1\n"
    (package / "local_thing.py").write_text("VALUE = 2\n")
    second = prepare(cache, spec(str(package)))
    assert second.key != first.key
    assert subprocess.run([second.python, "-c", SHOW_LOCAL], capture_output=True, text=True, check=True).stdout == "2\n"


@pytest.mark.long(
    "builds twice more; at the gate the test above installs a change, the one below notices it with extras"
)
def test_a_local_package_that_needs_more_is_installed_again(cache: EnvironmentCache, package: Path) -> None:
    first = prepare(cache, spec(str(package)))
    written = (package / "pyproject.toml").read_text()
    (package / "pyproject.toml").write_text(
        written.replace('version = "1.0"', 'version = "1.0"\ndependencies = ["iniconfig"]')
    )
    second = prepare(cache, spec(f"{package}[more]"))
    assert second.key != first.key
    subprocess.run([second.python, "-c", "import iniconfig"], check=True)
    (package / "local_thing.py").write_text("VALUE = 30\n")
    third = prepare(cache, spec(f"{package}[more]"))
    assert subprocess.run([third.python, "-c", SHOW_LOCAL], capture_output=True, text=True, check=True).stdout == "30\n"
    assert prepare(cache, spec(f"{package}[more]")).key == third.key, "what building writes is not counted"


@pytest.mark.parametrize(
    "line",
    [
        "{folder}",
        "{folder}[extra]",
        "{folder} ; python_version > '3'",
        "{address}",
        "local-thing @ {address}",
        "local-thing[extra] @ {address} ; python_version > '3'",
    ],
)
def test_a_changed_file_of_a_local_package_is_noticed(tmp_path: Path, line: str) -> None:
    folder = tmp_path / "my pkg"
    folder.mkdir()
    (folder / "setup.cfg").write_text("[metadata]\n")
    wanted = [line.format(folder=folder, address=folder.as_uri())]
    before = local_fingerprint(wanted)
    assert str(folder / "setup.cfg") in before
    (folder / "local_thing.egg-info").mkdir()
    (folder / "local_thing.egg-info" / "PKG-INFO").write_text("made")
    assert local_fingerprint(wanted) == before
    (folder / "table.json").write_text("{}")
    assert local_fingerprint(wanted) != before


def test_spark_is_part_of_what_an_environment_is(tmp_path: Path) -> None:
    keys = {
        resolve(
            replace(spec(), spark=spark), EnvironmentSettings(), runtime_source(), tmp_path, Silent(), CancelToken()
        ).key
        for spark in (None, SparkSpec(), SparkSpec(("a:b:1",)), SparkSpec((), ("a:b:1",)))
    }
    assert len(keys) == 4


@pytest.mark.long(
    "installs scikit-learn twice; test_a_default_pin_that_cannot_be_had_gives_way has the behaviour with a small"
    " package"
)
@pytest.mark.timeout(600)
def test_the_default_for_scikit_learn(cache: EnvironmentCache, told: Any) -> None:
    built = prepare(cache, for_model("ScikitLearn", "1.5.2"), told)
    shown = subprocess.run(
        [built.python, "-I", "-c", "import sklearn, pandas, joblib, numpy; print(sklearn.__version__)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == "1.5.2"
    old = prepare(cache, for_model("ScikitLearn", "0.20.0"), told)
    assert any("scikit-learn==0.20.0 is not available" in message for message in told.messages)
    assert "scikit-learn==" in (old.folder / LOCK_FILE).read_text()
