"""The extension works without each of its contributions: what is generated without it passes the tests that remain."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from scoredock.contrib.table import NAMES
from scoredock.features.contribution import contributions
from scoredock.features.editor_only import EDITOR_COMMANDS
from scoredock.features.verbs import verbs

from rules.test_new_verb import copy_of

ROOT = Path(__file__).resolve().parents[2]
CONTRIB = Path("extension", "contrib")
SECONDS = 900
"""For each program: bundles of tests, texts and types took one to two minutes each on a busy machine."""
IN_BOTH = sorted(name for name in NAMES if (ROOT / CONTRIB / name / "contribution.ts").exists())


def without(root: Path, to: Path, name: str) -> Path:
    """A copy of the product without a contribution, in the server and in the extension, and without its tests."""
    copy = copy_of(
        root, to, "media", "examples", "README.md", "tests/extension", "tests/statuses.json", "tests/configs/http_files"
    )
    for folder in (CONTRIB / name, Path("pyserver", "scoredock", "contrib", name)):
        shutil.rmtree(copy / folder)
    for test in (copy / "tests" / "extension").glob("*.ts"):
        if f"contrib/{name}/" in test.read_text("utf-8"):
            test.unlink()
    return copy


def test_the_core_sends_and_awaits_no_message_of_a_contribution(root: Path) -> None:
    """Without it the protocol has none of them, and the types of the core would not hold."""
    own = {each.method for each in verbs() if each.place.startswith("scoredock.contrib.")}
    own |= {each.method for contribution in contributions() for each in contribution.notifications()}
    assert {"scoredock/azure/code", "scoredock/service/load"} <= own
    extension = root / "extension"
    core = [path for path in extension.rglob("*.ts") if not path.is_relative_to(root / CONTRIB)]
    texts = {path: path.read_text("utf-8") for path in core if path != extension / "protocol.ts"}
    assert [(path.name, name) for path, text in texts.items() for name in own if f'"{name}"' in text] == []


def test_the_core_declares_no_command_of_a_contribution() -> None:
    """It would stand in the manifest where nobody carries it out."""
    core = [command for each in verbs() if not each.place.startswith("scoredock.contrib.") for command in each.editor]
    assert [each.id for each in (*core, *EDITOR_COMMANDS) if each.handler.startswith("contrib/")] == []


@pytest.mark.long("nothing outside imports a contribution, which eslint asks at the gate")
@pytest.mark.timeout(4 * SECONDS)
@pytest.mark.parametrize("name", IN_BOTH)
def test_the_extension_goes_on_without(root: Path, tmp_path: Path, name: str) -> None:
    copy = without(root, tmp_path / "copy", name)
    env = {**os.environ, "PYTHONPATH": str(copy / "pyserver"), "SCOREDOCK_HOME": str(tmp_path / "home")}

    def run(*words: str, codes: tuple[int, ...] = (0,)) -> str:
        done = subprocess.run(words, cwd=copy, env=env, capture_output=True, text=True, timeout=SECONDS, check=False)
        assert done.returncode in codes, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    own = re.findall(r'"(scoredock\.\w+)"', (root / CONTRIB / name / "commands.ts").read_text("utf-8"))
    assert own or "testing:" in (root / CONTRIB / name / "contribution.ts").read_text("utf-8")
    run(sys.executable, "pyserver/tools/generate.py")
    assert f"{name}/contribution" not in (copy / CONTRIB / "table.ts").read_text("utf-8")
    manifest = (copy / "package.json").read_text("utf-8")
    assert [command for command in own if f'"{command}"' in manifest] == []
    run("node", "node_modules/@vscode/l10n-dev/dist/cli.js", "export", "--outDir", "l10n", "extension")
    assert re.search(r"^# fail 0$", run("node", "tests/extension/run.mjs"), re.MULTILINE)
    product = {"extends": "./tsconfig.json", "include": ["extension/**/*.ts"]}
    (copy / "tsconfig.product.json").write_text(json.dumps(product), encoding="utf-8")
    # A contribution may send the requests of another one; nothing else may.
    types = run("node", "node_modules/typescript/bin/tsc", "--noEmit", "-p", "tsconfig.product.json", codes=(0, 2))
    assert re.findall(r"^extension/(?!contrib/).*", types, re.MULTILINE) == []
