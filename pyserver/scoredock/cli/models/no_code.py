"""`scoredock model script`: the entry script that is made for a model of a known framework."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import OK, Command, UsageError
from scoredock.cli.session import Session
from scoredock.features.models import no_code


def _script(options: Namespace, session: Session) -> int:
    if bool(options.model) == bool(options.path):
        raise UsageError(l10n.t("Give either MODEL or --path."))
    path = str(Path(options.path).absolute()) if options.path else ""
    if not options.output:
        found = no_code.script(options.model, path, session.context)
        session.result(found, found.text.rstrip("\n"))
        return OK
    response = session.ask(no_code.write, options, folder=str(Path(options.output).absolute()), path=path)
    lines = [l10n.t("wrote {files} to {folder}", files=", ".join(response.files), folder=response.folder)]
    model = f" --model {options.model}" if options.model else ""
    lines += [
        l10n.t("next:"),
        f"  cd {response.folder}",
        f"  scoredock service deploy NAME{model} --ic inferenceconfig.json",
    ]
    session.result(response, "\n".join(lines))
    return OK


COMMANDS = (Command("model script", _script),)
