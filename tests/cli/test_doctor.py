"""`scoredock doctor`: whatever is broken on this computer, a report says so and what to do about it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Terminal

ROWS = ["python", "installer", "runtime", "conda", "docker", "ports", "disk", "permissions", "data", "workspaces"]


@pytest.fixture(autouse=True)
def small_cache(terminal: Terminal, tmp_path: Path) -> None:
    """Nobody waits until the cache of whoever runs the tests is counted."""
    terminal.env["UV_CACHE_DIR"] = str(tmp_path / "uv-cache")


def report(terminal: Terminal, *words: str, code: int | None = None) -> dict[str, Any]:
    """What the doctor says, by row; everything else beside it."""
    done = terminal.run("doctor", "--json", *words)
    found: dict[str, Any] = json.loads(done.stdout)
    broken = any(row["state"] == "broken" for row in found["rows"])
    assert done.returncode == (int(broken) if code is None else code), done.stderr
    assert sorted(row["id"] for row in found["rows"]) == sorted(ROWS)
    assert [row["state"] for row in found["rows"]] == sorted(
        (row["state"] for row in found["rows"]), key=["broken", "attention", "fine", "unused"].index
    ), "what is wrong comes first"
    for row in found["rows"]:
        assert row["sentence"].endswith("."), row
        assert row["state"] in ("fine", "unused") or row["fix"], row
    return {row["id"]: row for row in found["rows"]} | {"text": found["text"], "about": found["about"]}


def test_an_ordinary_computer(terminal: Terminal) -> None:
    terminal.ok("workspace", "list")
    found = report(terminal)
    version = ".".join(map(str, sys.version_info[:3]))
    assert found["python"]["sentence"].startswith(f"CPython {version}, which is supported")
    assert {found[name]["state"] for name in ("python", "installer", "runtime", "permissions", "workspaces")} == {
        "fine"
    }
    assert str(terminal.home) in found["data"]["sentence"]
    assert "Uninstalling the extension does not touch this folder" in found["data"]["facts"][-1]
    assert version in found["about"]


def test_nothing_is_made_by_looking(terminal: Terminal) -> None:
    report(terminal)
    assert not terminal.home.exists()


def test_the_text_has_no_home_folder_and_no_password(terminal: Terminal, tmp_path: Path) -> None:
    person = tmp_path / "ada"
    person.mkdir()
    terminal.home = person / "data"
    terminal.env |= {
        "HOME": str(person),
        "USERPROFILE": str(person),
        "DOCKER_HOST": "tcp://ada:s3cret@127.0.0.1:9",
    }
    terminal.ok("workspace", "list")
    text = terminal.run("doctor").stdout
    assert "Data folder" in text
    assert f"~{os.sep}data" in text
    assert str(person) not in text
    assert "s3cret" not in text


def test_a_docker_that_nothing_needs_is_no_fault(terminal: Terminal) -> None:
    terminal.env |= {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
    terminal.ok("workspace", "list")
    found = report(terminal)
    row = found["docker"]
    assert (row["state"], row["fix"]) == ("unused", "")
    assert "Nothing here needs it: services run as processes." in row["sentence"]
    assert {action["command"] for action in row["actions"]} >= {"scoredock.checkComputer"}
    assert "not used   Docker" in found["text"]


def test_a_docker_that_is_needed_and_does_not_answer(terminal: Terminal) -> None:
    terminal.env |= {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
    terminal.ok("workspace", "engine", "docker")
    row = report(terminal)["docker"]
    assert (row["state"], bool(row["fix"])) == ("broken", True)
    assert "Services run as processes without it." in row["sentence"]
    assert row["facts"] == ["workspace local: containers stand for ACI and AKS"]
    assert {action["command"] for action in row["actions"]} >= {"scoredock.checkComputer"}


def test_without_uv(terminal: Terminal, tmp_path: Path) -> None:
    shadow = tmp_path / "shadow" / "uv"
    shadow.mkdir(parents=True)
    (shadow / "__init__.py").write_text("def find_uv_bin():\n    raise FileNotFoundError('uv')\n")
    terminal.env["PYTHONPATH"] = str(shadow.parent)
    terminal.ordinary = True
    row = report(terminal, code=1)["installer"]
    assert (row["state"], "was not found" in row["sentence"]) == ("broken", True)


def test_a_python_that_the_settings_name_and_nobody_has(terminal: Terminal) -> None:
    terminal.env |= {"SCOREDOCK_PYTHON": "/nowhere/python3"}
    row = report(terminal, code=1)["python"]
    assert "/nowhere/python3, which does not exist" in row["sentence"]
    assert row["actions"][0]["arguments"] == ["scoredock.environment.interpreter"]


@pytest.mark.skipif(os.name == "nt", reason="folders of a profile are private by inheritance")
def test_a_data_folder_that_others_can_change_is_made_private(terminal: Terminal) -> None:
    terminal.ok("workspace", "list")
    terminal.home.chmod(0o777)
    row = report(terminal)["permissions"]
    assert row["state"] == "attention"
    assert "can be changed by every account" in row["sentence"]
    assert row["actions"][0]["terminal"] == "scoredock doctor --repair permissions"

    assert "Now only this account can change" in terminal.ok("doctor", "--repair", "permissions")
    assert terminal.home.stat().st_mode & 0o022 == 0
    assert report(terminal)["permissions"]["state"] == "fine"


@pytest.mark.skipif(os.name == "nt", reason="folders of a profile are private by inheritance")
@pytest.mark.parametrize("place", ["blobs/sha256/ab", "manifests/x"])
def test_what_verify_finds_open_to_others_the_doctor_finds_too(terminal: Terminal, place: str) -> None:
    terminal.ok("model", "list")
    folder = terminal.home / "workspaces" / "local" / place
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    assert terminal.run("workspace", "verify").returncode == 1
    row = report(terminal)["permissions"]
    assert row["state"] == "attention"
    assert row["actions"][0]["terminal"] == "scoredock doctor --repair permissions"
    terminal.ok("doctor", "--repair", "permissions")
    assert report(terminal)["permissions"]["state"] == "fine"
    terminal.ok("workspace", "verify")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="no file system that nobody can write to")
def test_a_data_folder_that_cannot_be_written(terminal: Terminal) -> None:
    terminal.home = Path("/proc/scoredock")
    found = report(terminal, code=1)
    assert found["permissions"]["state"] == "broken"
    assert "/proc cannot be written to" in found["permissions"]["sentence"]
    assert "scoredock.home" in found["permissions"]["actions"][0]["arguments"]


def test_a_data_folder_that_is_a_file(terminal: Terminal) -> None:
    terminal.home.write_text("no folder")
    found = report(terminal, code=1)
    assert {found[name]["state"] for name in ("permissions", "data")} == {"broken"}


def test_a_full_disk(terminal: Terminal, tmp_path: Path, require: Callable[..., None]) -> None:
    disk = tmp_path / "small"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)], check=False, capture_output=True
    )
    require(mounted.returncode == 0, "an account that may mount a small disk", "tools")
    try:
        with pytest.raises(OSError, match="space"):
            (disk / "filler").write_bytes(b"x" * (1 << 17))
        terminal.home = disk
        found = report(terminal, code=1)
        assert found["disk"]["state"] == "broken"
        assert "almost full" in found["disk"]["sentence"]
        assert found["permissions"]["state"] == "broken"
        assert found["permissions"]["fix"] == "Free some space on the disk."
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_damaged_workspace(terminal: Terminal) -> None:
    terminal.ok("model", "register", "model.bin", "--name", "kept")
    store = terminal.home / "workspaces" / "local" / "store.sqlite3"
    store.write_bytes(b"what was there before is gone")
    row = report(terminal, code=1)["workspaces"]
    assert row["state"] == "broken"
    assert row["facts"][0].startswith("local: ")
    assert row["actions"][0]["terminal"] == "scoredock workspace repair"

    terminal.ok("workspace", "repair")
    assert report(terminal)["workspaces"]["state"] == "fine"


def test_the_trash_is_counted(terminal: Terminal) -> None:
    (terminal.folder / "large.bin").write_bytes(os.urandom(1 << 20) * 60)
    terminal.ok("model", "register", "large.bin", "--name", "large")
    terminal.ok("model", "delete", "large:1")
    row = report(terminal)["data"]
    assert "of which 63 MB can be freed" in row["sentence"]
    assert "trash: 63 MB" in row["facts"]
    assert "scoredock model purge --all" in [action["terminal"] for action in row["actions"]]


def test_bytes_that_others_have_as_well_cannot_be_freed(terminal: Terminal) -> None:
    """Two versions of the same bytes are stored once, and bytes of a version that stays do not go."""
    (terminal.folder / "large.bin").write_bytes(os.urandom(1 << 20) * 60)
    for name in ("one", "two", "three"):
        terminal.ok("model", "register", "large.bin", "--name", name)
    terminal.ok("model", "delete", "one:1")
    terminal.ok("model", "delete", "two:1")
    assert "can be freed" not in report(terminal)["data"]["sentence"]
    terminal.ok("model", "delete", "three:1")
    assert "of which 63 MB can be freed" in report(terminal)["data"]["sentence"]


def test_everything_at_once(terminal: Terminal, tmp_path: Path) -> None:
    shadow = tmp_path / "shadow"
    for name in ("uv", "docker"):
        (shadow / name).mkdir(parents=True)
        (shadow / name / "__init__.py").write_text("raise ImportError('not here')\n")
    terminal.home = tmp_path / "file"
    terminal.home.write_text("")
    terminal.env |= {
        "PYTHONPATH": str(shadow),
        "SCOREDOCK_WHEELHOUSE": "/nowhere",
        "SCOREDOCK_PYTHON": "/nowhere/python3",
    }
    terminal.ordinary = True
    found = report(terminal, code=1)
    broken = {name for name in ROWS if found[name]["state"] == "broken"}
    assert broken >= {"python", "installer", "runtime", "permissions", "data"}
    assert found["docker"]["state"] != "fine"


def test_every_command_of_a_button_is_in_the_manifest() -> None:
    root = Path(__file__).resolve().parents[2]
    manifest = json.loads((root / "package.json").read_text())
    known = {each["command"] for each in manifest["contributes"]["commands"]}
    features = root / "pyserver" / "scoredock" / "features"
    text = "".join(path.read_text() for path in features.rglob("doctor*.py"))
    named = set(re.findall(r'Action\(\s*l10n\.t\("[^"]+"\),\s*"(scoredock\.\w+)"', text))
    assert len(named) >= 6
    assert named <= known
