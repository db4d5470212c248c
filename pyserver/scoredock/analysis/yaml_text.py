"""YAML 1.1 with positions, from PyYAML's pure event stream, with caps on everything that can explode."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from typing import Any

import yaml

from scoredock import l10n
from scoredock.analysis.tree import (
    MAX_ALIASES,
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_NODES,
    Lines,
    Mapping,
    MappingEntry,
    Node,
    Scalar,
    Sequence,
    SyntaxProblem,
    Tree,
    too_long,
)
from scoredock.late_dataclass import dataclass
from scoredock.text import Fix, Position, Range, TextEdit

_RESOLVERS: dict[Any, list[tuple[str, Any]]] = yaml.SafeLoader.yaml_implicit_resolvers


class _YamlStop(Exception):
    """A cap was met."""


@dataclass(slots=True)
class _OpenNode:
    start: Position
    is_object: bool
    flow: bool
    anchor: str | None
    tag: str = ""
    weight: int = 1
    entries: list[MappingEntry] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)
    key: Scalar | None = None


def parse_yaml(text: str) -> Tree:
    """The tree of the first document of a YAML text. Never raises."""
    lines = Lines(text)
    if len(text) > MAX_CHARACTERS:
        return too_long(lines)
    return _Composer(text, lines).run()


_PYTHON = re.compile(r"^(?:import[ \t]+[A-Za-z_]|from[ \t]+[\w.]+[ \t]+import\b|def[ \t]+\w+[ \t]*\()", re.MULTILINE)
"""What a script begins with that was pasted below other lines."""


class _Composer:
    def __init__(self, text: str, lines: Lines) -> None:
        self.text = text
        self.lines = lines
        self.shift = 1 if text.startswith("\ufeff") else 0
        self.problems: list[SyntaxProblem] = []
        self.stack: list[_OpenNode] = []
        self.root: Node | None = None
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.weight = 0
        self.aliases = 0

    def run(self) -> Tree:
        try:
            documents = 0
            for event in yaml.parse(
                self.text[self.shift :], Loader=yaml.SafeLoader
            ):  # the pure loader: the C one crashes on deep input
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    if documents > 1:
                        self._problem(l10n.t("Only the first document of the file is read."), self._range(event))
                        break
                self._event(event)
        except _YamlStop:
            pass
        except yaml.MarkedYAMLError as error:
            self._marked(error)
        except yaml.reader.ReaderError as error:
            self._problem(l10n.t("The file holds a character that YAML does not allow."), self._at(int(error.position)))
        except (yaml.YAMLError, ValueError, RecursionError, MemoryError, IndexError, AttributeError, TypeError):
            # PyYAML lets some of these through for hostile input; all mean the same to a person.
            self._problem(l10n.t("The file is not valid YAML."), self.lines.range(0, 0))
        while self.stack:  # keep what was complete before the problem
            self._close(self.stack[-1].start)
        return Tree(self.root, tuple(self.problems), self.lines)

    def _problem(self, message: str, place: Range, *fixes: Fix) -> None:
        self.problems.append(SyntaxProblem(message, place, fixes))

    def _at(self, offset: int) -> Range:
        begin = offset + self.shift
        wide = self.text[begin : begin + 1] not in ("\r", "\n", "")
        return self.lines.range(begin, begin + wide)

    def _marked(self, error: yaml.MarkedYAMLError) -> None:
        mark = error.problem_mark or error.context_mark
        offset = mark.index if mark is not None else 0
        place = self._at(offset)
        line = self.lines.line(place.start.line)
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        sentence = str(error.problem or error.context or "").split("\n")[0][:200]
        python = _PYTHON.search(self.text, 0, self.lines.offset(place.end))
        if "\t" in indent:
            fix = Fix(l10n.t("Replace tabs with spaces"), tuple(self._without_tabs()), preferred=True)
            start = self.lines.starts[place.start.line]
            span = self.lines.range(start, start + len(indent))
            self._problem(l10n.t("YAML allows no tab in the indentation."), span, fix)
        elif python is not None:
            span = self.lines.range(python.start(), python.end())
            self._problem(
                l10n.t("The file is not valid YAML: Python begins with this line; write it into a file of its own."),
                span,
            )
        else:
            self._problem(l10n.t("The file is not valid YAML: {reason}.", reason=_reason(sentence)), place)

    def _without_tabs(self) -> Iterator[TextEdit]:
        for number, start in enumerate(self.lines.starts):
            line = self.lines.line(number)
            indent = line[: len(line) - len(line.lstrip(" \t"))]
            if "\t" in indent:
                yield self.lines.edit(start, start + len(indent), indent.replace("\t", "  "))

    def _range(self, event: Any) -> Range:
        return self.lines.range(event.start_mark.index + self.shift, event.end_mark.index + self.shift)

    def _grow(self, amount: int, place: Range) -> None:
        self.weight += amount
        if self.weight > MAX_NODES:
            self._problem(
                l10n.t(
                    "The file holds more than {most:,} values (aliases included) and is not read further.",
                    most=MAX_NODES,
                ),
                place,
            )
            raise _YamlStop

    def _event(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            span = self._range(event)
            self._grow(1, span)
            self._store(_scalar(event, span), event.anchor, 1)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._grow(1, self._range(event))
            if len(self.stack) >= MAX_DEPTH:
                self._problem(
                    l10n.t("The file is nested deeper than {most} levels and is not read further.", most=MAX_DEPTH),
                    self._range(event),
                )
                raise _YamlStop
            start = self._range(event).start
            self.stack.append(
                _OpenNode(
                    start,
                    isinstance(event, yaml.MappingStartEvent),
                    bool(event.flow_style),
                    event.anchor,
                    event.tag or "",
                )
            )
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            opened = self.stack[-1]
            # A block collection ends where its last value does; its end event stands at the next token.
            last = opened.entries[-1].value if opened.entries else opened.items[-1] if opened.items else None
            end = self._range(event).end if opened.flow or last is None else last.range.end
            self._close(max(end, opened.start))
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)

    def _alias(self, event: Any) -> None:
        span = self._range(event)
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            self._problem(
                l10n.t("The file holds more than {most} aliases and is not read further.", most=MAX_ALIASES), span
            )
            raise _YamlStop
        known = self.anchors.get(event.anchor)
        if known is None:
            self._problem(l10n.t("The alias “*{alias}” refers to nothing before it.", alias=event.anchor), span)
            self._store(Scalar(None, span, ""), None, 1)
            return
        node, weight = known
        self._grow(weight, span)
        self._store(_moved(node, span), None, weight)

    def _close(self, end: Position) -> None:
        opened = self.stack.pop()
        span = Range(opened.start, max(end, opened.start))
        if opened.is_object:
            self._store(Mapping(tuple(opened.entries), span, opened.flow), opened.anchor, opened.weight)
        else:
            self._store(Sequence(tuple(opened.items), span, opened.flow, opened.tag), opened.anchor, opened.weight)

    def _store(self, node: Node, anchor: str | None, weight: int) -> None:
        if anchor:
            self.anchors[anchor] = (node, weight)
        if not self.stack:
            self.root = node
            return
        opened = self.stack[-1]
        opened.weight += weight
        if not opened.is_object:
            opened.items.append(node)
        elif opened.key is None:
            opened.key = node if isinstance(node, Scalar) else Scalar(None, node.range, "")
        else:
            opened.entries.append(MappingEntry(opened.key, node))
            opened.key = None


def _moved(node: Node, span: Range) -> Node:
    """The aliased value seen from where the alias stands; its parts keep the place they were written at."""
    if isinstance(node, Scalar):
        return Scalar(node.value, span, node.raw, node.quoted)
    if isinstance(node, Sequence):
        return Sequence(node.items, span, node.flow, node.tag)
    return Mapping(node.entries, span, node.flow)


def _scalar(event: Any, span: Range) -> Scalar:
    text: str = event.value
    if event.style is not None or not event.implicit[0]:
        return Scalar(text, span, text, quoted=True)
    for tag, pattern in [*_RESOLVERS.get(text[:1], ()), *_RESOLVERS.get(None, ())]:
        if pattern.match(text):
            return Scalar(_typed(tag.rsplit(":", 1)[-1], text), span, text)
    return Scalar(text, span, text)


def _typed(tag: str, text: str) -> str | int | float | bool | None:
    """Value that PyYAML makes of a plain scalar; numbers it writes to other bases and times stay text."""
    if tag == "null":
        return None
    if tag == "bool":
        return text.lower() in ("yes", "true", "on")
    try:
        if (
            tag == "int"
            and ":" not in text
            and not text.lower().startswith(("0b", "0x", "0o"))
            and not (text.lstrip("+-").startswith("0") and len(text.lstrip("+-")) > 1)
        ):
            return int(text.replace("_", ""))
        if tag == "float" and ":" not in text:
            return float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        return text
    return text


def _reason(message: str) -> str:
    """Reason for a message of PyYAML, in words for people who do not know its grammar; the message itself where none is
    known."""
    for pattern, meaning in _reasons():
        match = re.search(pattern, message)
        if match is not None:
            return meaning.replace("{sign}", match.group(1)) if match.groups() else meaning
    return message


def _reasons() -> tuple[tuple[str, str], ...]:
    """Patterns of PyYAML's messages, and what they mean; `{sign}` stands for what the pattern catches."""
    return (
        (
            r"mapping values are not allowed",
            l10n.t(
                "a colon begins a value where none can stand; check the indentation, the space after the colon before"
                " it, or put the text in quotes"
            ),
        ),
        (
            r"could not find expected ':'",
            l10n.t("the line before this lacks a colon after its key, or a space after its dash"),
        ),
        (r"expected <block end>, but found ':'", l10n.t("the key before the colon is missing")),
        (
            r"expected <block end>, but found",
            l10n.t("this line does not go on with what is above it; check its indentation, and the space after a dash"),
        ),
        (
            r"did not find expected|expected the node content",
            l10n.t("something is missing before this; check the indentation"),
        ),
        (
            r"found character '(.)' that cannot start any token",
            l10n.t("a text cannot begin with {sign}; put it in quotes"),
        ),
        (r"found unexpected end of stream", l10n.t("a quote is opened and never closed")),
        (r"expected ',' or '([\]}])', but got", l10n.t("a closing {sign} is missing before this")),
        (
            r"found undefined alias",
            l10n.t("this refers to a name that is not defined above; put the text in quotes if it is not an alias"),
        ),
        (
            r"found unknown escape character",
            l10n.t("this backslash means nothing in double quotes; use single quotes"),
        ),
        (r"found duplicate anchor", l10n.t("this name is given twice")),
    )
