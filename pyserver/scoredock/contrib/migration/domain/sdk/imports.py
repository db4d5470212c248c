"""Imports of a rewritten script: those of v2 that it uses, those of v1 that something still uses, and the function that
calls an endpoint as Webservice.run() did."""

from __future__ import annotations

import ast

_RUN = '''

def {name}(client, endpoint, body):
    """The answer of an endpoint, as Webservice.run() gave it."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "request.json")
        with open(path, "wb") as file:
            file.write(body if isinstance(body, bytes) else body.encode("utf-8"))
        return json.loads(client.online_endpoints.invoke(endpoint_name=endpoint, request_file=path))


'''


def with_imports(text: str, module: str, runs: str) -> str:
    """The script with its imports. `module` is what it calls azure.ai.ml.entities, `runs` the function that calls an
    endpoint, empty where it calls none."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return text
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    lines = text.splitlines(keepends=True)
    place = 0
    for statement in reversed([each for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)]):
        if (statement.module or "").split(".")[0] != "azureml" or statement.col_offset:
            continue
        aliases = [each for each in statement.names if (each.asname or each.name) in names]
        first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
        if aliases != statement.names:
            listed = ", ".join(f"{each.name} as {each.asname}" if each.asname else each.name for each in aliases)
            lines[first:last] = [f"from {statement.module} import {listed}\n"] if aliases else []
        place = first
    lines = [*lines[:place], *_imports_of_v2(names, module), *lines[place:]]
    if runs:
        lines = _with_run(lines, runs)
    return "".join(lines)


def _imports_of_v2(names: set[str], module: str) -> list[str]:
    lines = []
    if {"MLClient", module} & names:
        entities = "entities" if module == "entities" else f"entities as {module}"
        listed = [*(["MLClient"] if "MLClient" in names else []), *([entities] if module in names else [])]
        lines.append(f"from azure.ai.ml import {', '.join(listed)}\n")
    if "DefaultAzureCredential" in names:
        lines.append("from azure.identity import DefaultAzureCredential\n")
    return lines


def _with_run(lines: list[str], name: str) -> list[str]:
    """Lines with the function that calls an endpoint, after the imports."""
    tree = ast.parse("".join(lines))
    imports = [each for each in tree.body if isinstance(each, ast.Import | ast.ImportFrom)]
    modules = {
        alias.name for each in imports if isinstance(each, ast.Import) for alias in each.names if not alias.asname
    }
    first = imports[0].lineno - 1 if imports else 0
    last = _last_import(tree)
    function = _RUN.format(name=name)
    new = [f"import {module}\n" for module in ("json", "os", "tempfile") if module not in modules]
    futures = [each for each in imports if isinstance(each, ast.ImportFrom) and each.module == "__future__"]
    first = max([first, *((each.end_lineno or each.lineno) for each in futures)])
    last = max(last, first)
    return [*lines[:first], *new, *lines[first:last], function, *lines[last:]]


def _last_import(tree: ast.Module) -> int:
    """The line after the imports that a script begins with."""
    line = 0
    for statement in tree.body:
        is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not (is_text or isinstance(statement, ast.Import | ast.ImportFrom)):
            break
        line = statement.end_lineno or statement.lineno
    return line
