"""What `azureml-defaults` brings in Azure, for the scripts that rely on it.

Here the scoring runtime stands in for it, which is seconds instead of minutes and a hundred packages less. A script that
imports one of those packages without listing it works in Azure, so it has to work here: the packages that are imported,
and only those, are installed as well.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from scoredock.checks.import_names import providers
from scoredock.checks.modules import imported_modules, imports_of
from scoredock.configs.distributions import brought_in_azure, closure
from scoredock.environments.spec import EnvironmentSpec
from scoredock.errors import ScoredockError


def with_brought(
    spec: EnvironmentSpec, script: Path, source_directory: str, text_of: Callable[[Path], str]
) -> EnvironmentSpec:
    """The environment with what the script and its modules import of those packages. Unreadable files count as empty."""
    brought = brought_in_azure(spec.provided)
    if not brought:
        return spec

    def read(name: str) -> str | None:
        try:
            return text_of(Path(name))
        except ScoredockError:
            return None

    text = read(str(script)) or ""
    texts = [text]
    for module in imported_modules(script.as_posix(), text, source_directory, os.path.isfile, read):
        texts.append(read(module) or "")
    listed = closure(frozenset(filter(None, map(_name, spec.requirements))))
    wanted: dict[str, str] = {}
    for level, dotted in (found for each in texts for found in imports_of(each)):
        names = providers(dotted) if level == 0 else ()
        if names and names[0] in brought and not any(name in listed for name in names):
            wanted.setdefault(names[0], dotted.split(".")[0])
    if not wanted:
        return spec
    notes = [
        f"{name} is installed as well: the script imports it, and azureml-defaults brings it in Azure."
        for name in wanted
    ]
    return replace(spec, requirements=(*spec.requirements, *wanted), notes=(*spec.notes, *notes))


def _name(line: str) -> str:
    try:
        return canonicalize_name(Requirement(line).name)
    except InvalidRequirement:
        return ""
