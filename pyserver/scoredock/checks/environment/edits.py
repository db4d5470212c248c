"""Repairs that change the file of the environment instead of the script."""

from __future__ import annotations

import re

from scoredock import l10n
from scoredock.analysis.facts import EnvironmentFacts
from scoredock.analysis.read import parse
from scoredock.analysis.tree import Lines, Mapping, Node, Scalar, Sequence, walk
from scoredock.checks.configs.environment.pip_section import add_to_pip
from scoredock.text import Fix, TextEdit

_PYTHON = re.compile(r"^(?P<head>[ \t]*-[ \t]*[\"']?python[ \t]*)(?P<version>={1,2}[ \t]*\d[\d.*]*)", re.MULTILINE)
_HEAD = re.compile(r"[\"']?(?:[^\s\"':]+::)?(?=\w)")
"""Before the name of a package: a quotation mark, and the channel of conda."""
_DASH = re.compile(r"^[ \t]*-[ \t]+", re.MULTILINE)


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


def add_python(environment: EnvironmentFacts, version: str) -> Fix | None:
    """Ask for a Python in a conda file that names none, above its other packages."""
    path, text = environment.path, environment.text
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    if not path or name.lower().endswith((".txt", ".in", ".json")):
        return None
    dependencies = _dependencies(parse(text, name).root)
    lines = Lines(text)
    start = lines.offset(dependencies.range.start) if dependencies is not None else 0
    place = next((match for match in _DASH.finditer(text) if match.end() > start), None)
    if dependencies is None or place is None:
        return None
    newline = "\r\n" if "\r\n" in text else "\n"
    added = f"{place.group()}python={version}{newline}"
    title = l10n.t("Use Python {version} in {file}", version=version, file=name)
    return Fix(title, (lines.edit(place.start(), place.start(), added),), path=path)


def _dependencies(root: Node | None) -> Sequence | None:
    """Dependencies of a conda file, or of the conda part of an environment or of an inference configuration."""
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
    clause = r"[<>=!~]{1,3}[ \t]*[^\s\"',#;]*"
    pattern = re.compile(
        rf"(?P<package>{_spelt(package)})(?:[ \t]*{clause}(?:[ \t]*,[ \t]*{clause})*)?(?!\[)", re.IGNORECASE
    )
    place = next((match for start in _starts(environment) if (match := pattern.match(text, start))), None)
    if place is None:
        return None
    edit = Lines(text).edit(place.start(), place.end(), f"{place.group('package')}=={version}")
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    title = l10n.t("Pin {package}=={version} in {file}", package=package, version=version, file=name)
    return Fix(title, (edit,), path=path)


def lists_package(environment: EnvironmentFacts, package: str) -> bool:
    """True if a requirement is of this package, in whatever way it is written."""
    pattern = re.compile(_spelt(package), re.IGNORECASE)
    return any(pattern.match(environment.text, start) for start in _starts(environment))


def _spelt(package: str) -> str:
    """A pattern for the whole name, with any of the signs that stand for each other."""
    return re.escape(package).replace(r"\-", "[-_.]") + r"(?![\w.-])"


def _starts(environment: EnvironmentFacts) -> list[int]:
    """Offsets where the names of required packages begin. Channels, comments and names of environments may be called as
    packages are."""
    name, text = environment.path.replace("\\", "/").rsplit("/", 1)[-1], environment.text
    if name.lower().endswith((".txt", ".in")):
        return [match.end() for match in re.finditer(r"^[ \t]*(?=\w)", text, re.MULTILINE)]
    lines, starts = Lines(text), []
    for item in walk(_dependencies(parse(text, name).root)):
        if isinstance(item, Scalar) and isinstance(item.value, str):
            start, end = (lines.offset(each) for each in (item.range.start, item.range.end))
            # An item may have taken the lines below it for its own, dashes included.
            starts += [start, *(match.end() for match in _DASH.finditer(text, start, end))]
    return sorted(head.end() for start in starts if (head := _HEAD.match(text, start)))


def raise_python(environment: EnvironmentFacts, version: str) -> Fix | None:
    """Ask for another Python."""
    path, text = environment.path, environment.text
    found = _PYTHON.search(text) if path else None
    if found is None:
        return None
    edit: TextEdit = Lines(text).edit(found.start("version"), found.end("version"), f"={version}")
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    return Fix(l10n.t("Use Python {version} in {file}", version=version, file=name), (edit,), path=path)
