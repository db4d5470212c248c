"""`scoredock model compare` and `scoredock service profile|package|debug`, with a real service."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from cli.conftest import Terminal
from debugging.dap import Editor, debugger_python


def test_compare(terminal: Terminal) -> None:
    terminal.ok("model", "register", "model.bin", "-n", "five", "--tag", "area=one")
    (terminal.folder / "model.bin").write_bytes(b"123456")
    terminal.ok("model", "register", "model.bin", "-n", "five", "--tag", "area=two")
    told = terminal.json("model", "compare", "five:1", "five")
    assert (told["first"], told["second"]) == ("five:1", "five:2")
    differs = {each["what"]: (each["before"], each["after"]) for each in told["differences"]}
    assert list(differs) == ["digest", "size", "tag area", "file model.bin"]
    assert differs["tag area"] == ("one", "two")
    shown = terminal.ok("model", "compare", "five:1", "five:2").splitlines()
    assert shown[0].split() == ["five:1", "five:2"]
    assert ["tag", "area", "one", "two"] in [line.split() for line in shown]
    assert terminal.ok("model", "compare", "five:2", "five") == "five:2 and five:2 do not differ\n"
    assert terminal.refused("model", "compare", "five:1", "six")["code"] == "model-not-found"


def test_profile_package_debug(terminal: Terminal, tmp_path: Path) -> None:
    terminal.ok("service", "deploy", "adder", "--entry-script", "score.py")
    (terminal.folder / "rows.txt").write_text('{"data": [1]}\n{"data": [2]}\n')
    told = terminal.json("service", "profile", "adder", "--rows", "rows.txt", "--requests", "20")
    assert (told["totalQueries"], told["successRate"]) == (20, 100.0)
    shown = terminal.ok("service", "profile", "adder", "--rows", "rows.txt", "--requests", "5")
    assert "5, 100 % successful" in shown
    assert "recommended memory" in shown
    assert terminal.refused("service", "profile", "adder", "--requests", "0")["code"] == "profile-input-invalid"

    shown = terminal.ok("service", "package", "adder", "--output-path", "image", "--base-image", "python:3.12-slim")
    assert "docker build --tag adder:1 ." in shown
    assert (terminal.folder / "image" / "Dockerfile").read_text().splitlines()[1] == "FROM python:3.12-slim"
    assert terminal.refused("service", "package", "adder", "-o", "image")["code"] == "package-target-not-empty"
    assert terminal.refused("service", "package", "adder", code=2)["code"] == "usage"

    with Editor(debugger_python(terminal.home)) as editor:
        editor.listen([{"localRoot": str(terminal.folder), "remoteRoot": "."}])
        command = [sys.executable, "-m", "scoredock.cli", "service", "debug", "adder", "--port", str(editor.port)]
        debugging = subprocess.Popen(
            command, cwd=terminal.folder, env=terminal.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        assert editor.begin({terminal.folder / "score.py": [9]}) == {terminal.folder / "score.py": [True]}
        out, complaints = debugging.communicate(timeout=60)
        assert debugging.returncode == 0, complaints
        assert f"port {editor.port}" in out
        assert json.dumps([{"localRoot": str(terminal.folder), "remoteRoot": "."}]) in complaints
        editor.disconnect()
    assert terminal.refused("service", "debug", "adder", "--port", "70000")["code"] == "port-invalid"
    assert terminal.json("service", "restart", "adder")["state"] == "Healthy"
