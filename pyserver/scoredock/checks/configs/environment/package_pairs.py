"""Releases of packages that install beside each other and then do not work together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from scoredock.analysis.finding import Finding
from scoredock.checks.configs.environment import package_rules as rules
from scoredock.checks.configs.environment.package_versions import exact_version
from scoredock.checks.packages.releases import releases_of
from scoredock.formats.pins import Pin
from scoredock.late_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class _Pair:
    """An old release whose metadata lets a later one of another package in, with which it cannot be imported."""

    package: str
    until: str
    other: str
    since: str
    package_since: str = "0"
    python: tuple[int, int] = (3, 7)
    """The first Python that the later release of the other package is for."""


_PAIRS = (
    _Pair("flask", "1.1.3", "jinja2", "3.1"),
    _Pair("flask", "1.1.3", "itsdangerous", "2.1"),
    _Pair("flask", "1.1.3", "werkzeug", "2.1"),
    _Pair("flask", "2.2.3", "werkzeug", "3.0", package_since="2.0", python=(3, 8)),
    _Pair("flask", "2.0", "markupsafe", "2.1", package_since="1.1.3"),
    _Pair("jinja2", "3.0", "markupsafe", "2.1"),
)
"""Tried with the packages themselves: importing raises ImportError."""


def broken_pairs(pins: Sequence[Pin], python: Callable[[], tuple[int, int] | None]) -> list[Finding]:
    """One finding for each old release; where the other package is not listed the newest one is installed that is for
    the Python, if there is one; nobody looks for it unless one of these packages is pinned. Nobody knows the release
    of one from an address, or under a condition."""
    listed = {pin.name: pin for pin in pins if not pin.marker}
    unknown = {pin.name for pin in pins if pin.marker}
    findings = []
    for name, pin in listed.items():
        release = _release(pin)
        pairs = [p for p in _PAIRS if p.other not in unknown and release and _applies(p, name, release, listed)]
        newest = python() if pairs else None
        pair = next((each for each in pairs if newest is None or newest >= each.python), None)
        if release is None or not pair:
            continue
        findings.append(
            rules.PAIR.finding(pin.range, package=name, version=str(release), other=pair.other, release=pair.since)
        )
    return findings


def _applies(pair: _Pair, name: str, release: Version, listed: dict[str, Pin]) -> bool:
    if name != pair.package or not Version(pair.package_since) <= release < Version(pair.until):
        return False
    other = listed.get(pair.other)
    if other is None or not other.version:
        return True
    exact = _release(other)
    return exact is not None and exact >= Version(pair.since)


def _release(pin: Pin) -> Version | None:
    """The release that is asked for, or the newest known one that may be."""
    try:
        exact = exact_version(pin.version)
        if exact or not pin.version:
            return Version(exact or "")
        asked = SpecifierSet(pin.version)
    except (InvalidVersion, InvalidSpecifier):
        return None
    return next((each for each in map(Version, releases_of(pin.name)) if asked.contains(each)), None)
