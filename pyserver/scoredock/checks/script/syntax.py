"""Scripts that Python refuses: the place and the reason, and a repair where it is plain."""

from __future__ import annotations

import ast
import re

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding, Severity
from scoredock.analysis.newer_strings import FIRST, needs_newer_python
from scoredock.analysis.other_languages import language_problem, other_language
from scoredock.analysis.rule import Rule
from scoredock.analysis.tree import Lines
from scoredock.checks.script import entry_rules as rules
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.version_tests import asked_python
from scoredock.text import Fix, Position, Range

_MAGIC = re.compile(
    r"^[ \t]*(?:[A-Za-z_][\w, \t]*=[ \t]*(?=[!%][A-Za-z./]))?(%%?[a-zA-Z_]\w*|![\w./])[^\r\n]*(\r\n|\n|\r|$)",
    re.MULTILINE,
)
_OTHER_LANGUAGE = re.compile(r"%%(?:bash|cmd|html|javascript|js|latex|markdown|perl|ruby|sh|sql|svg)$")
_SHELL = "get_ipython"


def magic_findings(text: str) -> tuple[str, list[Finding]]:
    """Notebook commands at the start of lines, and the text with those lines blanked so that the rest can be read."""
    if "%" not in text and "!" not in text:
        return text, []
    lines = Lines(text)
    findings = []
    blanked = text
    for match in _MAGIC.finditer(text):
        start, end = match.start(1), match.end() - len(match.group(2))
        edit = lines.edit(lines.starts[lines.position(start).line], match.end(), "")
        # The command has done its work: this is the file that it wrote.
        fix = Fix(l10n.t("Remove the line"), (edit,), preferred=True, certain=match.group(1) == "%%writefile")
        magic, span = match.group(1) if match.group(1)[0] == "%" else "!", lines.range(start, end)
        if _OTHER_LANGUAGE.match(magic):
            message = l10n.t("“{magic}” begins a notebook cell that is not Python; remove the cell.", magic=magic)
            findings.append(rules.MAGIC.finding(span, message=message))
        else:
            findings.append(rules.MAGIC.finding(span, fixes=(fix,), magic=magic))
        # A statement in its place keeps a block that held nothing else valid.
        stand_in = "None" if "=" in text[match.start() : start] else "pass"
        blanked = blanked[:start] + stand_in.ljust(end - start)[: end - start] + blanked[end:]
        if len(findings) == 50:
            break
    return blanked, findings


def _ipython_call(tree: ast.Module) -> ast.stmt | None:
    """The first statement at the top that calls `get_ipython()`, which only a notebook has; None where the script
    imports, makes or guards it itself."""
    for statement in tree.body:
        if isinstance(statement, ast.Expr | ast.Assign):
            if any(isinstance(node, ast.Name) and node.id == _SHELL for node in ast.walk(statement)):
                return statement
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            if any((alias.asname or alias.name) in (_SHELL, "*") for alias in statement.names):
                return None
        elif any(getattr(node, "id", getattr(node, "name", "")) == _SHELL for node in ast.walk(statement)):
            return None
    return None


def ipython_findings(tree: ast.Module, text: str, severity: Severity | None = None) -> list[Finding]:
    """The call, with the removal of its line."""
    node = _ipython_call(tree) if _SHELL in text else None
    if node is None:
        return []
    lines = Lines(text)
    shift = 1 if text.startswith("\ufeff") and node.lineno == 1 else 0
    start = lines.starts[node.lineno - 1] + shift
    line = lines.line(node.lineno - 1)
    edit = lines.edit(start, min(start + len(line) + 1, len(text)), "")
    fixes = (Fix(l10n.t("Remove the line"), (edit,)),) if isinstance(node, ast.Expr) else ()
    message = l10n.t(
        "“{magic}” is there in notebooks only, and in a file Python raises a NameError; remove the line.",
        magic=f"{_SHELL}()",
    )
    place = lines.range(start, start + len(line))
    return [rules.MAGIC.finding(place, severity=severity, fixes=fixes, message=message)]


CONFLICT = re.compile(r"^<{7}(?= )(?=.*^={7}\r?$.*^>{7} )[^\n]*", re.MULTILINE | re.DOTALL)
"""What Git leaves in a file whose versions it could not merge, from its first mark on."""
_ADVICE = re.compile(r"\. (Perhaps|Maybe|Did)(?= you )")
"""What Python adds as a question of its own."""


def problem_of(error: SyntaxError) -> str:
    """Message of Python, without its last sign."""
    message = _ADVICE.sub(lambda match: f"; {match.group(1).lower()}", error.msg or "invalid syntax")
    return message.rstrip(".?")[:200]


def syntax_finding(error: SyntaxError, text: str, facts: Facts | None = None) -> Finding:
    """The finding for what Python said, at a place inside the text."""
    lines = Lines(text)
    path = facts.path if facts is not None else ""
    language = other_language(path, text)
    if language:
        return rules.SYNTAX.finding(lines.range(0, len(lines.line(0))), message=language_problem(path, language))
    if conflict := CONFLICT.search(text):
        message = l10n.t("This is a conflict mark of Git: two versions of the file stand here, one below the other.")
        return rules.SYNTAX.finding(lines.range(conflict.start(), conflict.end()), message=message)
    last = len(lines.starts) - 1
    shift = 1 if text.startswith("\ufeff") else 0
    line = min(max((error.lineno or 1) - 1, 0), last)
    column = min(max((error.offset or 1) - 1, 0) + (shift if line == 0 else 0), len(lines.line(line)))
    end_line = min(max((error.end_lineno or line + 1) - 1, line), last)
    end_column = min(max((error.end_offset or 0) - 1, 0), len(lines.line(end_line)))
    start, end = Position(line, column), Position(end_line, end_column)
    if end <= start:
        end = Position(line, min(column + 1, len(lines.line(line))))
        if end == start and column > 0:
            start = Position(line, column - 1)
    message = problem_of(error)
    if needs_newer_python(text):
        return newer_finding(rules.SYNTAX, Range(start, end), message, facts)
    fixes: tuple[Fix, ...] = ()
    if message == "expected ':'":
        content = lines.line(line)
        place = Position(
            line,
            len(content[:column].rstrip())
            if content[column:].strip() in ("", "\n") or content[column:].lstrip().startswith("#")
            else column,
        )
        offset = lines.offset(place)
        fixes = (Fix(l10n.t("Insert a colon"), (lines.edit(offset, offset, ":"),), preferred=True, certain=True),)
    return rules.SYNTAX.finding(Range(start, end), fixes=fixes, problem=message)


def newer_finding(rule: Rule, place: Range, problem: str, facts: Facts | None = None) -> Finding:
    """The finding for a string that only later Pythons read: a warning where nothing says which one runs the script."""
    is_older = facts is not None and asked_python(facts) is not None
    message = l10n.t(
        "Python before {first} cannot read this: {problem}.", first=".".join(map(str, FIRST)), problem=problem
    )
    return rule.finding(place, severity="error" if is_older else "warning", message=message)


def is_read_by(facts: Facts, text: str) -> bool:
    """True if the Python of the environment reads a text that the one of this process refuses."""
    return (asked_python(facts) or (0, 0)) >= FIRST and needs_newer_python(text)


def misplaced_findings(script: ParsedScript) -> list[Finding]:
    """Findings about code that the grammar allows but the compiler refuses."""
    findings = []
    for node, message in script.walk.misplaced:
        if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom | ast.Await | ast.Global | ast.Nonlocal | ast.arg):
            findings.append(rules.SYNTAX.finding(script.range(node), problem=message))
    return findings
