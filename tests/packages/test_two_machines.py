"""The same image from two machines that differ in whatever machines differ in."""

from __future__ import annotations

import hashlib
import io
import json
import random
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import depth
from bare_root import SERVER, BareRoot
from packages.test_without_docker import CONDA, SCRIPT, base, blob, manifest_of  # noqa: F401 (a fixture)

PROGRAM = b"#!/bin/sh\nexec true\n"
FILES = {
    "score.py": SCRIPT.encode(),
    "conda.yml": CONDA.encode(),
    "factor.txt": b"10",
    "data/a.csv": b"1,2\n",
    "data/deeper/ü.txt": b"text",
    "run.sh": PROGRAM,
    "README.md": b"# A project\n",
    ".env": b"TOKEN=canary-3391",
}


def write_project(folder: Path, names: Sequence[str], mode: int) -> Path:
    """The same files, in an order of their own, with modes as a file system without modes gives them."""
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(FILES[name])
        file.chmod(mode)
    return folder


@contextmanager
def memory_disk(folder: Path) -> Iterator[Path]:
    """A tmpfs, which lists names in the order in which they came, and the newest first."""
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def copied_server(folder: Path, mode: int) -> Path:
    """Scoredock at another place, its files in another order and with other modes."""
    paths = [*(SERVER / "scoredock").rglob("*"), *(SERVER / "runtime").rglob("*")]
    for each in reversed([path for path in paths if path.is_file() and "__pycache__" not in path.parts]):
        target = folder / each.relative_to(SERVER)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(each, target)
        target.chmod(mode)
    return folder


def package(root: BareRoot, project: Path, base: Path, layout: Path, *more: str) -> dict[str, Any]:  # noqa: F811
    """What is said of the image in the layout."""
    registered = root.scoredock("model", "register", "factor.txt", "--name", "factor", cwd=project)
    assert registered.returncode == 0, registered.stderr
    deploy = ("--entry-script", "score.py", "--source-directory", ".", "--environment-file", "conda.yml")
    where = ("--model", "factor:1", "--base", f"archive:{base}", "--to", f"oci:{layout}", "--json")
    done = root.scoredock("package", "create", *deploy, *where, *more, cwd=project)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def members_of(layout: Path) -> set[tuple[object, ...]]:
    """All files of all layers, with what a tar says of them."""
    return {
        (each.name, oct(each.mode), each.uid, each.gid, each.mtime, each.linkname, digest_of(tar, each))
        for layer in manifest_of(layout)["layers"]
        for tar in [tarfile.open(fileobj=io.BytesIO(blob(layout, layer["digest"])))]
        for each in tar
    }


def digest_of(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    return hashlib.sha256(tar.extractfile(member).read()).hexdigest()[:8] if member.isfile() else ""  # type: ignore[union-attr]


def differences(one: Path, other: Path) -> list[object]:
    """For the message when they are not equal: files and configurations that differ."""
    first, second = manifest_of(one), manifest_of(other)
    configs = [
        json.loads(blob(*each)) for each in ((one, first["config"]["digest"]), (other, second["config"]["digest"]))
    ]
    return [*sorted(members_of(one) ^ members_of(other), key=str), [] if configs[0] == configs[1] else configs]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, base: Path) -> tuple[dict[str, Any], Path]:  # noqa: F811
    """The image of a plain machine, and its layout."""
    folder = tmp_path_factory.mktemp("plain")
    project = write_project(folder / "project", sorted(FILES), 0o644)
    (folder / "home").mkdir()
    return package(BareRoot(folder / "home"), project, base, folder / "layout"), folder / "layout"


CLOCKS = ("+3d", "-2d", "+17h")
LOCALES = ({"LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Tokyo"}, {"LC_ALL": "C", "TZ": "America/St_Johns"}, {"LANG": "tr_TR"})


@pytest.mark.parametrize("turn", range(depth.rounds(gate=1, long=20)))
def test_two_machines_make_one_manifest(
    turn: int,
    first: tuple[dict[str, Any], Path],
    base: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    """Account, umask, clock, locale, seed of hashes, place of Scoredock, home, scratch and project, modes of all files
    and the order of names in folders are others. Seen to fail with each of: modes of the disk in `CodeEntry` and in
    `package_layer`, the time and the account in `_header`, names as `os.scandir` gives them.
    """
    chance = random.Random(f"{depth.SEED}-{turn}")
    made, layout = first
    mode = chance.choice((0o600, 0o777, 0o640, 0o755))
    with memory_disk(tmp_path / "memory") as disk:
        disk.chmod(0o777)
        names = chance.sample(sorted(FILES), len(FILES))
        project = write_project(disk / "Anna Ö" / "project", names, mode)
        home, scratch = disk / "home of anna", disk / "scratch"
        home.mkdir()
        scratch.mkdir()
        root = BareRoot(
            home,
            account=chance.randrange(1000, 60_000),
            umask=chance.choice((0o077, 0o002, 0o027)),
            clock=chance.choice(CLOCKS),
            server=copied_server(disk / "elsewhere" / "server", mode),
            variables={
                **chance.choice(LOCALES),
                "PYTHONHASHSEED": str(chance.randrange(1, 1000)),
                "TMPDIR": str(scratch),
            },
        )
        seen = root.run("sh", "-c", f"id -u; umask; ls {SERVER}", cwd=project).stdout.split()
        assert seen == [str(root.account), f"{root.umask:04o}"], "what this test is about is so"
        elsewhere = shutil.copyfile(base, disk / "base.tar")
        other = package(root, project, elsewhere, disk / "layout")
        assert other["digest"] == made["digest"], differences(layout, disk / "layout")
        assert manifest_of(disk / "layout") == manifest_of(layout)
