"""Files that a batch script writes below `outputs`, which a run for training keeps, and a batch job does not."""

from __future__ import annotations

import ast
import re

from scoredock.analysis.finding import Finding
from scoredock.checks.requests import batch_rules as rules
from scoredock.checks.script.qualified import argument, follow, qualified
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import MAIN_ONLY

OUTPUTS = re.compile(r"(?:\.[/\\])?outputs(?:[/\\]|\Z)")
_OPENERS = ("io.open", "codecs.open")
_WRITERS = {"joblib.dump": 1, "numpy.save": 0, "numpy.savez": 0, "numpy.savetxt": 0, "shutil.copy": 1, "shutil.move": 1}
"""Functions, and the place of the path among their arguments."""
_METHODS = frozenset(("to_csv", "to_parquet", "to_json", "to_pickle", "to_excel", "savefig", "save"))
_PATH_METHODS = frozenset(("write_text", "write_bytes"))
_PATHS = frozenset(("pathlib.Path", "os.path.join", "os.fspath", "os.path.abspath"))
_DEEPEST = 8


def check_batch_files(script: ParsedScript) -> list[Finding]:
    """Findings about files that are not part of the output of the job."""
    if "outputs" not in script.text or "chdir" in script.text:
        return []
    paths: list[tuple[ast.expr | None, Scope]] = []
    for call, scope, flags in script.plain_calls.get("open", ()):
        if scope.lookup("open") is None and not flags & MAIN_ONLY and is_writing(call):
            paths.append((argument(call, 0, "file"), scope))
    for call, scope, flags, name in script.named_calls:
        if flags & MAIN_ONLY or (name in _OPENERS and not is_writing(call)):
            continue
        if name in _OPENERS or name in _WRITERS:
            paths.append((argument(call, _WRITERS.get(name, 0), ""), scope))
    returned = _names_returned(script)
    for call, scope, flags in script.method_calls:
        if isinstance(call.func, ast.Attribute) and not flags & MAIN_ONLY:
            written = call.func.value
            if not (isinstance(written, ast.Name) and written.id in returned):  # its rows are in the output as well
                paths.append((_of_method(call, call.func), scope))
    return [
        rules.LOST_OUTPUT.finding(script.range(node), path=text)
        for node, scope in paths
        if node is not None and OUTPUTS.match(text := _beginning(node, scope))
    ]


def _names_returned(script: ParsedScript) -> set[str]:
    """Names of what run() gives back."""
    nodes = ast.walk(script.run.node) if script.run is not None else ()
    values = (node.value for node in nodes if isinstance(node, ast.Return))
    return {value.id for value in values if isinstance(value, ast.Name)}


def is_writing(call: ast.Call) -> bool:
    """True if open() is called to write."""
    mode = argument(call, 1, "mode")
    return isinstance(mode, ast.Constant) and isinstance(mode.value, str) and mode.value[:1] in ("w", "a", "x")


def _of_method(call: ast.Call, method: ast.Attribute) -> ast.expr | None:
    """The path that a method writes: its first argument, or that which it is a method of."""
    if method.attr in _METHODS:
        return call.args[0] if call.args else None
    return method.value if method.attr in _PATH_METHODS else None


def _beginning(node: ast.expr, scope: Scope, depth: int = _DEEPEST) -> str:
    """The text that a path surely begins with; empty where nobody can tell."""
    node, scope = follow(node, scope)
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    first: ast.expr | None = None
    if isinstance(node, ast.JoinedStr):
        first = node.values[0] if node.values else None
    elif isinstance(node, ast.BinOp):
        first = node.left
    elif isinstance(node, ast.Call) and node.args and qualified(node.func, scope) in _PATHS:
        first = node.args[0]
    return _beginning(first, scope, depth - 1) if first is not None and depth else ""
