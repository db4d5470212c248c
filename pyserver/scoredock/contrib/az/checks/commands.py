"""The findings of `az ml` command lines, in shell scripts, pipelines and cells."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import proposal, quoted_names
from scoredock.analysis.tree import Lines
from scoredock.checks.similar import similar
from scoredock.contrib.az.checks import rules
from scoredock.contrib.az.checks.arguments import check_arguments, speaks_v2
from scoredock.contrib.az.checks.releases import EARLY, early_command, early_line, early_sentence
from scoredock.formats.az_lines.lines import Line, Word, command_lines, mark_of
from scoredock.formats.az_lines.table import groups, verbs
from scoredock.formats.az_lines.v1_commands import COMMANDS
from scoredock.text import Fix

MAX_CHARACTERS = 2_000_000
_LONGEST = 600
"""Characters of a message that are shown."""
_FOLDED = re.compile(r"^([ \t]*)(?:- )?[\w.-]+[ \t]*:[ \t]*>[-+0-9]*[ \t]*(?:#.*)?\r?$")
_WITH_TEXT = re.compile(r"^([ \t]*(?:- )?)[\w.-]+[ \t]*:[ \t]+([^\s>&*#{\[])")
"""A key and what its text begins with: `|` keeps the lines below, anything else joins them."""
_OTHERWISE = {
    "models": "model",
    "services": "service",
    "endpoints": "online-endpoint",
    "deployment": "online-deployment",
    "endpoint": "online-endpoint",
    "webservice": "service",
    "env": "environment",
    "ws": "workspace",
}
_VERBS = {
    "remove": "delete",
    "logs": "get-logs",
    "keys": "get-keys",
    "invoke": "run",
    "get": "show",
    "add": "register",
    "new": "create",
    "score": "run",
    "rm": "delete",
    "ls": "list",
    "get-credentials": "get-keys",
}
_VERBS_OF_V2 = {
    **dict.fromkeys(("get-key", "get-keys", "key", "keys", "list-keys"), "get-credentials"),
    "log": "get-logs",
    "logs": "get-logs",
    "run": "invoke",
    "score": "invoke",
}
_VERBS_OF_JOB = {"log": "stream", "logs": "stream", "run": "create", "submit": "create"}
_SISTERS = {
    f"{kind}-{one}": f"{kind}-{other}"
    for kind in ("online", "batch")
    for one, other in (("endpoint", "deployment"), ("deployment", "endpoint"))
}
"""Groups of v2 of which one has verbs that are looked for in the other."""
_OF_V1 = ("model", "service")
_COMPLETE = (*_OF_V1, "online-endpoint", "online-deployment", "batch-endpoint", "batch-deployment")
"""Groups whose verbs are all known here."""
_ELSEWHERE = re.compile(
    r"working-?directory|^[ \t]*(?:- )?(?:cd|pushd|Set-Location|sl)[ \t]", re.MULTILINE | re.IGNORECASE
)
_VALUE = re.compile(r"^[ \t]*(?:- )?([\w.-]+)[ \t]*:[ \t]+(?=az[ \t]+ml\b)", re.MULTILINE)
_SCRIPTS = frozenset(("run", "script", "bash", "pwsh", "powershell", "inlinescript", "command", "cmd"))
"""Keys whose text is run; that of another one may be the beginning of a line that is put together elsewhere."""
_NEXT_OPTION = re.compile(r"[ \t]*--?[A-Za-z]")


def check_commands(text: str, facts: Facts) -> list[Finding]:
    """Findings of a shell script or a pipeline. Never raises."""
    name = facts.path.lower()
    if not name.endswith((".yml", ".yaml")):
        return check_command_text(text, facts, mark=mark_of(name))
    partial = frozenset(match.end() for match in _VALUE.finditer(text) if match.group(1).lower() not in _SCRIPTS)
    return check_command_text(text, facts, folded=_folded_lines(text), mark="", partial=partial)


def check_command_text(
    text: str,
    facts: Facts,
    *,
    folded: frozenset[int] = frozenset(),
    mark: str = "\\",
    partial: frozenset[int] = frozenset(),
    is_v1: bool = False,
) -> list[Finding]:
    """Findings of shell text; `mark` ends a line that goes on, and nothing is said of it when it is unclear.
    `partial`: where lines begin of which more may stand elsewhere. `is_v1`: what fits both releases as badly is of v1.
    """
    if len(text) > MAX_CHARACTERS:
        return []
    lines = Lines(text)
    if facts.path and _ELSEWHERE.search(text):
        facts = dataclasses.replace(facts, path="")  # the lines run in another folder, so no file can be missed
    findings: list[Finding] = []
    for line in command_lines(text, folded=folded, mark=mark):
        cut = _continuations(text, line, lines, mark)
        findings += cut
        if line.complete:
            # Of a command that is cut the rest is missing; that is said once.
            is_part = bool(cut) or line.start in partial
            findings += [
                f for f in _command(line, lines, facts, is_v1=is_v1) if not is_part or f.code != rules.MISSING.code
            ]
    again = {id(f) for f in [f for f in findings if f.code == rules.PLACEHOLDER.code][1:]}
    return [
        f if len(f.message) <= _LONGEST else dataclasses.replace(f, message=f"{f.message[:_LONGEST]}….")
        for f in findings
        if id(f) not in again  # once for a file: whoever replaces the first sees the others
    ]


def _folded_lines(text: str) -> frozenset[int]:
    """Offsets of lines that YAML joins to the one before: those in a scalar that `>` begins, and those of a text that
    goes on after the line of its key."""
    offsets: set[int] = set()
    indent = -1
    joins = True
    position = 0
    for number, content in enumerate(text.splitlines(keepends=True)):
        own = len(content) - len(content.lstrip(" "))
        if indent >= 0 and content.strip():
            if own <= indent:
                indent = -1
            elif joins:
                offsets.add(position)
        if indent < 0 and (match := _FOLDED.match(content.rstrip("\n"))):
            indent, joins = len(match.group(1)), True
        elif indent < 0 and (match := _WITH_TEXT.match(content)):
            indent, joins = len(match.group(1)), match.group(2) != "|"
        position += len(content)
        if number > 40_000:
            break
    return frozenset(offsets)


def _continuations(text: str, line: Line, lines: Lines, mark: str) -> list[Finding]:
    findings = []
    for start, end, ending in line.continuations:
        if ending != ending.rstrip(" \t"):
            place = lines.range(start, end)
            following = lines.line(place.end.line + 1)
            if _NEXT_OPTION.match(following):
                fix = Fix(l10n.t("Remove the spaces"), (lines.edit(start + 1, end, ""),), preferred=True)
                problem = l10n.t(
                    "Spaces follow the {mark}, so the command does not continue on the next line; remove them",
                    mark=ending[0],
                )
                findings.append(rules.CONTINUATION.finding(place, fixes=(fix,), problem=problem))
        elif mark and ending != mark:
            place = lines.range(start, end)
            fix = Fix(l10n.t("Change to {new}", new=mark), (lines.edit(start, end, mark),), preferred=True)
            problem = l10n.t("{written} does not continue a line in this shell, {mark} does", written=ending, mark=mark)
            findings.append(rules.CONTINUATION.finding(place, fixes=(fix,), problem=problem))
    if findings or not line.words:
        return findings
    last = lines.position(line.end)
    rest = lines.line(last.line)[last.character :].strip()
    if not rest and mark and _NEXT_OPTION.match(lines.line(last.line + 1)):
        word = line.words[-1]
        fix = Fix(l10n.t("Insert {text}", text=mark), (lines.edit(word.end, word.end, f" {mark}"),), preferred=True)
        place = lines.range(word.start, word.end)
        problem = l10n.t("{mark} is missing at the end of this line, because the next one is an option", mark=mark)
        findings.append(rules.CONTINUATION.finding(place, fixes=(fix,), problem=problem))
    del text
    return findings


def _command(line: Line, lines: Lines, facts: Facts, *, is_v1: bool) -> list[Finding]:
    words = line.words
    findings = [
        rules.PLACEHOLDER.finding(
            lines.range(w.start, w.end),
            text=w.text if len(w.text) <= 60 else f"{w.text[:59]}…",
            hint="" if w.quoted or "<" not in w.text else l10n.t(", and the shell takes < for a file to read"),
        )
        for w in words
        if w.placeholder
    ]
    if not words or words[0].variable or words[0].text.startswith("-"):
        return findings
    group, verbs_by_group = words[0], groups()
    if group.placeholder:
        return findings
    if other := _early_finding(line, lines) or _archived(line, lines):
        return [*findings, other]
    if group.text not in verbs_by_group:
        return [*findings, *_unknown_group(line, lines)]
    if not verbs_by_group[group.text] or (len(words) > 1 and (words[1].variable or words[1].text in ("-h", "--help"))):
        return findings
    verb = words[1] if len(words) > 1 and not words[1].text.startswith(("-", "\u2014", "\u2013")) else None
    group_name = "service" if group.text == "service" else group.text
    if verb is None or verb.placeholder:
        choices = quoted_names(sorted(verbs_by_group[group.text])[:6], "or")
        place = lines.range(verb.start, verb.end) if verb else lines.range(group.start, group.end)
        findings = [f for f in findings if f.range != place]
        behind = next((each.text for each in words[1:] if _is_verb(group.text, each.text)), "")
        if behind and verb is None:
            name = f"{group_name} {behind}"
            message = l10n.t(
                "“{verb}” stands behind an option; az wants it first: “az ml {name}”.", verb=behind, name=name
            )
            return [*findings, rules.VERB.finding(place, message=message)]
        message = l10n.t(
            "“az ml {group}” is not a command without a verb; add one such as {verbs}.", group=group_name, verbs=choices
        )
        return [*findings, rules.VERB.finding(place, message=message)]
    if verb.text not in verbs_by_group[group.text]:
        return [*findings, *_unknown_verb(group, verb, lines)]
    forms = verbs().get(f"{group.text} {verb.text}")
    if forms:
        first = sorted(forms, key=lambda each: each.closed != is_v1)
        findings += check_arguments(f"{group.text} {verb.text}", tuple(first), words[2:], line, lines, facts)
    return findings


def _is_verb(group: str, word: str) -> bool:
    """True if any release has the verb."""
    return word in groups()[group] or f"{group} {word}" in EARLY


def _meant(group: str, word: str) -> str:
    """The verb of a group that a word is or stands for; empty without one."""
    names = (word, _VERBS_OF_JOB.get(word) if group == "job" else "", _VERBS.get(word), _VERBS_OF_V2.get(word))
    return next((each for each in names if each and each in groups().get(group, ())), "")


def sister_command(words: Sequence[str]) -> str:
    """The command of the sister group of v2 that a line with an unknown verb means; empty for another line."""
    group, verb = words[:2] if len(words) > 1 else ("", "")
    sister = _SISTERS.get(group, "")
    meant = "" if _meant(group, verb) else _meant(sister, verb)
    return f"{sister} {meant}" if meant else ""


def _unknown_verb(group: Word, verb: Word, lines: Lines) -> list[Finding]:
    verbs_here = groups()[group.text]
    wanted = _meant(group.text, verb.text)
    of_both = [each for each in COMMANDS if each.split()[0] in _OF_V1] if group.text in _OF_V1 else []
    elsewhere = [each for each in of_both if each.split()[1:] == [verb.text]]
    if wanted in verbs_here:
        near, start = [wanted], verb.start
    elif len(elsewhere) == 1:  # `service deploy`, where v1 has `model deploy`
        near, start = elsewhere, group.start
    else:
        near, start = similar(verb.text[:60], verbs_here, 1, 0.75), verb.start
    if not near and (sister := _meant(_SISTERS.get(group.text, ""), verb.text)):
        hint = proposal(f"{_SISTERS[group.text]} {sister}")  # no repair: the options differ
        return [rules.VERB.finding(lines.range(verb.start, verb.end), name=f"{group.text} {verb.text}", hint=hint)]
    if not near and group.text not in _COMPLETE:
        return []
    edits = (lines.edit(start, verb.end, str(near[0])),) if near else ()
    fixes = (Fix(l10n.t("Change to {new}", new=near[0]), edits, preferred=True),) if near else ()
    others = quoted_names(sorted(verbs_here)[:6], "or")
    hint = proposal(near[0]) if near else l10n.t("; use a verb such as {verbs}", verbs=others)
    name = f"{group.text} {verb.text[:60]}"
    return [rules.VERB.finding(lines.range(verb.start, verb.end), fixes=fixes, name=name, hint=hint)]


def _early_finding(line: Line, lines: Lines) -> Finding | None:
    """Finding for a line of 2017 or 2018; None for another one."""
    words = line.words
    texts = [word.text for word in words]
    if early := early_command(texts):
        place = lines.range(words[0].start, words[early.count(" ")].end)
        return rules.VERB.finding(place, message=early_sentence(early))
    if line_of_2018 := early_line(texts):
        return rules.OPTION.finding(lines.range(words[0].start, words[1].end), message=line_of_2018.message)
    return None


def _archived(line: Line, lines: Lines) -> Finding | None:
    """A model that a line of CLI v2 would delete, where that only archives; None for another line."""
    words = line.words
    texts = [word.text for word in words]
    options = [text.partition("=")[0] for text in texts]
    if texts[:2] != ["model", "delete"] or {"--model-id", "-i"} & set(options) or not speaks_v2(lines.text):
        return None
    if not {"-n", "--name"} & set(options):
        return None
    message = l10n.t(
        "“az ml {verb}” is a command of v1, which takes --model-id; the one of CLI v2 that takes a name and a version"
        " is “az ml {instead}”.",
        verb="model delete",
        instead="model archive",
    )
    fix = Fix(
        l10n.t("Change to {new}", new="archive"), (lines.edit(words[1].start, words[1].end, "archive"),), preferred=True
    )
    return rules.OPTION.finding(lines.range(words[0].start, words[1].end), fixes=(fix,), message=message)


def _unknown_group(line: Line, lines: Lines) -> list[Finding]:
    group = line.words[0]
    near = [_OTHERWISE[group.text]] if group.text in _OTHERWISE else similar(group.text[:60], groups(), 1, 0.75)
    if not near:
        return []  # the extension grows, and its groups are not all known here
    fix = Fix(l10n.t("Change to {new}", new=near[0]), (lines.edit(group.start, group.end, near[0]),), preferred=True)
    return [
        rules.VERB.finding(
            lines.range(group.start, group.end),
            fixes=(fix,),
            name=group.text[:60],
            hint=proposal(near[0]),
        )
    ]
