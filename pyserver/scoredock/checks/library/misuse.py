"""Values in places where their kind cannot be: methods that are not called, texts that are added to numbers."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.checks.library import rules
from scoredock.checks.library.values import FILES, NUMBERS, LibraryValues, Value
from scoredock.checks.library.wording import severity_of
from scoredock.checks.script.qualified import follow
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import ANNOTATION, ERROR_CAUGHT, IN_TRY, MAIN_ONLY
from scoredock.text import Fix

_SKIPPED = MAIN_ONLY | ANNOTATION | ERROR_CAUGHT
_TAKES_NO_FUNCTION = frozenset(
    (
        "json.dumps",
        "json.loads",
        "json.load",
        "pickle.load",
        "pickle.loads",
        "joblib.load",
        "os.path.join",
        "os.path.basename",
        "os.path.exists",
        "os.path.dirname",
        "os.listdir",
        "open",
        "len",
        "sum",
        "int",
        "float",
        "set",
        "list",
        "tuple",
        "numpy.array",
        "numpy.asarray",
        "re.findall",
        "re.split",
        "re.sub",
        "datetime.datetime.fromtimestamp",
        "math.sqrt",
        "round",
    )
)
"""Functions that can do nothing with a method, in any argument (a key function of `sorted` and the like is another
thing)."""
_PLAIN: dict[str, Callable[[], str]] = {
    "builtins.str": lambda: l10n.t("text"),
    "builtins.int": lambda: l10n.t("a number"),
    "builtins.float": lambda: l10n.t("a number"),
    "builtins.list": lambda: l10n.t("a list"),
    "builtins.dict": lambda: l10n.t("a dict"),
    "builtins.tuple": lambda: l10n.t("a tuple"),
    "builtins.set": lambda: l10n.t("a set"),
    "builtins.bytes": lambda: l10n.t("bytes"),
}
_CERTAIN_METHODS = frozenset(
    (
        "tolist",
        "to_dict",
        "to_list",
        "to_json",
        "isoformat",
        "upper",
        "lower",
        "strip",
        "encode",
        "decode",
        "readlines",
        "splitlines",
        "read_text",
        "read_bytes",
    )
)
"""Names that are methods of whatever has them."""
_READING = frozenset(("read", "readline", "read_text", "decode", "strip", "lower", "upper", "replace"))
"""Methods that give text."""
_OF_COLUMNS = frozenset(
    ("lower", "upper", "strip", "title", "len", "isalpha", "isnumeric", "total_seconds", "normalize")
)
"""Methods behind `.str` and `.dt` that need no arguments."""
_NO_TEXT = frozenset(
    ("builtins.dict", "builtins.list", "builtins.int", "builtins.float", "builtins.bool", "builtins.tuple")
)
_COLLECTING = frozenset(("max", "min", "sum", "sorted", "set", "list", "tuple", "len", "any", "all", "enumerate"))
_NUMBER_WANTED = {"round": 1, "range": 0}
_TEXT_KIND = frozenset(("builtins.str",))
_MODE = re.compile(r"(?=[rwaxbtU+]{1,3}$)(?=[^rwaxU]*[rwaxU][^rwaxU]*$)[^+]*\+?[^+]*")
"""One of r, w, a and x, with b or t and + in any order."""
_TEXT_WANTED = {
    "azureml.core.model.Model.get_model_path": 0,
    "azureml.core.Model.get_model_path": 0,
    "re.findall": 0,
    "re.search": 0,
    "re.match": 0,
    "re.split": 0,
    "re.sub": 0,
    "re.compile": 0,
    "os.getenv": 0,
    "os.environ.get": 0,
    "os.path.join": -1,
    "os.path.basename": 0,
    "os.path.dirname": 0,
}
"""Functions whose argument at this position must be text or a path; -1 for all of them."""


def check_misuse(script: ParsedScript, values: LibraryValues) -> list[Finding]:
    """All findings of this kind."""
    findings: list[Finding] = []
    reported: set[int] = set()
    for node, scope, flags in _value_places(script, values):
        if node.__class__ is not ast.Attribute or flags & _SKIPPED or id(node) in reported:
            continue
        value = values.of(node, scope)
        imported = bool(script.dotted(node.value, scope))
        if _is_method(value) or (not value and not imported and (_is_certain(node) or _is_column(node))):
            reported.add(id(node))
            fix = Fix(l10n.t("Add the parentheses"), (script.insert(script.range(node).end, "()"),), preferred=True)
            needed = value.entry.signature.least if value.entry is not None and value.entry.signature is not None else 0
            findings.append(
                rules.NOT_CALLED.finding(
                    script.range(node), severity=severity_of(flags), fixes=() if needed else (fix,), name=node.attr
                )
            )
    findings += _operands(script, values)
    findings += _arguments(script, values)
    findings += _containers(script, values)
    findings += _numbers(script, values)
    findings += _compared(script, values)
    findings += _statuses(script)
    findings += _decoded(script, values)
    return findings


def _is_certain(node: ast.Attribute) -> bool:
    """True if a name is that of a method, whatever has it; `split` of anything but text may be a part of the data."""
    if node.attr != "split":
        return node.attr in _CERTAIN_METHODS
    made = node.value.func if isinstance(node.value, ast.Call) else None
    return isinstance(made, ast.Attribute) and made.attr in _READING


def _is_method(value: Value) -> bool:
    """A method of an instance; functions of modules are passed around for good reasons."""
    return (value.entry is not None and bool(value.owner) and value.entry.callable) or (
        value.function is not None and value.bound
    )


def _value_places(script: ParsedScript, values: LibraryValues) -> Iterator[tuple[ast.expr, Scope, int]]:
    """Expressions that stand where only a value makes sense."""
    walk = values.extent.walk
    for call, scope, flags in walk.calls:
        function = values.of(call.func, scope)
        if function.entry is not None and function.name in _TAKES_NO_FUNCTION:
            for argument in call.args:
                yield from ((*follow(part, scope), flags) for part in parts_of(argument))
        if call.func.__class__ is ast.Attribute and call.func.value.__class__ is ast.Attribute:
            yield call.func.value, scope, flags
    for node, scope, flags in walk.subscripts:
        if node.value.__class__ is ast.Attribute:  # nothing else is looked at, and most are names
            yield node.value, scope, flags
    for inner in walk.scopes:
        if isinstance(inner.node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
            yield inner.node.elt, inner, 0
    run = script.run
    if run is not None and values.extent.looks_at(run.scope):
        for statement, flags in run.scope.returns:
            if statement.value is not None:
                # The answer is turned into JSON behind the script, where its `try` does not reach.
                outside = flags & ~(IN_TRY | ERROR_CAUGHT)
                yield from ((*follow(part, run.scope), outside) for part in parts_of(statement.value))
    yield from (each for each in walk.stored if _is_column(each[0]))


def _is_column(node: ast.Attribute) -> bool:
    """`table["name"].str.lower`: what becomes a column is not a method; a table of functions may well hold one."""
    made = node.value
    accessor = isinstance(made, ast.Attribute) and made.attr in ("str", "dt") and node.attr in _OF_COLUMNS
    return accessor or node.attr in ("tolist", "to_list", "to_dict", "isoformat")


def parts_of(node: ast.expr) -> Iterator[ast.expr]:
    """The values in a literal answer."""
    pending = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, ast.Dict):
            pending += [v for v in part.values if v is not None]
        elif isinstance(part, ast.List | ast.Tuple):
            pending += part.elts
        else:
            yield part


def _operands(script: ParsedScript, values: LibraryValues) -> list[Finding]:
    findings = []
    for node, scope, flags in values.extent.walk.paths:
        if flags & _SKIPPED or not isinstance(node, ast.BinOp):
            continue
        left = values.of(node.left, scope).kinds
        if not left:
            continue
        right = values.of(node.right, scope).kinds
        problem = _clash(node.op, left, right)
        if problem:
            findings.append(_operand(script, node, flags, problem))
    return findings


def _operand(script: ParsedScript, node: ast.AST, flags: int, problem: str) -> Finding:
    return rules.OPERANDS.finding(script.range(node), severity=severity_of(flags), problem=problem)


def _clash(operator: ast.operator, left: frozenset[str], right: frozenset[str]) -> str:
    """Why two values cannot be put together; empty when they can or are not known well enough."""
    if isinstance(operator, ast.Div) and left == {"builtins.str"}:
        return l10n.t("Text cannot be divided; join paths with os.path.join() or pathlib.Path()")
    if isinstance(operator, ast.Div) and left and all(k.startswith("pathlib.") for k in left):
        if right and right <= NUMBERS:
            return l10n.t("A path can only be joined with text or another path, not with a number")
        return ""
    if len(left) != 1 or len(right) != 1 or not isinstance(operator, ast.Add):
        return ""
    (one,), (other,) = left, right
    if one not in _PLAIN or other not in _PLAIN or one == other or {one, other} <= NUMBERS:
        return ""
    sentence = l10n.t("{one} and {other} cannot be added", one=_PLAIN[one](), other=_PLAIN[other]())
    return f"{sentence[0].upper()}{sentence[1:]}"


def _arguments(script: ParsedScript, values: LibraryValues) -> list[Finding]:
    """Numbers where a name or a path must be text."""
    findings = []
    for call, scope, flags, name in script.named_calls:
        position = _TEXT_WANTED.get(name)
        if position is None or flags & _SKIPPED:
            continue
        for argument in call.args if position < 0 else call.args[position : position + 1]:
            kinds = values.of(argument, scope).kinds
            if kinds and kinds <= NUMBERS:
                problem = l10n.t("{name}() needs text here, not a number", name=name)
                findings.append(_operand(script, argument, flags, problem))
    findings += _keywords(script, values)
    for node, scope, flags in values.extent.walk.subscripts:
        if flags & _SKIPPED:
            continue
        base = values.of(node.value, scope).kinds
        index = values.of(node.slice, scope).kinds
        if base == {"os._Environ"} and index and index <= NUMBERS:
            problem = l10n.t("Environment variables have names, not numbers")
        elif base == {"builtins.str"} and index == {"builtins.str"}:
            problem = l10n.t("Text has no keys; decode it first, for example with json.loads()")
        elif base and base <= NUMBERS:
            problem = l10n.t("A number has no items")
        elif base and base <= FILES:
            problem = l10n.t("An open file has no keys; read it first")
        else:
            continue
        findings.append(_operand(script, node, flags, problem))
    return findings


def _statuses(script: ParsedScript) -> list[Finding]:
    """The status of an answer, which is a number."""
    findings = []
    for call, _, flags, name in script.named_calls:
        status = call.args[1] if len(call.args) > 1 else None
        if not name.endswith(".AMLResponse") or flags & _SKIPPED or not isinstance(status, ast.Constant):
            continue
        # None is 200, as in every response of Werkzeug.
        if isinstance(status.value, str) and not status.value.strip().isdigit():
            problem = l10n.t("The status of a response must be a number, such as 200")
            findings.append(_operand(script, status, flags, problem))
    return findings


def _keywords(script: ParsedScript, values: LibraryValues) -> list[Finding]:
    """The mode of `open`, and an encoding that is not text."""
    findings = []
    for call, scope, flags in values.extent.plain_calls.get("open", ()):
        if flags & _SKIPPED or scope.lookup("open") is not None:
            continue
        mode = next((k.value for k in call.keywords if k.arg == "mode"), call.args[1] if len(call.args) > 1 else None)
        if isinstance(mode, ast.Constant) and isinstance(mode.value, str) and not _is_mode(mode.value):
            problem = l10n.t("“{mode}” is not a mode of open(); use “r”, “w”, “a”, “rb” or “wb”", mode=mode.value[:20])
            findings.append(_operand(script, mode, flags, problem))
        if mode is not None and values.of(mode, scope).kinds and values.of(mode, scope).kinds <= NUMBERS:
            problem = l10n.t("The mode of open() must be text, such as “rb”, not a number")
            findings.append(_operand(script, mode, flags, problem))
        for keyword in call.keywords:
            kinds = values.of(keyword.value, scope).kinds if keyword.arg == "encoding" else frozenset()
            if kinds and kinds <= NUMBERS:
                problem = l10n.t("An encoding must be text, such as “utf-8”, not a number")
                findings.append(_operand(script, keyword.value, flags, problem))
    return findings


def _compared(script: ParsedScript, values: LibraryValues) -> list[Finding]:
    """`max` and `min` of a number and something that is none."""
    findings = []
    for name in ("max", "min"):
        for call, scope, flags in values.extent.plain_calls.get(name, ()):
            if flags & _SKIPPED or scope.lookup(name) is not None or len(call.args) < 2:
                continue
            kinds = [values.of(argument, scope).kinds for argument in call.args]
            if not any(kind and kind <= NUMBERS for kind in kinds):
                continue
            for argument, kind in zip(call.args, kinds, strict=True):
                nothing = isinstance(argument, ast.Constant) and argument.value is None
                if nothing or kind == {"builtins.str"}:
                    problem = (
                        l10n.t("{name}() cannot compare a number with None", name=name)
                        if nothing
                        else l10n.t("{name}() cannot compare a number with text", name=name)
                    )
                    findings.append(_operand(script, argument, flags, problem))
    return findings


def _decoded(script: ParsedScript, values: LibraryValues) -> list[Finding]:
    """`json.loads` of something that is not text."""
    findings = []
    for call, scope, flags, name in script.named_calls:
        if name == "json.load" and call.args and not flags & _SKIPPED:
            findings += _text_for_file(script, call, flags, values.of(call.args[0], scope).kinds)
        if name != "json.loads" or flags & _SKIPPED or not call.args:
            continue
        kinds = values.of(call.args[0], scope).kinds
        if not kinds or not (kinds <= FILES or kinds <= _NO_TEXT or all(k.startswith("pathlib.") for k in kinds)):
            continue
        if kinds <= _NO_TEXT:
            problem = l10n.t("json.loads() needs text, and this is not text")
        elif kinds <= FILES:
            problem = l10n.t("json.loads() needs text, and this is an open file; json.load() reads one")
        else:
            problem = l10n.t("json.loads() needs text, and this is a path; read the file first")
        findings.append(_operand(script, call.args[0], flags, problem))
    return findings


_GIVING_TEXT = frozenset(("read_text", "read_bytes", "decode", "dumps"))


def _text_for_file(script: ParsedScript, call: ast.Call, flags: int, kinds: frozenset[str]) -> list[Finding]:
    """`json.load` of a text; that of a request's body is found where the request is looked at."""
    first = call.args[0]
    method = first.func.attr if isinstance(first, ast.Call) and isinstance(first.func, ast.Attribute) else ""
    text = isinstance(first, ast.Constant | ast.JoinedStr) or method in _GIVING_TEXT
    if not text and (not kinds or not kinds <= {"builtins.str", "builtins.bytes"}):
        return []
    source = script.source(call.func)
    edit = script.replace(call.func, f"{source}s")
    fixes = (
        (Fix(l10n.t("Change to {new}", new="json.loads"), (edit,), preferred=True, certain=True),)
        if source.endswith(".load")
        else ()
    )
    problem = l10n.t("json.load() reads an open file, and this is text; json.loads() reads text")
    return [rules.OPERANDS.finding(script.range(call), severity=severity_of(flags), fixes=fixes, problem=problem)]


def _is_mode(mode: str) -> bool:
    letters = set(mode)
    return bool(_MODE.fullmatch(mode)) and len(letters) == len(mode) and not {"b", "t"} <= letters


def _containers(script: ParsedScript, values: LibraryValues) -> list[Finding]:
    """`with` over a plain value, loops over numbers, sets of lists."""
    findings = []
    for binding in values.extent.walk.contexts:
        if binding.value is None or binding.owner is None or binding.flags & _SKIPPED:
            continue
        kinds = values.of(binding.value, binding.owner).kinds
        if len(kinds) == 1 and next(iter(kinds)) in _PLAIN:
            problem = l10n.t(
                "“with” needs something that can be closed, such as an open file, not {kind}",
                kind=_PLAIN[next(iter(kinds))](),
            )
            findings.append(_operand(script, binding.value, binding.flags, problem))
    return findings


def _numbers(script: ParsedScript, values: LibraryValues) -> list[Finding]:
    """A number where many values are wanted, and text where a number is."""
    findings = []
    for name in (*_COLLECTING, *_NUMBER_WANTED):
        for call, scope, flags in values.extent.plain_calls.get(name, ()):
            if flags & _SKIPPED or scope.lookup(name) is not None:
                continue
            position, wrong = (0, NUMBERS) if name in _COLLECTING else (_NUMBER_WANTED[name], _TEXT_KIND)
            if len(call.args) <= position or (name in _COLLECTING and len(call.args) > 1):
                continue
            argument = call.args[position]
            kinds = values.of(argument, scope).kinds if not isinstance(argument, ast.Starred) else frozenset()
            if kinds and kinds <= wrong:
                problem = (
                    l10n.t("{name}() needs several values, and this is one number", name=name)
                    if name in _COLLECTING
                    else l10n.t("{name}() needs a number here, not text", name=name)
                )
                findings.append(_operand(script, argument, flags, problem))
    return findings
