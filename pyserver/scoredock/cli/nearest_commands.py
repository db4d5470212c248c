"""`scoredock environment suggest` and `scoredock environment enable`."""

from __future__ import annotations

import difflib
import sys
from argparse import Namespace
from pathlib import Path

from scoredock.cli.command import FAILED, OK, Command, UsageError, argument
from scoredock.cli.session import Session, facts
from scoredock.features import nearest_versions
from scoredock.features.fixing import write
from scoredock.protocol import messages


def _suggest(options: Namespace, session: Session) -> int:
    params = messages.EnvironmentSuggestParams(str(options.file), options.model, options.engine)
    found = nearest_versions.suggest(params, session.context, session.operation())
    path = Path(found.path)
    before = nearest_versions.text_before(path)
    if options.write and found.text != before:
        write(path, before, found.text)
    session.result(found, _told(found, before, written=options.write))
    return OK


def _told(found: messages.EnvironmentSuggestion, before: str, *, written: bool) -> str:
    warning = [f"warning: {found.warning}"] if found.warning else []
    if not found.changed:
        fine = f"everything in {found.path} can be installed and imported on Python {found.python} as it is"
        return "\n".join((*warning, fine))
    parts = [*found.impossible, *warning]
    parts.append(facts([(change.name, f"{change.old} → {change.new}") for change in found.changed]))
    if found.by_hand:
        parts.append(f"to change by hand: {'; '.join(found.by_hand)}")
    if written:
        parts.append(f"wrote {found.path}")
    else:
        name = Path(found.path).name
        lines = difflib.unified_diff(before.splitlines(), found.text.splitlines(), name, name, lineterm="", n=1)
        parts.append("\n".join(lines))
    return "\n".join(part for part in parts if part)


def _enable(options: Namespace, session: Session) -> int:
    from scoredock.environments.extras import EXTRAS, requirements_of

    wanted = requirements_of(options.extra)
    if not options.yes:
        if session.as_json or not sys.stdin.isatty():
            raise UsageError("this installs into the server's own environment; say that it may with --yes")
        print(f"{EXTRAS[options.extra]}. {', '.join(wanted)} will be installed into {sys.prefix}.")
        if input("Install? [y/N] ").strip().lower() not in ("y", "yes"):
            print("nothing was installed")
            return FAILED
    params = messages.ServerExtraParams(options.extra)
    done = nearest_versions.enable_extra(params, session.context, session.operation())
    session.result(done, f"installed {', '.join(done.requirements)}")
    return OK


COMMANDS = (
    Command(
        "environment suggest",
        "Find the nearest versions that install, for pins that are too old for any Python that services can have.",
        _suggest,
        (
            argument("file", help="conda YAML, pip requirements, or an environment in JSON"),
            argument("-m", "--model", help="model whose pickle it must load", default="", metavar="NAME[:VERSION]"),
            argument(
                "--engine",
                help="where it will run: with the Pythons of this machine, or with those of base images; without it"
                " where something was deployed from the folder last",
                choices=("process", "docker"),
                default="",
            ),
            argument("--write", help="write the changes into the file", action="store_true"),
        ),
        (
            "scoredock environment suggest conda.yml",
            "scoredock environment suggest requirements.txt --engine docker --write",
        ),
    ),
    Command(
        "environment enable",
        "Install a part of the server that is not there from the start: conda, for packages that pip cannot bring.",
        _enable,
        (
            argument("extra", help="conda", choices=("conda",)),
            argument("--yes", help="install without asking", action="store_true"),
        ),
        ("scoredock environment enable conda",),
    ),
)
