"""Packages that lie on this machine: built from a copy, kept by their bytes, and refused where they fit nothing."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from scoredock.environments.built import BuiltEnvironment
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.pip import locks
from scoredock.environments.pip.local_packages import local_place, placed
from scoredock.environments.python.interpreters import own_interpreter
from scoredock.environments.spec import EnvironmentSpec, from_requirements
from scoredock.errors import ScoredockError
from scoredock.images import wheels
from scoredock.progress import CancelToken, Silent

from cli.conftest import Terminal
from package_index import write_wheel

SETUP = """\
from pathlib import Path

from setuptools import Distribution, setup


class Compiled(Distribution):
    def has_ext_modules(self):
        return {compiled}


here = Path(__file__).parent
setup(
    name="private-part",
    version=(here / "VERSION").read_text().strip(),
    py_modules=["private_part"],
    distclass=Compiled,
    long_description=(here.parent / "README.md").read_text(),
)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A package whose version is not known before its setup.py was run, which reads a file above it."""
    return write_folder(tmp_path / "project" / "part")


def write_folder(folder: Path, value: str = "1", *, compiled: bool = False) -> Path:
    folder.mkdir(parents=True)
    (folder.parent / "README.md").write_text("# Private\n")
    (folder / "setup.py").write_text(SETUP.format(compiled=compiled))
    (folder / "VERSION").write_text("1.0\n")
    (folder / "private_part.py").write_text(f"VALUE = {value!r}\n")
    return folder


def wanted(*requirements: str, source: str = "/p/requirements.txt") -> EnvironmentSpec:
    return EnvironmentSpec(python=None, requirements=requirements, source=source, display_name="test")


def prepare(cache: EnvironmentCache, *requirements: str) -> BuiltEnvironment:
    return cache.prepare(wanted(*requirements), Silent(), CancelToken())


def value_of(built: BuiltEnvironment) -> str:
    program = "import private_part; print(private_part.VALUE)"
    return subprocess.run([built.python, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


def locked(built: BuiltEnvironment) -> tuple[Path, str]:
    """The file that the lock names for the package, and its digest there."""
    return file_in((built.folder / locks.HASHED_FILE).read_text())


def file_in(lock: str) -> tuple[Path, str]:
    ((line, hashes),) = (each for each in locks.entries(lock) if each[0].startswith("private-part"))
    place = local_place(line)
    assert place is not None
    assert hashes == (f"sha256:{hashlib.sha256(place.read_bytes()).hexdigest()}",)
    return place, hashes[0]


@contextmanager
def unchanged(folder: Path) -> Iterator[None]:
    """Nothing in or beside the folder is added, changed or removed."""

    def look() -> dict[str, tuple[int, int]]:
        return {str(each): (each.stat().st_mtime_ns, each.stat().st_size) for each in folder.parent.rglob("*")}

    before = look()
    yield
    assert look() == before


def test_building_a_folder_leaves_nothing_in_it_and_keeps_the_wheel(cache: EnvironmentCache, folder: Path) -> None:
    with unchanged(folder):
        built = prepare(cache, str(folder))
    assert value_of(built) == "1"
    wheel, _ = locked(built)
    assert wheel.name == "private_part-1.0-py3-none-any.whl"
    assert wheel.is_relative_to(cache.local_files)
    assert locks.is_complete((built.folder / locks.HASHED_FILE).read_text()), "all is checked while it is installed"


def test_equal_folders_have_one_wheel_and_changed_ones_others(cache: EnvironmentCache, tmp_path: Path) -> None:
    """Of one name and version, at two places: the bytes decide."""
    folders = [write_folder(tmp_path / name / "part", value) for name, value in zip("abc", "112", strict=True)]
    (folders[0] / "build" / "lib").mkdir(parents=True)
    (folders[0] / "build" / "lib" / "left_over.py").write_text("")
    built = [prepare(cache, str(each)) for each in folders]
    assert [value_of(each) for each in built] == ["1", "1", "2"]
    first, second, third = (locked(each) for each in built)
    assert first == second
    assert first[0].name == third[0].name
    assert first[1] != third[1]


def test_two_places_of_one_package_are_refused(cache: EnvironmentCache, tmp_path: Path) -> None:
    one, other = (write_wheel(tmp_path / name, "private-part", body=f"VALUE = {name!r}") for name in ("one", "other"))
    with pytest.raises(ScoredockError) as refused:
        prepare(cache, str(one), str(other))
    assert refused.value.code == "environment-requirement-unsatisfiable"
    assert "private-part" in refused.value.message
    assert one.as_uri() in refused.value.message
    assert other.as_uri() in refused.value.message


@pytest.mark.parametrize(
    "tag",
    ["cp27-cp27mu-linux_x86_64", "py3-none-win_amd64", "cp311-cp311-macosx_11_0_arm64"],
)
def test_a_wheel_of_another_python_or_system_is_refused_by_its_tags(
    cache: EnvironmentCache, tmp_path: Path, tag: str
) -> None:
    wheel = write_wheel(tmp_path, "private-part", tag=tag)
    with pytest.raises(ScoredockError) as refused:
        prepare(cache, str(wheel))
    assert refused.value.code == "environment-requirement-unsatisfiable"
    assert tag in refused.value.message
    assert f"cp{own_python()}-" in refused.value.message


def own_python() -> str:
    return "".join(own_interpreter().version.split(".")[:2])


def test_each_system_takes_the_wheel_that_its_marker_names(cache: EnvironmentCache, tmp_path: Path) -> None:
    elsewhere = write_wheel(tmp_path / "a", "private-part", tag="py3-none-win_amd64")
    here = write_wheel(tmp_path / "b", "private-part", body="VALUE = 'here'")
    built = prepare(
        cache,
        f"{elsewhere} ; sys_platform == 'win32'",
        f"{here} ; sys_platform != 'win32'",
    )
    assert value_of(built) == "here"


def test_what_a_folder_of_wheels_brings_is_kept_as_well(cache: EnvironmentCache, tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "wheels", "private-part", body="VALUE = 'linked'")
    lines = [placed(line, tmp_path) for line in ("--find-links wheels", "private-part")]
    spec = from_requirements(lines, str(tmp_path / "requirements.txt"), "test")
    built = cache.prepare(spec, Silent(), CancelToken())
    assert value_of(built) == "linked"
    assert locked(built)[0].read_bytes() == wheel.read_bytes()


def test_a_package_with_compiled_parts_goes_to_other_machines_as_its_source(
    cache: EnvironmentCache, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path / "project" / "part", compiled=True)
    with unchanged(folder):
        built = prepare(cache, str(folder))
        assert value_of(built) == "1"
        assert locked(built)[0].name.endswith(("linux_x86_64.whl", "linux_aarch64.whl"))
        progress, cancel = Silent(), CancelToken()
        wheel = cache.runtime_wheel(progress, cancel)
        target = wheels.Target("3.12.1", "x86_64-manylinux_2_28")
        asked = wheels.lock(
            wanted(str(folder)),
            target,
            wheel,
            cache.local_wheels,
            progress,
            cancel,
        )
    assert file_in(asked.hashed)[0].name == "private_part-1.0.tar.gz"


def test_a_build_that_fails_is_told_with_the_folder_and_not_with_its_copy(
    cache: EnvironmentCache, folder: Path, tmp_path: Path
) -> None:
    (folder / "setup.py").write_text("raise SystemExit('no such thing as ' + __file__)\n")
    with unchanged(folder), pytest.raises(ScoredockError) as refused:
        prepare(cache, str(folder))
    assert refused.value.code == "environment-build-failed"
    told = [refused.value.message, *refused.value.details["output"]]
    assert any(str(folder) in each for each in told)
    assert not [each for each in told if "scoredock-uv-" in each]


def test_a_build_that_fails_is_not_done_again(cache: EnvironmentCache, tmp_path: Path) -> None:
    folder = tmp_path / "links" / "broken-1.0"
    folder.mkdir(parents=True)
    (folder / "PKG-INFO").write_text("Metadata-Version: 1.2\nName: broken\nVersion: 1.0\n")
    (folder / "setup.py").write_text(
        "import sys\nfrom setuptools import setup\n"
        f"if 'bdist_wheel' in sys.argv:\n    open({str(tmp_path / 'builds')!r}, 'a').write('one\\n')\n"
        "    sys.exit('no such header')\nsetup(name='broken', version='1.0', py_modules=[])\n"
    )
    with tarfile.open(folder.parent / "broken-1.0.tar.gz", "w:gz") as archive:
        archive.add(folder, "broken-1.0")
    with pytest.raises(ScoredockError) as caught:
        prepare(cache, f"--find-links {folder.parent}", "broken==1.0")
    assert caught.value.code == "environment-build-failed"
    assert (tmp_path / "builds").read_text().splitlines() == ["one"]


def test_what_no_environment_names_is_removed_when_nobody_took_it_for_long(
    cache: EnvironmentCache, tmp_path: Path
) -> None:
    named, unnamed, fresh = (write_wheel(tmp_path / each, "private-part", body=f"# {each}") for each in "abc")
    files: dict[Any, Path] = {}
    for wheel in (named, unnamed, fresh):
        built = prepare(cache, str(wheel))
        files[wheel] = locked(built)[0]
        if wheel != named:
            cache.remove(built.key, ())
    long_ago = time.time() - 200 * 86_400
    for wheel in (named, unnamed):
        os.utime(files[wheel], (long_ago, long_ago))
    collected = cache.collect((), keep=[each.key for each in cache.list()])
    assert collected.keys == ()
    assert collected.bytes == unnamed.stat().st_size
    assert [files[each].exists() for each in (named, unnamed, fresh)] == [
        True,
        False,
        True,
    ]


def test_large_files_beside_a_package_are_not_copied_and_do_not_keep_it_from_being_built(
    cache: EnvironmentCache, folder: Path
) -> None:
    with (folder / "data.bin").open("wb") as stream:
        stream.truncate(40 << 20)
    with unchanged(folder):
        first = prepare(cache, str(folder))
    assert value_of(first) == "1"
    assert locked(first)[0].stat().st_size < 1 << 20


def test_a_service_starts_again_and_is_packaged_when_its_folder_is_gone(tmp_path: Path) -> None:
    """What was made of a package of this machine is kept; the folder is asked for again only where it is there."""
    terminal = Terminal(tmp_path / "home", tmp_path / "project")
    project = terminal.folder
    (project / "part").mkdir(parents=True)
    (project / "part" / "pyproject.toml").write_text(
        '[project]\nname = "lost-part"\nversion = "1.0"\n\n[build-system]\nrequires = ["setuptools"]\n'
        'build-backend = "setuptools.build_meta"\n\n[tool.setuptools]\npy-modules = ["lost_part"]\n'
    )
    (project / "part" / "lost_part.py").write_text("VALUE = 42\n")
    (project / "conda.yml").write_text("name: own\ndependencies:\n  - pip:\n    - azureml-defaults\n    - ./part\n")
    script = "import lost_part\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return lost_part.VALUE\n"
    (project / "score.py").write_text(script)
    terminal.ok("service", "deploy", "lost", "--es", "score.py", "--cf", "conda.yml")
    shutil.rmtree(project / "part")
    terminal.ok("service", "stop", "lost")
    terminal.ok("service", "start", "lost")
    assert terminal.ok("service", "call", "lost", "--data", "{}").strip() == "42"
    terminal.ok("package", "create", "--service", "lost", "-o", "out")
    assert [each.name for each in (project / "out" / "pip-packages").iterdir()] == ["lost_part-1.0-py3-none-any.whl"]
    terminal.ok("service", "delete", "lost")
