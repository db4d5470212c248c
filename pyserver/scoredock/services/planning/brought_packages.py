"""Packages that `azureml-defaults` installs in Azure, for the scripts that rely on them.

Here the scoring runtime stands in for it, which is seconds instead of minutes and a hundred packages less. A script
that imports one of those packages without listing it works in Azure, so it has to work here: the packages that are
imported, and only those, are installed as well, also where another package imports one without requiring it; so are
setuptools and pip, which each environment of conda's has.
Requests and responses of raw HTTP are Flask's, so a script that imports them needs Flask, whatever its environment
lists.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from scoredock import l10n
from scoredock.checks.packages.distributions import brought_in_azure, closure
from scoredock.checks.packages.import_names import OFFERED, providers
from scoredock.checks.programs_beside import OF_WORKBENCH, SCHEMA_OF_FIRST_SERVICE, is_of_first_service
from scoredock.checks.script.imported_modules import imported_modules, imports_of
from scoredock.environments.spec import MANAGEMENT, EnvironmentSpec, conda_name
from scoredock.environments.versions.setuptools import MODULES_OF_SETUPTOOLS, SETUPTOOLS
from scoredock.environments.versions.without_sdk import is_of_sdk, unused_packages
from scoredock.errors import ScoredockError

RAW_HTTP = ("azureml.contrib.services", "azureml_inference_server_http.api")
"""Packages whose modules hand out Flask's requests and responses."""
_OF_FIRST_SERVICES = frozenset(("joblib", "numpy", "pandas"))
"""What their image had, whatever the file of an environment said."""
_OF_SAMPLES = {re.compile(r'"type": ?1\b'): "numpy", re.compile(r'"type": ?3\b'): "pandas"}
"""Library that makes arguments of the samples of a schema, by their kind."""
_IMPORTED_BY = {"spacy": "click"}
"""What a package imports and leaves to another one to bring: spaCy to typer, which has needed no click since 2026."""
_RUNNERS = frozenset(("run", "call", "check_call", "check_output", "Popen", "system", "popen"))
"""Functions of `subprocess` and `os` that start programs."""
_PIP = re.compile(r"(?:^|[\s/])pip3?\s+(?:-\S+\s+)*(?:install|uninstall|download|list|freeze|show|check|--version)\b")


def with_brought(
    spec: EnvironmentSpec,
    script: Path,
    source_directory: str,
    text_of: Callable[[Path], str],
    offered: Collection[str] = OFFERED,
) -> EnvironmentSpec:
    """The environment with what the script and its modules import of those packages. Unreadable files count as
    empty; `offered` are modules of the SDK that are there without it."""
    if spec.user_managed:
        return spec
    brought = brought_in_azure(spec.provided)
    texts = texts_of(script, source_directory, text_of)
    by_conda = map(conda_name, spec.conda.specs if spec.conda is not None else ())
    by_pip = frozenset(filter(None, map(_name, spec.requirements)))
    listed = closure(by_pip.union(filter(None, by_conda)))
    notes_by_package = _of_packages(by_pip, brought)
    dotted_names = [name for each in texts for level, name in imports_of(each) if level == 0]
    # A script that trains is offered no modules of ours.
    described = script.with_name(SCHEMA_OF_FIRST_SERVICE)
    schema = _read(described, text_of) if offered and described.is_file() else ""
    is_first = schema or (offered and (any(map(is_of_first_service, texts)) or _is_of_workbench(script)))
    of_first = _OF_FIRST_SERVICES if is_first else frozenset[str]()
    dotted_names += [library for kind, library in _OF_SAMPLES.items() if kind.search(schema)]
    distributions = {dotted: providers(dotted) for dotted in dotted_names}
    for dotted, names in distributions.items():
        package, note = _brought_for(dotted, names, brought | of_first, listed)
        if package in of_first - brought:
            note = l10n.t(
                "{package} is installed as well: the script needs it, and the first services of Azure ML brought it.",
                package=package,
            )
        elif package in brought and package not in brought_in_azure(_without_management(spec)):
            note = l10n.t(
                "{package} is installed as well: the script imports it, and azureml-defaults before 1.33 brought it in"
                " Azure.",
                package=package,
            )
        if package:
            notes_by_package.setdefault(package, note)
    if "pip" not in listed and any(map(_starts_pip, texts)):
        # A pip of this machine would install into this machine.
        notes_by_package["pip"] = l10n.t(
            "{package} is installed as well: the script starts it, and every environment in Azure has it.",
            package="pip",
        )
    unused = unused_packages(spec.requirements, [name for name in dotted_names if name not in offered])
    sdk = brought_in_azure(_name(line) for line in spec.requirements if is_of_sdk(line) or line in unused)
    of_sdk = {
        package for dotted, names in distributions.items() if (package := _brought_for(dotted, names, sdk, listed)[0])
    }
    spec = replace(spec, of_sdk=tuple(sorted(of_sdk - notes_by_package.keys())), unused_sdk=unused)
    if not notes_by_package:
        return spec
    notes = list(notes_by_package.values())
    fallback = None if spec.fallback is None else (*spec.fallback, *notes_by_package)
    return replace(
        spec, requirements=(*spec.requirements, *notes_by_package), fallback=fallback, notes=(*spec.notes, *notes)
    )


def texts_of(script: Path, source_directory: str, text_of: Callable[[Path], str]) -> list[str]:
    """Texts of a script and of the modules beside it that it imports; an empty text for one that cannot be read."""

    def read(name: str) -> str:
        return _read(Path(name), text_of)

    text = read(str(script))
    modules = imported_modules(script.as_posix(), text, source_directory, os.path.isfile, read)
    return [text, *map(read, modules)]


def _of_packages(by_pip: frozenset[str], brought: Collection[str]) -> dict[str, str]:
    """Packages that others import without requiring them, with the reason for each."""
    installed = closure(by_pip)
    return {
        dependency: l10n.t(
            "{package} is installed as well: {importer} imports it without requiring it, and azureml-defaults brings it"
            " in Azure.",
            package=dependency,
            importer=importer,
        )
        for importer, dependency in _IMPORTED_BY.items()
        if importer in installed and dependency in brought and dependency not in by_pip
    }


def _without_management(spec: EnvironmentSpec) -> list[str]:
    return [name for name in spec.provided if name != MANAGEMENT]


def _is_of_workbench(script: Path) -> bool:
    return any((script.parent / "aml_config").glob(f"*{OF_WORKBENCH}"))


def _read(path: Path, text_of: Callable[[Path], str]) -> str:
    try:
        return text_of(path)
    except (ScoredockError, OSError):
        return ""


def _brought_for(
    dotted: str, names: Sequence[str], brought: Collection[str], listed: Collection[str]
) -> tuple[str, str]:
    """The package that comes for an imported module of these distributions, and why; empty where none has to."""
    if _is_below(dotted, RAW_HTTP) and "flask" not in listed:
        return "flask", l10n.t(
            "{package} is installed as well: the script imports {module}, whose requests and responses are Flask's.",
            package="flask",
            module=dotted,
        )
    if dotted.partition(".")[0] in MODULES_OF_SETUPTOOLS:
        if "setuptools" in listed:
            return "", ""
        return SETUPTOOLS, l10n.t(
            "{package} is installed as well: the script imports {module}, and every environment in Azure has"
            " setuptools.",
            package=SETUPTOOLS,
            module=dotted,
        )
    if names and names[0] in brought and not any(name in listed for name in names):
        return names[0], l10n.t(
            "{package} is installed as well: the script imports it, and azureml-defaults brings it in Azure.",
            package=names[0],
        )
    return "", ""


def _is_below(dotted: str, packages: tuple[str, ...]) -> bool:
    return any(dotted == each or dotted.startswith(f"{each}.") for each in packages)


def _starts_pip(text: str) -> bool:
    """True if a module imports pip, or starts it as a program."""
    if "pip" not in text:
        return False
    if any(name.partition(".")[0] == "pip" for level, name in imports_of(text) if level == 0):
        return True
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    called = {getattr(each.func, "attr", getattr(each.func, "id", "")) for each in nodes if isinstance(each, ast.Call)}
    commands = (each for each in nodes if isinstance(each, ast.List | ast.Tuple | ast.JoinedStr | ast.Constant))
    return bool(called & _RUNNERS) and any(_PIP.search(_words(each)) for each in commands)


def _words(node: ast.expr) -> str:
    """The texts in an expression, as one."""
    return " ".join(
        each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)
    )


def _name(line: str) -> str:
    try:
        return canonicalize_name(Requirement(line).name)
    except InvalidRequirement:
        return ""
