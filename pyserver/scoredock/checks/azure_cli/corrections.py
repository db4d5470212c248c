"""What somebody who wrote an `az ml` line of v1 that does not work probably meant. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import NamedTuple

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.checks.azure_cli import rules
from scoredock.checks.azure_cli.commands import check_command_text
from scoredock.checks.azure_cli.table import AzVerb, Option, v1_verbs, v2_form
from scoredock.text import Position, Range, TextEdit

_MOST_ROUNDS = 6
_NOWHERE = Range(Position(0, 0), Position(0, 0))
_COMMON = {"--resource-group": "-g", "--workspace-name": "-w", "--output": "-o", "--query": "--query"}
_WORDS_OF_V1 = {
    "model list": {"--name": "-n"},
    "model show": {"--name": "-n", "--version": "--version"},
    "model download": {"--name": "-i", "--version": "-i", "--download-path": "-t"},
    "model update": {"--name": "-i", "--version": "-i", "--description": "--description"},
    "environment show": {"--name": "-n", "--version": "-v"},
    "workspace create": {"--name": "-w", "--display-name": "-f", "--location": "-l"},
    "workspace show": {"--name": "-w"},
}
"""Commands that v1 and v2 share: the options of v2 that v1 has under another name. Name and version make one id."""


class LineOfV2(NamedTuple):
    """A line with options of v2, of a command that v1 has as well."""

    message: str
    instead: str
    """The line of v1; empty where that is not certain."""


def line_of_v2(words: Sequence[str]) -> LineOfV2 | None:
    """None for a line of v1, and for one that is wrong in v2 as well."""
    name, rest = " ".join(words[:2]), words[2:]
    form = v2_form(name)
    options = _options(form, rest) if form else None
    if not options or _options(v1_verbs()[name], rest) is not None:
        return None
    flags = {each: option.flag for option in v1_verbs()[name].options for each in option.names}
    written = [word.partition("=")[0] for word in rest if word.startswith("-")]
    strange = [
        head for head in written for option, _ in options if head in option.names and flags.get(head) != option.flag
    ]
    message = l10n.t(
        "“az ml {verb}” with {options} is a line of Azure ML CLI v2, and Scoredock runs those of v1.",
        verb=name,
        options=", ".join(dict.fromkeys(strange)),
    )
    return LineOfV2(message, _as_v1(name, options))


def _as_v1(name: str, options: Sequence[tuple[Option, tuple[str, ...]]]) -> str:
    names = {**_COMMON, **_WORDS_OF_V1.get(name, {})}
    if name not in _WORDS_OF_V1 or any(option.long not in names or not values for option, values in options):
        return ""
    values_by_name: dict[str, list[str]] = {}
    for option, values in options:
        values_by_name.setdefault(names[option.long], []).extend(values)
    words = [word for option, values in values_by_name.items() for word in (option, ":".join(values))]
    if len(values_by_name.get("-i", ())) == 1:
        return ""  # v1 wants the version, too
    return _line([*name.split(), *words, *(("-t", ".") if name == "model download" and "-t" not in words else ())])


def sentences(words: Sequence[str]) -> list[str]:
    """What the checks say of a line that they call wrong, first things first."""
    findings = check_command_text(_line(words), Facts(path=""), mark="")
    return [each.message for each in findings if each.severity == "error"] or _misplaced(words)


def _misplaced(words: Sequence[str]) -> list[str]:
    """The options of other verbs of v1, where the checks have to think of v2 as well."""
    verbs = v1_verbs()
    name = next((" ".join(words[:count]) for count in (3, 2) if " ".join(words[:count]) in verbs), "")
    if not name:
        return []
    own = {each for option in verbs[name].options for each in option.names}
    group = name.partition(" ")[0]
    messages = []
    for word in words:
        head = word.partition("=")[0]
        if not head.startswith("-") or any(each.startswith(head) for each in own):
            continue
        for other, verb in verbs.items():
            if other.partition(" ")[0] == group and any(head in option.names for option in verb.options):
                hint = l10n.t("; it belongs to “az ml {verb}”", verb=other)
                messages.append(rules.OPTION.finding(_NOWHERE, verb=name, option=head, hint=hint).message)
                break
    return messages


def corrected(words: Sequence[str]) -> str:
    """The line as it was meant, beginning with `az ml`; empty where that is not certain."""
    verbs = v1_verbs()
    for name in sorted(verbs, key=lambda each: -len(each)):
        parts = name.split()
        if list(words[: len(parts)]) == parts:
            rest = words[len(parts) :]
            return _of_verb(verbs[name], rest) or (
                "" if _options(verbs[name], rest) else _of_another(verbs, name, rest)
            )
    return _repaired(words)


def _of_verb(verb: AzVerb, rest: Sequence[str]) -> str:
    """With the name that is missing, or with the repairs of the checks."""
    given = _options(verb, rest)
    if given is None:
        return _repaired([*verb.name.split(), *rest])
    missing = [each for each in verb.options if each.required and each not in [option for option, _ in given]]
    if len(missing) == 1 and missing[0].long == "--name":
        return _line([*verb.name.split(), "-n", _name_from(given), *rest])
    return ""


def _of_another(verbs: dict[str, AzVerb], name: str, rest: Sequence[str]) -> str:
    """The same options under the verb of the group that has them all."""
    group = name.rpartition(" ")[0]
    for other, verb in verbs.items():
        if other == name or other.rpartition(" ")[0] != group or (_is_a_look(name) and not _is_a_look(other)):
            continue
        options = _options(verb, rest)
        if options is None or any(
            each.required and each not in [option for option, _ in options] for each in verb.options
        ):
            continue
        written = [word for option, values in options for word in (min(option.names, key=len), *values)]
        return _line([*other.split(), *written])
    return ""


def _is_a_look(name: str) -> bool:
    return name.rpartition(" ")[2].startswith(("get-", "list", "show"))


def _options(verb: AzVerb, rest: Sequence[str]) -> list[tuple[Option, tuple[str, ...]]] | None:
    """The options as the verb knows them, with their values; None when it lacks one. A short option may have one dash
    too many."""
    names = {name: option for option in verb.options for name in option.names}
    options: list[tuple[Option, tuple[str, ...]]] = []
    index = 0
    while index < len(rest):
        head, equals, tail = rest[index].partition("=")
        option = names.get(head) or (names.get(head[1:]) if len(head) == 3 else None)
        if option is None:
            return None
        index += 1
        if option.flag:
            options.append((option, ()))
        elif equals:
            options.append((option, (tail,)))
        elif index < len(rest):
            options.append((option, (rest[index],)))
            index += 1
        else:
            return None
    return options


def _name_from(options: Sequence[tuple[Option, tuple[str, ...]]]) -> str:
    """The name of the model as that of a service, or one as in the documentation."""
    model = next((values[0] for option, values in options if option.long == "--model" and values), "")
    name = "".join(c if c.isalnum() else "-" for c in model.partition(":")[0].lower()).strip("-")[:32]
    return name if len(name) >= 3 and name[0].isalpha() else "myservice"


def _repaired(words: Sequence[str]) -> str:
    """With the preferred repairs of the checks, as far as they end in a line without errors."""
    text = _line(words)
    for _ in range(_MOST_ROUNDS):
        errors = [each for each in check_command_text(text, Facts(path=""), mark="") if each.severity == "error"]
        if not errors:
            return text if text != _line(words) else ""
        edits = next((fix.edits for each in errors for fix in each.fixes if fix.preferred), None)
        if edits is None:
            return ""
        text = _edited(text, edits)
    return ""


def _edited(text: str, edits: Sequence[TextEdit]) -> str:
    """Of a text of one line."""
    for edit in sorted(edits, key=lambda each: each.range.start.character, reverse=True):
        text = text[: edit.range.start.character] + edit.new_text + text[edit.range.end.character :]
    return text


def _line(words: Sequence[str]) -> str:
    return " ".join(["az", "ml", *(word if _is_placeholder(word) else shlex.quote(word) for word in words)])


def _is_placeholder(word: str) -> bool:
    return word.startswith("<") and word.endswith(">")
