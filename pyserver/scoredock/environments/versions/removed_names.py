"""Releases that still have what a script uses: an environment that leaves NumPy open gets the newest one, and a script
of 2019 that says `np.float` ran with that of its day."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from scoredock import l10n
from scoredock.checks.models.loading import EXTERNALS
from scoredock.checks.packages.numpy_releases import NUMPY
from scoredock.checks.packages.removed_apis import removal_of
from scoredock.checks.packages.used_names import used_names
from scoredock.checks.script.imported_modules import imported_modules
from scoredock.environments.spec import EnvironmentSpec

_HOLDING = ("==", "===", "~=", "<", "<=")
"""Operators by which a requirement chooses its releases itself."""
_BUNDLED = {f"sklearn.externals.{name}" for name in EXTERNALS}


def with_their_releases(spec: EnvironmentSpec, scripts: Sequence[Path], script_folder: str) -> EnvironmentSpec:
    """The environment with older releases of packages that it leaves open and of which the scripts, or modules beside
    them, use what later ones lack; where none of them installs, it stays as it is."""
    if spec.user_managed or spec.conda is not None:
        return spec
    specifiers: dict[str, list[str]] = {NUMPY: []}
    for line in spec.requirements:
        try:
            requirement = Requirement(line.partition(" --")[0])
        except InvalidRequirement:
            continue
        operators = [each.operator for each in requirement.specifier]
        specifiers.setdefault(str(canonicalize_name(requirement.name)), []).extend(
            [*operators, "==" * bool(requirement.url)]
        )
    first: dict[str, tuple[Version, str]] = {}
    for package, since, name in _removals(list(_texts(scripts, script_folder))):
        first[package] = min(first.get(package, (since, name)), (since, name))
    bounds = {
        package: place
        for package, place in first.items()
        if package in specifiers and not set(specifiers[package]) & set(_HOLDING)
    }
    notes = [
        l10n.t(
            "The script uses {name}, which {package} has no more from {version} on: an earlier release is taken where"
            " one can be installed.",
            name=name,
            package=package,
            version=str(since),
        )
        for package, (since, name) in bounds.items()
    ]
    lines = [f"{package}<{since}" for package, (since, _) in bounds.items()]
    if not lines:
        return spec
    fallback = spec.requirements if spec.fallback is None else spec.fallback
    return replace(spec, requirements=(*spec.requirements, *lines), fallback=fallback, notes=(*spec.notes, *notes))


def _removals(texts: Sequence[str]) -> Iterator[tuple[str, Version, str]]:
    """Package, first release without it, and the name. Where an old import is only tried, joblib itself follows."""
    for name in dict.fromkeys(name for text in texts for name in used_names(text)):
        removal = removal_of(name)
        if removal is not None and not removal.releases.until:
            yield removal.package, Version(removal.releases.since), name
    for name in {name for text in texts for name in used_names(text, is_sure=True)} & _BUNDLED:
        yield "scikit-learn", Version("0.23"), name


def _texts(scripts: Sequence[Path], folder: str) -> Iterator[str]:
    def read(name: str) -> str | None:
        try:
            return Path(name).read_text("utf-8", "replace")
        except OSError:
            return None

    for script in scripts:
        text = read(str(script)) or ""
        yield text
        for module in imported_modules(script.as_posix(), text, folder, os.path.isfile, read):
            yield read(module) or ""
