"""`scoredock az ml`, `az install` and `az uninstall`, as they are declared."""

from __future__ import annotations

import argparse
import os
import shlex
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import OK, Command, UsageError
from scoredock.cli.session import Session
from scoredock.contrib.az import messages
from scoredock.contrib.az.verbs import az_forwarder
from scoredock.verb import CliCommand, argument
from scoredock.visible import in_row


def _install(options: Namespace, session: Session) -> int:
    paths = os.environ.get("GITHUB_PATH", "")
    if options.github and not paths:
        raise UsageError(l10n.t("--github is for a step of GitHub Actions, where GITHUB_PATH names a file."))
    installation = az_forwarder.install(_params(options), session.context, session.operation())
    if options.azure_pipelines:
        text = f"##vso[task.prependpath]{installation.folder}"
    elif options.github:
        with Path(paths).open("a", encoding="utf-8") as stream:
            stream.write(f"{installation.folder}\n")
        text = l10n.t("{folder} is on the PATH of the next steps", folder=installation.folder)
    else:
        line = (
            f"set PATH={installation.folder};%PATH%"
            if os.name == "nt"
            else f'export PATH={shlex.quote(installation.folder)}:"$PATH"'
        )
        text = (
            l10n.t("wrote {path}; to use it in this shell, run:", path=Path(installation.folder) / "az") + f"\n  {line}"
        )
    session.result(installation, text)
    return OK


def _uninstall(options: Namespace, session: Session) -> int:
    gone = az_forwarder.uninstall(_params(options), session.context, session.operation())
    session.result(gone, l10n.t("removed {path}", path=in_row(str(Path(gone.folder) / "az"))))
    return OK


def _params(options: Namespace) -> messages.AzFolderParams:
    return messages.AzFolderParams(str(Path(options.folder).absolute()) if options.folder else "")


def run(words: Sequence[str]) -> int:
    """Carries out the words after `az` of a line for the Azure CLI; returns the exit code."""
    from scoredock.contrib.az.lines.main import main

    return main(words)


def _ml(options: Namespace, session: Session) -> int:
    return run(["ml", *options.words])


COMMANDS = (
    Command(
        CliCommand(
            "az ml",
            "Run a command line of azure-cli-ml (v1) on this machine, with its options, output formats and exit codes.",
            (argument("words", help="what follows `az ml`, such as `model list -o table`", nargs=argparse.REMAINDER),),
            (
                "scoredock az ml model list --query '[0].id' -o tsv",
                "scoredock az ml model deploy -n diabetes -m diabetes:1 --ic inferenceconfig.json --dc deployment.json",
            ),
        ),
        _ml,
    ),
    Command("az install", _install),
    Command(
        CliCommand(
            "az uninstall", "Remove what `az install` wrote.", (az_forwarder.FOLDER,), ("scoredock az uninstall",)
        ),
        _uninstall,
    ),
)
