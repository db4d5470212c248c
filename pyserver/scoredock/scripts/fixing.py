"""Repairs files: fixes of their findings, until nothing changes any more, and never for the worse."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Sequence
from operator import attrgetter
from pathlib import Path

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.tree import Lines
from scoredock.checks.catalogue import is_unreadable
from scoredock.errors import Place, ScoredockError
from scoredock.file_text import FileEncoding, file_text
from scoredock.late_dataclass import dataclass
from scoredock.temporary.fresh_files import replace_beside
from scoredock.text import Fix, TextEdit

_ROUNDS = 20
"""A repair may bring up the next finding, but not for ever."""
_ATTEMPTS = 200
"""Checks that one file may cost when repairs do not go together."""
_LINE_END = re.compile(r"\r\n|\r|\n")

Check = Callable[[str], Sequence[Finding] | None]
FixChoice = Callable[[Finding], Fix | None]


@dataclass(frozen=True, slots=True)
class Repair:
    """One fix that was applied."""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class RepairedText:
    """A text after its repairs."""

    text: str
    repairs: tuple[Repair, ...]
    findings: tuple[Finding, ...]
    """What is left."""


def repair(text: str, check: Check, fix_of: FixChoice = attrgetter("certain_fix")) -> RepairedText:
    """Applies to each finding the fix that `fix_of` names; None leaves it.

    A fix is taken only when its finding is gone afterwards and no error came instead; fixes that edit other files are
    not. A text that cannot be read afterwards either is left as it was: what it means is not known.
    """
    repairs: list[Repair] = []
    before = text
    findings = tuple(check(text) or ())
    findings_before = findings
    earlier_texts = {text}
    attempts = 0
    refused: set[tuple[str, tuple[TextEdit, ...]]] = set()
    for _ in range(_ROUNDS):
        chosen = _compatible(text, [pair for pair in _fixes(findings, fix_of) if _key(pair) not in refused])
        if not chosen or attempts > _ATTEMPTS:
            break
        # All at once first; where that does not work out, each for itself.
        for group in [chosen, *([[pair] for pair in chosen] if len(chosen) > 1 else [])]:
            attempts += 1
            changed = applied(text, [edit for _, fix in group for edit in fix.edits])
            after = check(changed)
            if after is None or changed in earlier_texts or not _better(group, findings, after):
                if len(group) == 1:
                    refused.add(_key(group[0]))
                if attempts > _ATTEMPTS:
                    break
                continue
            text, findings = changed, tuple(after)
            earlier_texts.add(text)
            repairs += [Repair(finding.code, fix.title) for finding, fix in group]
            break
    if any(is_unreadable(finding.code) for finding in findings):
        return RepairedText(before, (), findings_before)
    return RepairedText(text, tuple(repairs), findings)


def applied(text: str, edits: Sequence[TextEdit]) -> str:
    """The text after edits that do not overlap; new lines end as the others do."""
    lines = Lines(text)
    end = _usual_end(text)
    spans = sorted(
        {(lines.offset(edit.range.start), lines.offset(edit.range.end), edit.new_text) for edit in edits}, reverse=True
    )
    for start, stop, new in spans:
        if end != "\n":
            new = _LINE_END.sub(end, new)
        text = text[:start] + new + text[stop:]
    return text


def write(path: Path, before: str, after: str, encoding: FileEncoding | None = None) -> None:
    """Puts the new text in the place of the old one in one step; mode and links stay, and its encoding where no other
    one is given.

    Raises file-unreadable when the file has changed since it was read, or cannot be written.
    """
    target = Path(os.path.realpath(path))
    place = Place(str(path))
    try:
        read = file_text(target.read_bytes(), str(target))
        if read.text != before:
            raise ScoredockError(
                "file-unreadable",
                l10n.t("{path} was changed in the meantime and is left as it is.", path=path),
                place=place,
            )
        replace_beside(target, (encoding or read.encoding).encoded(after), target.stat().st_mode & 0o7777)
    except OSError as error:
        raise ScoredockError(
            "file-unreadable", l10n.t("{path} cannot be written: {error}.", path=path, error=error), place=place
        ) from error


def _fixes(findings: Sequence[Finding], fix_of: FixChoice) -> list[tuple[Finding, Fix]]:
    fixes = ((finding, fix_of(finding)) for finding in findings)
    return [(finding, fix) for finding, fix in fixes if fix is not None]


def _key(pair: tuple[Finding, Fix]) -> tuple[str, tuple[TextEdit, ...]]:
    return pair[0].code, pair[1].edits


def _compatible(text: str, pairs: list[tuple[Finding, Fix]]) -> list[tuple[Finding, Fix]]:
    """The first of each group whose edits overlap; equal edits go together once."""
    lines = Lines(text)
    used_spans: list[tuple[int, int, str]] = []
    compatible_pairs: list[tuple[Finding, Fix]] = []
    for finding, fix in pairs:
        spans = [(lines.offset(e.range.start), lines.offset(e.range.end), e.new_text) for e in fix.edits]
        fresh = [span for span in spans if span not in used_spans]
        if all(end < start or begin > stop for begin, end, _ in fresh for start, stop, _ in used_spans):
            used_spans += fresh
            compatible_pairs.append((finding, fix))
    return compatible_pairs


def _better(group: list[tuple[Finding, Fix]], before: Sequence[Finding], after: Sequence[Finding]) -> bool:
    """True if the findings of the group are gone and no error has come for them."""
    had, has = Counter(f.code for f in before), Counter(f.code for f in after)
    # One edit may do for several findings.
    fixed = Counter(code for code, _ in {_key(pair) for pair in group})
    if any(has[code] > had[code] - count for code, count in fixed.items()):
        return False
    if any(is_unreadable(code) for code in fixed):
        return True  # what could not be read shows its other mistakes only now
    errors_before = Counter(f.code for f in before if f.severity == "error")
    errors_after = Counter(f.code for f in after if f.severity == "error")
    return not errors_after - errors_before


def _usual_end(text: str) -> str:
    found = _LINE_END.search(text)
    return found.group() if found else "\n"
