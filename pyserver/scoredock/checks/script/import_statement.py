"""One name that an import asks for: where it stands, whether it runs, and how it is changed."""

from __future__ import annotations

import ast

from scoredock.analysis.finding import Severity
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.late_dataclass import dataclass
from scoredock.text import Fix, Range, TextEdit


@dataclass(frozen=True, slots=True)
class Import:
    """One name that an import statement asks for."""

    statement: ast.Import | ast.ImportFrom
    alias: ast.alias
    scope: Scope
    module: str
    """What must be a module."""
    dotted: str
    """The same with the name that is taken from it, which may be a module itself."""

    @property
    def top(self) -> str:
        """The first part of the name."""
        return self.module.partition(".")[0]

    @property
    def bound(self) -> str:
        """The name that the script gets."""
        return self.alias.asname or self.alias.name.partition(".")[0]

    @property
    def spelling(self) -> str:
        """The same as the statement spells it: `a.b` of `import a.b`."""
        return self.alias.asname or self.alias.name


def severity_of(module_import: Import, certain: bool) -> Severity:
    return "error" if certain and surely_runs(module_import.scope) else "warning"


def surely_runs(scope: Scope) -> bool:
    """True if an import there runs with the script, or when init() or run() is called; elsewhere it may never run."""
    return scope.function() is None or bool(scope.entry_function)


def place_of(script: ParsedScript, module_import: Import) -> Range:
    """The module's name in the statement, or the whole statement where its place is not known."""
    if isinstance(module_import.statement, ast.Import):
        start = script.lines.offset(script.range(module_import.alias).start)
        return script.lines.range(start, start + len(module_import.alias.name))
    edits = module_edit(script, module_import.statement, "")
    return edits[0].range if edits else script.range(module_import.statement)


def name_edit(script: ParsedScript, module_import: Import, new: str) -> TextEdit:
    span = script.range(module_import.alias)
    start = script.lines.offset(span.start)
    return script.lines.edit(start, start + len(module_import.alias.name), new)


def module_edit(script: ParsedScript, node: ast.ImportFrom, module: str) -> list[TextEdit]:
    """Another module in `from … import`."""
    start = script.lines.offset(script.range(node).start)
    source = script.source(node)
    written = "." * node.level + (node.module or "")
    at = source.find(written, 4)
    if at < 0 or source[4:at].strip():
        return []
    return [script.lines.edit(start + at, start + at + len(written), module)]


def is_unused(script: ParsedScript, module_import: Import) -> bool:
    """True if nothing in the script reads the name, as far as its text tells."""
    if module_import.alias.name == "*" or "__all__" in script.walk.module.bindings:
        return False
    return not any(module_import.bound in scope.uses for scope in script.walk.scopes)


def remove_import(
    script: ParsedScript, node: ast.Import | ast.ImportFrom, aliases: list[ast.alias], title: str
) -> Fix | None:
    """Take names out of an import, or the whole statement when no other is left."""
    lines = script.lines
    kept = [a for a in node.names if a not in aliases]
    if kept:
        names = ", ".join(f"{a.name} as {a.asname}" if a.asname else a.name for a in kept)
        if isinstance(node, ast.Import):
            return Fix(title, (script.replace(node, f"import {names}"),), preferred=True)
        first, last = script.range(node.names[0]).start, script.range(node.names[-1]).end
        return Fix(title, (lines.edit(lines.offset(first), lines.offset(last), names),), preferred=True)
    span = script.range(node)
    line, end = lines.line(span.start.line), lines.line(span.end.line)
    before, after = line[: span.start.character], end[span.end.character :]
    if before.strip("\ufeff \t") or (after.strip() and not after.lstrip().startswith("#")):
        return None  # it shares its line
    if before.strip("\ufeff"):
        return Fix(title, (script.replace(node, "pass"),), preferred=True)  # its block may hold nothing else
    start = lines.starts[span.start.line] + len(before)
    stop = lines.starts[span.end.line + 1] if span.end.line + 1 < len(lines.starts) else len(script.text)
    return Fix(title, (lines.edit(start, stop, ""),), preferred=True)
