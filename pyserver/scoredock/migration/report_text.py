"""The report of a migration as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scoredock import l10n
from scoredock.migration.local_commands import local_commands
from scoredock.migration.report import Note, NoteKind, Outcome

_MOST_LINES = 400
"""Of one diff."""


def report_text(outcome: Outcome, title: str) -> str:
    """Everything: what could not be moved, what has no equivalent, what changes, what maps, the changed scripts and
    the commands."""
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


def counts_of(outcome: Outcome) -> dict[NoteKind, int]:
    """How many notes of each kind there are."""
    counts: dict[NoteKind, int] = {"broken": 0, "absent": 0, "changes": 0, "maps": 0}
    for each in outcome.notes:
        counts[each.kind] += 1
    return counts


def summary(outcome: Outcome) -> str:
    """How many notes of each kind there are, under the heads of the report."""
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
