"""The NumPy that a release of a package works with, where its own metadata lets in a later one.

A wheel that was compiled for NumPy 1 fails with NumPy 2, and an old release may use names that NumPy 1.24 dropped; no
metadata of then could say so. Which wheels are for NumPy 1 is read from the wheels themselves
(`tools/numpy_releases.py`); which releases need a NumPy below 1.24 was tried by importing them. This is the one place
that says it: checks, default environments, builds and proposals ask here.
"""

from __future__ import annotations

import functools
import importlib.resources
import json
from collections.abc import Mapping
from typing import Any

from packaging.version import InvalidVersion, Version

from scoredock import l10n
from scoredock.checks.packages.releases import Releases
from scoredock.late_dataclass import dataclass

NUMPY = "numpy"
_DROPPED_NAMES = "1.24"
_FIRST_PYTHONS = {"2": "3.9", _DROPPED_NAMES: "3.8"}
"""The first Python that each of these NumPys is for."""
_IMPORTED: dict[str, dict[str, str]] = {
    _DROPPED_NAMES: {
        "h5py": "3.0",
        "librosa": "0.9",
        "pandas": "1.1",
        "scikit-image": "0.18",
        "scikit-learn": "0.24",
        "scipy": "1.5.2",
        "statsmodels": "0.13",
        "tables": "3.7",
    },
    "2": {"bokeh": "3.1", "prophet": "1.1.6", "xarray": "2023.9"},
}
"""NumPy → package → the first release whose modules can be imported beside it: 1.24 dropped `numpy.float` and the like,
2 many names more. Tried with the releases around, on Python 3.8 to 3.11."""


WITHOUT_NUMPY = frozenset({"torch"})
"""Packages that are compiled for NumPy and do not require it."""


@dataclass(frozen=True, slots=True)
class NumpyBound:
    """A release that needs an older NumPy than it says."""

    package: str
    """Normalised."""
    release: str
    below: str
    """The first NumPy that it does not work with: `2` or `1.24`."""
    since: str
    """The first release of the package that works with that one; empty where there is none yet."""

    @property
    def requirement(self) -> str:
        """Requirement for pip: `numpy<2`."""
        return f"{NUMPY}<{self.below}"

    @property
    def python(self) -> tuple[int, int]:
        """The first Python that such a NumPy is for."""
        major, _, minor = _FIRST_PYTHONS[self.below].partition(".")
        return int(major), int(minor)

    def concerns(self, python: str) -> bool:
        """True if a Python, given as `3.11` or `3.11.4`, gets such a NumPy at all."""
        return Version(python).release[:2] >= self.python

    def reason(self) -> str:
        """Reason for the bound, as one sentence."""
        words = {"package": f"{self.package} {self.release}", "below": self.below}
        if self.package in WITHOUT_NUMPY:
            return l10n.t(
                "{package} was compiled for an older numpy than {below}: it is imported with a warning, and “.numpy()”"
                " and “from_numpy” raise an exception.",
                **words,
            )
        if self.package in _IMPORTED[self.below]:
            return l10n.t(
                "{package} does not work with numpy {below}, and does not say so itself: it uses names that were"
                " removed.",
                **words,
            )
        return l10n.t(
            "{package} does not work with numpy {below}, and does not say so itself: it was compiled for an older one.",
            **words,
        )


@dataclass(frozen=True, slots=True)
class _Package:
    compiled: Releases | None
    """Those whose wheels were compiled for NumPy 1."""
    says: Mapping[str, tuple[Releases, ...]]
    """`2` or `1.24` → those whose own metadata keeps such a NumPy out."""

    def keeps_out(self, below: str, version: Version) -> bool:
        return any(each.holds(version) for each in self.says.get(below, ()))


def bound_of(package: str, release: str) -> NumpyBound | None:
    """The NumPy that one release needs and does not say; None where it says so, or nothing stands
    against any."""
    try:
        version = Version(release)
    except InvalidVersion:
        return None
    for below, firsts in _IMPORTED.items():
        if package in firsts and version < Version(firsts[package]):
            return NumpyBound(package, release, below, firsts[package])
    row = _packages().get(package)
    if row is None or row.compiled is None or not row.compiled.holds(version):
        return None
    if row.keeps_out("2", version):
        return None
    return NumpyBound(package, release, "2", row.compiled.until)


def bound_of_all(releases: Mapping[str, str]) -> NumpyBound | None:
    """The lowest bound of releases that are installed together, by package; None where there is none."""
    bounds = [bound for name, release in releases.items() if (bound := bound_of(name, release)) is not None]
    return min(bounds, key=lambda each: Version(each.below), default=None)


def says_itself(package: str, release: str, below: str) -> bool:
    """True if a release keeps a NumPy (`2`, `1.24`) out by its own metadata, so that none comes beside it."""
    row = _packages().get(package)
    try:
        return row is not None and row.keeps_out(below, Version(release))
    except InvalidVersion:
        return False


@functools.cache
def _packages() -> Mapping[str, _Package]:
    file = importlib.resources.files("scoredock.checks.packages").joinpath("numpy_releases.json")
    return {name: _package(row) for name, row in json.loads(file.read_text("utf-8")).items()}


def _package(row: Mapping[str, Any]) -> _Package:
    compiled = Releases(*row["for_1"]) if "for_1" in row else None
    says = row.get("says", {})
    return _Package(compiled, {below: tuple(Releases(*each) for each in says[below]) for below in says})
