"""An entry script as the rules see it: text, syntax tree, names, and the way from tree to positions."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Callable
from dataclasses import field
from functools import cached_property
from typing import Any, TypeVar

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.rule import ScriptKind
from scoredock.analysis.tree import Lines
from scoredock.checks.script.qualified import qualified
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.syntax_tree import parse_module
from scoredock.checks.script.walk import gather
from scoredock.checks.script.walk_result import WalkResult
from scoredock.late_dataclass import dataclass
from scoredock.text import Position, Range, TextEdit

MAX_SCRIPT_CHARACTERS = 2_000_000
MAX_SCRIPT_LINES = 40_000
"""Longer scripts are not checked: nobody writes them, and parsing must not make typing wait."""
_OPERATORS = re.compile(r"[-+*/%@&|^~.<>=]|\bnot\b|\bif\b|\blambda\b|\)\(|\]\[")
_MAX_OPERATORS = 10_000
"""In one statement. Python 3.10 survives four times as many on the usual stack of 8 MB, and ends at twelve times."""


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
T = TypeVar("T")

Call = tuple[ast.Call, Scope, int]
"""A call, the scope it is in, and what surrounds it."""
NamedCall = tuple[ast.Call, Scope, int, str]
"""The same, and the dotted name of what is called."""


class TooComplex(ValueError):
    """The text is too large or too deeply nested to be parsed."""


@dataclass
class Function:
    """A function at the top level of the script that the server calls by name."""

    node: ast.FunctionDef | ast.AsyncFunctionDef
    scope: Scope

    @cached_property
    def parameters(self) -> list[str]:
        """Names that can be passed by keyword or position, in order."""
        args = self.node.args
        return [a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)]

    @cached_property
    def required(self) -> list[str]:
        """Parameters without a default."""
        args = self.node.args
        positional = [*args.posonlyargs, *args.args]
        names = [a.arg for a in positional[: len(positional) - len(args.defaults)]]
        return names + [a.arg for a, default in zip(args.kwonlyargs, args.kw_defaults, strict=True) if default is None]


@dataclass
class ParsedScript:
    """A script that could be parsed."""

    text: str
    facts: Facts
    tree: ast.Module
    walk: WalkResult
    lines: Lines
    shift: int = 0
    """1 when the text begins with a byte order mark, which the parser does not see."""
    kind: ScriptKind = "entry-script"
    memory: dict[object, Any] = field(default_factory=dict)
    """What checks of one text of a file leave for its next text, each under a key of its own."""
    _bytes: dict[int, bytes] = field(default_factory=dict)
    _once: dict[object, Any] = field(default_factory=dict)

    def once(self, make: Callable[[ParsedScript], T]) -> T:
        """Result of a function of the script, made when it is first asked for: several rules ask for the same."""
        if make not in self._once:
            self._once[make] = make(self)
        made: T = self._once[make]
        return made

    def treat_as(self, kind: ScriptKind) -> None:
        """Say what it is, before any check."""
        self.kind = kind
        if kind == "module":
            self.walk.module.entry_functions = frozenset()

    @property
    def batch(self) -> bool:
        """True if run() gets mini-batches on a compute cluster, and no request in a service."""
        return self.kind == "batch-script"

    @cached_property
    def on_cluster(self) -> bool:
        """True if it is run on a compute cluster: a batch script, or a module that one imports."""
        importer = self.facts.imported_by if self.module else ""
        if self.batch or not importer:
            return self.batch
        from scoredock.formats.document_kind import kind_of  # for modules only

        return kind_of(importer, self.facts.read(importer) or "") == "batch-script"

    @property
    def module(self) -> bool:
        """True if it is not an entry script but a module that one imports: its run() is a function as any other."""
        return self.kind == "module"

    def dotted(self, node: ast.AST, scope: Scope) -> str:
        """Dotted name as `qualified` gives it; at once for the many expressions that begin with nothing imported."""
        first = node
        while first.__class__ is ast.Attribute:
            first = first.value
        if first.__class__ is not ast.Name or first.id not in self.walk.imported:
            return ""
        return qualified(node, scope)

    @cached_property
    def adds_folders(self) -> bool:
        """True if it changes where Python looks for modules. Asked for each import, and a look at the whole text."""
        return "sys.path" in self.text or "addsitedir" in self.text

    @cached_property
    def named_calls(self) -> list[NamedCall]:
        """Calls of something imported, with its dotted name."""
        return self._calls[0]

    @cached_property
    def method_calls(self) -> list[Call]:
        """Calls of methods of anything else."""
        return self._calls[1]

    @cached_property
    def plain_calls(self) -> dict[str, list[Call]]:
        """Calls of a bare name that is not imported there, by that name."""
        return self._calls[2]

    @cached_property
    def _calls(self) -> tuple[list[NamedCall], list[Call], dict[str, list[Call]]]:
        named: list[NamedCall] = []
        methods: list[Call] = []
        plain: dict[str, list[Call]] = {}
        for entry in self.walk.calls:
            call, scope, flags = entry
            function = call.func
            name = self.dotted(function, scope)
            if name:
                named.append((call, scope, flags, name))
            elif isinstance(function, ast.Attribute):
                methods.append(entry)
            elif isinstance(function, ast.Name):
                plain.setdefault(function.id, []).append(entry)
        return named, methods, plain

    @cached_property
    def init(self) -> Function | None:
        """The function init that the service calls, as last defined at the top level."""
        return self._function("init")

    @cached_property
    def run(self) -> Function | None:
        """The function run that the service calls, as last defined at the top level."""
        return self._function("run")

    def _function(self, name: str) -> Function | None:
        for scope in reversed(self.walk.scopes):
            node = scope.node
            if scope.name == name and scope.is_entry_function and isinstance(node, _DEFINITIONS):
                return Function(node, scope)
        return None

    def position(self, line: int, column: int) -> Position:
        """Position of the tree's one-based line and byte column."""
        content = self.lines.line(line - 1)
        if not content.isascii():
            encoded = self._bytes.get(line)
            if encoded is None:
                encoded = self._bytes[line] = content.encode("utf-8", "surrogatepass")
            if line == 1 and self.shift:
                column += 3  # the mark's own bytes
            column = len(encoded[:column].decode("utf-8", "ignore"))
        return Position(max(0, line - 1), min(column, len(content)))

    def range(self, node: ast.AST) -> Range:
        """Range of a node."""
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        end_line, end_column = getattr(node, "end_lineno", None) or line, getattr(node, "end_col_offset", None)
        start = self.position(line, column)
        return Range(start, max(start, self.position(end_line, column if end_column is None else end_column)))

    def source(self, node: ast.AST) -> str:
        """The text of a node, as written."""
        span = self.range(node)
        return self.text[self.lines.offset(span.start) : self.lines.offset(span.end)]

    def name_range(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Range:
        """Range of the name of a definition."""
        span = self.range(node)
        begin = self.lines.offset(span.start)
        match = re.compile(r"(?:async\s+)?(?:def|class)\s+(?=\w)").match(self.text, begin)
        start = match.end() if match else begin
        return self.lines.range(start, start + len(node.name))

    def head_range(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Range:
        """Range of a definition's head, from the word def to the colon."""
        span = self.range(node)
        begin = self.lines.offset(span.start)
        body = self.lines.offset(self.range(node.body[0]).start)
        colon = self.text.rfind(":", begin, body)
        return self.lines.range(begin, colon if colon > begin else self.lines.offset(self.name_range(node).end))

    def replace(self, node: ast.AST, new: str) -> TextEdit:
        """Write something else in place of a node."""
        return TextEdit(self.range(node), new)

    def insert(self, place: Position, new: str) -> TextEdit:
        """Write something at a position."""
        return TextEdit(Range(place, place), new)

    def newline(self) -> str:
        """The line end that the text uses."""
        return "\r\n" if "\r\n" in self.text else "\n"

    def import_place(self) -> Position:
        """Position for a new import: before the first import, or after the docstring and the __future__ imports."""
        body = self.tree.body
        last_future = 0
        for statement in body:
            if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                last_future = (statement.end_lineno or statement.lineno) + 1
            elif isinstance(statement, ast.Import | ast.ImportFrom):
                return Position(max(last_future, statement.lineno) - 1, self.shift if statement.lineno == 1 else 0)
        if last_future:
            return Position(last_future - 1, 0)
        first = body[0] if body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            return Position((first.end_lineno or first.lineno), 0)
        line = 0
        while line < len(self.lines.starts) - 1 and self.lines.line(line).lstrip("\ufeff").startswith(
            ("#!", "# -*-", "# coding", "#coding", "# vim")
        ):
            line += 1
        return Position(line, self.shift if line == 0 else 0)

    def add_import(self, statement: str) -> TextEdit:
        """The edit that adds one import line where imports belong."""
        place = self.import_place()
        end = self.newline()
        if place.line >= len(self.lines.starts):  # the text ends without a line end, right after the docstring
            last = self.lines.position(len(self.text))
            return self.insert(last, f"{end}{statement}")
        return self.insert(place, f"{statement}{end}")


Reader = Callable[[str], tuple[ast.Module, WalkResult]]
"""Gives the tree of a text and what a walk finds in it; raises what `ast.parse` raises."""


def read_module(text: str) -> tuple[ast.Module, WalkResult]:
    """The tree, which others may share, and a walk for this once."""
    tree = parse_module(text)
    return tree, gather(tree)


def parse_script(text: str, facts: Facts, read: Reader = read_module) -> ParsedScript:
    """Script of a text. Raises SyntaxError for what Python refuses, TooComplex for what is too large or too deep to
    look at."""
    if len(text) > MAX_SCRIPT_CHARACTERS:
        raise TooComplex(l10n.t("The script is longer than 2,000,000 characters and is not checked."))
    lines = Lines(text)
    if len(lines.starts) > MAX_SCRIPT_LINES:
        raise TooComplex(
            l10n.t("The script has more than {count} lines and is not checked.", count=f"{MAX_SCRIPT_LINES:,}")
        )
    if sys.version_info < (3, 11) and _is_deep(text):
        # The parser of Python 3.10 ends the process for such a text instead of raising.
        raise TooComplex(l10n.t("The script is nested too deeply to be checked."))
    shift = 1 if text.startswith("\ufeff") else 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes and the like are the interpreter's business
            tree, found = read(text[shift:])
        return ParsedScript(text, facts, tree, found, lines, shift)
    except SyntaxError:
        raise
    except UnicodeEncodeError as error:
        place = lines.position(error.start + shift)
        raise SyntaxError(
            l10n.t("the text contains half of a surrogate pair, which is not a character"),
            ("", place.line + 1, place.character + 1, None),
        ) from None
    except ValueError as error:
        raise SyntaxError(str(error) or l10n.t("the text cannot be parsed"), ("", 1, 1, None)) from None
    except (RecursionError, MemoryError, OverflowError):
        raise TooComplex(l10n.t("The script is nested too deeply to be checked.")) from None


def _is_deep(text: str) -> bool:
    """True if a statement of the text has so many operators that its tree may be as deep as that."""
    for region in re.split(r"(?:\r\n|\n|\r)(?=\S)", text):
        if len(region) > _MAX_OPERATORS:
            count = max(
                (len(_OPERATORS.findall(part)) for part in re.split(r"(?:\r\n|\n|\r)[ \t]*(?=[A-Za-z_])", region)),
                default=0,
            )
            if count > _MAX_OPERATORS:
                return True
    return False
