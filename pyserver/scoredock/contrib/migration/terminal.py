"""`scoredock migrate`."""

from __future__ import annotations

import sys
from argparse import Namespace

from scoredock import l10n
from scoredock.cli.command import OK, Command, UsageError
from scoredock.cli.session import Session
from scoredock.contrib.migration import messages
from scoredock.contrib.migration.verbs import migrating
from scoredock.counts import counted


def _migrate(options: Namespace, session: Session) -> int:
    if sum((bool(options.path), bool(options.service), bool(options.all))) != 1:
        raise UsageError(l10n.t("Name a folder, or a service with --service, or --all for the workspace."))
    if not options.output_path and not options.dry_run:
        raise UsageError(l10n.t("Name a folder to write with --output-path, or look first with --dry-run."))
    migration = session.ask(migrating.write, options, services=list(options.service), preview=options.dry_run)
    session.result(migration, _text(migration))
    if not session.as_json:
        print(
            f"{migration.summary} · {l10n.t('see {report}', report=migrating.REPORT)}"
            if migration.is_written
            else migration.summary,
            file=sys.stderr,
        )
    return OK


def _text(migration: messages.Migration) -> str:
    if migration.is_written:
        return "\n".join(_lines(migration))
    parts = []
    for file in migration.files:
        if file.source:
            parts.append(l10n.t("# {path}: a copy of {source}", path=file.path, source=file.source))
        else:
            parts.append(f"# {file.path}\n{file.text.rstrip()}\n")
    return "\n".join(parts)


def _lines(migration: messages.Migration) -> list[str]:
    lines = [
        l10n.t("wrote {files} into {folder}", files=counted(len(migration.files), "file"), folder=migration.folder)
    ]
    lines += [
        f"{note.subject}: {note.message} {note.next_step}".rstrip() for note in migration.notes if note.kind == "broken"
    ]
    return lines


COMMANDS = (Command("migrate", _migrate),)
