"""Images whose packages are for a Python that cannot host the scoring runtime: two environments in one image."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from scoredock.containers.image_calls import look
from scoredock.environments.spec import ImageSpec
from scoredock.errors import ScoredockError
from scoredock.images.environment_images import trouble_in_image
from scoredock.images.old_python import is_old_alone, old_version
from scoredock.progress import CancelToken

import interpreters
from docker_daemon import base_with_old_python
from image_bench import Bench
from moved_python import version_of
from parts import missing


@pytest.mark.parametrize(
    ("specifier", "alone", "version"),
    [
        (None, False, "3.8"),
        ("==3.7.*", True, "3.7"),
        ("==3.6.2", True, "3.6"),
        (">=3.6,<3.9", True, "3.8"),
        (">=3.6", False, "3.8"),
        ("==3.5.*", False, ""),
        ("==3.9.*", False, ""),
    ],
)
def test_which_pythons_a_specifier_takes(specifier: str | None, alone: bool, version: str) -> None:
    assert (is_old_alone(specifier), old_version(specifier)) == (alone, version)


@pytest.fixture(scope="module")
def old(old_python: Path) -> Path:
    if not version_of(old_python):
        interpreters.no_cpython()
    return old_python


@pytest.mark.long("tests/deploy/test_docker_old_python.py has a container of an old Python")
@pytest.mark.docker
def test_an_image_says_which_python_serves_and_which_runs_the_script(bench: Bench, old: Path, tmp_path: Path) -> None:
    version = version_of(old)
    minor = ".".join(version.split(".")[:2])
    image = ImageSpec(base_image=base_with_old_python(old))
    spec = bench.spec("tabulate==0.8.10", python=f"=={minor}.*", image=image)
    built = bench.prepare(spec)
    assert (built.python_version, built.python) == (version, "/opt/scoredock/environment/bin/python")
    assert built.script_python == built.python
    assert built.server == "/opt/scoredock/server/bin/python"
    assert built.server_version.startswith("3.11.")
    found = look(bench.docker, built.id)
    assert found is not None
    assert found["Config"]["Cmd"][0] == built.server
    assert bench.images.existing(built.key) == built
    assert bench.images.find(spec) == built

    # It is tried in the script's Python: what is imported, and a pickle that only that one can load.
    own = tmp_path / "own.pkl"
    writes = "import pickle, sys; pickle.dump(sys.version_info[:2], open(sys.argv[1], 'wb'), 4)"
    subprocess.run([old, "-I", "-c", writes, own], check=True)
    newer = tmp_path / "newer.pkl"
    newer.write_bytes(b"\x80\x05N.")
    assert trouble_in_image(bench.docker, built, ["tabulate"], [own], CancelToken()) is None
    if minor in ("3.6", "3.7"):
        trouble = trouble_in_image(bench.docker, built, ["tabulate"], [newer], CancelToken())
        assert trouble is not None
        assert trouble.is_model
        assert "unsupported pickle protocol: 5" in trouble.why

    # One that a supported Python satisfies as well runs in that alone.
    wide = bench.prepare(replace(spec, python=f">={minor}"))
    assert wide.script_python == ""
    assert wide.server == wide.python
    assert wide.python_version.startswith("3.11.")


@pytest.mark.long("one more build in a container")
@pytest.mark.docker
def test_a_package_of_that_time_without_a_wheel(bench: Bench, old: Path) -> None:
    """Its sources have a setup.py alone, and the Python of the base image has no setuptools."""
    minor = ".".join(version_of(old).split(".")[:2])
    image = ImageSpec(base_image=base_with_old_python(old))
    built = bench.prepare(bench.spec("termcolor==1.1.0", python=f"=={minor}.*", image=image))
    assert trouble_in_image(bench.docker, built, ["termcolor"], [], CancelToken()) is None


@pytest.mark.long("one more build in a container")
@pytest.mark.docker
@pytest.mark.parametrize("lines", [("gym==0.21.0", "importlib-metadata<5"), ("pandas<0.25",)], ids=["archive", "wheel"])
def test_a_package_whose_requirements_newer_tools_refuse(bench: Bench, lines: tuple[str, ...]) -> None:
    python = interpreters.old().get("3.7")
    if python is None or python.name == "pypy3":
        missing("CPython 3.7", "old-python")
    image = ImageSpec(base_image=base_with_old_python(python))
    built = bench.prepare(bench.spec(*lines, python="==3.7.*", image=image))
    name = lines[0].partition("=")[0].partition("<")[0]
    found = trouble_in_image(bench.docker, built, [name], [], CancelToken())
    assert found is None, found


@pytest.mark.long("tests/deploy/test_docker_old_python.py has a container of an old Python")
@pytest.mark.docker
def test_a_person_s_own_packages_in_an_old_python(bench: Bench, old: Path) -> None:
    version = version_of(old)
    image = ImageSpec(base_image=base_with_old_python(old))
    interpreter = f"/usr/local/bin/python{'.'.join(version.split('.')[:2])}"
    spec = replace(bench.spec(image=image), user_managed=True, interpreter=interpreter)
    built = bench.prepare(spec)
    assert built.python_version == version
    assert built.script_python


@pytest.mark.docker
def test_a_python_before_3_6_is_refused(bench: Bench) -> None:
    with pytest.raises(ScoredockError) as refused:
        bench.prepare(bench.spec(python="==3.5.*"))
    assert refused.value.code == "image-python-missing"
    assert "has no Python ==3.5.*. Found: 3.11." in refused.value.message
