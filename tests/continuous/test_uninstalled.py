"""What is left when the extension was uninstalled is named in the data folders, with what takes it away."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from continuous.conftest import Project
from continuous.test_unattended import Crontab, attended, crontab, former_line, homes, release, start_line

__all__ = ["crontab", "homes"]
ROOT = Path(__file__).resolve().parents[2]
NOTE = "LEFT-AFTER-UNINSTALL.txt"


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the extension, as VS Code unpacks it."""
    words = ["node", str(ROOT / "scripts" / "package.mjs")]
    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    folder = tmp_path_factory.mktemp("vsix")
    with zipfile.ZipFile(done.stdout.strip().splitlines()[-1].split("] ", 1)[-1]) as archive:
        names = [each for each in archive.namelist() if not each.startswith("extension/server/")]
        archive.extractall(folder, names)
    return folder / "extension"


def uninstall(packaged: Path, variables: dict[str, str]) -> str:
    """Runs what package.json names, as VS Code does: by Node, with nothing else of the extension."""
    program, *words = json.loads((packaged / "package.json").read_text())["scripts"]["vscode:uninstall"].split()
    node = shutil.which(program)
    assert node is not None
    done = subprocess.run(
        [node, *words], cwd=packaged, env=variables, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
    return done.stdout


def commands_in(text: str) -> list[str]:
    return [line.partition(": ")[2] for line in text.splitlines() if line.startswith("  To take it away: ")]


@pytest.mark.skipif(os.name == "nt", reason="cron and systemd")
def test_what_is_installed_is_named_with_what_takes_it_away(
    packaged: Path, homes: tuple[Project, Project], crontab: Crontab, tmp_path: Path
) -> None:
    one, two = homes
    variables = {**one.environment, "HOME": str(tmp_path / "nobody"), "LC_ALL": "C.UTF-8"}
    crontab.write("0 1 * * * mine\n")
    assert uninstall(packaged, variables) == ""
    one.json("workspace", "install", "--as", "cron")
    two.json("workspace", "install", "--as", "systemd")
    text = uninstall(packaged, variables)
    assert [(each.home / NOTE).is_file() for each in homes] == [True, True]
    assert not (tmp_path / "nobody").exists()
    (of_cron,) = commands_in((one.home / NOTE).read_text())
    (of_unit,) = commands_in((two.home / NOTE).read_text())
    assert commands_in(text) == [of_cron, of_unit]
    # The commands do what they say, and no more.
    for command in (of_cron, of_unit):
        subprocess.run(["/bin/sh", "-c", command], env=one.environment, capture_output=True, check=True)
    assert crontab.lines == ["0 1 * * * mine"]
    assert (attended(one), attended(two)) == ("", "")


@pytest.mark.skipif(os.name == "nt", reason="cron")
def test_a_line_of_the_release_before_is_named_in_the_language_of_the_account(
    packaged: Path, homes: tuple[Project, Project], crontab: Crontab
) -> None:
    one, _ = homes
    crontab.write(f"{former_line(one)}\n# {former_line(one)}\n")
    text = uninstall(packaged, {**one.environment, "LC_ALL": "zh_CN.UTF-8"})
    assert (text.count(former_line(one)), "已卸载" in text) == (1, True)
    assert (one.home / NOTE).read_text() == text


@pytest.mark.skipif(os.name == "nt", reason="cron")
def test_the_launcher_says_it_once_and_forgets_it_when_a_program_is_back(
    homes: tuple[Project, Project], crontab: Crontab, tmp_path: Path
) -> None:
    project, _ = homes
    program = release(tmp_path / "0.1.0")
    words = [str(program), "workspace", "install", "--as", "cron"]
    subprocess.run(words, env=project.environment, check=True, capture_output=True)
    shutil.rmtree(tmp_path / "0.1.0")
    (line,) = crontab.lines
    log, note = project.workspace / "unattended" / "run.log", project.home / NOTE
    assert start_line(line).returncode == 69
    text = note.read_text()
    assert (log.read_text() == text, "crontab -e" in text, note.stat().st_mode & 0o077) == (True, True, 0)
    os.utime(note, (0, 0))
    assert start_line(line).returncode == 69
    # Not written again: it says since when.
    assert (log.read_text(), note.stat().st_mtime) == (text, 0)
    # A data folder that takes nothing.
    note.unlink()
    note.mkdir()
    assert start_line(line).returncode == 69
    assert "crontab -e" in log.read_text()
    note.rmdir()
    note.write_text(text)
    project.json("rule", "list")
    assert not note.exists()
    assert shlex.quote(sys.executable) in (project.home / "unattended" / "start").read_text()
