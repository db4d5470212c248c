"""Ctrl-C while `python -m scoredock_runtime` is still loading what it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_PRESSED = """
import os, signal, sys

class Pressed:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Pressed())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot send itself Ctrl-C there")
@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("scoredock_runtime.parent.main", ["serve", "nowhere"]),
        ("scoredock_runtime.contract", ["serve", "nowhere"]),
        ("scoredock_runtime.parent.main", ["try", "nowhere"]),
        ("scoredock_runtime.parent.background", ["start", "nowhere"]),
        ("scoredock_runtime.command_line.command_settings", ["--entry_script", "score.py"]),
    ],
)
def test_it_ends_without_a_traceback(tmp_path: Path, module: str, words: list[str]) -> None:
    (tmp_path / "sitecustomize.py").write_text(_PRESSED.format(module=module))
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-m", "scoredock_runtime", *words],
        env={**os.environ, "PYTHONPATH": path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
