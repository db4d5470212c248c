"""What Azure Pipelines does with a file before it runs: `${{ }}` is filled in, and templates take their places."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from scoredock import l10n
from scoredock.pipelines.expressions.azure_functions import AZURE, azure_scope
from scoredock.pipelines.expressions.evaluation import as_text, evaluate, is_true
from scoredock.pipelines.expressions.tokens import ExpressionFault
from scoredock.pipelines.platforms.stand_ins import Files
from scoredock.pipelines.unfolding import Unfolding
from scoredock.pipelines.values import Fields, Items, PipelineFault, Text, Value, YamlPlace, items_of, read_value

_INLINE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_DIRECTIVE = re.compile(r"^\$\{\{\s*(if|elseif|else|each|insert)\b(.*?)\}\}$", re.DOTALL)
_EACH = re.compile(r"^\s*(\w+)\s+in\s+(.*)$", re.DOTALL)
_DEEPEST = 20


class Compiler:
    """One file after the other; `scope` are the parameters and variables that a file sees."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self.unfolding = Unfolding()
        self.unread: list[tuple[str, YamlPlace]] = []
        """Templates that are elsewhere, with their places."""

    # ------------------------------------------------------------------------------------------------- templates

    def template(
        self, name: str, arguments: Value | None, kind: str, variables: Mapping[str, Any], where: YamlPlace, depth: int
    ) -> tuple[Fields, Mapping[str, Any]] | None:
        """A template with its own parameters filled in, and the scope that it has; None for one that is elsewhere.
        Raises PipelineFault."""
        if depth > _DEEPEST:
            raise PipelineFault(l10n.t("Templates include one another too deeply."), where)
        path, _, repository = name.partition("@")
        if repository and repository != "self":
            self.unread.append((l10n.t("The template “{name}” is in another repository.", name=name), where))
            return None
        base = "" if path.startswith("/") else posixpath.dirname(where.file)
        file = posixpath.normpath(posixpath.join(base, path.lstrip("/")))
        text = self._files(file)
        if text is None:
            raise PipelineFault(l10n.t("The template “{name}” is not there.", name=name), where)
        self.unfolding.count("files", 1, where)
        document = read_value(text, file)
        if not isinstance(document, Fields):
            raise PipelineFault(l10n.t("The template “{name}” has no {kind}.", name=name, kind=kind), where)
        values = self.parameters(document, plain(arguments) if isinstance(arguments, Fields) else {}, where)
        scope = {"parameters": values, "variables": dict(variables)}
        expanded = self.expand(Fields(_without_parameters(document), document.source), scope)
        return (expanded, scope) if isinstance(expanded, Fields) else None

    def parameters(self, document: Fields, arguments: Mapping[str, Any], where: YamlPlace) -> dict[str, Any]:
        """The values of what a file declares. Raises PipelineFault for one without a value, or a value that it does
        not allow."""
        declared = document.get("parameters")
        values: dict[str, Any] = {}
        if isinstance(declared, Fields):
            return {**{key.text: plain(value) for key, value in declared.entries}, **arguments}
        for item in items_of(declared):
            if not isinstance(item, Fields):
                continue
            name, kind = item.text("name"), item.text("type", "string").lower()
            default = item.get("default")
            if name not in arguments and default is None:
                raise PipelineFault(l10n.t("The parameter “{name}” has no value.", name=name), where)
            value = arguments[name] if name in arguments else plain(default)
            values[name] = typed(value, kind)
            allowed = [as_text(plain(each)) for each in items_of(item.get("values"))]
            if allowed and as_text(value) not in allowed and "$(" not in as_text(value):
                message = l10n.t(
                    "The parameter “{name}” is “{value}”, and may be {allowed} only.",
                    name=name,
                    value=as_text(value),
                    allowed=", ".join(f"“{each}”" for each in allowed),
                )
                raise PipelineFault(message, where)
        return values if not isinstance(arguments, Mapping) else {**dict(arguments), **values}

    # ----------------------------------------------------------------------------------------------- expressions

    def expand(self, value: Value, scope: Mapping[str, Any]) -> Value:
        """With everything filled in. Raises PipelineFault."""
        self.unfolding.count("values", 1, value.source)
        if isinstance(value, Text):
            return self._text(value, scope)
        if isinstance(value, Items):
            return Items(tuple(self._items(value.items, scope)), value.source)
        return Fields(tuple(self._entries(value.entries, scope)), value.source)

    def _text(self, value: Text, scope: Mapping[str, Any]) -> Value:
        if "${{" not in value.text:
            return value
        whole = _INLINE.fullmatch(value.text.strip())
        if whole is not None and "${{" not in whole.group(1):
            return self._as_value(self._evaluate(whole.group(1), scope, value.source), value.source)
        self.unfolding.count("characters", len(value.text), value.source)
        text = _INLINE.sub(lambda match: self._filled(match.group(1), scope, value.source), value.text)
        return replace(value, text=text, is_quoted=True)

    def _filled(self, expression: str, scope: Mapping[str, Any], where: YamlPlace) -> str:
        text = as_text(self._evaluate(expression, scope, where))
        self.unfolding.count("characters", len(text), where)
        return text

    def _as_value(self, value: Any, where: YamlPlace) -> Value:
        """What an expression gave, in the place where it stood."""
        self.unfolding.count("values", 1, where)
        if isinstance(value, Mapping):
            return Fields(
                tuple((Text(str(key), where), self._as_value(each, where)) for key, each in value.items()), where
            )
        if isinstance(value, list):
            return Items(tuple(self._as_value(each, where) for each in value), where)
        self.unfolding.count("characters", len(as_text(value)), where)
        return Text(as_text(value), where, is_quoted=True)

    def _evaluate(self, text: str, scope: Mapping[str, Any], where: YamlPlace) -> Any:
        try:
            return evaluate(text, azure_scope(scope, AZURE))
        except ExpressionFault as fault:
            raise PipelineFault(str(fault), where) from None

    def _items(self, items: tuple[Value, ...], scope: Mapping[str, Any]) -> Iterator[Value]:
        is_decided = False
        for item in items:
            directive = _directive(item.entries[0][0]) if isinstance(item, Fields) and len(item.entries) == 1 else None
            if directive is None or not isinstance(item, Fields):
                yield self.expand(item, scope)
                continue
            key, inner = item.entries[0]
            kind, text = directive
            if kind == "each":
                for part in self._each(text, scope, key.source):
                    yield from self._items(items_of(inner), part)
                continue
            is_decided, applies = self._chosen(kind, text, scope, key.source, is_decided)
            if applies:
                yield from self._items(items_of(inner), scope)

    def _entries(
        self, entries: tuple[tuple[Text, Value], ...], scope: Mapping[str, Any]
    ) -> Iterator[tuple[Text, Value]]:
        is_decided = False
        for key, value in entries:
            directive = _directive(key)
            if directive is None:
                name = self._text(key, scope)
                yield (name if isinstance(name, Text) else key), self.expand(value, scope)
                continue
            kind, text = directive
            if kind == "each":
                for part in self._each(text, scope, key.source):
                    yield from self._entries(value.entries if isinstance(value, Fields) else (), part)
                continue
            is_decided, applies = self._chosen(kind, text, scope, key.source, is_decided)
            if applies:
                expanded = self.expand(value, scope)
                yield from expanded.entries if isinstance(expanded, Fields) else ()

    def _chosen(
        self, kind: str, text: str, scope: Mapping[str, Any], where: YamlPlace, is_decided: bool
    ) -> tuple[bool, bool]:
        """Whether a branch of the chain was taken, and whether it is this one."""
        if kind == "insert":
            return is_decided, True
        if kind == "if":
            applies = is_true(self._evaluate(text, scope, where))
            return applies, applies
        applies = not is_decided and (kind == "else" or is_true(self._evaluate(text, scope, where)))
        return is_decided or applies, applies

    def _each(self, text: str, scope: Mapping[str, Any], where: YamlPlace) -> Iterator[Mapping[str, Any]]:
        match = _EACH.match(text)
        if match is None:
            raise PipelineFault(l10n.t("The expression “{text}” cannot be read.", text=text.strip()), where)
        values = self._evaluate(match.group(2), scope, where)
        if isinstance(values, Mapping):
            values = [{"key": key, "value": each} for key, each in values.items()]
        for each in values if isinstance(values, list) else ():
            self.unfolding.count("values", 1, where)
            yield {**scope, match.group(1).lower(): each}


def _directive(key: Text) -> tuple[str, str] | None:
    match = _DIRECTIVE.match(key.text.strip())
    return (match.group(1), match.group(2)) if match else None


def _without_parameters(document: Fields) -> tuple[tuple[Text, Value], ...]:
    return tuple(entry for entry in document.entries if entry[0].text != "parameters")


def typed(value: Any, kind: str) -> Any:
    """A parameter of a type."""
    if kind == "boolean" and isinstance(value, str):
        return value.lower() == "true" if value.lower() in ("true", "false") else value
    if kind == "string" and isinstance(value, bool):
        return str(value)
    return value


def plain(value: Value | None) -> Any:
    """As expressions see it."""
    if isinstance(value, Text):
        return "" if value.is_null else value.text
    if isinstance(value, Items):
        return [plain(item) for item in value.items]
    return {key.text: plain(each) for key, each in value.entries} if isinstance(value, Fields) else ""
