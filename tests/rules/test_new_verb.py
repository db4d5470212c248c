"""A verb that somebody adds by the recipe of CONTRIBUTING.md touches two files: it is then in the protocol, on the
command line, in the menus of the editor and in the docs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FEATURE = '''"""Waits for services."""

from __future__ import annotations

from scoredock.features.arguments import SERVICE
from scoredock.context import Context, Operation
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, rows, verb


@verb(
    "service/await",
    progress="Waiting for service",
    terminal=CliCommand(
        "service await",
        "Wait until a service is no longer on its way.",
        (SERVICE,),
        ("scoredock service await diabetes",),
    ),
    editor=(
        EditorCommand(
            "awaitService",
            "Wait for It",
            "services/waiting",
            icon="watch",
            menus=(rows("services", "transitioning", "1_tools@9", menu="scoredock.service.tools"),),
        ),
    ),
)
def wait(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.Service:
    """The service once it is up or has failed."""
    deployments = context.deployments(params.workspace_id)
    while (service := deployments.service(params.name)).state == "Transitioning":
        operation.cancel.wait(0.2)
        operation.cancel.raise_if_cancelled()
    return service
'''
HANDLER = """import * as vscode from "vscode";

import { onService } from "../interaction/onThing";
import { requestInView } from "../interaction/progress";
import { nameOf } from "../interaction/target";

export const awaitService = onService({ title: vscode.l10n.t("Wait for It") }, async (app, service) => {
  await requestInView(app, "services", "scoredock/service/await", nameOf(service));
});
"""
FOLDERS = ("pyserver", "extension", "docs", "l10n")


def copy_of(root: Path, to: Path, *more: str) -> Path:
    """What is tracked of the product and of `more`, with the same packages of Node."""
    told = subprocess.run(
        ["git", "ls-files", "-z", *FOLDERS, *more], cwd=root, capture_output=True, text=True, check=True
    )
    single = [path.name for pattern in ("package*.json", "tsconfig*.json") for path in root.glob(pattern)]
    for name in (*told.stdout.split("\0"), *single):
        if (root / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, to / name)
    (to / "node_modules").symlink_to(root / "node_modules")
    return to


@pytest.mark.long("a verb that is declared anew is generated at the gate")
def test_a_verb_is_two_files(root: Path, tmp_path: Path) -> None:
    copy = copy_of(root, tmp_path / "copy")
    (copy / "pyserver" / "scoredock" / "features" / "services" / "waiting.py").write_text(FEATURE)
    (copy / "extension" / "commands" / "services" / "waiting.ts").write_text(HANDLER)
    env = {**os.environ, "PYTHONPATH": str(copy / "pyserver"), "SCOREDOCK_HOME": str(tmp_path / "home")}

    def python(*words: str) -> str:
        done = subprocess.run([sys.executable, *words], cwd=copy, env=env, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    written = python("pyserver/tools/generate.py")
    for file in (
        "protocol.ts",
        "handlers.ts",
        "package.json",
        "package.nls.json",
        "cli.md",
        "protocol.md",
        "editor.md",
    ):
        assert file in written, f"{file} is written"
    package = json.loads((copy / "package.json").read_text(encoding="utf-8"))["contributes"]
    assert "scoredock.awaitService" in [each["command"] for each in package["commands"]]
    assert "scoredock.awaitService" in [each.get("command") for each in package["menus"]["scoredock.service.tools"]]
    shown = python("-m", "scoredock.cli", "service", "await", "--help")
    assert "Wait until a service is no longer on its way." in shown
    refused = subprocess.run(
        [sys.executable, "-m", "scoredock.cli", "service", "await", "nothing"],
        cwd=copy,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "There is no service" in refused.stderr or "nothing" in refused.stderr
    assert refused.returncode == 1
    types = subprocess.run(
        ["node", str(root / "node_modules" / "typescript" / "bin" / "tsc"), "--noEmit", "-p", "."],
        cwd=copy,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert types.returncode == 0, types.stdout
