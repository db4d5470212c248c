"""`scoredock lsp`: the checks in editors other than VS Code."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import Command, UsageError
from scoredock.cli.session import Session
from scoredock.verb import CliCommand


def _lsp(options: Namespace, session: Session) -> int:
    if sys.stdin.isatty():
        raise UsageError(
            l10n.t(
                "`scoredock lsp` is started by an editor: it uses the Language Server Protocol over standard input and"
                " output. docs/other-editors.md shows how to set up Neovim, Helix, Emacs and Zed."
            )
        )
    from scoredock.server import serve_on_stdio

    chosen = session.context
    named = options.workspace
    if options.config and not named:
        named = chosen.workspaces.connect(Path(options.config).absolute()).id
    code = serve_on_stdio(home=chosen.home if options.home else None, workspace=named)
    # Threads that still work are not waited for: an editor that left must not leave a process behind.
    os._exit(code)


COMMANDS = (
    Command(
        CliCommand(
            "lsp",
            "Start the language server for an editor: findings, quick fixes, completions and hovers over stdio.",
            examples=("scoredock lsp",),
        ),
        _lsp,
    ),
)
