"""Releases of packages that install beside each other and then do not work together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding, Severity
from scoredock.analysis.rule import enumeration, quoted_names
from scoredock.analysis.tree import Lines
from scoredock.checks.configs.environment import package_rules as rules
from scoredock.checks.configs.environment.package_versions import (
    exact_version,
    lacks_wheel,
    newest_python,
    oldest_python,
)
from scoredock.checks.packages.distributions import closure
from scoredock.checks.packages.numpy_releases import NUMPY, WITHOUT_NUMPY, NumpyBound, bound_of, says_itself
from scoredock.checks.packages.package_facts import NO_SOURCE
from scoredock.checks.packages.release_pairs import PAIRS, ReleasePair
from scoredock.checks.packages.releases import releases_of
from scoredock.checks.programs_beside import do_without
from scoredock.formats.pins import Pin
from scoredock.late_dataclass import dataclass
from scoredock.text import Fix, Position, Range, TextEdit

_PINNING = frozenset(
    {
        "azureml-automl-runtime",
        "azureml-datadrift",
        "azureml-explain-model",
        "azureml-interpret",
        "azureml-opendatasets",
        "azureml-responsibleai",
        "azureml-train-automl",
        "azureml-train-automl-runtime",
        "interpret-community",
        "raiwidgets",
        "responsibleai",
    }
)
"""Packages that hold those below to releases of their time, by themselves or by what they need: resolved with PyPI."""
_OF_AZURE = frozenset({"azureml-core", "azureml-defaults", "azureml-sdk"})
_HOLDING = {
    "cryptography": _OF_AZURE | {"snowflake-connector-python"},
    "marshmallow": frozenset({"apispec", "azure-ai-ml", "dataclasses-json", "great-expectations", "langchain"}),
    "protobuf": frozenset({"google-api-core", "kfp", "onnx", "onnxconverter-common", "onnxmltools", "skl2onnx"})
    | {"streamlit", "tensorboard", "tensorboardx", "tensorflow", "tensorflow-cpu", "tensorflow-gpu"}
    | {"tensorflow-metadata", "tensorflow-transform", "tfx", "wandb"},
    "pyarrow": frozenset({"azureml-dataset-runtime", "mlflow", "snowflake-connector-python", "streamlit"}),
    "urllib3": _OF_AZURE | {"boto3", "botocore", "kubernetes", "requests", "selenium"},
}
"""Packages that may hold another one to a release of their time."""
_PINNED = frozenset({NUMPY, "pandas", "scikit-learn", "scipy"})
_LAST_WITH_NUMPY_1 = (3, 12)
"""The newest Python that a NumPy before 2 has a wheel for."""
_MLFLOW_WITH_ITS_PART = Version("2.14")
"""A later MLflow needs its part in its own release; 2.13 does not, 2.18 does: resolved with PyPI."""
_AZURE_WITH_SKINNY = Version("1.42")
"""The first azureml-mlflow tried that brings the newest mlflow-skinny."""
_ITEM = re.compile(r"[ \t]*-[ \t]+")


@dataclass(frozen=True, slots=True)
class _Broken:
    """An old release, why it does not work beside another package, and the requirement that helps."""

    pin: Pin
    reason: str
    """A sentence that says what to pin."""
    requirement: str
    fix: Fix | None
    python: tuple[int, int]
    """The first Python that the later release is for."""


def unfit_pairs(
    pins: Sequence[Pin], python: Callable[[], tuple[int, int] | None], lines: Lines, facts: Facts
) -> list[Finding]:
    """Finding for a file, at the first old release that does not work with what is installed beside it."""
    broken = [*_broken_pairs(pins, python, lines, facts), *_unfit_numpy(pins, python, lines)]
    if not broken:
        return _two_mlflows(pins, lines)
    first, *others = sorted(broken, key=lambda each: each.pin.range.start)
    message = first.reason
    names = [*dict.fromkeys(each.pin.name for each in others if each.pin.name != first.pin.name)]
    if others and not names:
        requirements = quoted_names(dict.fromkeys(each.requirement for each in others))
        message = l10n.t("{first} Pin {requirements} for it as well.", first=first.reason, requirements=requirements)
    elif others:
        message = l10n.t(
            "{first} The same holds for {others}: pin {requirements}.",
            first=first.reason,
            others=enumeration(names),
            requirements=quoted_names(dict.fromkeys(each.requirement for each in others)),
        )
    severity: Severity | None = None
    if (
        python() is None
        and (oldest := oldest_python(pins)) is not None
        and oldest < min(each.python for each in broken)
    ):
        severity = "information"
        message = l10n.t(
            "{message} This is so from Python {python} on; nothing here says which Python the list is for.",
            message=message,
            python="{}.{}".format(*min(each.python for each in broken)),
        )
    return [rules.PAIR.finding(first.pin.range, severity=severity, fixes=_together(broken), message=message)]


def _two_mlflows(pins: Sequence[Pin], lines: Lines) -> list[Finding]:
    """MLflow beside its own part in another release: both put the same files into one folder. Whether a script runs
    with what is there then is chance, so it is a remark."""
    listed = {pin.name: pin for pin in pins if pin.source == "pip" and not pin.marker}
    whole, part, bringing = listed.get("mlflow"), listed.get("mlflow-skinny"), listed.get("azureml-mlflow")
    release = _release(whole) if whole is not None else None
    if whole is None or release is None or release >= _MLFLOW_WITH_ITS_PART:
        return []
    if part is None and (bringing is None or not _brings_skinny(bringing)):
        return []
    if part is not None and _release(part) in (release, None):
        return []
    requirement = f"mlflow-skinny=={release}"
    message = l10n.t(
        "mlflow {version} and another release of mlflow-skinny are installed into one folder, where some of the files"
        " are of one and some of the other; pin “{requirement}”.",
        version=str(release),
        requirement=requirement,
    )
    fix = _with_other(whole, part, requirement, lines)
    return [rules.PAIR.finding(whole.range, severity="information", fixes=(fix,), message=message)]


def _brings_skinny(pin: Pin) -> bool:
    release = _release(pin)
    return not pin.version or (release is not None and release >= _AZURE_WITH_SKINNY)


def _together(broken: Sequence[_Broken]) -> tuple[Fix, ...]:
    """All pins in one repair: each package is pinned once, and a line is changed once."""
    edits: dict[tuple[Position, Position], TextEdit] = {}
    titles: dict[str, None] = {}
    for each in broken:
        if each.fix is None or each.requirement in titles:
            continue
        titles[each.requirement] = None
        for edit in each.fix.edits:
            edits.setdefault((edit.range.start, edit.range.end), edit)
    if not edits:
        return ()
    return (
        Fix(l10n.t("Pin {requirement}", requirement=enumeration([*titles])), tuple(edits.values()), preferred=True),
    )


def _broken_pairs(
    pins: Sequence[Pin], python: Callable[[], tuple[int, int] | None], lines: Lines, facts: Facts
) -> Iterator[_Broken]:
    """Each old release with what it does not work with; where the other package is not listed the newest one is
    installed that is for the Python and the exact versions beside it, if there is one; nobody looks for it unless one
    of these packages is pinned. Nobody knows the release of one from an address, or under a condition."""
    listed = {pin.name: pin for pin in pins if not pin.marker}
    unknown = {pin.name for pin in pins if pin.marker}
    for name, pin in listed.items():
        release = _release(pin)
        pairs = [p for p in PAIRS if p.other not in unknown and release and _applies(p, name, release, listed)]
        if not _PINNING.isdisjoint(listed):
            pairs = [each for each in pairs if each.other not in _PINNED or each.other in listed]
        newest = newest_python(pins, python()) if pairs else None
        pair = next((each for each in pairs if newest is None or newest >= each.python), None)
        if release is None or not pair or (pair.imports and do_without(name, pair.imports, facts)):
            continue
        if name in NO_SOURCE and lacks_wheel(pin, python()):
            continue  # it is not installed at all, which another rule tells
        requirement = f"{pair.other}<{pair.since}"
        reason = l10n.t(
            rules.PAIR.page.message,
            package=pair.module or name,
            version=str(release),
            other=pair.other,
            release=pair.since,
        )
        yield _Broken(
            pin, reason, requirement, _with_other(pin, listed.get(pair.other), requirement, lines), pair.python
        )


def _applies(pair: ReleasePair, name: str, release: Version, listed: dict[str, Pin]) -> bool:
    if name != pair.package or not Version(pair.package_since) <= release < Version(pair.until):
        return False
    other = listed.get(pair.other)
    if other is None or not other.version:
        # conda's own builds say what they need.
        return pair.other not in _HOLDING or (
            listed[name].source == "pip" and (_HOLDING[pair.other] - {name}).isdisjoint(listed)
        )
    exact = _release(other)
    return exact is not None and exact >= Version(pair.since)


def _release(pin: Pin) -> Version | None:
    """The release that is asked for, or the newest known one that may be."""
    try:
        exact = exact_version(pin.version)
        if exact or not pin.version:
            return Version(exact or "")
        specifiers = SpecifierSet(pin.version)
    except (InvalidVersion, InvalidSpecifier):
        return None
    known = [Version(each) for each in releases_of(pin.name)]
    # Known are the last ones of each line: `<=0.20.3` lets in 0.20.3, and 0.20.4 not.
    highest = [Version(each.version) for each in specifiers if each.operator == "<="]
    within = [each for each in highest if any(k.release[:2] == each.release[:2] and each <= k for k in known)]
    return max((each for each in (*known, *within) if specifiers.contains(each)), default=None)


def _unfit_numpy(pins: Sequence[Pin], python: Callable[[], tuple[int, int] | None], lines: Lines) -> Iterator[_Broken]:
    """Each release of pip's that fails with the NumPy that comes beside it. Those of conda say in their own metadata
    which NumPy they were built for, and hold it for all."""
    releases = {pin.name: str(release) for pin in pins if not pin.marker and (release := _release(pin)) is not None}
    bounds = {name: bound for name, release in releases.items() if (bound := bound_of(name, release)) is not None}
    names = frozenset(pin.name for pin in pins)
    if not _PINNING.isdisjoint(names):
        return
    if not bounds or (bounds.keys() <= WITHOUT_NUMPY and NUMPY not in closure(names - WITHOUT_NUMPY)):
        return
    if any(pin.source == "conda" and pin.name in bounds for pin in pins):
        return
    numpy = next((pin for pin in pins if pin.name == NUMPY), None)
    named = python()
    # `<=0.20.3` has wheels for the Pythons of 0.20.3.
    taken = [replace(pin, version=f"=={releases[pin.name]}") if pin.name in releases else pin for pin in pins]
    newest = newest_python(taken, named)
    for pin in pins:
        bound = bounds.get(pin.name)
        if bound is None or pin.marker or not _comes(bound, numpy, newest):
            continue
        if any(says_itself(*each, bound.below) for each in releases.items()) or lacks_wheel(pin, named):
            continue
        too_new = newest is not None and newest > _LAST_WITH_NUMPY_1
        instead = f"{pin.name}>={bound.since}" if too_new else bound.requirement
        reason = l10n.t("{reason} Pin “{requirement}”.", reason=bound.reason(), requirement=instead)
        fix = None if too_new else _with_other(pin, numpy, instead, lines)
        yield _Broken(pin, reason, instead, fix, bound.python)


def _comes(bound: NumpyBound, numpy: Pin | None, python: tuple[int, int] | None) -> bool:
    """True if such a NumPy is installed: one that the file lets in, and that is for the Python."""
    if python is not None and not bound.concerns(".".join(map(str, python))):
        return False
    if numpy is None or not numpy.version:
        return True
    if numpy.marker:
        return False
    release = _release(numpy)
    return release is not None and release >= Version(bound.below)


def _with_other(pin: Pin, other: Pin | None, requirement: str, lines: Lines) -> Fix:
    """The line of the other package changed, or one added below that of the pinned one."""
    title = l10n.t("Pin {requirement}", requirement=requirement)
    if other is not None:
        return Fix(title, (TextEdit(other.range, f"{other.quote}{requirement}{other.quote}"),), preferred=True)
    end = Position(pin.range.end.line, len(lines.line(pin.range.end.line).rstrip("\r\n")))
    before = lines.line(pin.range.start.line)[: pin.range.start.character]
    if (before.strip() and not _ITEM.fullmatch(before)) or '"' in before:
        start = Range(pin.range.start, pin.range.start)
        return Fix(title, (TextEdit(start, f"{pin.quote}{requirement}{pin.quote}, "),), preferred=True)
    return Fix(title, (TextEdit(Range(end, end), f"\n{before}{pin.quote}{requirement}{pin.quote}"),), preferred=True)
