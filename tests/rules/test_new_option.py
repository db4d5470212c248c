"""An option of `batch run` that somebody adds by the recipe of CONTRIBUTING.md is a field and a line where it is used:
it is then on the command line, in its help, in the docs, on the wire, in TypeScript and in the record of a job."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rules.test_new_verb import copy_of

PLACE = "pyserver/scoredock/contrib/batch"
BEFORE = "    run_max_try: int = option("
FIELD = '''    output_suffix: str = option(
        "--output-suffix", default="", help="what the name of the output ends in besides", metavar="SUFFIX"
    )
    """What the name of the output ends in besides."""
'''
UNUSED = "name, form = self.append_row_file_name, self.output_format"
USE = "name, form = self.append_row_file_name + self.output_suffix, self.output_format"
ON_THE_WIRE = """
from scoredock.contrib.batch.domain.work.configuration import BatchConfiguration, from_json, to_json
from scoredock.contrib.batch.messages import BatchRunParams
from scoredock.contrib.batch.options import BatchOptions
from scoredock.options import values_of
from scoredock.protocol.wire import from_wire

params = from_wire(BatchRunParams, {"inputs": ["in"], "outputPath": "out", "outputSuffix": ".done"})
configuration = BatchConfiguration(**values_of(BatchOptions, params))
print(from_json(to_json(configuration)).output_suffix)
"""


@pytest.mark.long("options that are declared are generated at the gate")
def test_an_option_is_a_field_and_a_line(root: Path, tmp_path: Path) -> None:
    copy = copy_of(root, tmp_path / "copy")
    _replace(copy / PLACE / "options.py", BEFORE, FIELD + BEFORE)
    _replace(copy / PLACE / "domain" / "work" / "configuration.py", UNUSED, USE)
    env = {
        **os.environ,
        "PYTHONPATH": str(copy / "pyserver"),
        "SCOREDOCK_HOME": str(tmp_path / "home"),
        "COLUMNS": "120",
    }

    def python(*words: str, code: int = 0) -> str:
        done = subprocess.run([sys.executable, *words], cwd=copy, env=env, capture_output=True, text=True, timeout=120)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    python("pyserver/tools/generate.py")
    for file, text in (
        ("docs/cli.md", "| `--output-suffix SUFFIX` | what the name of the output ends in besides |"),
        ("docs/protocol.md", "| `outputSuffix` | text | *optional*. What the name of the output ends in besides. |"),
        ("extension/protocol.ts", "  readonly outputSuffix?: string;"),
    ):
        assert text in (copy / file).read_text(encoding="utf-8"), file
    command = "-m", "scoredock.cli", "batch", "run"
    assert "--output-suffix SUFFIX" in python(*command, "--help")
    assert python("-c", ON_THE_WIRE).strip() == ".done"
    output, script = tmp_path / "out" / "parallel_run_step.txt.done", tmp_path / "score.py"
    output.parent.mkdir()
    output.touch()
    script.write_text("def init():\n    pass\n\n\ndef run(mini_batch):\n    return mini_batch\n")
    words = "--entry-script", str(script), "--input", str(script), "--output-path", str(output.parent)
    assert f"{output} already exists" in python(*command, *words, "--output-suffix", ".done", code=1)
    compiler = str(root / "node_modules" / "typescript" / "bin" / "tsc")
    types = subprocess.run(
        ["node", compiler, "--noEmit", "-p", "."], cwd=copy, capture_output=True, text=True, timeout=300
    )
    assert types.returncode == 0, types.stdout


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old} in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")
