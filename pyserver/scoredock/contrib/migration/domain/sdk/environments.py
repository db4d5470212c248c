"""Environments that a script of the SDK v1 makes: their packages, image and variables as far as they are certain."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from scoredock.checks.script.qualified import follow
from scoredock.checks.script.scope import Scope
from scoredock.contrib.migration.domain.sdk.rewriting import Rewriting, SdkEnvironment
from scoredock.contrib.migration.domain.sdk.values import UNKNOWN, SdkCall, literal, texts_of

_FILES = {
    "from_conda_specification": "file_path",
    "from_pip_requirements": "file_path",
    "from_docker_image": "conda_specification",
    "from_dockerfile": "conda_specification",
}
"""Makers of an environment → the argument that names its packages."""
_OTHER_FILES = ("pip_requirements",)
_READ_ONLY = frozenset(("register", "save_to_directory", "build", "build_local", "get_image_details", "clone"))
"""Methods of an environment that change nothing of it."""
_DEPENDENCIES = "python.conda_dependencies"
_IGNORED = frozenset(
    ("docker.enabled", "docker.shared_volumes", "inferencing_stack_version", "version", "spark.precache")
)
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


def environments(work: Rewriting) -> Iterator[SdkEnvironment]:
    """Yields the environments that a script makes, in its order."""
    for call in work.calls.values():
        if call.owner == "Environment" and _makes(call):
            yield environment_of(work, call.node, call.scope)


def _makes(call: SdkCall) -> bool:
    return call.name in ("new", "load_from_directory") or call.name.startswith("from_")


def environment_of(work: Rewriting, node: ast.expr, scope: Scope) -> SdkEnvironment:
    """Environment that an expression makes; if nothing about it is certain, the line is in `unclear`."""
    maker, _ = follow(node, scope)
    call = work.calls.get(id(maker)) if isinstance(maker, ast.Call) else None
    if call is None or call.owner != "Environment":
        return SdkEnvironment(line=node.lineno, unclear=(node.lineno,))
    line = call.node.lineno
    if call.name in ("register", "clone") and isinstance(call.node.func, ast.Attribute):
        environment = environment_of(work, call.node.func.value, call.scope)
        if call.name == "register":
            return replace(environment, is_registered=True)
        clone = replace(environment, name=call.text("new_name") or environment.name)
        return replace(clone, unclear=(*clone.unclear, line)) if clone.of_workspace else clone
    if call.name == "get" and call.text("name"):
        version = call.value("version")
        number = "" if version is UNKNOWN else str(version or "")
        lines = tuple(_EnvironmentLines(work, call).changed_lines())
        return SdkEnvironment(call.text("name"), number, line, of_workspace=True, unclear=lines)
    return _EnvironmentLines(work, call).environment() if _makes(call) else SdkEnvironment(line=line, unclear=(line,))


class _EnvironmentLines:
    """Follows one environment through the statements of a script."""

    def __init__(self, work: Rewriting, call: SdkCall) -> None:
        self._work = work
        self._call = call
        self._names = _names_of(work, call.node)
        self._dependencies: set[str] = set()
        """Names of its CondaDependencies."""
        self._values: dict[str, object] = {}
        self._lists: dict[str, list[str]] = {"channels": [], "conda": [], "pip": []}
        self._variables: dict[str, str] = {}
        self._unclear: list[int] = []
        self._is_registered = False
        self._uncertain = _sometimes(work, call.node)

    def environment(self) -> SdkEnvironment:
        """Environment with all that the script says of it."""
        self._begin()
        for node in self._statements():
            self._read(node)
        python, conda = self._python()
        return SdkEnvironment(
            self._call.text("name"),
            "",
            self._call.node.lineno,
            is_registered=self._is_registered,
            file=self._text("file"),
            python=python,
            channels=tuple(self._lists["channels"]),
            conda=tuple(conda),
            pip=tuple(self._lists["pip"]),
            image=self._text("docker.base_image"),
            dockerfile=self._text("docker.base_dockerfile"),
            user_managed=self._values.get("python.user_managed_dependencies") is True,
            variables=self._variables,
            unclear=tuple(sorted(set(self._unclear))),
        )

    def changed_lines(self) -> Iterator[int]:
        """Numbers of the lines in which the script changes what it took from its workspace."""
        for node in self._statements():
            path = self._path(node.func if isinstance(node, ast.Call) else _target(node))
            if path and path not in _READ_ONLY | _IGNORED:
                yield node.lineno

    def _begin(self) -> None:
        call, name = self._call, self._call.name
        if name == "new":
            return
        if name == "load_from_directory":
            folder = self._certain(call.arguments.get("path"), call.scope, call.node.lineno)
            self._values["file"] = f"{folder}/azureml_environment.json" if folder else ""
        if name not in _FILES and name != "load_from_directory":
            self._unclear.append(call.node.lineno)
            return
        keys = {"file": (_FILES.get(name, ""), *_OTHER_FILES), "docker.base_image": ("image",)}
        keys["docker.base_dockerfile"] = ("dockerfile",)
        for key, arguments in keys.items():
            for each in arguments:
                node = call.arguments.get(each)
                if node is not None and (value := self._certain(node, call.scope, call.node.lineno)):
                    self._values[key] = value

    def _statements(self) -> Iterator[ast.Assign | ast.Call]:
        """Assignments and calls, in the order of the script."""
        nodes = [each for each in ast.walk(self._work.script.tree) if isinstance(each, ast.Assign | ast.Call)]
        yield from sorted(nodes, key=lambda each: (each.lineno, each.col_offset))

    def _path(self, node: ast.expr | None) -> str:
        """Which part of the environment an expression is: `docker.base_image`; empty for none of it."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        if not parts or node is None:
            return ""
        if node is self._call.node or (isinstance(node, ast.Name) and node.id in self._names):
            return ".".join(parts)
        if isinstance(node, ast.Name) and node.id in self._dependencies:
            return ".".join((_DEPENDENCIES, *parts))
        return ""

    def _read(self, node: ast.Assign | ast.Call) -> None:
        target = _target(node)
        item = target.slice if isinstance(target, ast.Subscript) else None
        place = target.value if isinstance(target, ast.Subscript) else target
        path = self._path(node.func if isinstance(node, ast.Call) else place)
        if not path or path in _IGNORED:
            return
        if id(node) in self._uncertain:
            self._unclear.append(node.lineno)
        elif isinstance(node, ast.Call):
            self._read_call(node, path)
        elif path == _DEPENDENCIES:
            self._take_dependencies(node.value)
        elif path == "environment_variables":
            self._take_variables(item, node)
        elif path in ("docker.base_image", "docker.base_dockerfile", "python.user_managed_dependencies"):
            value = literal(node.value, self._scope(node.value))
            self._values[path] = value
            self._unclear += [node.lineno] if value is UNKNOWN else []
        else:
            self._unclear.append(node.lineno)

    def _scope(self, node: ast.expr) -> Scope:
        return self._work.scope_of(node)

    def _read_call(self, node: ast.Call, path: str) -> None:
        place, _, method = path.rpartition(".")
        if not place:
            self._is_registered = self._is_registered or method == "register"
            self._unclear += [] if method in _READ_ONLY else [node.lineno]
        elif place == _DEPENDENCIES:
            self._change_packages(node, method)
        elif place != "environment_variables" or method != "update":
            self._unclear.append(node.lineno)
        else:
            self._take_variables(None, node)

    def _take_variables(self, item: ast.expr | None, node: ast.Assign | ast.Call) -> None:
        given = next(iter(node.args), None) if isinstance(node, ast.Call) else node.value
        value = literal(given, self._scope(given)) if given is not None else UNKNOWN
        key = literal(item, self._scope(item)) if item is not None else None
        pairs = {key: value} if isinstance(key, str) and value is not UNKNOWN else value
        if isinstance(pairs, dict):
            self._variables.update(texts_of(pairs))
        else:
            self._unclear.append(node.lineno)

    def _take_dependencies(self, node: ast.expr) -> None:
        maker, _ = follow(node, self._scope(node))
        call = self._work.calls.get(id(maker)) if isinstance(maker, ast.Call) else None
        if call is None or call.owner != "CondaDependencies" or not call.is_certain:
            self._unclear.append(node.lineno)
            return
        self._dependencies = _names_of(self._work, call.node)
        self._lists = {"channels": [], "conda": [], "pip": []}
        self._values.pop("file", None)
        if call.name == "new":
            path = call.arguments.get("conda_dependencies_file_path")
            self._values["file"] = self._certain(path, call.scope, call.node.lineno)
        for kind, name in (("conda", "conda_packages"), ("pip", "pip_packages")):
            self._lists[kind] += self._texts(call.arguments.get(name), call.scope, call.node.lineno)
        if python := self._certain(call.arguments.get("python_version"), call.scope, call.node.lineno):
            self._lists["conda"].insert(0, f"python={python}")
        if index := self._certain(call.arguments.get("pip_indexurl"), call.scope, call.node.lineno):
            self._lists["pip"].append(f"--index-url {index}")
        for statement in self._statements():  # what was added before it was given to the environment
            func = statement.func if isinstance(statement, ast.Call) and statement.lineno < node.lineno else None
            if self._path(func).startswith(f"{_DEPENDENCIES}."):
                self._read(statement)

    def _change_packages(self, node: ast.Call, method: str) -> None:
        """Applies a method of CondaDependencies; a list that is given anew takes the place of the old one."""
        given = [*node.args, *(each.value for each in node.keywords)]
        texts = self._texts(given[0] if len(given) == 1 else None, self._scope(node), node.lineno)
        change = _CHANGES.get(method)
        if change is not None and texts:
            kind, work = change
            self._lists[kind] = work(self._lists[kind], texts)
        elif method not in _READING:
            self._unclear.append(node.lineno)

    def _certain(self, node: ast.expr | None, scope: Scope, line: int) -> str:
        values = self._texts(node, scope, line)
        return values[0] if values else ""

    def _texts(self, node: ast.expr | None, scope: Scope, line: int) -> list[str]:
        """Texts that are certain; the line of others is kept."""
        value = literal(node, scope) if node is not None else None
        if value is None:
            return []
        items = value if isinstance(value, list) else [value]
        if value is UNKNOWN or not all(isinstance(each, str) for each in items):
            self._unclear.append(line)
            return []
        return [str(each) for each in items]

    def _text(self, key: str) -> str:
        value = self._values.get(key)
        return value if isinstance(value, str) else ""

    def _python(self) -> tuple[str, list[str]]:
        """Specifier after the word python, and the other packages of conda."""
        conda = [each for each in self._lists["conda"] if _package(each) not in ("python", "pip")]
        pythons = [each for each in self._lists["conda"] if _package(each) == "python"]
        return (pythons[-1].partition("python")[2].strip() if pythons else ""), conda


_Change = Callable[[list[str], list[str]], list[str]]


def _added(lines: list[str], new: list[str]) -> list[str]:
    names = {_package(each) for each in new}
    return [*(each for each in lines if _package(each) not in names or each.startswith("-")), *new]


def _without(lines: list[str], old: list[str]) -> list[str]:
    names = {_package(each) for each in old}
    return [each for each in lines if _package(each) not in names]


def _anew(_: list[str], new: list[str]) -> list[str]:
    return new


_CHANGES: Mapping[str, tuple[str, _Change]] = {
    "add_pip_package": ("pip", _added),
    "add_conda_package": ("conda", _added),
    "add_channel": ("channels", _added),
    "remove_pip_package": ("pip", _without),
    "remove_conda_package": ("conda", _without),
    "remove_channel": ("channels", _without),
    "set_pip_requirements": ("pip", _anew),
    "set_pip_option": ("pip", lambda lines, new: [*lines, *new]),
    "set_pip_index_url": ("pip", lambda lines, new: [*lines, f"--index-url {new[0]}"]),
    "set_python_version": ("conda", lambda lines, new: _added(lines, [f"python={new[0]}"])),
}
"""Methods of CondaDependencies with one argument."""
_READING = frozenset(
    ("as_dict", "save", "save_to_file", "serialize_to_string", "get_python_version", "get_default_number_of_packages")
)


def _package(line: str) -> str:
    match = _NAME.match(line.strip())
    return match[0].lower().replace("_", "-") if match else line


def _target(node: ast.Assign | ast.Call) -> ast.expr | None:
    return node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None


def _names_of(work: Rewriting, maker: ast.Call) -> set[str]:
    """Names that are given what a call makes, also by way of `register`."""
    names: set[str] = set()
    for node in ast.walk(work.script.tree):
        target = _target(node) if isinstance(node, ast.Assign) else None
        if isinstance(node, ast.Assign) and isinstance(target, ast.Name) and _is_of(node.value, maker, names):
            names.add(target.id)
    return names


def _is_of(node: ast.expr, maker: ast.Call, names: set[str]) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "register":
        return _is_of(node.func.value, maker, names)
    return node is maker or (isinstance(node, ast.Name) and node.id in names)


def _sometimes(work: Rewriting, maker: ast.Call) -> set[int]:
    """Nodes of branches and loops that the maker is outside of."""
    nodes: set[int] = set()
    for block in ast.walk(work.script.tree):
        if isinstance(block, ast.If | ast.For | ast.While | ast.ExceptHandler):
            inner = [*ast.walk(block)]
            if all(each is not maker for each in inner):
                nodes |= {id(each) for each in inner}
    return nodes
