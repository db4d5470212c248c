"""Code actions: repairs, the same repair everywhere, a comment that ignores a finding, and the page of its rule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import folder_of, known_folder, resolve
from scoredock.analysis.tree import Lines
from scoredock.checks.catalogue import is_unreadable
from scoredock.checks.check import check
from scoredock.checks.configs.environment.package_rules import (
    IMPOSSIBLE,
    NO_RELEASE,
    NO_WHEEL,
    PYTHON_BESIDE,
    PYTHON_ENDED,
    PYTHON_UNKNOWN,
)
from scoredock.checks.configs.environment.rules import OLD_PYTHON
from scoredock.checks.environment.rules import PICKLE_REFUSED, PICKLED_WITH
from scoredock.checks.models.rules import PATH as MODEL_PATH
from scoredock.contrib.table import is_present
from scoredock.formats.az_lines.lines import command_lines
from scoredock.formats.az_lines.table import v1_verbs
from scoredock.late_dataclass import dataclass
from scoredock.text import Fix, Range, TextEdit

_IGNORE = re.compile(r"#\s*scoredock:\s*ignore\[([^\]]*)\]", re.IGNORECASE)
_FROM_CONFIG = re.compile(r"\bWorkspace\.from_config\(\s*(?:\)|auth\b)")
"""Without a path of its own."""
_LINE_END = re.compile(r"[ \t]*\r?\n[ \t]*")
_MOST = 20
_NO_SHELL = (".py", ".ipynb", ".json", ".txt", ".toml")
_TOO_OLD = (
    OLD_PYTHON.code,
    PYTHON_BESIDE.code,
    PYTHON_ENDED.code,
    PYTHON_UNKNOWN.code,
    IMPOSSIBLE.code,
    NO_RELEASE.code,
    NO_WHEEL.code,
)
"""Rules of pins that do not install, or not for long: others are looked for in the index."""
_OLD_PICKLE = (PICKLE_REFUSED.code, PICKLED_WITH.code)
"""Rules of pickles that can be carried over to newer packages."""
_MODEL_ID = re.compile(r"“([^”:]+):(\d+)”")
_MOST_IGNORED = 5
"""Findings that a comment is offered for; each is tried out, which takes as long as a check."""


@dataclass(frozen=True, slots=True)
class Action:
    """One entry of the menu: edits of one document, or a command."""

    title: str
    kind: Literal["quickfix", "quickfix.all", "quickfix.ignore", "explain", "source.fixAll"]
    code: str
    """Of the rule it is about."""
    edits: tuple[TextEdit, ...] = ()
    preferred: bool = False
    command: str = ""
    arguments: tuple[str, ...] = ()
    path: str = ""
    """Absolute path of the other file that the edits are in; empty for this document."""


def code_actions(text: str, facts: Facts, place: Range, findings: list[Finding] | None = None) -> list[Action]:
    """Actions for the findings that touch a range. `findings` are those of this very text, when they are known."""
    every = check(text, facts) if findings is None else findings
    here = [f for f in every if f.range.start <= place.end and place.start <= f.range.end][:_MOST]
    actions: list[Action] = []
    for finding in here:
        actions += [
            Action(fix.title, "quickfix", finding.code, fix.edits, fix.preferred, path=fix.path)
            for fix in finding.fixes
            if fix.edits
        ]
        actions += [  # the one without edits saves the file in another encoding
            Action(fix.title, "quickfix", finding.code, (), fix.preferred, "scoredock.saveAsUtf8", (facts.path,))
            for fix in finding.fixes
            if not fix.edits and facts.path
        ]
    old = next((f.code for f in here if f.code in _TOO_OLD), "")
    if old and facts.path:
        title = l10n.t("Find the nearest versions that install here…")
        actions.append(Action(title, "quickfix", old, command="scoredock.suggestVersions", arguments=(facts.path,)))
    actions += _models_to_carry(facts, here)
    for path in dict.fromkeys(place.path for f in here if f.code == MODEL_PATH.code for place in f.related):
        name = re.split(r"[\\/]", path)[-1]
        if facts.path:
            title = l10n.t("Register {name} and Deploy…", name=name)
            given = (facts.path, path)
            actions.append(Action(title, "quickfix", MODEL_PATH.code, (), True, "scoredock.deploy", given))
        actions.append(
            Action(
                l10n.t("Register {name}…", name=name),
                "quickfix",
                MODEL_PATH.code,
                command="scoredock.registerModel",
                arguments=(path,),
            )
        )
    for code in dict.fromkeys(f.code for f in here):
        together = fix_all(text, [f for f in every if f.code == code])
        if together is not None:
            actions.append(Action(together.title, "quickfix.all", code, together.edits))
    before = tuple(f.code for f in check(text, facts)) if here else ()
    for finding in list({(f.code, f.range.end.line): f for f in here}.values())[:_MOST_IGNORED]:
        edit = ignore_edit(text, facts, finding, before)
        if edit is not None:
            actions.append(
                Action(l10n.t("Ignore {code} here", code=finding.code), "quickfix.ignore", finding.code, (edit,))
            )
    actions += [
        Action(l10n.t("Explain {code}", code=code), "explain", code, command="scoredock.explainRule", arguments=(code,))
        for code in dict.fromkeys(f.code for f in here)
    ]
    actions += _lines_to_run(text, facts, place)
    actions += _config_to_write(text, facts, place)
    return list(dict.fromkeys(actions))


def _models_to_carry(facts: Facts, findings: Sequence[Finding]) -> Iterator[Action]:
    """For pickles that the packages of the environment refuse, or read with a warning."""
    for finding in findings:
        if finding.code in _OLD_PICKLE and is_present("carry_over"):
            for name, version in _MODEL_ID.findall(finding.message):
                if any(str(each.version) == version for each in (facts.models or {}).get(name, ())):
                    id = f"{name}:{version}"
                    title = l10n.t("Carry {model} over…", model=id)
                    yield Action(title, "quickfix", finding.code, command="scoredock.carryOver", arguments=(id,))


UNINSTALLABLE = ("environment-requirement-unsatisfiable", "environment-build-failed", "python-not-found")
"""Failures of a deployment for which other versions can be looked for."""


def version_actions(codes: Sequence[str], facts: Facts) -> list[Action]:
    """Actions for failures that a service shows in the file of its packages."""
    found = next((code for code in codes if code in UNINSTALLABLE), "")
    if not found or not facts.path:
        return []
    title = l10n.t("Find Versions That Install")
    return [Action(title, "quickfix", found, (), True, "scoredock.suggestVersions", (facts.path,))]


def _lines_to_run(text: str, facts: Facts, place: Range) -> Iterator[Action]:
    """`az ml` lines of v1 in the range, to be run by Scoredock in a terminal; what the shell or a person still has to
    fill in is only typed there."""
    if not is_present("az") or "az" not in text or not facts.path or facts.path.lower().endswith(_NO_SHELL):
        return
    lines = Lines(text)
    first, last = lines.offset(place.start), lines.offset(place.end)
    for line in command_lines(text):
        words = [word.text for word in line.words]
        known = any(" ".join(words[:count]) in v1_verbs() for count in (2, 3))
        if known and line.start <= last and first <= line.end:
            open_words = any(word.variable or word.placeholder for word in line.words)
            command_text = text[line.start : line.end]
            for start, end, _mark in reversed(line.continuations):
                command_text = command_text[: start - line.start] + command_text[end - line.start :]
            command_text = _LINE_END.sub(" ", command_text).strip()
            yield Action(
                l10n.t("Run with Scoredock"),
                "quickfix",
                "",
                command="scoredock.runAzLine",
                arguments=(command_text, "type" if open_words else "run"),
            )


def _config_to_write(text: str, facts: Facts, place: Range) -> Iterator[Action]:
    """Action that writes config.json where a script asks for the workspace of its folder and there is no such file."""
    if "from_config" not in text or known_folder(facts) is None:
        return
    lines = Lines(text)
    asked = any(_FROM_CONFIG.search(lines.line(number)) for number in range(place.start.line, place.end.line + 1))
    if asked and not any(facts.exists(each) for each in _config_places(folder_of(facts.path))):
        title = l10n.t("Write config.json for the workspace of this folder")
        yield Action(title, "quickfix", "", command="scoredock.writeWorkspaceConfig", arguments=(facts.path,))


def _config_places(folder: str) -> Iterator[str]:
    """Places where `Workspace.from_config` looks, from a folder upwards."""
    while True:
        for below in (".azureml/config.json", "aml_config/config.json", "config.json"):
            yield resolve(folder, below)
        above = folder_of(folder)
        if above == folder:
            return
        folder = above


def fix_all(text: str, findings: list[Finding]) -> Fix | None:
    """The best repairs of several findings of one rule as one; None when there are fewer than two that go together."""
    lines = Lines(text)
    edits: list[TextEdit] = []
    repaired = 0
    for finding in findings:
        own = [f for f in finding.fixes if f.edits and not f.path]
        fix = next((f for f in own if f.preferred), own[0] if len(own) == 1 else None)
        if fix is None:
            continue
        fresh = [e for e in fix.edits if e not in edits]
        if any(_overlap(lines, new, old) for new in fresh for old in edits):
            continue
        edits += fresh
        repaired += 1
    if repaired < 2:
        return None
    ordered = sorted(edits, key=lambda e: e.range.start)
    return Fix(l10n.t("Fix all {repaired} of {code}", repaired=repaired, code=findings[0].code), tuple(ordered))


def fix_everything(text: str, findings: list[Finding]) -> Action | None:
    """The certain repairs of all errors and warnings as one action; of two that overlap the first one. None as well
    where the text could not be read even then: what it means is not known."""
    if any(is_unreadable(finding.code) and finding.certain_fix is None for finding in findings):
        return None
    lines = Lines(text)
    edits: list[TextEdit] = []
    codes: list[str] = []
    for finding in findings:
        fix = finding.certain_fix
        if fix is None:
            continue
        fresh = [e for e in fix.edits if e not in edits]
        if not any(_overlap(lines, new, old) for new in fresh for old in edits):
            edits += fresh
            codes.append(finding.code)
    if not codes:
        return None
    ordered = tuple(sorted(edits, key=lambda e: e.range.start))
    return Action(l10n.t("Fix everything that Scoredock can fix"), "source.fixAll", codes[0], ordered)


def _overlap(lines: Lines, first: TextEdit, second: TextEdit) -> bool:
    a, b = lines.offset(first.range.start), lines.offset(first.range.end)
    c, d = lines.offset(second.range.start), lines.offset(second.range.end)
    return a < d and c < b if a < b and c < d else c <= a <= d or a <= c <= b


def ignore_edit(text: str, facts: Facts, finding: Finding, before: Sequence[str]) -> TextEdit | None:
    """The comment that silences a finding; None where the file has no comments or the place takes none.

    `before` are the codes of all findings of the text as it is.
    """
    name = facts.path.lower()
    if not name.endswith((".py", ".yml", ".yaml", ".txt", ".in")) or text.lstrip()[:1] == "{":
        return None
    lines = Lines(text)
    for edit in _comments(lines, finding):
        # Inside a text over several lines or after a backslash a comment is none: let the checks themselves say so.
        changed = text[: lines.offset(edit.range.start)] + edit.new_text + text[lines.offset(edit.range.end) :]
        after = [f.code for f in check(changed, facts)]
        if len(after) < len(before) and set(after) <= set(before):
            return edit
    return None


def _comments(lines: Lines, finding: Finding) -> Iterator[TextEdit]:
    """Edits, any of which adds the comment: at the end of the line, in the present one, or above the statement."""
    line = finding.range.end.line
    content = lines.line(line)
    start = lines.starts[line]
    present = _IGNORE.search(content)
    if present is not None:
        yield lines.edit(start + present.end(1), start + present.end(1), f", {finding.code}")
    else:
        end = start + len(content.rstrip())
        yield lines.edit(end, start + len(content), f"  # scoredock: ignore[{finding.code}]")
    first = finding.range.start.line
    content = lines.line(first)
    indent = content[: len(content) - len(content.lstrip(" \t"))]
    newline = "\r\n" if "\r\n" in lines.text else "\n"
    above = lines.starts[first] + len(indent)
    yield lines.edit(above, above, f"# scoredock: ignore[{finding.code}]{newline}{indent}")
