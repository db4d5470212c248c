"""A command that resolves or builds an environment is killed while it has something temporary for packages of one kind:
after the next command nothing of it is there."""

from __future__ import annotations

import os
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

import pytest
from scoredock.environments.pip.wheelhouse import VARIABLE, runtime_source
from scoredock.progress import CancelToken, Silent

import at_a_folder
from cli.conftest import Terminal
from conda_channel import with_python
from depth import rounds
from package_index import Release, index_of, write_wheel
from parts import missing

pytestmark = [pytest.mark.chance, pytest.mark.skipif(os.name != "posix", reason="no SIGKILL")]

OF_ITS_TIME = Release("old", requires=("needed (>=2011k)",))
"""Bounds as they were written before PEP 440."""
BUILD, SUGGEST = ("environment", "build", "own"), ("environment", "suggest", "own.txt")
TRY = ("try", "score.py", "--cf", "own.txt", "--no-models")


def own(terminal: Terminal, text: str, name: str = "own.txt") -> None:
    (terminal.folder / name).write_text(text)
    terminal.ok("environment", "register", name, "--name", "own")


def with_index(terminal: Terminal, stack: ExitStack, *releases: Release) -> None:
    """One that has no packages but these, `needed` and what the scoring runtime needs."""
    folder = terminal.folder / "index"
    few = (Release("h11", "0.16.0"), Release("needed", "2026.6"), *releases)
    index = stack.enter_context(index_of(folder, few))
    terminal.env |= {"UV_DEFAULT_INDEX": f"http://{index.address}/simple", "UV_CACHE_DIR": str(folder / "uv")}


def of_an_old_release(terminal: Terminal, stack: ExitStack) -> tuple[str, ...]:
    with_index(terminal, stack, OF_ITS_TIME)
    own(terminal, "old\n")
    return BUILD


def of_a_wheel_here(terminal: Terminal, _: ExitStack) -> tuple[str, ...]:
    wheel = write_wheel(terminal.folder / "wheels", "only-here", body="#" * 3_000_000)
    (terminal.folder / "own.txt").write_text(f"./wheels/{wheel.name}\n")
    return TRY


def of_an_old_archive(terminal: Terminal, _: ExitStack) -> tuple[str, ...]:
    """Whose requirements the build tools of today refuse."""
    if sys.version_info >= (3, 12):
        missing("a Python in which the build tools of 2016 start", "old-python")
    setup = "from setuptools import setup\nsetup(name='scoredock-old-source', version='1.0', py_modules=['old_source'],"
    about = "Metadata-Version: 1.1\nName: scoredock-old-source\nVersion: 1.0\n"
    texts = {"setup.py": f"{setup} install_requires=['six>=1.0.x'])\n", "PKG-INFO": about, "old_source.py": ""}
    with tarfile.open(terminal.folder / "scoredock-old-source-1.0.tar.gz", "w:gz") as target:
        for name, text in texts.items():
            member = tarfile.TarInfo(f"scoredock-old-source-1.0/{name}")
            member.size = len(text)
            target.addfile(member, BytesIO(text.encode()))
    terminal.env |= {"UV_FIND_LINKS": str(terminal.folder)}
    own(terminal, "scoredock-old-source\n")
    return BUILD


def of_conda(terminal: Terminal, _: ExitStack) -> tuple[str, ...]:
    channel = with_python(terminal.folder / "channel")
    terminal.env |= {"RATTLER_CACHE_DIR": str(terminal.folder / "unpacked")}
    channels = f"channels: [{channel.url}]\ndependencies: [greeting=1.2, ffmpeg, pip: [azureml-defaults]]\n"
    own(terminal, f"name: own\n{channels}", "own.yml")
    return BUILD


def to_be_tried(terminal: Terminal, stack: ExitStack) -> tuple[str, ...]:
    with_index(terminal, stack, Release("parts", "2.0"))
    (terminal.folder / "own.txt").write_text("parts==1.0\n")
    return SUGGEST


CASES: dict[str, Callable[[Terminal, ExitStack], tuple[str, ...]]] = {
    "metadata": of_an_old_release,
    "settings": of_an_old_release,
    "copy": of_a_wheel_here,
    "build": of_an_old_archive,
    "conda": of_conda,
    "conda.building": of_conda,
    "trial": to_be_tried,
}
"""How the name of the folder begins, and what makes a command have one."""


@pytest.fixture(scope="module")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runtime's wheel, where a person's index does not have it."""
    return runtime_source().wheel(tmp_path_factory.mktemp("wheels"), Silent(), CancelToken()).parent


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.mark.parametrize("number", range(rounds(gate=1, long=10)))
@pytest.mark.parametrize("purpose", CASES)
def test_nothing_is_left_of_packages_of_any_kind(
    terminal: Terminal, stack: ExitStack, wheelhouse: Path, tmp_path: Path, purpose: str, number: int
) -> None:
    at_a_folder.with_own_folders(terminal, tmp_path)
    terminal.env |= {VARIABLE: str(wheelhouse)}
    at_a_folder.require_nothing_left(terminal, purpose, number, CASES[purpose](terminal, stack))
