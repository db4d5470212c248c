"""Compiles a file as Azure Pipelines does before it runs: `${{ }}` is filled in, and templates take their places. The
result has neither.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from scoredock import l10n
from scoredock.contrib.pipelines.domain.expressions.azure_functions import AZURE, azure_scope, azure_text, azure_true
from scoredock.contrib.pipelines.domain.expressions.evaluation import evaluate
from scoredock.contrib.pipelines.domain.expressions.tokens import ExpressionFault
from scoredock.contrib.pipelines.domain.keys.names import chains
from scoredock.contrib.pipelines.domain.parameters import require_one_of
from scoredock.contrib.pipelines.domain.platforms.azure_values import as_written, typed, value_of, yaml_of
from scoredock.contrib.pipelines.domain.platforms.stand_ins import Files
from scoredock.contrib.pipelines.domain.running.azure_variables import PlatformFacts
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
)

Scope = Mapping[str, Any]
"""What the expressions of a place see."""

_INLINE = re.compile(r"\$\{\{((?:'(?:[^']|'')*'|[^'}])*)\}\}")
_DIRECTIVE = re.compile(r"^\$\{\{\s*(if|elseif|else|each|insert)\b(.*)\}\}$", re.DOTALL)
_EACH = re.compile(r"^\s*(\w+)\s+in\s+(.*)$", re.DOTALL)
_DEEPEST = 20
_LISTS = ("stages", "jobs", "steps", "variables")
"""Whose items may be templates."""
_ARGUMENTS = "parameters"
_CHOOSING = ("string", "number", "boolean", "stringlist")
"""Types of parameters whose `values` are all that they may have."""
_EMPTY = ""


class Compiler:
    """Compiler of one pipeline with what it includes; `facts` are the variables of the platform that templates see."""

    def __init__(self, files: Files, facts: PlatformFacts) -> None:
        self._files = files
        self._facts = facts
        self._open = 0
        """How many templates are being read, one in the other."""
        self.unfolding = Unfolding()
        self.unread: list[tuple[str, YamlPlace]] = []
        """Templates that are elsewhere, with their places."""
        self.declared: list[Fields] = []
        """The parameters of each file, and each call of a template, under their key."""

    def pipeline(self, document: Fields, start_values: Mapping[str, str]) -> Fields:
        """A whole file, with the values that whoever starts it gives its parameters. Raises PipelineFault."""
        arguments = {name: _started(document, name, text) for name, text in start_values.items()}
        if arguments and document.get("parameters") is None:
            raise PipelineFault(l10n.t("There is no parameter “{name}”.", name=next(iter(arguments))), document.source)
        return self._document(document, self._parameters(document, arguments, document.source), self._facts.values)

    def _document(self, document: Fields, parameters: Mapping[str, Any], variables: Mapping[str, Any]) -> Fields:
        scope = {"parameters": parameters, "variables": dict(variables)}
        entries = tuple(entry for entry in document.entries if entry[0].text != "parameters")
        whole = Fields(tuple(self._scoped(Fields(entries, document.source), scope)), document.source)
        extends = whole.get("extends")
        if not isinstance(extends, Fields):
            return whole
        template = self._template(extends, "stages", scope)
        outer = [entry for entry in whole.entries if entry[0].text != "extends"]
        if template is None:
            return Fields((*outer, (Text("stages", extends.source), Items((extends,), extends.source))), whole.source)
        before, behind = (as_items(each.get("variables")) for each in (whole, template))
        inner = [entry for entry in template.entries if entry[0].text != "variables"]
        joined = (Text("variables", whole.source), Items((*before, *behind), whole.source))
        outer = [entry for entry in outer if entry[0].text != "variables"]
        return Fields((*outer, joined, *inner), whole.source)

    # ------------------------------------------------------------------------------------------------- templates

    def _template(self, call: Fields, kind: str, scope: Scope) -> Fields | None:
        """A template with its own parameters filled in; None for one that is elsewhere. Raises PipelineFault."""
        name, where = call.text("template"), call.source
        path, _, repository = name.partition("@")
        if repository and repository.lower() != "self":
            self.unread.append((l10n.t("The template “{name}” is in another repository.", name=name), where))
            return None
        base = "" if path.startswith(("/", "\\")) else posixpath.dirname(where.file)
        file = posixpath.normpath(posixpath.join(base, path.replace("\\", "/").lstrip("/")))
        text = self._files(file)
        if text is None:
            raise PipelineFault(l10n.t("The template “{name}” is not there.", name=name), where)
        self.unfolding.count("files", 1, where)
        document = read_value(text, file)
        if not isinstance(document, Fields):
            raise PipelineFault(l10n.t("The template “{name}” has no {kind}.", name=name, kind=kind), where)
        self.declared.append(Fields(((Text("extends", where), call),), where))
        arguments = {key.text: value for key, value in call.fields(_ARGUMENTS).entries}
        values = self._parameters(document, arguments, where)
        if self._open >= _DEEPEST:
            raise PipelineFault(l10n.t("Templates include one another too deeply."), where)
        self._open += 1
        try:
            return self._document(document, values, scope["variables"])
        finally:
            self._open -= 1

    def _included(self, call: Fields, kind: str, scope: Scope) -> Iterator[Value]:
        """Yields the content of a template for the place where it is called; the call itself if it is elsewhere."""
        template = self._template(call, kind, scope)
        if template is None:
            yield call
            return
        inner = template.get(kind)
        if inner is None:
            message = l10n.t("The template “{name}” has no {kind}.", name=call.text("template"), kind=kind)
            raise PipelineFault(message, call.source)
        yield from as_items(inner) if kind == "variables" else items_of(inner)

    def _parameters(self, document: Fields, arguments: Mapping[str, Value], where: YamlPlace) -> dict[str, Any]:
        """The values of what a file declares. Raises PipelineFault for one without a value, or a value that it does
        not allow."""
        self.declared.append(
            Fields(tuple(entry for entry in document.entries if entry[0].text == "parameters"), document.source)
        )
        declared = document.get("parameters")
        if not isinstance(declared, Items):
            pairs = declared.entries if isinstance(declared, Fields) else ()
            untyped = {**{key.text: value for key, value in pairs}, **arguments}
            return {name: value_of(value, as_written) for name, value in untyped.items()}
        items = [item for item in declared.items if isinstance(item, Fields)]
        names = {item.text("name").lower() for item in items}
        for name, value in arguments.items():
            if name.lower() not in names:
                raise PipelineFault(l10n.t("There is no parameter “{name}”.", name=name), value.source)
        by_name = {name.lower(): value for name, value in arguments.items()}
        return {
            item.text("name"): self._parameter(item, by_name.get(item.text("name").lower()), where) for item in items
        }

    def _parameter(self, item: Fields, argument: Value | None, where: YamlPlace) -> Any:
        name, kind = item.text("name"), item.text("type", "string")
        allowed = items_of(item.get("values"))
        value = argument if argument is not None else item.get("default")
        if value is None and not self._open:
            # Who starts a pipeline by hand finds the first one chosen.
            value = allowed[0] if allowed else Text("false", where) if kind.lower() == "boolean" else None
        if value is None:
            raise PipelineFault(l10n.t("The parameter “{name}” has no value.", name=name), where)
        result = typed(kind, value, name)
        if kind.lower() not in _CHOOSING:
            return result
        choices = [typed("string" if kind.lower() == "stringlist" else kind, each, name) for each in allowed]
        for each in (result if isinstance(result, list) else [result]) if choices else ():
            require_one_of(list(map(azure_text, choices)), azure_text(each), name, where)
        return result

    # ------------------------------------------------------------------------------------------------- expansion

    def _expanded(self, value: Value, scope: Scope, kind: str) -> Value:
        """Value with everything filled in; `kind` is the key that it stands behind. Raises PipelineFault."""
        self.unfolding.count("values", 1, value.source)
        if isinstance(value, Text):
            filled = self._text(value, scope)
            if not isinstance(filled, Items) or kind not in _LISTS:
                return filled
            return Items(tuple(self._placed(filled, scope, kind)), filled.source)
        if isinstance(value, Items):
            return Items(tuple(self._items(value.items, scope, kind)), value.source)
        return Fields(tuple(self._entries(value.entries, scope, kind)), value.source)

    def _scoped(self, value: Fields, scope: Scope) -> Iterator[tuple[Text, Value]]:
        """The entries of a file, a stage or a job, whose other entries see its variables: the scope has them then."""
        variables = value.get("variables")
        if variables is not None:
            entries = tuple(self._variables(variables, scope))
            yield Text("variables", variables.source), Items(entries, variables.source)
        yield from self._entries(tuple(each for each in value.entries if each[0].text != "variables"), scope, _EMPTY)

    def _variables(self, value: Value, scope: Scope) -> Iterator[Value]:
        """Each as `name` and `value`, or a group; it sees those before it."""
        if isinstance(value, Text):
            value = self._expanded(value, scope, _EMPTY)
        if isinstance(value, Items):
            items = self._items(value.items, scope, "variables")
        elif isinstance(value, Text) and not value.is_null:
            items = iter((value,))
        else:
            entries = self._entries(value.entries if isinstance(value, Fields) else (), scope, _EMPTY)
            items = (each for entry in entries for each in as_items(Fields((entry,), value.source)))
        for each in items:
            if isinstance(each, Fields) and each.text("name"):
                scope["variables"][each.text("name")] = each.text("value")
            yield each

    def _directed(self, parts: Iterable[tuple[Text, Value]], scope: Scope) -> Iterator[tuple[bool, Text, Value, Scope]]:
        """Each part that is not a directive; and what stands below one, as often as it says, with what is seen
        there."""
        has_branch: bool | None = None
        """Whether a branch of the chain was; null where there is none."""
        for key, value in parts:
            word, text = _directive(key)
            if word in ("elseif", "else") and has_branch is None:
                raise PipelineFault(l10n.t("“{word}” has no “if” before it.", word=word), key.source)
            before = bool(has_branch) and word != "if"
            applies = word not in ("if", "elseif", "else") or (
                not before and (word == "else" or azure_true(self._evaluate(text, scope, key.source)))
            )
            has_branch = before or applies if word in ("if", "elseif") else None
            for inner in self._each(text, scope, key.source) if word == "each" else [scope] * applies:
                yield bool(word), key, value, inner

    def _items(self, items: tuple[Value, ...], scope: Scope, kind: str) -> Iterator[Value]:
        for is_below, _, value, inner in self._directed(map(_part, items), scope):
            yield from self._inner(value, inner, kind) if is_below else self._item(value, inner, kind)

    def _inner(self, inner: Value, scope: Scope, kind: str) -> Iterator[Value]:
        """Yields the items below a directive of a list."""
        if isinstance(inner, Items):
            yield from self._items(inner.items, scope, kind)
        else:
            yield from self._item(inner, scope, kind)

    def _item(self, item: Value, scope: Scope, kind: str) -> Iterator[Value]:
        """One item that is not a directive, or what stands for it."""
        if isinstance(item, Fields) and kind in ("stages", "jobs") and item.get("template") is None:
            self.unfolding.count("values", 1, item.source)
            inner = {**scope, "variables": dict(scope["variables"])}
            yield from self._item_of(Fields(tuple(self._scoped(item, inner)), item.source), scope, kind)
        elif isinstance(item, Text) and "${{" in item.text:
            yield from self._placed(self._text(item, scope), scope, kind)
        else:
            yield from self._item_of(self._expanded(item, scope, kind if kind == _ARGUMENTS else _EMPTY), scope, kind)

    def _placed(self, value: Value, scope: Scope, kind: str) -> Iterator[Value]:
        """Yields the items that an expression gave: a list is inserted item by item, and nothing for null."""
        for each in [value] if isinstance(value, Text) else items_of(value):
            yield from self._item_of(each, scope, kind)

    def _item_of(self, item: Value, scope: Scope, kind: str) -> Iterator[Value]:
        if isinstance(item, Fields) and kind in _LISTS and item.get("template") is not None:
            yield from self._included(item, kind, scope)
        elif kind not in _LISTS or (item.entries if isinstance(item, Fields) else not _is_null(item)):
            yield item

    def _entries(
        self, entries: tuple[tuple[Text, Value], ...], scope: Scope, kind: str
    ) -> Iterator[tuple[Text, Value]]:
        for is_below, key, value, inner in self._directed(entries, scope):
            if is_below:
                yield from self._below(value, inner, kind)
                continue
            name = self._text(key, inner)
            name = name if isinstance(name, Text) else key
            yield name, self._expanded(value, inner, kind if kind == _ARGUMENTS else name.text)

    def _below(self, value: Value, scope: Scope, kind: str) -> Iterator[tuple[Text, Value]]:
        """Yields the entries below a directive of a mapping."""
        if isinstance(value, Text):
            value = self._expanded(value, scope, kind)
            yield from value.entries if isinstance(value, Fields) else ()
        elif isinstance(value, Fields):
            yield from self._entries(value.entries, scope, kind)

    def _each(self, text: str, scope: Scope, where: YamlPlace) -> Iterator[Scope]:
        match = _EACH.match(text)
        if match is None:
            raise PipelineFault(l10n.t("The expression “{text}” cannot be read.", text=text.strip()), where)
        values = self._evaluate(match.group(2), scope, where)
        if isinstance(values, Mapping):
            values = [{"key": key, "value": each} for key, each in values.items()]
        for each in values if isinstance(values, list) else ():
            self.unfolding.count("values", 1, where)
            yield {**scope, match.group(1).lower(): each}

    # ----------------------------------------------------------------------------------------------- expressions

    def _text(self, value: Text, scope: Scope) -> Value:
        if "${{" not in value.text:
            return value
        whole = _INLINE.fullmatch(value.text.strip())
        if whole is not None:
            placed = yaml_of(self._evaluate(whole.group(1), scope, value.source), value.source)
            self.unfolding.count("values", 1, value.source)
            self.unfolding.count("characters", len(placed.text) if isinstance(placed, Text) else 0, value.source)
            return placed
        if "${{" in _INLINE.sub("", value.text):
            raise PipelineFault(l10n.t("An expression is not closed: “{text}”.", text=value.text[:100]), value.source)
        self.unfolding.count("characters", len(value.text), value.source)
        text = _INLINE.sub(lambda match: self._filled(match.group(1), scope, value.source), value.text)
        return replace(value, text=text, is_quoted=True)

    def _filled(self, expression: str, scope: Scope, where: YamlPlace) -> str:
        try:
            text = azure_text(self._evaluate(expression, scope, where))
        except ExpressionFault as fault:
            raise PipelineFault(str(fault), where) from None
        self.unfolding.count("characters", len(text), where)
        return text

    def _evaluate(self, text: str, scope: Scope, where: YamlPlace) -> Any:
        for chain in chains(text) if self._facts.unsure else ():
            name = ".".join(chain[1:])
            if chain[0].lower() == "variables" and name.lower() in self._facts.unsure:
                self.unread.append((_unsure(name), where))
        try:
            return evaluate(text, azure_scope(scope, AZURE))
        except ExpressionFault as fault:
            raise PipelineFault(str(fault), where) from None


def _unsure(name: str) -> str:
    return l10n.t(
        "An expression of a template reads “{name}”, which git does not know of the folder; --branch gives the branch.",
        name=name,
    )


def _is_null(value: Value) -> bool:
    return isinstance(value, Text) and value.is_null


def _directive(key: Text) -> tuple[str, str]:
    """Its word, which is empty where it is none, and what stands behind it."""
    match = _DIRECTIVE.match(key.text.strip())
    return (match.group(1), match.group(2)) if match else ("", "")


def _part(item: Value) -> tuple[Text, Value]:
    """A directive of a list with what is below it. The pairs of a mapping below `each` make one mapping: it is an item
    like others."""
    if isinstance(item, Fields) and len(item.entries) == 1:
        key, inner = item.entries[0]
        word, _ = _directive(key)
        if word and not (word == "each" and isinstance(inner, Fields)):
            return key, inner
    return Text("", item.source), item


def as_items(value: Value | None) -> Iterator[Value]:
    """Yields variables in one form for both ways of writing them: `name` and `value`, or a group."""
    if isinstance(value, Items):
        yield from value.items
    for key, each in value.entries if isinstance(value, Fields) else ():
        yield Fields(((Text("name", key.source), key), (Text("value", key.source), each)), key.source)


def _started(document: Fields, name: str, text: str) -> Value:
    """Value of a parameter from a command line: YAML for what is not text."""
    declared = [item for item in items_of(document.get("parameters")) if isinstance(item, Fields)]
    kind = next((item.text("type") for item in declared if item.text("name").lower() == name.lower()), "")
    if kind.lower() in ("", *_CHOOSING) and not text.startswith("["):
        return Text(text, document.source)
    return read_value(text, document.source.file)
