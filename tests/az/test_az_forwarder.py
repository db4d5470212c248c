"""`scoredock az install`: an `az` in front of PATH."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from cli.conftest import Terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a script of the Bourne shell")


def shell(terminal: Terminal, line: str, path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=terminal.folder,
        env={**terminal.environment(), "PATH": path},
        capture_output=True,
        text=True,
        timeout=100,
    )


def test_ml_comes_to_us_and_the_rest_goes_to_the_real_one(terminal: Terminal, tmp_path: Path) -> None:
    folder = terminal.json("az", "install", "--folder", "in front")["folder"]
    real = tmp_path / "real"
    real.mkdir()
    (real / "az").write_text('#!/bin/sh\necho "the real one: $*"\nexit 7\n')
    (real / "az").chmod(0o755)
    path = f"{folder}:{real}:/usr/bin:/bin"
    terminal.ok("model", "register", "model.bin", "-n", "five", "--tag", "build_id=7")
    line = "az ml model list --tag build_id=7 --query '[0].id' -o tsv > id.txt && cat id.txt"
    assert shell(terminal, line, path).stdout == "five:1\n"
    done = shell(terminal, "az account show --query id -o tsv", path)
    assert (done.stdout, done.returncode) == ("the real one: account show --query id -o tsv\n", 7)
    added = shell(terminal, "az extension add -n azure-cli-ml", path)
    assert (added.stdout, added.returncode) == ("", 0)
    wheel = shell(terminal, "az extension add --source https://a.net/azure_cli_ml-1.27.0-py3-none-any.whl --yes", path)
    assert (wheel.stdout, wheel.returncode) == ("", 0)
    assert wheel.stderr == added.stderr
    assert shell(terminal, "az extension add --source https://a.net/azure_cli-1.0-py3-none-any.whl", path).stdout
    assert shell(terminal, "az extension add -n other", path).returncode == 7
    alone = shell(terminal, "az login", f"{folder}:/usr/bin:/bin")
    assert alone.returncode == 1
    assert "[az-cli-missing]" in alone.stderr
    terminal.ok("az", "uninstall", "--folder", "in front")
    assert not Path(folder).exists()


def test_pipelines_get_it_in_front_of_their_path(terminal: Terminal) -> None:
    terminal.env["GITHUB_PATH"] = str(terminal.folder / "paths")
    folder = terminal.json("az", "install", "--github")["folder"]
    assert (terminal.folder / "paths").read_text() == f"{folder}\n"
    assert Path(folder, "az.cmd").read_bytes().count(b"\r\n") > 5
    assert terminal.ok("az", "install", "--azure-pipelines") == f"##vso[task.prependpath]{folder}\n"
    Path(folder, "az").write_text("#!/bin/sh\necho mine\n")
    assert terminal.refused("az", "install")["code"] == "az-not-ours"
    assert Path(folder, "az").read_text() == "#!/bin/sh\necho mine\n"


def test_the_batch_file_hands_arguments_on_as_they_came(terminal: Terminal) -> None:
    """What no Windows is needed for: `%*` stands outside of blocks and behind no `call`, where brackets, percent signs
    and carets of arguments would be read."""
    folder = Path(terminal.json("az", "install", "--folder", "50% of it")["folder"])
    text = (folder / "az.cmd").read_bytes().decode()
    lines = text.split("\r\n")
    handed = [line for line in lines if "%*" in line]
    assert len(handed) == 2
    assert "\n" not in text.replace("\r\n", "")
    assert all(line.endswith(" %*") and not line.startswith(("call", "if", "for", "echo")) for line in handed)
    assert handed[0] == '"%scoredock_az%" %*'
    assert handed[1].endswith('" az %*') or handed[1].endswith('"scoredock.cli" az %*')
    assert [line for line in lines if line.rstrip().endswith("(")] == []
    goes = {line.split()[-1].lstrip(":") for line in lines if " goto " in line} | {"other", "look"}
    assert goes == {line[1:] for line in lines if line.startswith(":")}
    # Only what is on PATH counts, never a file of the folder that one is in.
    assert all("$PATH:" in line for line in lines if "where" in line)
