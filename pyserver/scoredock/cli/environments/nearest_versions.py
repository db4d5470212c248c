"""`scoredock environment suggest` and `scoredock environment enable`."""

from __future__ import annotations

import difflib
import sys
from argparse import Namespace
from pathlib import Path

from scoredock import l10n
from scoredock.cli.command import FAILED, OK, Command, UsageError
from scoredock.cli.session import Session, facts
from scoredock.features.environments import nearest_versions
from scoredock.protocol import messages
from scoredock.scripts.fixing import write


def _suggest(options: Namespace, session: Session) -> int:
    found = session.ask(nearest_versions.suggest, options, path=str(options.file), models=options.model)
    path = Path(found.path)
    before = nearest_versions.text_before(path)
    if options.write and found.text != before:
        write(path, before, found.text)
    session.result(found, _text(found, before, is_written=options.write))
    return OK


def _text(suggestion: messages.EnvironmentSuggestion, before: str, *, is_written: bool) -> str:
    warning = [l10n.t("warning: {problem}", problem=suggestion.warning)] if suggestion.warning else []
    if not suggestion.changed:
        fine = l10n.t(
            "all packages in {path} can be installed and imported on Python {python}; nothing needs to change",
            path=suggestion.path,
            python=suggestion.python,
        )
        return "\n".join((*warning, fine))
    parts = [*suggestion.impossible, *warning]
    parts.append(facts([(change.name, f"{_old(change)} → {change.new}") for change in suggestion.changed]))
    if suggestion.by_hand:
        parts.append(l10n.t("change by hand: {changes}", changes="; ".join(suggestion.by_hand)))
    if is_written:
        parts.append(l10n.t("wrote {path}", path=suggestion.path))
    else:
        name = Path(suggestion.path).name
        lines = difflib.unified_diff(before.splitlines(), suggestion.text.splitlines(), name, name, lineterm="", n=1)
        parts.append("\n".join(lines))
    return "\n".join(part for part in parts if part)


def _old(change: messages.EnvironmentChange) -> str:
    from scoredock.environments.versions.companions import NOT_NAMED

    return l10n.t("not named") if change.old == NOT_NAMED else change.old


def _enable(options: Namespace, session: Session) -> int:
    from scoredock.environments.extras import EXTRAS, requirements_of

    wanted = requirements_of(options.extra)
    if not options.yes:
        if session.as_json or not sys.stdin.isatty():
            raise UsageError(l10n.t("This installs packages into the server's own environment. Confirm with --yes."))
        print(l10n.t("Conda packages are installed by py-rattler (about {size}).", size=EXTRAS[options.extra]))
        print(l10n.t("{packages} will be installed into {folder}.", packages=", ".join(wanted), folder=sys.prefix))
        if input(l10n.t("Install? [y/N] ")).strip().lower() not in ("y", "yes"):
            print(l10n.t("nothing was installed"))
            return FAILED
    done = session.ask(nearest_versions.enable_extra, options)
    session.result(done, l10n.t("installed {packages}", packages=", ".join(done.requirements)))
    return OK


COMMANDS = (
    Command("environment suggest", _suggest),
    Command("environment enable", _enable),
)
