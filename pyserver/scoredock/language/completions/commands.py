"""Proposals in `az ml` lines: groups, verbs, options, and the files, models and environments that options take."""

from __future__ import annotations

import posixpath
import re

from scoredock.analysis.facts import Facts
from scoredock.analysis.paths import known_folder, resolve
from scoredock.analysis.tree import Lines
from scoredock.formats.az_lines.lines import Line, command_lines
from scoredock.formats.az_lines.table import Option, groups, verbs
from scoredock.language.completions.proposal import MOST, Completion, fitting
from scoredock.text import Position, Range

_BEFORE = 4_000
"""Characters before the cursor that a command may begin in."""
_FILES = {
    "--inference-config-file": (".json", ".yml", ".yaml"),
    "--deploy-config-file": (".json", ".yml", ".yaml"),
    "--file": (".yml", ".yaml"),
    "--conda-file": (".yml", ".yaml"),
    "--entry-script": (".py",),
    "--model-metadata-file": (".json",),
    "--profile-input": (".json",),
    "--request-file": (".json",),
    "--model-path": (),
    "--source-directory": ("/",),
    "--environment-directory": ("/",),
}
"""Long name of an option → what its file ends in; a slash for folders only."""
_CHOICES = {
    "--compute-type": ("ACI", "AKS"),
    "--runtime": ("python", "spark-py"),
    "--auth-mode": ("key", "aml_token", "aad_token"),
    "--key-type": ("primary", "secondary"),
    "--key": ("Primary", "Secondary"),
    "--model-framework": ("Custom", "Onnx", "ScikitLearn", "TensorFlow"),
    "--output": ("json", "jsonc", "none", "table", "tsv", "yaml", "yamlc"),
}
_TYPED = re.compile(r"[^\s\"'=]*$")


def command_proposals(lines: Lines, facts: Facts, place: Position) -> list[Completion]:
    """Proposals where a word of a command is being typed."""
    offset = lines.offset(place)
    head = lines.text[max(0, offset - _BEFORE) : offset]
    line = _last(head)
    if line is None:
        return []
    found = _TYPED.search(head)
    typed = found.group() if found else ""
    before = [word for word in line.words if word.end <= len(head) - len(typed)]
    span = Range(Position(place.line, place.character - len(typed)), place)
    if len(typed) > place.character:
        return []
    names = [word.text for word in before]
    if not names or (len(names) == 1 and not typed.startswith("-")):
        every = sorted(groups()) if not names else sorted(groups().get(names[0], ()))
        return [Completion(name, "function", span, name) for name in fitting(every, typed)]
    options = [option for verb in verbs().get(" ".join(names[:2]), ()) for option in verb.options]
    if head.endswith("=") or (len(head) > len(typed) and head[-len(typed) - 1 : -len(typed) or None] == "="):
        option = _named(options, re.split(r"\s", head[: len(head) - len(typed)])[-1].rstrip("="))
        return _values(option, typed, span, facts) if option is not None else []
    last = _named(options, names[-1]) if names[-1].startswith("-") else None
    if last is not None and not last.flag and not typed.startswith("-"):
        return _values(last, typed, span, facts)
    return _options(options, names, span)


def _last(head: str) -> Line | None:
    """The command that the text ends in."""
    line = None
    for line in command_lines(head):  # noqa: B007 (the last one is wanted)
        pass
    if line is None:
        return None
    rest = head[max((word.end for word in line.words), default=line.start) :]
    # Behind its last word only blanks, and line ends that are marked to go on.
    return (
        line
        if re.fullmatch(r"[^\n]*|(?:[^\n]*[\\`^][ \t]*\r?\n)+[^\n]*", rest) and not re.search(r"[;&|)]", rest)
        else None
    )


def _named(options: list[Option], name: str) -> Option | None:
    return next((option for option in options if name in option.names), None)


def _options(options: list[Option], names: list[str], span: Range) -> list[Completion]:
    used = {name for name in names if name.startswith("-")}
    proposals: dict[str, Completion] = {}
    for option in sorted(options, key=lambda o: not o.required):
        if not option.names or (used & set(option.names) and not option.pair and not option.many):
            continue
        others = ", ".join(name for name in option.names if name != option.long)
        detail = " · ".join(part for part in ("required" if option.required else "", others) if part)
        proposals.setdefault(
            option.long, Completion(option.long, "key", span, option.long, detail, goes_on=not option.flag)
        )
    return list(proposals.values())


def _values(option: Option, typed: str, span: Range, facts: Facts) -> list[Completion]:
    name = option.long
    if name in _CHOICES:
        return [Completion(value, "value", span, value) for value in _CHOICES[name]]
    if name in ("--model", "--model-id"):
        every = [f"{m.name}:{m.version}" for versions in (facts.models or {}).values() for m in reversed(versions)]
        return [Completion(value, "model", span, value) for value in fitting(sorted(every, key=_newest_first), typed)]
    if name == "--environment-name":
        return [Completion(value, "value", span, value) for value in fitting(sorted(facts.environments or ()), typed)]
    return _files(_FILES[name], typed, span, facts) if name in _FILES else []


def _newest_first(reference: str) -> tuple[str, int]:
    name, _, version = reference.rpartition(":")
    return name, -int(version)


def _files(endings: tuple[str, ...], typed: str, span: Range, facts: Facts) -> list[Completion]:
    base = known_folder(facts)
    if base is None or facts.listing is None or "\x00" in typed:
        return []
    before = typed.rsplit("/", 1)[0] + "/" if "/" in typed else ""
    folder = resolve(base, before) if before else base
    try:
        names = facts.listing(folder)
    except OSError:
        return []
    proposals = []
    for name in fitting(sorted(n for n in names if not n.startswith(".")), typed[len(before) :])[:MOST]:
        is_folder = facts.is_folder(posixpath.join(folder, name))
        if is_folder or not endings or name.lower().endswith(endings):
            written = before + name if re.fullmatch(r"[\w./-]+", before + name) else f'"{before}{name}"'
            kind = "folder" if is_folder else "file"
            proposals.append(Completion(before + name, kind, span, written, goes_on=is_folder))  # type: ignore[arg-type]
    return sorted(proposals, key=lambda p: p.kind == "folder")
