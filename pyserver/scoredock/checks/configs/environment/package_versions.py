"""Versions of packages: which lines contradict each other, and which do not exist for the Python that is asked for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.checks.configs.environment import package_rules as more
from scoredock.checks.configs.environment import rules
from scoredock.checks.packages.package_facts import NO_SOURCE, WHEELS
from scoredock.checks.packages.releases import lowest_minor
from scoredock.formats.pins import Pin, PythonPin
from scoredock.formats.service_python import OLDEST_OF_SCRIPTS
from scoredock.text import Fix, TextEdit

_EXACT = re.compile(r"={1,3}\s*([0-9][0-9A-Za-z.*+!-]*)(?:=.*)?")
_MANY = 30
"""Lines of one package that are compared with each other."""
_OLDEST_USABLE = 9
"""Minor Python that a fix may propose; the scoring server installs on none before it."""
_SDK = ("azureml-core", "azureml-sdk")
_LAST_OF_OLD_SDK = (3, 8)
_FIRST_WITH_LIMIT, _FIRST_WITHOUT_LIMIT = Version("1.17"), Version("1.35")
"""From and before which releases of the SDK refuse a later Python, as their metadata say."""


def contradictions(pins: Sequence[Pin]) -> list[Finding]:
    """Packages that are listed more than once, in versions that exclude each other or for nothing."""
    groups: dict[str, list[Pin]] = defaultdict(list)
    for pin in pins:
        if not pin.marker:
            groups[pin.name].append(pin)
    findings: list[Finding] = []
    for same in groups.values():
        findings += _alone(same)
        for number, pin in enumerate(same[1:_MANY], start=1):
            findings += _beside(pin, same[:number])
    return findings


def _alone(same: Sequence[Pin]) -> list[Finding]:
    """`numpy>=2,<1`: one line that no version satisfies."""
    return [
        more.IMPOSSIBLE.finding(
            p.range,
            message=l10n.t("“{name}” has no version that satisfies “{version}”.", name=p.name, version=p.version),
        )
        for p in same
        if p.source == "pip" and "," in p.version and not _possible([p.version])
    ]


def _beside(pin: Pin, earlier: Sequence[Pin]) -> list[Finding]:
    for first in earlier:
        exact, other = exact_version(pin.version), exact_version(first.version)
        if pin.source != first.source:
            if exact is not None and other is not None and not _agree(exact, other):
                fixes = _removals(first, pin)
                words = {"name": pin.name, "first": first.version, "second": pin.version}
                return [
                    rules.CONTRADICTION.finding(
                        pin.range, fixes=fixes, message=l10n.t(rules.CONTRADICTION.page.message, **words)
                    )
                ]
        elif not _both(first, pin, other, exact):
            message = l10n.t(more.IMPOSSIBLE.page.message, name=pin.name, first=first.version, second=pin.version)
            return [more.IMPOSSIBLE.finding(pin.range, fixes=_removals(first, pin), message=message)]
    last = earlier[-1]
    if pin.version in ("", last.version) and pin.extras == last.extras:
        fixes = (Fix(l10n.t("Remove the line"), pin.removal, preferred=True),) if pin.removal else ()
        return [more.REPEATED.finding(pin.range, fixes=fixes, name=pin.name)]
    return []


def _removals(*pins: Pin) -> tuple[Fix, ...]:
    return tuple(
        Fix(l10n.t("Remove {name}{version} of {source}", name=p.name, version=p.version, source=p.source), p.removal)
        for p in pins
        if p.removal
    )


def _both(first: Pin, second: Pin, one: str | None, two: str | None) -> bool:
    """True if some version may satisfy two lines of one list; yes when that is unknown."""
    if one is not None and two is not None:
        return _agree(one, two)
    if first.source == "conda":
        return True
    return _possible([first.version, second.version])


def _possible(versions: Sequence[str]) -> bool:
    try:
        together = SpecifierSet(",".join(v for v in versions if v))
        exact = [s.version for s in together if s.operator in ("==", "===") and not s.version.endswith(".*")]
        if exact:
            return all(together.contains(Version(version), prereleases=True) for version in exact)
        lowest = [(Version(s.version), s.operator == ">") for s in together if s.operator in (">=", ">", "~=")]
        highest = [(Version(s.version), s.operator == "<") for s in together if s.operator in ("<=", "<")]
    except (InvalidSpecifier, InvalidVersion, ValueError, RecursionError):
        return True
    if not lowest or not highest:
        return True
    low, above = max(lowest)
    high, below = min(highest, key=lambda item: (item[0], not item[1]))
    return low < high or (low == high and not above and not below)


def exact_version(version: str) -> str | None:
    """`==1.2`, or conda's `=1.2`, as `1.2`; None for anything else."""
    match = _EXACT.fullmatch(version[:200])
    return match.group(1).removesuffix(".*") if match else None


def _agree(first: str, second: str) -> bool:
    """1.26 (conda's way of saying 1.26.*) agrees with 1.26.4."""
    short, long = sorted((first.split("."), second.split(".")), key=len)
    return long[: len(short)] == short


def _wheels(pin: Pin) -> tuple[int, int, bool] | None:
    """Row of the table of wheels for an exact version; None without one."""
    series = ".".join((exact_version(pin.version) or "").split("+")[0].split(".")[:2])
    return WHEELS.get(pin.name, {}).get(series)


def lacks_wheel(pin: Pin, python: tuple[int, int] | None) -> bool:
    """True if an exact version of a package in the table has no wheel for a Python."""
    span = _wheels(pin)
    return python is not None and span is not None and not span[0] <= python[1] <= span[1]


def newest_python(pins: Sequence[Pin], python: tuple[int, int] | None) -> tuple[int, int] | None:
    """The newest Python that an environment may have: the one that it names, or an older one where exact versions
    have wheels for no later, or do not let themselves be installed there. None where nothing says."""
    spans = [span for pin in pins if not pin.marker and (span := _wheels(pin)) is not None]
    limits = [(3, high) for _, high, _ in spans] + [_LAST_OF_OLD_SDK for pin in pins if _is_of_old_sdk(pin)]
    return min(limits + ([python] if python is not None else []), default=None)


def oldest_python(pins: Sequence[Pin]) -> tuple[int, int] | None:
    """The oldest Python, of those that run scripts, that the exact versions have wheels for; None where they have them
    for any later one too, so that today's Pythons are as likely."""
    spans = [span for pin in pins if not pin.marker and (span := _wheels(pin)) is not None]
    return max(OLDEST_OF_SCRIPTS, *((3, low) for low, _, _ in spans)) if spans else None


def _is_of_old_sdk(pin: Pin) -> bool:
    version = exact_version(pin.version) if pin.name in _SDK and not pin.marker else None
    try:
        return version is not None and _FIRST_WITH_LIMIT <= Version(version) < _FIRST_WITHOUT_LIMIT
    except InvalidVersion:
        return False


def for_python(pins: Sequence[Pin], python: PythonPin | None) -> list[Finding]:
    """Exact versions that do not exist for the Python of the environment, or only as source."""
    if python is None or python.number is None or python.number[0] != 3:
        return []
    minor = python.number[1]
    findings = []
    for pin in pins:
        version = exact_version(pin.version) if pin.source == "pip" and not pin.marker else None
        wheels = _wheels(pin)
        if version is None or wheels is None:
            continue
        low, high, refuses = max(wheels[0], _lowest(pin.name, version)), *wheels[1:]
        if low <= minor <= high:
            continue
        nearest = high if minor > high else low
        fixes = _other_python(python, nearest) if nearest >= _OLDEST_USABLE else ()
        never = minor < low or refuses or pin.name in NO_SOURCE
        span = l10n.t("{first} to {last}", first=f"3.{low}", last=f"3.{high}")
        if not low:
            span = l10n.t("{last} and earlier", last=f"3.{high}")
        findings.append(
            (more.NO_RELEASE if never else more.NO_WHEEL).finding(
                pin.range,
                fixes=fixes,
                name=pin.name,
                version=version,
                python=f"3.{minor}",
                span=span if never else f"3.{high}",
            )
        )
    return findings


def _lowest(package: str, version: str) -> int:
    """The lowest minor Python 3 that a release lets itself be installed with."""
    try:
        return lowest_minor(package, Version(version.split("+")[0]))
    except InvalidVersion:
        return 0


def _other_python(python: PythonPin, minor: int) -> tuple[Fix, ...]:
    new = f"{python.quote}python=3.{minor}{python.quote}"
    return (Fix(l10n.t("Use Python {version}", version=f"3.{minor}"), (TextEdit(python.range, new),)),)
