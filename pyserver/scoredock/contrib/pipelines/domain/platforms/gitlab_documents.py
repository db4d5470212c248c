"""A file of GitLab CI with all that it is put together from: merge keys, inputs, included files of the repository, jobs
that extend others, `!reference`."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import field, replace

from scoredock import l10n
from scoredock.contrib.pipelines.domain.keys.unread import unread_keys
from scoredock.contrib.pipelines.domain.platforms.gitlab_rules import Matching, by_rules, filled
from scoredock.contrib.pipelines.domain.platforms.stand_ins import Files
from scoredock.contrib.pipelines.domain.unfolding import Unfolding
from scoredock.contrib.pipelines.domain.values import (
    Fields,
    Items,
    PipelineFault,
    Text,
    Value,
    YamlPlace,
    items_of,
    read_value,
    texts_of,
)
from scoredock.late_dataclass import dataclass

_DEEPEST = 10
_SPEC = re.compile(r"^spec:", re.MULTILINE)
_INPUT = re.compile(r"\$\[\[\s*inputs\.([\w-]+)\s*\]\]")


@dataclass(frozen=True, slots=True)
class GitlabSurroundings:
    """Surroundings that a file is read with."""

    files: Files
    matching: Matching
    facts: Mapping[str, str]
    """Variables of the platform."""
    inputs: Mapping[str, str]
    unfolding: Unfolding = field(default_factory=Unfolding)
    unread: list[tuple[str, YamlPlace]] = field(default_factory=list)
    """What could not be read, with its place."""


def whole_document(file: str, surroundings: GitlabSurroundings) -> Fields:
    """The mapping of a file in which nothing refers to something else any more. Raises PipelineFault."""
    values = {name: Text(text, YamlPlace(file, 1, 1)) for name, text in surroundings.inputs.items()}
    root = _with_included(file, values, surroundings, 0)
    extension = _Extends(root, surroundings.unfolding)
    entries = tuple(
        (key, extension.of(key.text, value, 0) if isinstance(value, Fields) else value) for key, value in root.entries
    )
    extended = Fields(entries, root.source)
    return Fields(tuple(_References(extended, surroundings.unfolding).entries(extended, 0)), root.source)


def _with_included(file: str, values: Mapping[str, Value], surroundings: GitlabSurroundings, depth: int) -> Fields:
    """Document with the entries of included files below its own. Raises PipelineFault."""
    document = _document(file, values, surroundings)
    if depth > _DEEPEST:
        raise PipelineFault(l10n.t("Templates include one another too deeply."), document.source)
    whole = Fields((), document.source)
    for item in items_of(document.get("include")):
        options = item if isinstance(item, Fields) else Fields((), item.source)
        rules = options.get("rules")
        if rules is not None and not by_rules(rules, surroundings.facts, surroundings.matching).is_in:
            continue
        inputs = {key.text: value for key, value in options.fields("inputs").entries}
        local = filled(item.text if isinstance(item, Text) else options.text("local"), surroundings.facts)
        local = local or _component(filled(options.text("component"), surroundings.facts), surroundings)
        for path in _paths(local, item.source, surroundings):
            surroundings.unfolding.count("files", 1, item.source)
            whole = _both(whole, _with_included(path, inputs, surroundings, depth + 1), surroundings.unfolding)
    return _both(whole, document, surroundings.unfolding)


def _component(text: str, surroundings: GitlabSurroundings) -> str:
    """The file of a component of this repository as it is; empty for others."""
    _, is_here, name = text.removesuffix(f"@{surroundings.facts['CI_COMMIT_SHA']}").partition(
        f"/{surroundings.facts['CI_PROJECT_PATH']}/"
    )
    files = (f"templates/{name}.yml", f"templates/{name}/template.yml")
    return next((each for each in files if is_here and surroundings.files(each) is not None), "")


def _paths(local: str, where: YamlPlace, surroundings: GitlabSurroundings) -> Iterator[str]:
    """The files of one `include`; what is elsewhere is unread."""
    path = posixpath.normpath(local.lstrip("/"))
    # Two stars and a slash are at least one folder here, and none as well in rules.
    paths = surroundings.matching(path.replace("**/", "**?/")) if "*" in path else (path,)
    here = [each for each in paths if local and "://" not in local and surroundings.files(each) is not None]
    if not here:
        sentence = l10n.t("The included file “{name}” is not in this repository.", name=local or "include")
        surroundings.unread.append((sentence, where))
    yield from here


def _document(file: str, values: Mapping[str, Value], surroundings: GitlabSurroundings) -> Fields:
    """The second document of a file whose first one declares inputs, else the first one. Raises PipelineFault."""
    text = surroundings.files(file) or ""
    head, separator, body = text.partition("\n---")
    declares = separator and _SPEC.search(head)
    value = read_value(head if declares else text, file)
    declared = Fields((), value.source)
    if declares and isinstance(value, Fields):
        surroundings.unread.extend(unread_keys(value, "gitlab"))
        declared = value.fields("spec").fields("inputs")
        blank = "\n" * (head.count("\n") + 1)
        inputs = {**_defaults(declared), **values}
        absent = next((key for key, _ in declared.entries if key.text not in inputs), None)
        if absent is not None:
            raise PipelineFault(l10n.t("The parameter “{name}” has no value.", name=absent.text), absent.source)
        value = _with_inputs(read_value(blank + body, file), inputs)
    for name, each in values.items():
        if declared.get(name) is None:
            surroundings.unread.append((l10n.t("There is no parameter “{name}”.", name=name), each.source))
    if not isinstance(value, Fields):
        raise PipelineFault(l10n.t("{file} is not a pipeline.", file=file), value.source)
    merged = _merged(value)
    return merged if isinstance(merged, Fields) else value


def _defaults(declared: Fields) -> dict[str, Value]:
    return {
        key.text: default
        for key, each in declared.entries
        if isinstance(each, Fields) and (default := each.get("default")) is not None
    }


def _with_inputs(value: Value, inputs: Mapping[str, Value]) -> Value:
    if isinstance(value, Items):
        return replace(value, items=tuple(_with_inputs(each, inputs) for each in value.items))
    if isinstance(value, Fields):
        entries = tuple((_input_text(key, inputs), _with_inputs(each, inputs)) for key, each in value.entries)
        return Fields(entries, value.source)
    match = _INPUT.fullmatch(value.text)
    whole = inputs.get(match.group(1)) if match else None
    return whole if whole is not None else _input_text(value, inputs)


def _input_text(text: Text, inputs: Mapping[str, Value]) -> Text:
    def value(match: re.Match[str]) -> str:
        each = inputs.get(match.group(1))
        return each.text if isinstance(each, Text) else match.group()

    return replace(text, text=_INPUT.sub(value, text.text))


def _merged(value: Value) -> Value:
    """Value with the entries of the mappings under its merge keys, the first one of several before the others."""
    if isinstance(value, Items):
        return replace(value, items=tuple(map(_merged, value.items)))
    if not isinstance(value, Fields):
        return value
    bases = [each for key, value in value.entries if key.text == "<<" for each in reversed(items_of(value))]
    entries = {
        key.text: (key, each) for base in map(_merged, bases) if isinstance(base, Fields) for key, each in base.entries
    }
    entries |= {key.text: (key, _merged(each)) for key, each in value.entries if key.text != "<<"}
    return Fields(tuple(entries.values()), value.source)


def _both(base: Fields, over: Fields, unfolding: Unfolding) -> Fields:
    """Mappings are merged, everything else is replaced. Raises PipelineFault."""
    unfolding.count("values", len(base.entries) + len(over.entries), over.source)
    entries = {key.text: (key, value) for key, value in base.entries}
    for key, value in over.entries:
        before = entries.get(key.text)
        inner = before[1] if before else None
        both = _both(inner, value, unfolding) if isinstance(inner, Fields) and isinstance(value, Fields) else value
        entries[key.text] = (key, both)
    return Fields(tuple(entries.values()), over.source)


class _Extends:
    """Jobs with the keys of those that they extend, each made once."""

    def __init__(self, root: Fields, unfolding: Unfolding) -> None:
        self._root, self._unfolding = root, unfolding
        self._whole: dict[str, Fields] = {}

    def of(self, name: str, value: Fields, depth: int) -> Fields:
        """Raises PipelineFault."""
        if depth > _DEEPEST:
            raise PipelineFault(l10n.t("The job “{job}” extends itself.", job=name), value.source)
        if name in self._whole:
            return self._whole[name]
        merged: Fields | None = None
        for base in texts_of(value.get("extends")):
            other = self._root.get(base)
            if not isinstance(other, Fields):
                raise PipelineFault(
                    l10n.t("The job “{job}” extends “{base}”, which is not there.", job=name, base=base), value.source
                )
            expanded = self.of(base, other, depth + 1)
            merged = expanded if merged is None else _both(merged, expanded, self._unfolding)
        self._whole[name] = _both(merged, value, self._unfolding) if merged is not None else value
        return self._whole[name]


class _References:
    """Values with what they refer to by `!reference` in its place; lists in lists become one."""

    def __init__(self, root: Fields, unfolding: Unfolding) -> None:
        self._root, self._unfolding = root, unfolding

    def entries(self, value: Fields, depth: int) -> Iterator[tuple[Text, Value]]:
        for key, each in value.entries:
            yield key, self._of(each, depth)

    def _of(self, value: Value, depth: int) -> Value:
        """Raises PipelineFault."""
        self._unfolding.count("values", 1, value.source)
        if isinstance(value, Fields):
            return Fields(tuple(self.entries(value, depth)), value.source)
        if not isinstance(value, Items):
            return value
        if value.tag != "!reference":
            return replace(value, items=tuple(self._flat(value, depth)))
        names = texts_of(value)
        title = ", ".join(names)
        if depth > _DEEPEST:
            raise PipelineFault(l10n.t("“!reference [{names}]” refers to itself.", names=title), value.source)
        target: Value | None = self._root
        for name in names:
            if isinstance(target, Items) and name.isdecimal():
                target = next(iter(target.items[int(name[:9]) :]), None)
            else:
                target = target.get(name) if isinstance(target, Fields) else None
        if target is None:
            raise PipelineFault(l10n.t("“!reference [{names}]” is not there.", names=title), value.source)
        return self._of(target, depth + 1)

    def _flat(self, value: Items, depth: int) -> Iterator[Value]:
        for each in value.items:
            whole = self._of(each, depth)
            yield from whole.items if isinstance(whole, Items) else (whole,)
