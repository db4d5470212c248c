"""What runs in the person's interpreters is Python 3.6, and needs nothing of the server; the stand-in of the SDK needs
no later library, and reads itself without what is later in its syntax."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import scoredock

FOLDER = Path(scoredock.__file__).parent
PLACES = (
    "contrib/carry_over/domain/carry_process",
    "contrib/drift/domain/drift_process",
    "contrib/azure/domain/azure_process",
)
SHARED = ("origins.py", "timed_response.py")
"""Files of the server that the process of Azure reads."""
MODULES = [*sorted(path for place in PLACES for path in (FOLDER / place).glob("*.py")), *map(FOLDER.joinpath, SHARED)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_it_is_python_3_6_and_stands_alone(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 6))
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = [each.name for node in imports if isinstance(node, ast.Import) for each in node.names]
    names += [node.module or "" for node in imports if isinstance(node, ast.ImportFrom) and node.level == 0]
    assert not [name for name in names if name.startswith("scoredock")]


SDK = FOLDER.parent / "sdk" / "scoredock_azureml"
WITHOUT = ("--exclude", "__future__.annotations", "--exclude", "str.decode")
"""What the stand-in takes away before Python 3.6 reads it, and what vermin takes a method of bytes for."""


@pytest.mark.parametrize(
    "words", [("--eval-annotations", *map(str, MODULES)), (*WITHOUT, str(SDK))], ids=["own", "sdk"]
)
def test_it_needs_no_later_library(words: tuple[str, ...]) -> None:
    vermin = Path(sys.executable).with_name("vermin")
    command = [str(vermin), "-t=3.6-", "--no-tips", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
