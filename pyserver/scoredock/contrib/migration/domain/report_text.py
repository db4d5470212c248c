"""The report of a migration as Markdown."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from scoredock import l10n
from scoredock.contrib.migration.domain.report import Note, NoteKind, Outcome, WrittenDocument
from scoredock.formats.v2.kinds import v2_kind

_MOST_LINES = 400
"""Of one diff."""
_TRAFFIC = "traffic.yml"
"""Of an endpoint whose requests several deployments share; the file beside it gives none of them any."""


def report_text(outcome: Outcome, title: str) -> str:
    """Report in Markdown: what could not be moved, what has no equivalent, what changes, what maps, the changed scripts
    and the commands.
    """
    lines = [f"# {_plain(title)}", ""]
    lines += [summary(outcome), ""]
    for kind, head in _heads():
        notes = [each for each in outcome.notes if each.kind == kind]
        if notes:
            lines += [f"## {head}", "", *_table(notes), ""]
    if outcome.diffs:
        lines += [f"## {l10n.t('Changed scripts')}", ""]
        for path, diff in outcome.diffs:
            shown = diff.splitlines()[:_MOST_LINES]
            fence = "`" * max(3, 1 + max((_fence(line) for line in shown), default=0))
            lines += [f"{path}", "", f"{fence}diff", *shown, fence, ""]
    if outcome.commands:
        lines += [f"## {l10n.t('Commands')}", "", l10n.t("In this folder, in this order:"), ""]
        lines += ["```bash", *outcome.commands, "```", ""]
    local = local_commands(outcome.documents)
    if local:
        lines += [l10n.t("The same on this machine, without an account:"), ""]
        lines += ["```bash", *local, "```", ""]
    return "\n".join(lines)


def local_commands(documents: Sequence[WrittenDocument]) -> list[str]:
    """Lines of `scoredock` that make it all on this machine: assets, then endpoints with all their deployments, then
    batch deployments."""
    assets: list[str] = []
    online: dict[PurePosixPath, list[str]] = {}
    batch: list[str] = []
    for each in documents:
        path = PurePosixPath(each.path)
        kind = v2_kind(each.path, each.text)[0] if path.suffix == ".yml" else None
        argument = shlex.quote(each.path)
        if kind == "model-asset":
            assets.append(f"scoredock model register {argument}")
        elif kind == "environment-asset":
            assets.append(f"scoredock environment register {argument}")
        elif kind in ("online-endpoint", "online-deployment"):
            online.setdefault(path.parent, []).append(each.path)
        elif kind == "batch-deployment":
            name = shlex.quote(path.parent.name)
            batch.append(f"scoredock batch run --name {name} --file {argument} --input INPUT --output-path OUTPUT")
    return [*assets, *(_deploy(files) for files in online.values()), *batch]


def _deploy(files: Sequence[str]) -> str:
    names = {PurePosixPath(each).name for each in files}
    chosen = [each for each in files if _TRAFFIC not in names or PurePosixPath(each).name != "endpoint.yml"]
    return "scoredock service deploy " + " ".join(f"--file {shlex.quote(each)}" for each in chosen)


def counts_of(outcome: Outcome) -> dict[NoteKind, int]:
    """Number of notes of each kind."""
    counts: dict[NoteKind, int] = {"broken": 0, "absent": 0, "changes": 0, "maps": 0}
    for each in outcome.notes:
        counts[each.kind] += 1
    return counts


def summary(outcome: Outcome) -> str:
    """Numbers of notes of each kind, under the heads of the report, in one line."""
    counts = counts_of(outcome)
    return " · ".join(f"{head}: {counts[kind]}" for kind, head in reversed(_heads()))


def _heads() -> tuple[tuple[NoteKind, str], ...]:
    return (
        ("broken", l10n.t("Needs a decision")),
        ("absent", l10n.t("Has no equivalent")),
        ("changes", l10n.t("Changes its meaning")),
        ("maps", l10n.t("Maps")),
    )


def _table(notes: Sequence[Note]) -> Iterator[str]:
    yield f"| {l10n.t('where')} | v1 | {l10n.t('what')} | {l10n.t('what to do')} |"
    yield "|---|---|---|---|"
    seen: set[tuple[str, ...]] = set()
    for note in notes:
        cells = tuple(map(_plain, (note.subject, note.key, note.message, note.next_step)))
        if cells not in seen:
            seen.add(cells)
            yield "| " + " | ".join(cells) + " |"


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("\r", " ")


def _fence(line: str) -> int:
    """The longest run of backticks at its beginning."""
    stripped = line.lstrip(" +-")
    return len(stripped) - len(stripped.lstrip("`"))
