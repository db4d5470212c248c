"""`scoredock project …`."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import OK, Command, argument
from scoredock.cli.session import Session
from scoredock.features import projects
from scoredock.protocol import messages


def _create(options: Namespace, session: Session) -> int:
    model = str(Path(options.model).absolute()) if options.model else ""
    params = messages.ProjectCreateParams(str(Path(options.folder).absolute()), model)
    made = projects.create(params, session.context, session.operation())
    file = Path(model).name if model else projects.MODEL_FILE
    deploy = "scoredock service deploy first-service --ic inferenceconfig.json --dc deploymentconfig.json"
    lines = [l10n.t("wrote {files} to {folder}", files=", ".join(made.files), folder=made.folder)]
    lines += [l10n.t("next:"), f"  cd {made.folder}"]
    lines += [f"  scoredock model register {file} --name first-model", f"  {deploy} --model first-model"]
    session.result(made, "\n".join(lines))
    return OK


def _example(options: Namespace, session: Session) -> int:
    params = messages.ProjectExampleParams(str(Path(options.folder).absolute()))
    made = projects.example(params, session.context, session.operation())
    session.result(
        made, l10n.t("wrote the example to {folder}; its README.md describes the next steps", folder=made.folder)
    )
    return OK


COMMANDS = (
    Command(
        "project create",
        "Write an entry script, its configuration files, a model or a training script, and a"
        " pyproject.toml with `strict = true` into a folder.",
        _create,
        (
            argument(
                "folder", help="folder of the project; it is created if it does not exist", nargs="?", default="."
            ),
            argument(
                "--model",
                help="model file of a supported framework; it is copied, and the entry script is written for it",
                names="",
                metavar="FILE",
                default="",
            ),
        ),
        ("scoredock project create first", "scoredock project create second --model model.onnx"),
    ),
    Command(
        "project example",
        "Copy the example, a scikit-learn model with everything to serve it, into a new folder.",
        _example,
        (argument("folder", help="the new folder", nargs="?", default="scoredock-example"),),
        ("scoredock project example",),
    ),
)
