"""`scoredock check`, `scoredock explain`, `scoredock settings`."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path

from scoredock.cli.command import FAILED, OK, Command, argument
from scoredock.cli.session import Session, facts
from scoredock.features import documents
from scoredock.protocol import messages
from scoredock.settings import SETTINGS

_GITHUB = {"error": "error", "warning": "warning", "information": "notice", "hint": "notice"}


def _check(options: Namespace, session: Session) -> int:
    if options.format == "json":
        session.as_json = True
    params = messages.DocumentCheckParams([str(Path(path).absolute()) for path in options.path])
    found = documents.check(params, session.context, session.operation())
    lines = [_github(item) if options.format == "github" else finding_line(item) for item in found.findings]
    session.result(found, "\n".join(lines))
    if options.format == "text" and not session.as_json:
        errors = sum(item.severity == "error" for item in found.findings)
        print(
            f"{len(found.checked)} file(s) checked, {errors} error(s), {len(found.findings) - errors} other finding(s)",
            file=sys.stderr,
        )
    return FAILED if any(item.severity == "error" for item in found.findings) else OK


def finding_line(item: messages.DocumentFinding) -> str:
    """As compilers write it, one-based."""
    return f"{_shown(item.path)}:{item.line + 1}:{item.character + 1}: {item.code} {item.severity}: {item.message}"


def _github(item: messages.DocumentFinding) -> str:
    """A workflow command, which GitHub shows at the line; its own special characters are escaped."""

    def escaped(text: str) -> str:
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    place = escaped(_shown(item.path)).replace(":", "%3A").replace(",", "%2C")
    return (
        f"::{_GITHUB[item.severity]} file={place},line={item.line + 1},col={item.character + 1},"
        f"endLine={item.end_line + 1},endColumn={item.end_character + 1},title={item.code}::{escaped(item.message)}"
    )


def _shown(path: str) -> str:
    """Relative to the working directory where that is shorter."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # Another drive of Windows.
        return path
    return path if relative.startswith("..") else relative


def _explain(options: Namespace, session: Session) -> int:
    found = documents.explain(messages.DocumentExplainParams(options.code), session.context, session.operation())
    session.result(found, found.markdown.rstrip())
    return OK


def _settings(options: Namespace, session: Session) -> int:
    values = {setting.key: session.context.settings.get(setting.key) for setting in SETTINGS}
    variables = {setting.key: setting.variable for setting in SETTINGS}
    shown = [(key, f"{value!r}  {variables[key] and f'({variables[key]})'}") for key, value in values.items()]
    session.result(
        {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}, facts(shown)
    )
    return OK


COMMANDS = (
    Command(
        "check",
        "Check entry scripts and configuration files; nothing of them is run.",
        _check,
        (
            argument("path", help="file or folder", nargs="*", default=["."]),
            argument("--format", help="how findings are printed", choices=("text", "json", "github"), default="text"),
        ),
        ("scoredock check .", "scoredock check score.py inferenceconfig.json --format github"),
    ),
    Command(
        "explain",
        "Print the page of a rule.",
        _explain,
        (argument("code", help="such as SD101"),),
        ("scoredock explain SD101",),
    ),
    Command(
        "settings",
        "Print the settings in effect, and the environment variables that set them.",
        _settings,
        (),
        ("scoredock settings",),
    ),
)
