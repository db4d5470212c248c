"""`scoredock project …`."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from scoredock.cli.command import OK, Command, argument
from scoredock.cli.session import Session
from scoredock.features import projects
from scoredock.protocol import messages


def _create(options: Namespace, session: Session) -> int:
    params = messages.ProjectCreateParams(str(Path(options.folder).absolute()))
    made = projects.create(params, session.context, session.operation())
    lines = [f"wrote {', '.join(made.files)} to {made.folder}", "next:", f"  cd {made.folder}"]
    lines += ["  scoredock service deploy first-service --ic inferenceconfig.json --dc deploymentconfig.json"]
    session.result(made, "\n".join(lines))
    return OK


COMMANDS = (
    Command(
        "project create",
        "Write an entry script, its configurations and a pyproject.toml with `strict = true` into a folder.",
        _create,
        (argument("folder", help="folder of the project; it is made where it is missing", nargs="?", default="."),),
        ("scoredock project create first",),
    ),
)
