"""`# scoredock: ignore[SD101]` and `# scoredock: ignore-file[SD1]`: which findings they silence, and those that silence
none.

A comment counts for its own line, for the whole statement when it stands in its first or last line, and, standing
alone, for the statement after it. A code may be the beginning of codes: `SD1` means all of entry scripts.
"""

from __future__ import annotations

import re
from dataclasses import field

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import enumeration, proposal
from scoredock.analysis.tree import Lines
from scoredock.checks.comments import CommentIndex, commented
from scoredock.checks.similar import similar_code
from scoredock.checks.suppression_rules import NO_CODES, UNKNOWN_CODE, UNUSED
from scoredock.late_dataclass import dataclass
from scoredock.text import Fix, TextEdit

_MARK = re.compile(r"scoredock:\s*ignore", re.IGNORECASE)
_COMMENT = re.compile(
    r"#\s*scoredock:\s*ignore(?P<file>-file)?(?![\w-])[ \t]*(?P<codes>\[(?P<inside>[^\]\r\n]{0,500})\]?)?",
    re.IGNORECASE,
)
_CODE = re.compile(r"[^\s,]+")
_MOST = 500
"""Comments of one file that are looked at."""
_OWN = "SD90"
_UNREAD = ("SD101", "SD102", "SD199", "SD801", "SD840")
"""Findings after which most of a script is not looked at."""


@dataclass(slots=True)
class _Code:
    """One code of a comment."""

    text: str
    start: int
    end: int
    used: bool = False

    def means(self, code: str) -> bool:
        return code.startswith(self.text)


@dataclass(slots=True)
class _Ignore:
    """One comment."""

    start: int
    """Of the `#`."""
    end: int
    """Behind the bracket, or behind the words where there is none."""
    line: int
    file: bool
    bracket: int
    """Of the bracket, or `end` where there is none."""
    codes: list[_Code]
    lines: frozenset[int] = field(default_factory=frozenset)

    def silences(self, finding: Finding) -> bool:
        """Also marks the code as used."""
        if not self.file and not ({finding.range.start.line, finding.range.end.line} & self.lines):
            return False
        meant = [code for code in self.codes if code.means(finding.code)]
        for code in meant:
            code.used = True
        return bool(meant)


def apply_ignores(
    findings: list[Finding], text: str, facts: Facts | None = None, kind: str = "", *, unused: bool = True
) -> list[Finding]:
    """The findings that no comment silences, and with `unused` those about the comments themselves."""
    if not _MARK.search(text):
        return findings
    facts = facts or Facts()
    lines = Lines(text)
    ignores = _ignores(text, lines, commented(text, facts.path or "script.py", kind))
    if not ignores:
        return findings
    # Every comment is asked about every finding, so that each that fits counts as used.
    remaining_findings = [finding for finding in findings if not any([i.silences(finding) for i in ignores])]  # noqa: C419
    if not unused:
        return remaining_findings
    own: list[Finding] = []
    complete = not any(_is_unread(finding) for finding in findings)
    for ignore in ignores:
        own += _about(ignore, findings, text, lines, facts, complete)
    return remaining_findings + [finding for finding in own if not any(i.silences(finding) for i in ignores if i.file)]


def _ignores(text: str, lines: Lines, index: CommentIndex) -> list[_Ignore]:
    ignores: list[_Ignore] = []
    for start, end in index.comments:
        if len(ignores) >= _MOST:
            break
        for match in _COMMENT.finditer(text, start, end):
            inside = match.start("inside")
            codes = [
                _Code(code.group().upper(), inside + code.start(), inside + code.end())
                for code in _CODE.finditer(match.group("inside") or "")
            ]
            line = lines.position(start).line
            bracket = match.start("codes") if match.group("codes") else match.end()
            ignore = _Ignore(match.start(), match.end(), line, bool(match.group("file")), bracket, codes)
            ignore.lines = frozenset(index.together(line))
            if not lines.line(line)[: lines.position(start).character].strip():
                ignore.lines |= frozenset(index.together(_next_code(lines, line)))
            ignores.append(ignore)
    return ignores


def _next_code(lines: Lines, line: int) -> int:
    for number in range(line + 1, len(lines.starts)):
        written = lines.line(number).strip()
        if written and not written.startswith("#"):
            return number
    return line


def _is_unread(finding: Finding) -> bool:
    from scoredock.checks.catalogue import rule

    if finding.code in _UNREAD:
        return True
    try:
        return "cannot be read" in rule(finding.code).page.title
    except KeyError:
        return False


def _about(
    ignore: _Ignore, findings: list[Finding], text: str, lines: Lines, facts: Facts, complete: bool
) -> list[Finding]:
    """Findings about a comment itself."""
    from scoredock.checks.catalogue import RULES

    if not ignore.codes:
        place = lines.range(ignore.start, ignore.end)
        here = sorted({f.code for f in findings if {f.range.start.line, f.range.end.line} & ignore.lines})
        remove = Fix(l10n.t("Remove the comment"), (_removed(ignore, text, lines),), preferred=not here)
        fixes: tuple[Fix, ...] = (remove,)
        if here and not ignore.file:
            edit = lines.edit(ignore.bracket, ignore.end, f"[{', '.join(here)}]")
            fixes = (Fix(l10n.t("Ignore {codes}", codes=", ".join(here)), (edit,), preferred=True), remove)
        return [NO_CODES.finding(place, fixes=fixes)]
    rule_codes = [rule.code for rule in RULES]
    problems: list[Finding] = []
    idle: list[_Code] = []
    for code in ignore.codes:
        matching_rules = [rule for rule in RULES if code.means(rule.code)]
        place = lines.range(code.start, code.end)
        if not matching_rules or len(code.text) < 3:
            near = similar_code(code.text, rule_codes)
            fixes = (Fix(l10n.t("Remove it"), (_without(ignore, [code], text, lines),)),)
            if near:
                fixes = (Fix(l10n.t("Change it to {new}", new=near[0]), (TextEdit(place, near[0]),)), *fixes)
            hint = proposal(next(iter(near), None))
            problems.append(UNKNOWN_CODE.finding(place, fixes=fixes, code=code.text, hint=hint))
        elif not code.used and complete and all(_is_looked_for(rule.code, rule.runs, facts) for rule in matching_rules):
            idle.append(code)
    if idle:
        place = lines.range(idle[0].start, idle[-1].end)
        whole = len(idle) == len(ignore.codes)
        title = l10n.t("Remove the comment") if whole else l10n.t("Remove what is not needed")
        fix = Fix(title, (_without(ignore, idle, text, lines),), preferred=True)
        codes = enumeration([code.text for code in idle])
        several = l10n.t("{codes} are not found here, so there is nothing to ignore.", codes=codes)
        problems.append(UNUSED.finding(place, fixes=(fix,), codes=codes, message=several if len(idle) > 1 else ""))
    return problems


def _is_looked_for(code: str, runs: bool, facts: Facts) -> bool:
    """True if its findings would show now: some need models or an environment at hand, some a run of the script."""
    if runs or code.startswith((_OWN, "SD7")):
        return False
    if "SD150" <= code <= "SD179":
        return facts.environment is not None
    if code.startswith("SD5"):
        return facts.models is not None and facts.deployed_models is not None
    return True


def _without(ignore: _Ignore, idle: list[_Code], text: str, lines: Lines) -> TextEdit:
    """The comment with the codes that are left, or no comment."""
    left = [text[code.start : code.end] for code in ignore.codes if code not in idle]
    if not left:
        return _removed(ignore, text, lines)
    return lines.edit(ignore.codes[0].start, ignore.codes[-1].end, ", ".join(left))


def _removed(ignore: _Ignore, text: str, lines: Lines) -> TextEdit:
    """Takes the words away; the whole line when nothing else is in it."""
    start, end = ignore.start, ignore.end
    line_start = lines.starts[ignore.line]
    line_end = line_start + len(lines.line(ignore.line))
    while start > line_start and text[start - 1] in " \t":
        start -= 1
    rest = text[end:line_end]
    if rest.strip():
        # Another comment follows: what stood before it, blanks included, stays as it was.
        return lines.edit(ignore.start, end + len(rest) - len(rest.lstrip()), "")
    if start == line_start and ignore.line + 1 < len(lines.starts):
        return lines.edit(start, lines.starts[ignore.line + 1], "")
    return lines.edit(start, line_end, "")
