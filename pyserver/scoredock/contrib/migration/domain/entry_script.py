"""Changes of an entry script that v2 needs: paths of several models that became one folder, and `get_model_path`, which
the package azureml-core gave."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator, Mapping, Sequence

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.tree import Lines
from scoredock.checks.script.qualified import argument, text_of
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript, TooComplex, parse_script
from scoredock.contrib.migration.domain.models import FOLDER
from scoredock.contrib.migration.domain.source import ModelSource
from scoredock.late_dataclass import dataclass
from scoredock.text import Position, Range, TextEdit

_VARIABLE = "AZUREML_MODEL_DIR"
_READERS = frozenset(("os.getenv", "os.environ.get"))
_CORS = "access-control-allow-origin"


@dataclass(frozen=True, slots=True)
class ChangedScript:
    """An entry script for v2."""

    text: str
    changed: bool = False
    by_hand: tuple[tuple[int, str], ...] = ()
    """Line, from 1, and what somebody has to change there."""
    answers_other_origins: bool = False
    """Whether it sends headers of CORS itself."""
    imports_sdk: bool = False
    """Whether something of azureml-core is left."""


def for_v2(text: str, models: Sequence[ModelSource], *, is_folder: bool) -> ChangedScript:
    """The script with the paths of its models as v2 has them. What is not certain stays as it is, with a note."""
    cors = _CORS in text.lower()
    try:
        script = parse_script(text, Facts(path="score.py"))
    except (SyntaxError, TooComplex, RecursionError, MemoryError, ValueError):
        return ChangedScript(
            text,
            by_hand=(
                (
                    1,
                    l10n.t("The script cannot be parsed."),
                ),
            ),
            answers_other_origins=cors,
        )
    try:
        changes = _Changes(script, models, is_folder)
        changes.collect()
        changed = applied(text, changes.edits)
        uses = "azureml" in changed and _imports_sdk(changed)
        return ChangedScript(changed, changed != text, tuple(sorted(set(changes.by_hand))), cors, uses)
    finally:
        script.walk.release()


def diff(path: str, before: str, after: str) -> str:
    """Unified diff of a file."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{path}", f"b/{path}"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def applied(text: str, edits: Sequence[TextEdit]) -> str:
    """The text with edits that do not overlap; of several at one place the first counts."""
    lines = Lines(text)
    spans = sorted((lines.offset(each.range.start), lines.offset(each.range.end), each.new_text) for each in edits)
    parts: list[str] = []
    position = 0
    for start, end, new in spans:
        if start < position:
            continue
        parts += [text[position:start], new]
        position = end
    return "".join([*parts, text[position:]])


class _Changes:
    """Finds what to change in one script."""

    def __init__(self, script: ParsedScript, models: Sequence[ModelSource], is_folder: bool) -> None:
        self._script = script
        self._models = models
        self._is_folder = is_folder
        self.edits: list[TextEdit] = []
        self.by_hand: list[tuple[int, str]] = []
        self._tested = _tested(script.tree)

    def collect(self) -> None:
        """Everything of the script."""
        replaced = self._model_paths()
        if self._is_folder:
            self._folders()
        if replaced:
            self._imports()

    def _model_paths(self) -> int:
        """Calls of get_model_path become paths; gives how many."""
        count = 0
        for call, scope, _, name in self._script.named_calls:
            if not name.endswith(("Model.get_model_path", "model.get_model_path")):
                continue
            path = self._path_of(call, scope)
            if path is None:
                message = l10n.t("get_model_path() is not in v2, and which model is meant here is not certain.")
                self.by_hand.append((call.lineno, message))
                continue
            count += 1
            self._replace(call, path)
        return count

    def _path_of(self, call: ast.Call, scope: Scope) -> str | None:
        name = text_of(argument(call, 0, "model_name"), scope)
        version = argument(call, 1, "version")
        number = version.value if isinstance(version, ast.Constant) else None
        models = [each for each in self._models if each.name == name and number in (None, each.version)]
        if name is None or not models or (version is not None and number is None):
            return None
        model = max(models, key=lambda each: each.version)
        names = [FOLDER, model.name, str(model.version)] if self._is_folder else []
        if not self._is_folder and not model.root:
            return None
        names += [model.root] if model.root else []
        words = ", ".join(f'"{each}"' for each in names)
        os_name = self._os() or "os"
        return f'{os_name}.path.join({os_name}.environ["{_VARIABLE}"], {words})'

    def _os(self) -> str:
        """How the script calls the module; empty where it does not import it on top."""
        for statement in self._script.tree.body:
            for alias in statement.names if isinstance(statement, ast.Import) else ():
                if alias.name == "os":
                    return alias.asname or "os"
        return ""

    def _folders(self) -> None:
        """Readings of AZUREML_MODEL_DIR lead into the folder of all models."""
        for node, owner in _readings(self._script):
            if id(node) in self._tested:
                message = l10n.t(
                    "{name} is tested here; the models are in its folder {folder}.", name=_VARIABLE, folder=FOLDER
                )
                self.by_hand.append((node.lineno, message))
                continue
            written = self._text(node)
            joined = f'{owner}.path.join({written}, "{FOLDER}")' if owner else f'{written} + "/{FOLDER}"'
            self._replace(node, joined if owner else f"({joined})")
        for each in ast.walk(self._script.tree):
            if isinstance(each, ast.Constant) and isinstance(each.value, str) and "azureml-models" in each.value:
                message = l10n.t(
                    "The path {path} has the folder {folder} in it in v2.", path=each.value[:100], folder=FOLDER
                )
                self.by_hand.append((each.lineno, message))

    def _imports(self) -> None:
        """`from azureml.core.model import Model` goes where nothing else uses it, and `os` is imported."""
        text = applied(self._script.text, self.edits)
        missing = "" if self._os() else "import os"
        for statement, _, _ in self._script.walk.imports:
            if not isinstance(statement, ast.ImportFrom) or not (statement.module or "").startswith("azureml.core"):
                continue
            names = [alias.asname or alias.name for alias in statement.names]
            if names != ["Model"] or "Model." in text or "Model(" in text:
                continue
            on_top = statement in self._script.tree.body
            if on_top and missing:
                self._replace(statement, missing)
                missing = ""
            elif _is_alone(self._script.tree, statement):
                self._replace(statement, "pass")
            else:
                self._remove(statement)
        if missing:
            place = self._first_place()
            self.edits.append(TextEdit(Range(place, place), f"{missing}\n"))

    def _first_place(self) -> Position:
        """After the docstring and `from __future__`."""
        line = 0
        for statement in self._script.tree.body:
            is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if not (is_text or (isinstance(statement, ast.ImportFrom) and statement.module == "__future__")):
                break
            line = statement.end_lineno or statement.lineno
        return Position(line, 0)

    def _remove(self, statement: ast.stmt) -> None:
        """Removes a statement with its line, or writes `pass` if something else stands there."""
        place = self._script.range(statement)
        lines = self._script.lines
        before = lines.line(place.start.line)[: place.start.character]
        after = lines.line(place.end.line)[place.end.character :]
        if before.strip() or after.strip():
            self._replace(statement, "pass")
        else:
            self.edits.append(TextEdit(Range(Position(place.start.line, 0), Position(place.end.line + 1, 0)), ""))

    def _text(self, node: ast.expr) -> str:
        place = self._script.range(node)
        lines = self._script.lines
        return self._script.text[lines.offset(place.start) : lines.offset(place.end)]

    def _replace(self, node: ast.expr | ast.stmt, new: str) -> None:
        self.edits.append(TextEdit(self._script.range(node), new))


def _readings(script: ParsedScript) -> Iterator[tuple[ast.expr, str]]:
    """Expressions that read AZUREML_MODEL_DIR, and the name of the module os in them."""
    for call, scope, _, name in script.named_calls:
        if name in _READERS and text_of(argument(call, 0, "key"), scope) == _VARIABLE:
            yield call, _module_of(call.func, name)
    for subscript, scope, _ in script.walk.subscripts:
        is_read = isinstance(subscript.ctx, ast.Load) and text_of(subscript.slice, scope) == _VARIABLE
        if is_read and script.dotted(subscript.value, scope) == "os.environ":
            yield subscript, _module_of(subscript.value, "os.environ")


def _module_of(node: ast.AST, dotted: str) -> str:
    """`os` of `os.getenv`, or what the script calls it; empty where it imported the function itself."""
    depth = dotted.count(".")
    for _ in range(depth):
        if not isinstance(node, ast.Attribute):
            return ""
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _tested(tree: ast.Module) -> set[int]:
    """Expressions whose truth decides something, or that are compared."""
    nodes: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.While | ast.IfExp):
            nodes.add(id(node.test))
        elif isinstance(node, ast.BoolOp):
            nodes.update(map(id, node.values))
        elif isinstance(node, ast.Compare):
            nodes.update(map(id, (node.left, *node.comparators)))
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            nodes.add(id(node.operand))
    return nodes


def _is_alone(tree: ast.Module, statement: ast.stmt) -> bool:
    """True if a block would be empty without the statement."""
    blocks: Iterator[Mapping[str, object]] = (vars(node) for node in ast.walk(tree))
    for fields in blocks:
        for name in ("body", "orelse", "finalbody"):
            block = fields.get(name)
            if isinstance(block, list) and statement in block:
                return len(block) == 1
    return False


def _imports_sdk(text: str) -> bool:
    return any(
        line.strip().startswith(("from azureml.core", "import azureml.core", "from azureml import", "import azureml"))
        for line in text.splitlines()
    )
