"""Mistakes that people make every day, where a file has a place for them.

Each is a kind by itself (`slip-…`): those that the drops, renames and retypes of `operators` do not come to.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from mutants.source import Mutation, Source, at

_MODEL_DIR = "AZUREML_MODEL_DIR"
_NEAR_MODEL_DIR = (
    "AZUREML_MODELS_DIR",
    "AZUREML_MODEL_PATH",
    "AZURE_MODEL_DIR",
    "AZUREML_MODEL_DIRECTORY",
    "AZURML_MODEL_DIR",
    "azureml_model_dir",
)
_NEAR = {
    "init": ("initialize", "Init", "load"),
    "run": ("predict", "Run", "score"),
    "input_schema": ("input_shema", "inputSchema"),
    "output_schema": ("outputschema",),
    "NumpyParameterType": ("NumPyParameterType", "NumpyParamType"),
    "PandasParameterType": ("PandaParameterType",),
    "StandardPythonParameterType": ("StandardPyParameterType",),
    "rawhttp": ("raw_http",),
    "AMLRequest": ("AmlRequest",),
    "AMLResponse": ("AzureMLResponse",),
    "get_model_path": ("get_model_dir", "model_path"),
    "get_data": ("getdata",),
    "predict": ("predicts",),
    "getenv": ("get_env",),
    "loads": ("load_string", "laods"),
}
_LOADERS = frozenset(("joblib.load", "pickle.load", "json.load", "np.load"))
OUTSIDE = "training"
"""A module that the service does not have: in one project it lies outside of the source directory."""
_CLASSES = {
    "NumpyParameterType": "np.ndarray",
    "PandasParameterType": "pd.DataFrame",
    "StandardPythonParameterType": "dict",
}


def slips(source: Source) -> Iterator[Mutation]:
    """Every such mistake that the file has a place for."""
    if source.path.endswith(".py"):
        tree = ast.parse(source.text)
        for node in ast.walk(tree):
            for make in _OF_NODES:
                yield from make(source, node)
        yield from _insertions(source, tree)
    elif source.path.endswith((".yml", ".yaml")):
        yield from _environment(source)


def _written(source: Source, node: ast.expr) -> str:
    return ast.get_source_segment(source.text, node) or ""


def _reading_json(source: Source, node: ast.AST) -> Iterator[Mutation]:
    """`json.load` of a text, `json.loads` of a file, `eval` of a request."""
    if not isinstance(node, ast.Call) or len(node.args) != 1:
        return
    function, given = _written(source, node.func), _written(source, node.args[0])
    if function == "json.loads":
        yield at(source, "slip-json-load", node, f"json.load({given})")
        yield at(source, "slip-eval", node, f"eval({given})")
    elif function == "json.load":
        yield at(source, "slip-json-load", node, f"json.loads({given})")


def _environment_variables(source: Source, node: ast.AST) -> Iterator[Mutation]:
    """Brackets and parentheses the other way round, and names that are nearly right."""
    if isinstance(node, ast.Subscript) and _written(source, node.value) == "os.environ":
        name = _written(source, node.slice)
        yield at(source, "slip-environ", node, f"os.environ({name})")
        yield at(source, "slip-environ", node, f"os.getenv[{name}]")
    elif isinstance(node, ast.Call) and _written(source, node.func) == "os.getenv" and node.args:
        name = _written(source, node.args[0])
        yield at(source, "slip-environ", node, f"os.getenv[{name}]")
        yield at(source, "slip-environ", node, f"os.environ({name})")
    elif isinstance(node, ast.Constant) and node.value == _MODEL_DIR:
        for near in _NEAR_MODEL_DIR:
            yield at(source, "slip-model-dir", node, f'"{near}"')


def _near_names(source: Source, node: ast.AST) -> Iterator[Mutation]:
    """Names that Azure ML and the libraries have, nearly."""
    if isinstance(node, ast.FunctionDef):
        start = source.text.index(node.name, source.offset(node.lineno, node.col_offset) + 4)
        name = node.name
    elif isinstance(node, ast.Attribute):
        name = node.attr
        start = source.offset(node.end_lineno or 0, node.end_col_offset or 0) - len(name)
    elif isinstance(node, ast.alias) and not node.asname:
        name = node.name
        start = source.offset(node.lineno, node.col_offset)
    else:
        return
    for near in _NEAR.get(name, ()):
        made = source.replaced("slip-near-name", start, start + len(name), near)
        yield Mutation(made.operator, made.path, made.line, made.text, made.what, frozenset((name,)))


def _not_called(source: Source, node: ast.AST) -> Iterator[Mutation]:
    """A loader that is named and not called."""
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
        function = _written(source, node.value.func)
        if function in _LOADERS:
            yield at(source, "slip-not-called", node.value, function)


def _scalar(source: Source, node: ast.AST) -> Iterator[Mutation]:
    """The first number of a prediction, or its numbers as NumPy has them, in place of the list of all."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    value = _written(source, node.func.value)
    if node.func.attr == "tolist" and not node.args:
        yield at(source, "slip-scalar", node, f"{value}[0]")
        yield at(source, "slip-items", node, f"list({value})")
        yield at(source, "slip-items", node, f"[each for each in {value}]")


def _class_for_sample(source: Source, node: ast.AST) -> Iterator[Mutation]:
    """`PandasParameterType(pd.DataFrame)`: the class, not a sample."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
        kind = _CLASSES.get(node.func.id, "")
        module = kind.partition(".")[0]
        if kind and (module == kind or f" as {module}\n" in source.text):
            yield at(source, "slip-class", node.args[0], kind)


def _model_path(source: Source, node: ast.AST) -> Iterator[Mutation]:
    """A path of the developer's machine in place of the one below AZUREML_MODEL_DIR."""
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call | ast.BinOp | ast.Name):
        return
    written = _written(source, node.value)
    file = re.search(r"""["']/?([\w./-]*\.\w+)["']\)?$""", written)
    if _MODEL_DIR not in written or not file:
        return
    name = file.group(1)
    base = name.rpartition("/")[2]
    for path in (name, f"./models/{base}", f"../model/{base}", f"/mnt/models/{base}", f"C:/models/{base}"):
        yield at(source, "slip-model-path", node.value, f'"{path}"')
    yield at(source, "slip-model-path", node.value, f'os.path.join(os.getcwd(), "{name}")')
    yield at(source, "slip-model-path", node.value, f'os.getcwd() + "/{base}"')


def _branch(source: Source, node: ast.AST) -> Iterator[Mutation]:
    """A name that only one branch gives a value to: the other branch is left out."""
    if isinstance(node, ast.If) and node.orelse and len(node.orelse) == 1 and isinstance(node.orelse[0], ast.Assign):
        first = node.orelse[0]
        begin = source.starts[first.lineno - 2]
        end = source.offset(first.end_lineno or 0, 0)
        yield source.replaced("slip-one-branch", begin, source.text.find("\n", end) + 1, "", "else")


_OF_NODES: tuple[Callable[[Source, ast.AST], Iterator[Mutation]], ...] = (
    _reading_json,
    _environment_variables,
    _near_names,
    _not_called,
    _scalar,
    _class_for_sample,
    _model_path,
    _branch,
)


def _insertions(source: Source, tree: ast.Module) -> Iterator[Mutation]:
    """Lines that do not belong there."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    if "init" in functions:
        for opened in ('open("labels.json").read()', 'open(os.path.join(os.getcwd(), "labels.txt")).read()'):
            if "import os\n" in source.text or "os." not in opened:
                yield _inserted(source, "slip-open", functions["init"], (f"labels = {opened}",), 1)
    if "run" in functions:
        run = functions["run"]
        yield _inserted(
            source, "slip-one-branch", run, ("for number in (3, 9):", *_ONE_BRANCH, "    print(word, number)"), 4
        )
        if "PandasParameterType" in source.text and run.args.args:
            name = run.args.args[0].arg
            for columns in ('["age", "BMI"]', '"BMI"'):
                yield _inserted(source, "slip-columns", run, (f"chosen = {name}[{columns}]", "print(len(chosen))"), 1)
        if "init" in functions:
            first = next(node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef))
            start = source.starts[first.lineno - 1]
            yield source.replaced("slip-outside", start, start, f"from {OUTSIDE} import scale\n")
        text = source.text + "\n\nfrom flask import Flask\n\napp = Flask(__name__)\napp.run()\n"
        yield Mutation("slip-app-run", source.path, text.count("\n"), text, "app.run()")


_ONE_BRANCH = ("    if number > 5:", '        word = "odd"')


def _inserted(
    source: Source, operator: str, function: ast.FunctionDef, lines: tuple[str, ...], blamed: int
) -> Mutation:
    """Lines behind the documentation and the `global` statements of a function; `blamed` is the one with the
    mistake."""
    after = 0
    for number, statement in enumerate(function.body):
        if isinstance(statement, ast.Global) or (
            number == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        ):
            after = number + 1
        else:
            break
    before = function.body[min(after, len(function.body) - 1)]
    start = source.starts[before.lineno - 1] if after < len(function.body) else _end(source, function)
    indent = " " * function.body[0].col_offset
    text = source.text[:start] + "".join(f"{indent}{line}\n" for line in lines) + source.text[start:]
    return Mutation(operator, source.path, source.text.count("\n", 0, start) + blamed, text, lines[blamed - 1].strip())


def _end(source: Source, function: ast.FunctionDef) -> int:
    return source.text.find("\n", source.offset(function.end_lineno or 0, 0)) + 1 or len(source.text)


def _environment(source: Source) -> Iterator[Mutation]:
    """Versions that conda does not read, packages twice, and channels that are nowhere."""
    position = 0
    under_pip = False
    for row in source.text.splitlines(keepends=True):
        package = re.match(r"(\s*-\s+)([A-Za-z][\w.\[\],-]*)([=<>!~][^\s#]*)?\s*\n", row)
        under_pip = under_pip or bool(re.match(r"\s*-\s+pip:\s*$", row))
        end = position + len(row)
        if re.match(r"\s*-\s+(conda-forge|defaults|anaconda)\s*\n", row):
            start = position + row.index("-") + 2
            for channel in ("conda_forge", "conda-froge", "condaforge", "conda forge"):
                yield source.replaced("slip-channel", start, end - 1, channel)
        elif package and under_pip:
            lead, name, version = package.groups()
            bare = name.partition("[")[0]
            yield source.replaced("slip-twice", end, end, f"{lead}{name}{version or ''}\n", f"{name} twice")
            both = f"{lead}{bare}==1.0\n{lead}{bare}==2.0\n"
            yield source.replaced("slip-twice", position, end, both, f"{bare} with two versions")
        elif package and package.group(2) not in ("conda-forge", "defaults", "pip"):
            lead, name, version = package.groups()
            start = position + len(lead) + len(name)
            stop = start + len(version or "")
            exact, number = ("==", version.lstrip("=<>!~")) if version else (">=", "0.1")
            spellings = (f">={number}<<99", f"{exact}{number}.", f"{exact}{number}.x", f"=>{number}", "==")
            for written in spellings[: None if version else 4]:
                yield source.replaced("slip-conda-version", start, stop, written, name)
        position = end
