"""`scoredock project …`."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import OK, Command
from scoredock.cli.session import Session
from scoredock.features.guide import projects


def _create(options: Namespace, session: Session) -> int:
    model = str(Path(options.model).absolute()) if options.model else ""
    project = session.ask(projects.create, folder=str(Path(options.folder).absolute()), model=model)
    file = Path(model).name if model else projects.MODEL_FILE
    deploy = "scoredock service deploy first-service --ic inferenceconfig.json --dc deploymentconfig.json"
    lines = [l10n.t("wrote {files} to {folder}", files=", ".join(project.files), folder=project.folder)]
    lines += [l10n.t("next:"), f"  cd {project.folder}"]
    lines += [f"  scoredock model register {file} --name first-model", f"  {deploy} --model first-model"]
    session.result(project, "\n".join(lines))
    return OK


def _example(options: Namespace, session: Session) -> int:
    made = session.ask(projects.example, folder=str(Path(options.folder).absolute()))
    session.result(
        made, l10n.t("wrote the example to {folder}; its README.md describes the next steps", folder=made.folder)
    )
    return OK


COMMANDS = (
    Command("project create", _create),
    Command("project example", _example),
)
