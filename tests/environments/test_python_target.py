"""Which Python versions of packages are looked for, in containers."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from packaging.requirements import Requirement
from scoredock.environments.spec import from_requirements
from scoredock.environments.versions.nearest import names_of
from scoredock.environments.versions.python_target import PythonTarget, in_containers
from scoredock.errors import ScoredockError
from scoredock.images.base_images import VERSIONS

OWN = "{}.{}".format(*sys.version_info[:2])
LINUX = "x86_64-manylinux_2_28"


@pytest.mark.parametrize(
    ("asked", "versions", "chosen", "told"),
    [
        (None, VERSIONS, OWN, ""),
        ("==3.9.*", VERSIONS, "3.9", ""),
        (">=3.9,<3.11", VERSIONS, "3.10", ""),
        (
            "==3.6.*",
            VERSIONS,
            "3.9",
            "Python 3.6 is out of support; these versions are for a supported one.",
        ),
        ("<3.8", VERSIONS, "3.9", "No base image has Python <3.8."),
        ("==3.99.*", VERSIONS, "3.14", "No base image has Python 3.99."),
        ("==3.8.*", ("3.11.2", "3.8.10"), "3.11.2", "Python 3.8 is out of support"),
        ("==3.8.*", ("3.11.2",), "3.11.2", "Python 3.8 is out of support"),
        (">=3.7", ("3.11.2", "3.8.10"), "3.11.2", ""),
        ("==3.12.*", ("3.8.10",), "3.8.10", "No base image has Python 3.12."),
        ("==3.11.*", ("3.11.2",), "3.11.2", ""),
        ("==3.11.4", ("3.11.2",), "3.11.2", "No base image has Python ==3.11.4."),
    ],
)
def test_the_python_of_a_container(asked: str | None, versions: tuple[str, ...], chosen: str, told: str) -> None:
    spec = replace(from_requirements(("six",), "/p/requirements.txt", "test"), python=asked)
    target, missing = in_containers(spec, versions, LINUX)
    assert target.version == chosen
    assert target.options == ("--python-version", chosen, "--python-platform", LINUX)
    assert (missing.reason if missing is not None else "").startswith(told)
    assert bool(missing) == bool(told)


def test_an_image_without_a_python() -> None:
    with pytest.raises(ScoredockError) as refused:
        in_containers(from_requirements(("six",), "/p/requirements.txt", "test"), ("2.7.18",), LINUX)
    assert refused.value.code == "python-not-found"


def test_conditions_of_requirements_are_those_of_the_python_that_is_looked_for() -> None:
    lines = (
        "one; python_version < '3.10'",
        "two; sys_platform == 'linux'",
        "three; python_full_version >= '3.10'",
        "four",
    )
    assert [Requirement(line).name for line in lines] == ["one", "two", "three", "four"]
    assert names_of(lines, PythonTarget("3.9", (), linux=True)) == ("one", "two", "four")
    assert names_of(lines, PythonTarget("3.12.1", (), linux=True)) == ("two", "three", "four")
