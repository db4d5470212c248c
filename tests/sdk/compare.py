"""Names, parameters and defaults of azureml-core beside ours, read from the source: nothing of it is imported."""

from __future__ import annotations

import ast
import runpy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TOOL = Path(__file__).parents[2] / "pyserver" / "tools" / "sdk_signatures.py"
"""It has the classes that deployment scripts use, by the file of azureml-core that defines them."""
APART = {
    "AksAttachConfiguration",
    "AksProvisioningConfiguration",
    "AmlCompute",
    "AmlComputeProvisioningConfiguration",
    "ComputeTargetAttachConfiguration",
    "ComputeTargetProvisioningConfiguration",
    "Dataset",
    "Datastore",
    "FileDatasetFactory",
    "ImageConfig",
    "TabularDatasetFactory",
}
"""Of them those that belong to clusters and data, of which there is less here; docs/sdk.md says what."""
EXCEPTIONS = (
    "WebserviceException",
    "UserErrorException",
    "WorkspaceException",
    "ComputeTargetException",
    "ModelNotFoundException",
    "RunEnvironmentException",
)
MODULES = {
    **{
        module: kept
        for module, classes in runpy.run_path(str(TOOL))["WANTED"].items()
        if not module.startswith("azureml/pipeline/")  # other wheels
        and (kept := tuple(name for name in classes if name not in APART))
    },
    "azureml/exceptions/_azureml_exception.py": EXCEPTIONS,
}
"""What is compared."""
ELSEWHERE = {
    "azureml/core/compute/aks.py": "azureml/core/compute/compute.py",
    "azureml/exceptions/_azureml_exception.py": "azureml/exceptions/__init__.py",
}
OURS = {"InferenceConfig": "azureml/core/_inference_config.py", "ModelPackage": "azureml/core/_package.py"}


@dataclass(frozen=True)
class Shape:
    """What can be seen of a class from outside."""

    parameters: dict[str, tuple[str, ...]]
    """Of each public function: `name` or `name=default`."""
    names: frozenset[str]
    """Properties and other attributes of the class."""
    bases: tuple[str, ...] = ()


BASES = {
    "RunLogging": "azureml/core/_run_logging.py",
    "RunSnapshots": "azureml/core/_snapshots.py",
    "ServiceState": "azureml/core/webservice/state.py",
}
"""Classes that only ours inherit from."""


def shapes(root: Path, *, ours: bool) -> dict[str, Shape]:
    """The classes below a folder that holds `azureml`."""
    found: dict[str, Shape] = {}
    for module, classes in MODULES.items():
        for name in classes:
            path = OURS.get(name, ELSEWHERE.get(module, module)) if ours else module
            tree = ast.parse((root / path).read_text(encoding="utf-8"))
            found[name] = _shape(next(each for each in tree.body if getattr(each, "name", "") == name))
    if ours:
        for name, path in BASES.items():
            tree = ast.parse((root / path).read_text(encoding="utf-8"))
            found[name] = _shape(next(each for each in tree.body if getattr(each, "name", "") == name))
    return found


def _shape(node: ast.stmt) -> Shape:
    assert isinstance(node, ast.ClassDef)
    parameters: dict[str, tuple[str, ...]] = {}
    names: set[str] = set()
    for item in node.body:
        if isinstance(item, ast.FunctionDef):
            marks = {ast.unparse(mark).partition("(")[0] for mark in item.decorator_list}
            if marks & {"property"} or any(mark.endswith(".setter") for mark in marks):
                names.add(item.name)
            elif item.name == "__init__" or not item.name.startswith("_"):
                parameters[item.name] = tuple(_parameters(item, "staticmethod" not in marks))
        elif isinstance(item, ast.Assign):
            names |= {target.id for target in item.targets if isinstance(target, ast.Name)}
        elif isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            names.add(item.target.id)
    bases = tuple(ast.unparse(base) for base in node.bases)
    return Shape(parameters, frozenset(names), bases)


def _parameters(function: ast.FunctionDef, bound: bool) -> Iterator[str]:
    args = function.args
    plain = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(plain) - len(args.defaults)) + list(args.defaults)
    for arg, default in list(zip(plain, defaults, strict=True))[bound:]:
        yield arg.arg if default is None else f"{arg.arg}={ast.unparse(default)}"
    if args.kwarg:
        yield "**"


def differences(
    real: dict[str, Shape], ours: dict[str, Shape], absent: dict[str, set[str]]
) -> Iterator[tuple[str, str, str]]:
    """Class and function, what azureml-core has, what we have; what only we have is not a difference."""
    for name, shape in real.items():
        inherited = _inherited(ours, name)
        for function, parameters in shape.parameters.items():
            own = inherited.get(function)
            if function in absent.get(name, ()):
                yield f"{name}.{function}", f"({', '.join(parameters)})", "raises `sdk-not-here`"
            elif own is None:
                yield f"{name}.{function}", f"({', '.join(parameters)})", "not there"
            elif own != parameters:
                yield f"{name}.{function}", *_apart(parameters, own)


def _inherited(ours: dict[str, Shape], name: str) -> dict[str, tuple[str, ...]]:
    shape = ours.get(name)
    if shape is None:
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for base in shape.bases:
        found |= _inherited(ours, base)
    return {**found, **shape.parameters}


def refused(root: Path) -> dict[str, set[str]]:
    """Methods that we only have to say so (`refuse_each`), by class."""
    found: dict[str, set[str]] = {}
    for path in sorted((root / "azureml" / "core").glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Expr) and ast.unparse(node).startswith("refuse_each("):
                assert isinstance(node.value, ast.Call)
                found[ast.unparse(node.value.args[0])] = set(ast.literal_eval(node.value.args[1]))
    return found


def _apart(real: tuple[str, ...], own: tuple[str, ...]) -> tuple[str, str]:
    """Of two lists of parameters what is in one of them only."""
    only_real = [each for each in real if each not in own]
    only_own = [each for each in own if each not in real]
    return ", ".join(only_real) or "—", ", ".join(only_own) or "—"
