"""Releases of a package that an environment may hold, compared with the release that changed something."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from scoredock.analysis.facts import EnvironmentFacts
from scoredock.checks.packages.distributions import RUNTIME, closure
from scoredock.checks.packages.package_facts import NEWEST_MINOR, WHEELS
from scoredock.late_dataclass import dataclass

Verdict = Literal["surely", "perhaps", "no", "unknown"]
_RELEASES: dict[str, str] = {
    "numpy": (
        "1.14.6 1.15.4 1.16.6 1.17.5 1.18.5 1.19.5 1.20.3 1.21.6 1.22.4 1.23.5 1.24.4 1.25.2 1.26.4 2.0.2 2.1.3 2.2.6"
        " 2.3.5 2.4.6"
    ),
    "pandas": "0.22.0 0.23.4 0.24.2 0.25.3 1.0.5 1.1.5 1.2.5 1.3.5 1.4.4 1.5.3 2.0.3 2.1.4 2.2.3 2.3.3 3.0.0 3.1.1",
    "scipy": (
        "1.0.1 1.1.0 1.2.3 1.3.3 1.4.1 1.5.4 1.6.3 1.7.3 1.8.1 1.9.3 1.10.1 1.11.4 1.12.0 1.13.1 1.14.1 1.15.3 1.16.3"
        " 1.17.0"
    ),
    "scikit-learn": (
        "0.19.2 0.20.4 0.21.3 0.22.2 0.23.2 0.24.2 1.0.2 1.1.3 1.2.2 1.3.2 1.4.2 1.5.2 1.6.1 1.7.2 1.8.0 1.9.1"
    ),
    "joblib": "0.11 0.12.5 0.13.2 0.14.1 0.15.1 0.16.0 0.17.0 1.0.1 1.1.1 1.2.0 1.3.2 1.4.2 1.5.3 1.6.0",
    "tensorflow": (
        "1.12.3 1.13.2 1.14.0 1.15.5 2.0.4 2.1.4 2.2.3 2.3.4 2.4.4 2.5.3 2.6.5 2.7.4 2.8.4 2.9.3 2.10.1 2.11.1 2.12.1"
        " 2.13.1 2.14.1 2.15.1 2.16.2 2.17.1 2.18.1 2.19.1 2.20.0"
    ),
    "keras": "2.2.5 2.3.1 2.4.3 2.6.0 2.8.0 2.10.0 2.11.0 2.12.0 2.13.1 2.15.0 3.0.5 3.3.3 3.6.0 3.9.2 3.12.0 3.15.1",
    "torch": (
        "1.4.0 1.6.0 1.7.1 1.8.1 1.9.1 1.10.2 1.11.0 1.12.1 1.13.1 2.0.1 2.1.2 2.2.2 2.3.1 2.4.1 2.5.1 2.6.0 2.7.1"
        " 2.8.0 2.9.1"
    ),
    "torchtext": "0.4.0 0.6.0 0.8.1 0.9.1 0.10.1 0.11.2 0.12.0 0.13.1 0.14.1 0.15.2 0.16.2 0.18.0",
    "pillow": "6.2.2 7.2.0 8.4.0 9.0.1 9.5.0 10.4.0 11.3.0 12.0.0 13.0.0",
    "scikit-image": "0.14.5 0.15.0 0.16.2 0.17.2 0.18.3 0.19.3 0.20.0 0.21.0 0.22.0 0.24.0 0.25.2",
    "gensim": "3.8.3 4.0.1 4.1.2 4.3.3 4.4.0",
    "networkx": "2.2 2.4 2.5.1 2.6.3 2.8.8 3.0 3.2.1 3.4.2 3.6.1",
    "flask": "1.0.4 1.1.4 2.0.3 2.1.3 2.2.5 2.3.3 3.0.3 3.1.3",
    "werkzeug": "0.16.1 1.0.1 2.0.3 2.2.3 2.3.8 3.0.6 3.1.3",
    "jinja2": "2.11.3 3.0.3 3.1.6",
    "pyyaml": "3.13 5.1.2 5.3.1 5.4.1 6.0.3",
    "onnxruntime-gpu": "1.4.0 1.6.0 1.8.1 1.9.0 1.12.1 1.16.3 1.20.1 1.23.2 1.31.1",
}
"""The last release of each line that matters, oldest first."""


@dataclass(frozen=True, slots=True)
class Releases:
    """Releases from one on, up to another."""

    since: str
    until: str = ""

    def holds(self, version: Version) -> bool:
        """True if a release is among them."""
        return version >= Version(self.since) and (not self.until or version < Version(self.until))


def releases_of(package: str) -> tuple[str, ...]:
    """The last release of each line of a well-known package, newest first; of others nothing."""
    return tuple(reversed(_RELEASES.get(package, "").split()))


def verdict(environment: EnvironmentFacts | None, package: str, releases: Releases) -> Verdict:
    """Verdict on an environment that should have one of these releases of a package.

    `surely` where every release that it may hold is one, `perhaps` where the newest it may hold is, `unknown` where
    nothing is known of the environment.
    """
    if environment is None:
        return "unknown"
    names = _SAME.get(package, (package,))
    if environment.installed is not None:
        found = next((environment.installed[name] for name in names if name in environment.installed), None)
        return _exact(found, releases) if found is not None else "no"
    listed = next((name for name in names if name in environment.packages), None)
    python = environment.python or ""
    if listed is None:
        brought = package in closure(frozenset(environment.packages) | RUNTIME)
        return _judge("", package, releases, python) if brought else "unknown"
    return _judge(environment.packages[listed], package, releases, python)


_PYTHONS = {
    "numpy": (
        *(("1.17", "3.5"), ("1.19", "3.6"), ("1.20", "3.7"), ("1.22", "3.8"), ("1.25", "3.9"), ("2.1", "3.10")),
        *(("2.3", "3.11"), ("2.5", "3.12")),
    ),
    "pandas": (("1.0", "3.6"), ("1.2", "3.7"), ("1.4", "3.8"), ("2.1", "3.9"), ("3.0", "3.11")),
    "scipy": (
        *(("1.5", "3.6"), ("1.6", "3.7"), ("1.8", "3.8"), ("1.11", "3.9"), ("1.14", "3.10"), ("1.16", "3.11")),
        ("1.18", "3.12"),
    ),
    "scikit-learn": (
        *(("0.21", "3.5"), ("0.23", "3.6"), ("1.0", "3.7"), ("1.1", "3.8"), ("1.4", "3.9"), ("1.7", "3.10")),
        ("1.8", "3.11"),
    ),
    "joblib": (("0.15", "3.6"), ("1.2", "3.7"), ("1.4", "3.8"), ("1.5", "3.9"), ("1.6", "3.10")),
}
"""The releases from which a package needs at least some Python."""
_SAME: dict[str, tuple[str, ...]] = {"tensorflow": ("tensorflow", "tensorflow-cpu", "tensorflow-gpu")}


def lowest_minor(package: str, release: Version) -> int:
    """The lowest minor Python 3 that a release can be installed with; 0 where nobody knows of any that cannot."""
    needed = [least for since, least in _PYTHONS.get(package, ()) if release >= Version(since)]
    return Version(needed[-1]).minor if needed else 0


def newest_release(package: str, python: str) -> str:
    """The newest release that a Python can have, where it is not the newest of all; empty otherwise."""
    every = [Version(each) for each in _RELEASES.get(package, "").split()]
    possible = _for_python(every, package, python)
    return str(possible[-1]) if possible and possible != every else ""


def minors(package: str, releases: Releases) -> tuple[int, int]:
    """The lowest and the highest minor Python 3 that one of these releases can be installed with."""
    held = [each for each in map(Version, _RELEASES.get(package, "").split()) if releases.holds(each)]
    spans = [_span(package, each) for each in held or [Version(releases.since)]]
    return min(low for low, _ in spans), max(high for _, high in spans)


def newest_of(package: str, releases: Releases, minor: int) -> str:
    """The newest of these releases that this minor Python 3 can have; empty where it can have none."""
    held = [each for each in map(Version, _RELEASES.get(package, "").split()) if releases.holds(each)]
    possible = [each for each in held if _span(package, each)[0] <= minor <= _span(package, each)[1]]
    return str(possible[-1]) if possible else ""


def _span(package: str, release: Version) -> tuple[int, int]:
    """The minor Pythons 3 that have this release, built where it is not of Python alone."""
    series = WHEELS.get(package, {})
    first = next(iter(series), "0")
    # What came out before the first of them was built for no later Python than these.
    name = max(f"{release.major}.{release.minor}", first, key=Version)
    low, high, _ = series.get(name, (0, NEWEST_MINOR, False))
    return max(low, lowest_minor(package, release)), high


def asked_release(environment: EnvironmentFacts | None, package: str) -> tuple[str, bool] | None:
    """The exact release that an environment has or pins, as written, and whether it is installed; None otherwise."""
    if environment is None:
        return None
    if environment.installed is not None:
        found = environment.installed.get(package)
        return (found, True) if found is not None else None
    wanted = environment.packages.get(package)
    if wanted is None:
        return None
    exact = wanted.replace(" ", "")
    if exact.startswith("==") and "," not in exact and "===" not in exact:
        return exact[2:], False
    return None


def _exact(version: str, releases: Releases) -> Verdict:
    try:
        return "surely" if releases.holds(Version(version)) else "no"
    except InvalidVersion:
        return "unknown"


@lru_cache(maxsize=512)
def _judge(specifier_text: str, package: str, releases: Releases, python: str) -> Verdict:
    try:
        specifiers = SpecifierSet(_as_pip(specifier_text))
    except InvalidSpecifier:
        return "unknown"
    versions = _for_python([Version(each) for each in _RELEASES.get(package, "").split()], package, python)
    for clause in specifiers:
        try:
            versions.append(Version(clause.version.removesuffix(".*")))
        except InvalidVersion:
            continue
    allowed = sorted(each for each in versions if specifiers.contains(each, prereleases=True))
    if not allowed:
        return "unknown"
    if all(map(releases.holds, allowed)):
        return "surely"
    return "perhaps" if releases.holds(allowed[-1]) else "no"


def _for_python(releases: list[Version], package: str, python: str) -> list[Version]:
    """Those that can be installed with the Python that is asked for."""
    try:
        asked = Version(python)
    except InvalidVersion:
        return releases
    newer = [Version(since) for since, least in _PYTHONS.get(package, ()) if asked < Version(least)]
    return [each for each in releases if each < min(newer)] if newer else releases


def _as_pip(specifier_text: str) -> str:
    """conda writes `=1.2` for what pip writes `==1.2.*`."""
    text = specifier_text.replace(" ", "")
    if text.startswith("=") and not text.startswith("=="):
        return f"=={text[1:].partition('=')[0].removesuffix('.*')}.*"
    return f"=={text}" if text[:1].isdigit() else text
