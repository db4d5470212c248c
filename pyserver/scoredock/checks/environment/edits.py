"""Repairs that change the file of the environment instead of the script."""

from __future__ import annotations

import re

from scoredock import l10n
from scoredock.analysis.facts import EnvironmentFacts
from scoredock.analysis.read import parse
from scoredock.analysis.tree import Lines, Mapping, Node, Sequence
from scoredock.checks.configs.environment.pip_section import add_to_pip
from scoredock.text import Fix, TextEdit

_PYTHON = re.compile(r"^(?P<head>[ \t]*-[ \t]*[\"']?python[ \t]*)(?P<version>={1,2}[ \t]*\d[\d.*]*)", re.MULTILINE)


def add_package(environment: EnvironmentFacts, requirement: str) -> Fix | None:
    """Write a requirement into the conda file, the environment's JSON or the requirements file."""
    path, text = environment.path, environment.text
    if not path or not text:
        return None
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    title = l10n.t("Add {requirement} to {file}", requirement=requirement, file=name)
    if name.lower().endswith((".txt", ".in")):
        lines = Lines(text)
        end = len(text.rstrip("\r\n"))
        newline = "\r\n" if "\r\n" in text else "\n"
        before = newline if end else ""
        return Fix(title, (lines.edit(end, len(text), f"{before}{requirement}{newline}"),), preferred=True, path=path)
    dependencies = _dependencies(parse(text, name).root)
    added = add_to_pip(dependencies, requirement, text) if dependencies is not None else None
    return Fix(title, added.edits, preferred=True, path=path) if added is not None else None


def _dependencies(root: Node | None) -> Sequence | None:
    """Of a conda file, or of the conda part of an environment or of an inference configuration."""
    for way in ((), ("python", "condaDependencies"), ("environment", "python", "condaDependencies")):
        node = root
        for key in way:
            node = node.get(key) if isinstance(node, Mapping) else None
        found = node.get("dependencies") if isinstance(node, Mapping) else None
        if isinstance(found, Sequence):
            return found
    return None


def pin_package(environment: EnvironmentFacts, package: str, version: str) -> Fix | None:
    """Ask for one exact release where the package is listed with another one."""
    path, text = environment.path, environment.text
    if not path or not text:
        return None
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    spelt = re.escape(package).replace(r"\-", "[-_.]")
    clause = r"[<>=!~]{1,3}[ \t]*[^\s\"',#;]*"
    pattern = re.compile(
        rf"(?<![\w.-]){spelt}(?![\w.-])(?P<version>[ \t]*{clause}(?:[ \t]*,[ \t]*{clause})*)?", re.IGNORECASE
    )
    found = pattern.search(text)
    if found is None or "[" in text[found.end() : found.end() + 1]:
        return None
    edit = Lines(text).edit(found.start(), found.end(), f"{found.group(0)[: len(package)]}=={version}")
    title = l10n.t("Pin {package}=={version} in {file}", package=package, version=version, file=name)
    return Fix(title, (edit,), path=path)


def raise_python(environment: EnvironmentFacts, version: str) -> Fix | None:
    """Ask for another Python."""
    path, text = environment.path, environment.text
    found = _PYTHON.search(text) if path else None
    if found is None:
        return None
    edit: TextEdit = Lines(text).edit(found.start("version"), found.end("version"), f"={version}")
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    return Fix(l10n.t("Use Python {version} in {file}", version=version, file=name), (edit,), path=path)
