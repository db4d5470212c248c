"""Corrections of `az ml` lines of v1 that do not work. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.contrib.az.checks import rules
from scoredock.contrib.az.checks.commands import check_command_text
from scoredock.contrib.az.checks.releases import OptionValues, line, options_of, without_strange
from scoredock.formats.az_lines.table import AzVerb, Option, v1_verbs
from scoredock.text import Position, Range, TextEdit

_MOST_ROUNDS = 6
_NAME_AND_VERSION = (Option(("--name", "-n", "--model-name")), Option(("--version", "-v")))
_SOURCES = {"--model-path", "--asset-path", "--run-metadata-file"}
_NOWHERE = Range(Position(0, 0), Position(0, 0))


def sentences(words: Sequence[str]) -> list[str]:
    """Messages of the checks for a line that they call wrong, in their order."""
    findings = check_command_text(line(words), Facts(path=""), mark="", is_v1=True)
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
        if not head.startswith("--") or head == "--name" or any(each.startswith(head) for each in own):
            continue
        for other, verb in verbs.items():
            if other.partition(" ")[0] == group and any(head in option.names for option in verb.options):
                hint = l10n.t("; it belongs to “az ml {verb}”", verb=other)
                messages.append(rules.OPTION.finding(_NOWHERE, verb=name, option=head, hint=hint).message)
                break
    return messages


def corrected(words: Sequence[str]) -> str:
    """The line as it was meant, beginning with `az ml`; empty where that is not certain."""
    plain = _without_optional(words)
    return _corrected(plain) or ("" if plain == list(words) or sentences(plain) else _if_whole(plain))


def _without_optional(words: Sequence[str]) -> list[str]:
    """Without what a synopsis has in brackets: `[--tag TAG]`."""
    plain: list[str] = []
    is_optional = False
    for word in words:
        is_optional = is_optional or word.startswith("[-")
        if not is_optional:
            plain.append(word)
        is_optional = is_optional and not word.endswith("]")
    return list(words) if is_optional else plain


def _if_whole(words: Sequence[str]) -> str:
    """The line, where it is one of v1 with all that its verb wants."""
    verb = v1_verbs().get(" ".join(takewhile(lambda word: not word.startswith("-"), words)))
    options = None if verb is None else options_of(verb, words[len(verb.name.split()) :])
    return "" if verb is None or options is None or _missing(verb, options) else line(words)


def _corrected(words: Sequence[str]) -> str:
    verbs = v1_verbs()
    for name in sorted(verbs, key=lambda each: -len(each)):
        parts = name.split()
        if list(words[: len(parts)]) == parts:
            rest = words[len(parts) :]
            return (
                _with_id(verbs[name], rest)
                or _of_verb(verbs[name], rest)
                or ("" if options_of(verbs[name], rest) else _of_another(verbs, name, rest))
                or _without_strange(verbs[name], rest)
            )
    return _repaired(words)


def _with_id(verb: AzVerb, rest: Sequence[str]) -> str:
    """Line with the id that v1 wants in place of a name and a version; empty if that is not it."""
    if not any(option.required and option.long == "--model-id" for option in verb.options):
        return ""
    by_name = AzVerb(verb.name, (*verb.options, *_NAME_AND_VERSION), closed=True)
    values = {option.long: value for option, value in options_of(by_name, rest) or ()}
    name, version = values.pop("--model-name", ()), values.pop("--version", ())
    if not name or not version or "--model-id" in values:
        return ""
    kept = [word for option, value in values.items() for word in (option, *value)]
    return line([*verb.name.split(), "-i", f"{name[0]}:{version[0]}", *kept])


def _of_verb(verb: AzVerb, rest: Sequence[str]) -> str:
    """Line with the name that is missing, or with the repairs of the checks; empty if there is none."""
    pairs = options_of(verb, rest)
    if pairs is None:
        return _repaired([*verb.name.split(), *rest])
    missing = _missing(verb, pairs)
    if verb.name == "model register" and not missing and not _SOURCES & {option.long for option, _ in pairs}:
        # `--path` is the folder of the project in v1, and the model in v2.
        return (
            line([*verb.name.split(), *("-p" if word == "--path" else word for word in rest)])
            if "--path" in rest
            else ""
        )
    if len(missing) == 1 and missing[0].long == "--name" and verb.name == "model deploy":
        return line([*verb.name.split(), "-n", _name_from(pairs), *rest])
    return ""


def _missing(verb: AzVerb, options: OptionValues) -> list[Option]:
    return [each for each in verb.options if each.required and each not in [option for option, _ in options]]


def _of_another(verbs: dict[str, AzVerb], name: str, rest: Sequence[str]) -> str:
    """The same options under the one verb of the group that has them all, if one of them is written in full and the
    verb of the line lacks it: letters alone mean something else under each verb."""
    group, _, action = name.rpartition(" ")
    if action == "delete":
        return ""  # nobody who deletes means to make something
    heads = {word.partition("=")[0] for word in rest if word.startswith("--")}
    if heads <= {each for option in verbs[name].options for each in option.names}:
        return ""
    lines = []
    for other, verb in verbs.items():
        if other == name or other.rpartition(" ")[0] != group or (_is_a_look(name) and not _is_a_look(other)):
            continue
        options = options_of(verb, rest)
        names = {each for option in verb.options for each in option.names}
        if options is None or _missing(verb, options) or any(len(each) > 3 for each in heads - names):
            continue
        written = [word for option, values in options for word in (min(option.names, key=len), *values)]
        lines.append(line([*other.split(), *written]))
    return lines[0] if len(lines) == 1 else ""


def _without_strange(verb: AzVerb, rest: Sequence[str]) -> str:
    """Without options that no release has, where a line of v1 is left."""
    kept = without_strange(verb, rest)
    words = [*verb.name.split(), *kept]
    if len(kept) == len(rest):
        return ""
    return _of_verb(verb, kept) if sentences(words) else _if_whole(words)


def _is_a_look(name: str) -> bool:
    return name.rpartition(" ")[2].startswith(("get-", "list", "show"))


def _name_from(options: OptionValues) -> str:
    """The name of the model as that of a service, or one as in the documentation."""
    model = next((values[0] for option, values in options if option.long == "--model" and values), "")
    name = "".join(c if c.isalnum() else "-" for c in model.partition(":")[0].lower()).strip("-")[:32]
    return name if len(name) >= 3 and name[0].isalpha() else "myservice"


def _repaired(words: Sequence[str]) -> str:
    """Line with the preferred repairs of the checks; empty if errors are left or nothing is repaired."""
    text = line(words)
    for _ in range(_MOST_ROUNDS):
        errors = [
            each for each in check_command_text(text, Facts(path=""), mark="", is_v1=True) if each.severity == "error"
        ]
        if not errors:
            return text if text != line(words) else ""
        edits = next((fix.edits for each in errors for fix in each.fixes if fix.preferred), None)
        if edits is None:
            return ""
        text = _edited(text, edits)
    return ""


def _edited(text: str, edits: Sequence[TextEdit]) -> str:
    """Text of one line with the edits made."""
    for edit in sorted(edits, key=lambda each: each.range.start.character, reverse=True):
        text = text[: edit.range.start.character] + edit.new_text + text[edit.range.end.character :]
    return text
