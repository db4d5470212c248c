"""Loads this package: as it stands from Python 3.7 on; by Python 3.6, which scripts of v1 still ask for, without
annotations, which it would evaluate, and with the `__getattr__` of modules, which it does not know.

May import: the standard library. Doors: `SourceLoader`, `answer_for_names`, `install`. In the syntax of Python 3.6.
"""

import ast
import os
import sys
from importlib.machinery import FileFinder, SourceFileLoader
from types import ModuleType
from typing import Any, Callable, Optional

_IS_OLD = sys.version_info < (3, 7)
_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class _WithoutAnnotations(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Removes the annotations of the parameters and of the result."""
        node.returns = None
        for each in [*node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]:
            if each is not None:
                each.annotation = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """The name stays annotated: it may be the field of a NamedTuple."""
        node.annotation = ast.copy_location(ast.parse("None", mode="eval").body, node.annotation)
        return self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Optional[ast.AST]:
        """All but what only newer Pythons have."""
        return None if node.module == "__future__" else node


class SourceLoader(SourceFileLoader):
    """Loader of a module of this package."""

    def source_to_code(  # type: ignore[override]
        self, data: Any, path: Any, *more: Any, **options: Any
    ) -> Any:
        """Compiles the source, for Python 3.6 without annotations; the result is also kept as bytecode."""
        tree = _WithoutAnnotations().visit(ast.parse(data, path)) if _IS_OLD else data
        return super().source_to_code(tree, path, *more, **options)

    def exec_module(self, module: ModuleType) -> None:
        """Executes the module, which may define `__getattr__`."""
        answer_for_names(module)
        super().exec_module(module)


class _ModuleOfNames(ModuleType):
    def __getattr__(self, name: str) -> Any:
        answer: Optional[Callable[[str], Any]] = vars(self).get("__getattr__")
        if answer is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return answer(name)


def answer_for_names(module: ModuleType) -> None:
    """Makes a module ask its `__getattr__`, as newer Pythons do by themselves."""
    if _IS_OLD:
        module.__class__ = _ModuleOfNames


def install() -> None:
    """Makes Python load the other modules of this package by `SourceLoader`; does nothing if Python can read them as
    they stand.
    """
    if not _IS_OLD:
        return
    sys.path_hooks.insert(0, _finder)
    for folder in [each for each in sys.path_importer_cache if each.startswith(_FOLDER)]:
        del sys.path_importer_cache[folder]
    answer_for_names(sys.modules["azureml"])


def _finder(folder: str) -> FileFinder:
    if not folder.startswith(_FOLDER):
        raise ImportError(folder)
    return FileFinder(folder, (SourceLoader, [".py"]))
