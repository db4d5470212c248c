"""Companions of old pins: the packages they need, as they were when the newest of the pins appeared.

A package of 2022 rarely says that it does not go with the NumPy of 2024, which was not there. Resolved today it is
given that, and cannot be imported.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from importlib import resources
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from scoredock import l10n
from scoredock.environments.versions.nearest import PinChange, Resolver, Suggestion, rewritten, unhashed, versions_of
from scoredock.environments.versions.numpy import unfit_bound
from scoredock.environments.versions.numpy_failures import is_for_numpy_1
from scoredock.environments.versions.setuptools import MODULES_OF_SETUPTOOLS, SETUPTOOLS
from scoredock.progress import Progress

_GRACE = timedelta(days=30)
"""What a release was used with came out until about then: the next releases of what it needs are often made for it."""
NOT_NAMED = "not named"
"""What stands for the old version of a package that the file does not list."""
_DATES = "release_dates.json"
_MISSING = re.compile(r"No module named '([A-Za-z_]\w*)|name '(pkg_resources)' is not defined")
"""The latter is what XGBoost 1.6 says where the module is missing."""
_NUMPY_1 = "numpy<2"


def with_companions(suggestion: Suggestion, progress: Progress) -> Suggestion:
    """The suggestion with what its pins need held to their time; the same where that changes nothing or is not known.

    Raises ScoredockError `environment-offline`, `cancelled`.
    """
    lines, resolver = suggestion.requirements, suggestion.resolver
    pins = {str(canonicalize_name(pin.name)): pin for line in lines if (pin := _pin(line)) is not None}
    if not pins:
        return suggestion
    progress.report(l10n.t("Looking up when these versions were released"))
    pinned_lines = [f"{pin.name}{pin.specifier}" for pin in pins.values()]
    found = _by_the_index(pinned_lines, lines, resolver) or _by_the_table(pins, pinned_lines, lines, resolver)
    if found is None:
        return suggestion
    day, needed, then = found
    now = versions_of(resolver.compile(lines, ()).stdout)
    versions = {
        name: version
        for name, version in then.items()
        if name in needed and name not in pins and now.get(name) != version
    }
    if not versions:
        return suggestion
    return _held(suggestion, versions, day)


def with_fitting_numpy(suggestion: Suggestion) -> Suggestion | None:
    """The suggestion with the NumPy that its packages were made for; None where they get such a one, or none goes with
    the others."""
    bound = unfit_bound(versions_of(suggestion.resolver.compile(suggestion.requirements, ()).stdout))
    return _within(suggestion, bound.requirement, lambda _: bound.reason()) if bound is not None else None


def with_missing(suggestion: Suggestion, why: str) -> Suggestion | None:
    """The suggestion with the package of a module that an import did not find and nobody listed, as packages of other
    times brought it along, or with the NumPy that a package was compiled for; None where `why` tells of neither, or
    nothing of that kind goes with the others.
    """
    if is_for_numpy_1(why):
        return _within(
            suggestion,
            _NUMPY_1,
            lambda version: l10n.t("numpy {version} is needed: a package was compiled for NumPy 1.", version=version),
        )
    missing = _MISSING.search(why)
    if missing is None:
        return None
    module = missing[1] or missing[2]
    if module in MODULES_OF_SETUPTOOLS:
        return _within(
            suggestion,
            SETUPTOOLS,
            lambda version: l10n.t(
                "setuptools {version} is needed: a package imports it without requiring it, or imports pkg_resources,"
                " which later versions lack.",
                version=version,
            ),
        )
    name = module.replace("_", "-")
    # What only packages that the runtime stands for would bring along is resolved, and not installed.
    listed = {
        canonicalize_name(requirement.name) for line in suggestion.requirements if (requirement := _requirement(line))
    }
    found = versions_of(suggestion.resolver.compile([*suggestion.requirements, name], ()).stdout)
    version = found.get(str(canonicalize_name(name)))
    if version is None or canonicalize_name(name) in listed:
        return None
    return replace(
        suggestion,
        requirements=(*suggestion.requirements, f"{name}=={version}"),
        changed=(*suggestion.changed, PinChange(name, NOT_NAMED, version)),
        impossible=(*suggestion.impossible, l10n.t("{name} is imported, but no package requires it.", name=name)),
    )


def with_next_release(suggestion: Suggestion, package: str) -> Suggestion | None:
    """The suggestion with the next release of a pinned package that is installed and cannot be imported: one without
    compiled parts installs in Pythons that it was never made for. None where it is not pinned, or is the newest."""
    name = str(canonicalize_name(package))
    for line in suggestion.requirements:
        pin = _pin(line)
        if pin is None or str(canonicalize_name(pin.name)) != name:
            continue
        floor = str(_floor(pin))
        newer = suggestion.resolver.compile([f"{pin.name}>{floor}"], ("--no-deps", "--resolution", "lowest-direct"))
        version = versions_of(newer.stdout).get(name)
        if version is None:
            return None
        before = next((each for each in suggestion.changed if str(canonicalize_name(each.name)) == name), None)
        change = PinChange(pin.name, before.old if before else floor, version)
        because = l10n.t(
            "{name} {pin} cannot be imported in Python {version}.",
            name=pin.name,
            pin=floor,
            version=suggestion.python,
        )
        return replace(
            suggestion,
            requirements=tuple(rewritten(pin, version) if each == line else each for each in suggestion.requirements),
            changed=(*(each for each in suggestion.changed if each is not before), change),
            impossible=(*suggestion.impossible, because),
        )
    return None


def _within(suggestion: Suggestion, bound: str, why: Callable[[str], str]) -> Suggestion | None:
    """The suggestion with a package below a bound, which is added, or takes the place of a newer one; None where it is
    within the bound already, or no such version goes with the others. `why` says it with the version.
    """
    name = Requirement(bound).name
    listed = {line: requirement for line in suggestion.requirements if (requirement := _requirement(line)) is not None}
    own = [
        line
        for line, requirement in listed.items()
        if canonicalize_name(requirement.name) == name and not requirement.url
    ]
    others = [line for line in suggestion.requirements if line not in own]
    now = versions_of(suggestion.resolver.compile(suggestion.requirements, ()).stdout).get(name)
    version = versions_of(suggestion.resolver.compile([*others, bound], ()).stdout).get(name)
    if version is None or (now is not None and Requirement(bound).specifier.contains(now)):
        return None
    before = next((each for each in suggestion.changed if each.name.lower() == name), None)
    old_version = str(listed[own[0]].specifier).removeprefix("==") or l10n.t("any version") if own else NOT_NAMED
    pinned = f"{name}=={version}"
    lines = [pinned if line in own else line for line in suggestion.requirements]
    return replace(
        suggestion,
        requirements=tuple(lines if own else (*lines, pinned)),
        changed=(
            *(each for each in suggestion.changed if each is not before),
            PinChange(name, before.old if before else old_version, version),
        ),
        impossible=(*suggestion.impossible, why(version)),
    )


_Found = tuple[date, Mapping[str, str], Mapping[str, str]]
"""The day; the versions of then of the pins with what they need; those of all lines."""


def _by_the_index(pinned_lines: Sequence[str], lines: Sequence[str], resolver: Resolver) -> _Found | None:
    """None where the index does not tell when its files came, or nothing of then goes together."""
    published = _published(pinned_lines, resolver)
    if published is None or published + _GRACE >= datetime.now(timezone.utc):
        return None
    moment = published + _GRACE
    options = ("--exclude-newer", moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
    needed = versions_of(resolver.compile(pinned_lines, options).stdout)
    then = versions_of(resolver.compile(lines, options).stdout) if needed else {}
    return (moment.date(), needed, then) if then else None


def _by_the_table(
    pins: Mapping[str, Requirement], pinned_lines: Sequence[str], lines: Sequence[str], resolver: Resolver
) -> _Found | None:
    """The same by the releases that we know: for indexes that tell no times, as many private ones."""
    day = _superseded(pins)
    if day is None or day >= datetime.now(timezone.utc).date():
        return None
    bounds = _bounds(versions_of(resolver.compile(pinned_lines, ()).stdout), day)
    needed = versions_of(resolver.compile([*pinned_lines, *bounds], ()).stdout)
    then = versions_of(resolver.compile([*lines, *bounds], ()).stdout) if needed else {}
    return (day, needed, then) if then else None


def _held(suggestion: Suggestion, versions: Mapping[str, str], day: date) -> Suggestion:
    changes: list[PinChange] = []
    lines: list[str] = []
    remaining = dict(versions)
    for line in suggestion.requirements:
        requirement = _requirement(line)
        version = (
            remaining.pop(str(canonicalize_name(requirement.name)), None)
            if requirement is not None and requirement.url is None
            else None
        )
        if requirement is None or version is None:
            lines.append(line)
            continue
        lines.append(rewritten(requirement, version))
        changes.append(PinChange(requirement.name, str(requirement.specifier) or l10n.t("any version"), version))
    for name, version in remaining.items():
        lines.append(f"{name}=={version}")
        changes.append(PinChange(name, NOT_NAMED, version))
    because = l10n.t(
        "What the pinned packages depend on is used as it was on {day:%Y-%m-%d}, soon after the newest of them was"
        " released: later releases were not made for them.",
        day=day,
    )
    return replace(
        suggestion,
        requirements=tuple(lines),
        changed=(*suggestion.changed, *changes),
        impossible=(*suggestion.impossible, because),
    )


def _requirement(line: str) -> Requirement | None:
    try:
        return Requirement(unhashed(line))
    except InvalidRequirement:
        return None


def _pin(line: str) -> Requirement | None:
    """A requirement of one version or of one minor release (`==0.22.*`, `~=1.2.0`, `>=1.1,<1.2`); None for other lines.

    What leaves more open (`==1.*`, `~=1.2`) tells of no time: its newest version may be of today.
    """
    requirement = _requirement(line)
    floor = _floor(requirement) if requirement is not None and requirement.url is None else None
    if requirement is None or floor is None:
        return None
    bounds = SpecifierSet(",".join(str(clause) for clause in requirement.specifier if clause.operator != "!="))
    return requirement if not bounds.contains(f"{floor.major}.{floor.minor + 1}", prereleases=True) else None


def _floor(pin: Requirement) -> Version | None:
    """The lowest version that it names; None where it names none."""
    clauses = [clause for clause in pin.specifier if clause.operator in ("==", "===", "~=", ">=", ">")]
    named = [found for clause in clauses if (found := _version(clause.version.removesuffix(".*"))) is not None]
    return max(named, default=None)


# ---------------------------------------------------------------------------------------------- when something came out


def _published(pinned_lines: Sequence[str], resolver: Resolver) -> datetime | None:
    """When the newest of the pinned files was uploaded, as the index tells it; None where it tells of none."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    completed = resolver.compile(pinned_lines, ("--no-deps", "--format", "pylock.toml"))
    try:
        lock: dict[str, Any] = tomllib.loads(completed.stdout) if completed.returncode == 0 else {}
    except tomllib.TOMLDecodeError:
        return None
    files = [
        file for package in lock.get("packages", []) for file in (*package.get("wheels", []), package.get("sdist", {}))
    ]
    times = [file["upload-time"] for file in files if isinstance(file.get("upload-time"), datetime)]
    return max(times) if times else None


@lru_cache(maxsize=1)
def release_dates() -> Mapping[str, Sequence[tuple[str, str]]]:
    """Package → minor releases, oldest first, with the day of the first file; made by tools/release_dates.py."""
    text = resources.files("scoredock.environments.versions").joinpath(_DATES).read_text("utf-8")
    return {name: [(str(version), str(day)) for version, day in found] for name, found in json.loads(text).items()}


def _superseded(pins: Mapping[str, Requirement]) -> date | None:
    """When the newest of the pins that we know got a successor: until then its repairs came out."""
    dates = []
    for name, pin in pins.items():
        version = _floor(pin)
        releases = release_dates().get(name, ())
        if version is None or not releases or version < Version(releases[0][0]):
            continue
        later = [day for minor, day in releases if Version(minor) > version and not pin.specifier.contains(minor)]
        dates.append(date.fromisoformat(later[0]) if later else date.max)
    return max(dates) if dates else None


def _bounds(versions: Mapping[str, str], day: date) -> list[str]:
    """Bounds that exclude what was not out on a day, of the packages that are needed and known."""
    bounds = []
    for name in versions:
        later = [minor for minor, first in release_dates().get(name, ()) if date.fromisoformat(first) > day]
        if later:
            bounds.append(f"{name}<{later[0]}")
    return bounds


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
