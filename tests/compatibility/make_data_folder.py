"""Makes the data folder of an older commit again, with that commit's own command line.

    git clone . /tmp/old && cd /tmp/old && git checkout 31a53b1 && npm run setup
    python tests/compatibility/make_data_folder.py /tmp/old tests/compatibility/31a53b1

Writes `home.tar.gz` (the data folder without built environments), `project.tar.gz` (the person's files), the wheel of
that commit's scoring runtime, and `made.json`: commit, version, Python, the folder that absolute paths begin with, and
what the old command line said of the services. The archives are packed while `running` runs, just after `killed` was
killed and before anybody looked at it.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import psutil

SCRIPT = """import json
import os
from pathlib import Path

from words import HELLO


def init():
    global weights
    weights = [float(word) for word in next(Path(os.environ["AZUREML_MODEL_DIR"]).rglob("*.txt")).read_text().split()]
    print(HELLO, len(weights), "weights")


def run(data):
    return sum(weights) + sum(json.loads(data)["data"])
"""
LEFT_OUT = {"environments", "reserve", "__pycache__"}
"""What was built, bytes that only keep space free, and byte code: all made again where they are missing."""


class OldCommandLine:
    """`scoredock` of the old checkout, on a data folder of its own."""

    def __init__(self, checkout: Path, home: Path, project: Path) -> None:
        self._program = str(checkout / ".venv" / "bin" / "scoredock")
        self._project = project
        self._environment = {**os.environ, "SCOREDOCK_HOME": str(home)}

    def __call__(self, *words: str) -> Any:
        """Its JSON. Raises RuntimeError when it fails."""
        done = subprocess.run(
            [self._program, *words, "--json"],
            cwd=self._project,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"scoredock {' '.join(words)}: {done.stderr or done.stdout}")
        return json.loads(done.stdout)


def write_project(folder: Path) -> None:
    """Two models, an entry script with a module beside it, a deployment configuration with keys, requests."""
    source = folder / "source"
    source.mkdir(parents=True)
    (source / "score.py").write_text(SCRIPT)
    (source / "words.py").write_text('HELLO = "up with"\n')
    (folder / "first.txt").write_text("1 2\n")
    (folder / "second.txt").write_text("1 2 3\n")
    (folder / "third.txt").write_text("1 2 3 4\n")
    (folder / "other.txt").write_text("10\n")
    (folder / "requirements.txt").write_text("packaging\n")
    (folder / "requests.jsonl").write_text('{"data": [1, 2]}\n{"data": [3]}\n')
    (folder / "with_keys.json").write_text(json.dumps({"computeType": "ACI", "authEnabled": True}))


def register(scoredock: OldCommandLine) -> None:
    for version, name in enumerate(("first", "second", "third"), 1):
        words = ("--tag", f"data={name}", "--property", f"seed={version}", "--description", f"the {name} weights")
        scoredock("model", "register", f"{name}.txt", "--name", "weights", *words)
    scoredock("model", "alias", "weights:1", "champion")
    scoredock("model", "alias", "weights:2", "champion")
    scoredock("model", "update", "weights:2", "--tag", "stage=production", "--cc", "1", "--gb", "0.5")
    scoredock("model", "favourite", "weights")
    scoredock("model", "register", "other.txt", "--name", "other", "--framework", "Custom")
    scoredock("model", "register", "other.txt", "--name", "discarded")
    scoredock("model", "delete", "discarded:1")
    scoredock("model", "delete", "weights:3")
    scoredock("dataset", "register", "requests.jsonl", "--name", "requests", "--tag", "kind=small")
    scoredock("environment", "register", "requirements.txt", "--name", "small", "--tag", "kind=small")


def deploy(scoredock: OldCommandLine) -> dict[str, Any]:
    """What the old command line says of the services, by name. `killed` and `running` run when this returns."""
    script = ("--entry-script", "source/score.py", "--source-directory", "source")
    stopped = ("--environment", "small:1", "--deployment-config", "with_keys.json", "--tag", "team=one")
    scoredock("service", "deploy", "stopped", "--model", "weights@champion", *script, *stopped)
    scoredock("service", "update", "stopped", "--env", "GREETING=hello")
    scoredock("service", "call", "stopped", "--data", '{"data": [1]}')
    views = {"stopped": scoredock("service", "stop", "stopped")}
    scoredock("service", "deploy", "deleted", "--model", "other", *script)
    scoredock("service", "delete", "deleted")
    views["killed"] = scoredock("service", "deploy", "killed", "--model", "other:1", *script, "--description", "dies")
    scoredock("service", "deploy", "running", "--model", "weights:1", *script)
    views["running"] = scoredock("service", "update", "running", "--model", "other:1", "--model", "weights:1")
    scoredock("service", "call", "running", "--data", '{"data": [1]}')
    return views


def end(folder: Path) -> None:
    """Kill what runs of the service in this folder, as a shortage of memory would."""
    parent = psutil.Process(json.loads((folder / "status.json").read_text())["parent_pid"])
    family = [parent, *parent.children(recursive=True)]
    for process in family:
        process.kill()
    psutil.wait_procs(family, timeout=20)


def pack(folder: Path, target: Path) -> None:
    """Files and folders with their modes and times, without owners, locks and what is made again."""

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
        if LEFT_OUT & set(Path(entry.name).parts) or entry.name.endswith(".lock"):
            return None
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        return entry if entry.isfile() or entry.isdir() else None

    with tarfile.open(target, "w:gz", compresslevel=9) as archive:
        archive.add(folder, arcname=folder.name, filter=plain)


def main(checkout: Path, target: Path) -> None:
    root = Path(tempfile.mkdtemp(prefix="scoredock-old-", dir="/tmp")).resolve()
    home, project = root / "home", root / "project"
    write_project(project)
    scoredock = OldCommandLine(checkout.resolve(), home, project)
    register(scoredock)
    views = deploy(scoredock)
    workspace = home / "workspaces" / "local"
    end(workspace / "services" / "killed")
    target.mkdir(parents=True, exist_ok=True)
    pack(home, target / "home.tar.gz")
    pack(project, target / "project.tar.gz")
    (wheel,) = home.rglob("scoredock_runtime-*.whl")
    shutil.copy(wheel, target / wheel.name)
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=checkout, check=True, capture_output=True, text=True
    ).stdout.strip()
    made = {
        "commit": commit,
        "version": wheel.name.split("-")[1],
        "python": platform.python_version(),
        "root": str(root),
        "services": views,
    }
    (target / "made.json").write_text(json.dumps(made, indent=1) + "\n")
    scoredock("service", "stop", "running")
    shutil.rmtree(root)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
