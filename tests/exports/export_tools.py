"""The libraries of the places that exports are for, in an environment of their own: Helm's own code, models of KServe
and of Azure's REST interfaces, the types of Azure Functions."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from interpreters import CACHE
from pace import patience
from parts import missing

ALONE = ("kserve==0.21.0",)
"""Without what it needs to serve: its models need the client of Kubernetes only."""
PACKAGES = (
    "azure-functions<3",
    "azure-mgmt-appcontainers==5.1.0",
    "azure-mgmt-containerinstance==10.1.0",
    "azure-mgmt-web==11.0.1",
    "helm-python-sdk==0.2.2",
    "kubernetes==37.0.2",
    "six",
)
JUDGE = Path(__file__).with_name("export_judge.py")


@pytest.fixture(scope="session")
def tools() -> Path:
    """The Python that has them."""
    key = hashlib.sha256(" ".join((*ALONE, *PACKAGES)).encode()).hexdigest()[:8]
    place = CACHE / f"export-tools-{key}-py{sys.version_info[0]}{sys.version_info[1]}"
    python = place / "bin" / "python"
    with FileLock(f"{place}.lock", timeout=900):
        if not (place / "complete").exists():
            uv = str(Path(sys.executable).with_name("uv"))
            base = getattr(sys, "_base_executable", sys.executable)
            install = [uv, "pip", "install", "--quiet", "--python", str(python)]
            _run([uv, "venv", "--quiet", "--clear", "--python", base, str(place)])
            _run([*install, *PACKAGES])
            _run([*install, "--no-deps", *ALONE])
            (place / "complete").touch()
    return python


def judged(tools: Path, *words: str, document: object = None) -> Any:
    """What `export_judge.py` says."""
    done = subprocess.run(
        [str(tools), str(JUDGE), *words],
        input=json.dumps(document),
        capture_output=True,
        text=True,
        timeout=patience(100),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _run(command: Sequence[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=patience(300))
    except (OSError, subprocess.SubprocessError) as fault:
        missing(f"the libraries of exports from the package index ({fault})")
