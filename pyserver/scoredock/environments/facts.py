"""Facts about an environment for the checks: what it asks for, and what is in it where it was built."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from scoredock.analysis.facts import EnvironmentFacts
from scoredock.environments.built import LOCK_FILE, BuiltEnvironment, python_minor, recorded
from scoredock.environments.packages import CONDA_TO_PIP
from scoredock.environments.pip.local_packages import local_place
from scoredock.environments.spec import EnvironmentSpec, place_of
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass

_HARMLESS_PATHS = frozenset({"_virtualenv.pth", "distutils-precedence.pth"})
"""Files of path entries that add no folder to search."""
_ABOUT_INDEX = (
    "-i",
    "--index-url",
    "--extra-index-url",
    "--find-links",
    "-f",
    "--trusted-host",
    "--pre",
    "--prefer-binary",
    "--no-binary",
    "--only-binary",
    "--no-index",
)


def environment_facts(spec: EnvironmentSpec, text: str = "", built: BuiltEnvironment | None = None) -> EnvironmentFacts:
    """A specification as the checks see it, and what is installed where `built` says that it was made already.

    `text` is the content of the file that the specification comes from.
    """
    lines = spec.requirements if spec.fallback is None else spec.fallback
    packages = dict.fromkeys(spec.provided, "")
    complete = not spec.is_open
    for line in lines:
        if line.startswith("-"):
            complete = complete and line.replace("=", " ").split()[0] in _ABOUT_INDEX
            continue
        requirement = _requirement(line)
        if requirement is None:
            complete = False
            continue
        name, specifier, plain = requirement
        complete = complete and plain
        packages[name] = specifier
    if spec.conda is not None:
        complete = False  # what its solver adds is not known before
        for written in spec.conda.specs:
            name = re.split(r"[\s=<>!~\[]", written.split("::", 1)[-1].strip(), maxsplit=1)[0].lower()
            if name != "python" and (mapped := CONDA_TO_PIP.get(name, name)):
                packages.setdefault(str(canonicalize_name(mapped)), "")
    wishes = map(_requirement, spec.requirements if spec.fallback is not None else ())
    inside = _contents(str(built.folder)) if built is not None else None
    return EnvironmentFacts(
        path=spec.source if place_of(spec.source) is not None else "",
        name=spec.display_name,
        python=inside.python if inside is not None else _exact(spec.python),
        packages=packages,
        complete=complete,
        text=text,
        folders=tuple(str(each) for line in lines if (each := local_place(line)) is not None and each.is_dir()),
        installed=inside.installed if inside is not None else None,
        modules=inside.modules if inside is not None else None,
        wished={each[0]: each[1] for each in wishes if each is not None},
    )


def _requirement(line: str) -> tuple[str, str, bool] | None:
    """Normalised name, specifier, and whether that is all there is to it; None for what names no package."""
    try:
        requirement = Requirement(line.split(" --", 1)[0])
    except (InvalidRequirement, ValueError):
        return None
    name = canonicalize_name(requirement.name)
    if requirement.url is not None:
        return name, "", False
    if requirement.marker is not None:
        try:
            applies = requirement.marker.evaluate()
        except (UndefinedComparison, UndefinedEnvironmentName):
            applies = True
        return name, str(requirement.specifier) if applies else "", False
    return name, str(requirement.specifier), not requirement.extras


def _exact(python: str | None) -> str | None:
    found = re.fullmatch(r"==(\d+\.\d+)\.\*", python or "")
    return found.group(1) if found else None


@dataclass(frozen=True, slots=True)
class _Contents:
    """Contents of a built environment."""

    python: str
    installed: Mapping[str, str]
    modules: frozenset[str] | None


@lru_cache(maxsize=64)
def _contents(folder: str) -> _Contents | None:
    """Read once: an environment never changes after it was built. None when it is gone."""
    root = Path(folder)
    built = recorded(root.parent, root.name)
    if built is not None and built.kind == "interpreter":
        return None  # the person's own packages may change at any time
    try:
        lock = (root / LOCK_FILE).read_text("utf-8")
        python = python_minor(BuiltEnvironment("", root, root, 0, 0.0, "", root))
    except (OSError, UnicodeDecodeError, ScoredockError):
        return None
    installed: dict[str, str] = {}
    for line in lock.splitlines():
        name, _, version = line.partition(";")[0].partition("==")
        if version:
            installed[str(canonicalize_name(name.strip()))] = version.strip()
    if built is not None and built.kind == "conda":
        for place in _places(root):
            for entry in sorted(place.glob("*.dist-info")):
                name, _, version = entry.name.removesuffix(".dist-info").rpartition("-")
                installed.setdefault(str(canonicalize_name(name)), version)
    return _Contents(python, installed, _modules(root))


def _places(root: Path) -> list[Path]:
    """Folders of packages."""
    return [root / "Lib" / "site-packages"] if os.name == "nt" else sorted(root.glob("lib*/python*/site-packages"))


def _modules(root: Path) -> frozenset[str] | None:
    modules: set[str] = set()
    try:
        for place in _places(root):
            for name in os.listdir(place):  # noqa: PTH208 (names only)
                if name.endswith(".pth") and name not in _HARMLESS_PATHS:
                    return None  # it adds folders that are not looked into
                stem = name.split(".", 1)[0]
                if stem.isidentifier() and not name.endswith((".dist-info", ".egg-info", ".libs")):
                    modules.add(stem)
    except OSError:
        return None
    return frozenset(modules) if modules else None
