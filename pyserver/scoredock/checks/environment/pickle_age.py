"""Pickles that the packages or the Python of the environment cannot load, reported before they fail."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

from scoredock import l10n
from scoredock.analysis.facts import EnvironmentFacts, ModelFacts
from scoredock.analysis.finding import Finding, Related, Severity
from scoredock.checks.environment import rules
from scoredock.checks.environment.edits import add_package, pin_package, raise_python
from scoredock.checks.packages.package_facts import WHEELS
from scoredock.checks.packages.pickled_releases import Refusal, made_with, refusals
from scoredock.checks.packages.releases import Releases, Verdict, asked_release, verdict
from scoredock.checks.script.loaded_pickles import label, loaded_pickles
from scoredock.checks.script.script import ParsedScript
from scoredock.late_dataclass import dataclass
from scoredock.pickles.facts import PickleFacts
from scoredock.text import Fix, Range

_PIN = re.compile(r"“[^”]+”")
_TITLES = {"python": "Python"}
_FIRST_WITH_NUMPY_2 = Version("1.4.2")
"""scikit-learn before it does not work with NumPy 2, which its metadata does not say."""


@dataclass(frozen=True, slots=True)
class OldPickle:
    """A pickle of a model, and why the environment refuses it."""

    model: ModelFacts
    facts: PickleFacts
    refusal: Refusal
    certain: bool


def check_refused(script: ParsedScript, place: Range) -> list[Finding]:
    """A finding at the call that loads the pickle."""
    environment = script.facts.environment
    old = next(_old_pickles(script, environment), None) if environment is not None else None
    if old is None or environment is None:
        return []
    sure = old.certain and script.facts.deployed_models is not None and not environment.assumed
    severity: Severity | None = None if sure else "warning"
    related = (Related(environment.path, l10n.t("The environment is described here.")),) if environment.path else ()
    return [
        rules.PICKLE_REFUSED.finding(
            place,
            severity=severity,
            fixes=_fixes(old, environment),
            related=related,
            model=label(old.model),
            made=_made(old),
            wanted=_environment_version(old.refusal.package, environment),
            reason=_reason(old.refusal),
            ways=l10n.t(", or ").join(ways_out(old, environment)),
        )
    ]


def _old_pickles(script: ParsedScript, environment: EnvironmentFacts) -> Iterator[OldPickle]:
    """Certain ones first."""
    perhaps = []
    for model, file in loaded_pickles(script):
        facts = script.facts.pickle(model, file)
        if facts is None:
            continue
        for refusal in refusals(facts):
            found = _verdict(environment, refusal)
            if found == "surely":
                yield OldPickle(model, facts, refusal, certain=True)
            elif found == "perhaps":
                perhaps.append(OldPickle(model, facts, refusal, certain=False))
    yield from perhaps


def _verdict(environment: EnvironmentFacts, refusal: Refusal) -> Verdict:
    if refusal.package != "python":
        return verdict(environment, refusal.package, refusal.releases)
    try:
        asked = Version(environment.python or "")
    except InvalidVersion:
        return "unknown"
    return "surely" if len(asked.release) > 1 and refusal.releases.holds(asked) else "no"


def _environment_version(package: str, environment: EnvironmentFacts) -> str:
    """What the environment has of it."""
    if package == "python":
        return f"Python {environment.python}"
    asked = asked_release(environment, package)
    if asked is not None:
        return f"{package} {asked[0]}"
    written = environment.packages.get(package, "")
    return f"{package} {written}" if written else l10n.t("the newest {package}", package=package)


def _made(old: OldPickle) -> str:
    """What the pickle was made with, as far as it says."""
    made = made_with(old.facts, "scikit-learn")
    if made and old.refusal.package == "scikit-learn":
        return f"scikit-learn {made}"
    title = _TITLES.get(old.refusal.package, old.refusal.package)
    boundary = old.refusal.releases
    if old.refusal.before:
        return l10n.t("{package} {release} or later", package=title, release=boundary.until)
    return l10n.t("{package} before {release}", package=title, release=boundary.since)


def _reason(refusal: Refusal) -> str:
    release = refusal.releases.until if refusal.before else refusal.releases.since
    if refusal.kind == "name":
        # A module that moved is what Python names first.
        if refusal.before:
            return l10n.t("“{name}” exists from {release} on", name=refusal.what, release=release)
        return l10n.t("“{name}” no longer exists from {release} on", name=refusal.what, release=release)
    if refusal.kind == "tree":
        return l10n.t(
            "from {release} on trees are stored otherwise",
            release=release,
        )
    if refusal.kind == "state":
        return l10n.t(
            "“{name}” keeps other attributes from {release} on, and fails when it is used",
            name=refusal.what,
            release=release,
        )
    if refusal.kind == "protocol":
        return l10n.t("Python reads pickle protocol {number} from {release} on", number=refusal.what, release=release)
    if refusal.kind == "code":
        return l10n.t("it holds code, which Python {release} stores otherwise", release=release)
    return l10n.t("joblib lays arrays out otherwise from {release} on", release=release)


def ways_out(old: OldPickle, environment: EnvironmentFacts) -> list[str]:
    """What can be done today, the quickest first."""
    ways = []
    pins = _pins(old, environment)
    if pins:
        ways.append(l10n.t("pin {pins}", pins=l10n.t(" and ").join(pins)))
    elif old.refusal.package == "python":
        release = old.refusal.releases.until if old.refusal.before else old.refusal.releases.since
        older = l10n.t("use Python {release} or later", release=release)
        newer = l10n.t("use a Python before {release}", release=release)
        ways.append(older if old.refusal.before else newer)
    else:
        release = old.refusal.releases.until if old.refusal.before else old.refusal.releases.since
        sign = ">=" if old.refusal.before else "<"
        ways.append(l10n.t("pin {pins}", pins=f"“{old.refusal.package}{sign}{release}”"))
    ways.append(l10n.t("train the model again"))
    return ways


def _pins(old: OldPickle, environment: EnvironmentFacts) -> list[str]:
    """The release that the model was made with, and what that needs of NumPy and Python."""
    made = made_with(old.facts, "scikit-learn") if old.refusal.package == "scikit-learn" else ""
    if not made:
        return []
    release = Version(made)
    pins = [f"“scikit-learn=={made}”"]
    if release < _FIRST_WITH_NUMPY_2 and verdict(environment, "numpy", Releases("2.0")) not in ("no",):
        pins.append("“numpy<2”")
    span = WHEELS["scikit-learn"].get(".".join(map(str, release.release[:2])))
    python = _minor(environment)
    if span is not None and python is not None and not span[0] <= python <= span[1]:
        pins.append(l10n.t("Python {release}", release=f"3.{span[1]}"))
    return pins


def _minor(environment: EnvironmentFacts) -> int | None:
    found = re.match(r"3\.(\d+)", environment.python or "")
    return int(found[1]) if found else None


def _fixes(old: OldPickle, environment: EnvironmentFacts) -> tuple[Fix, ...]:
    pins = _pins(old, environment)
    fix = None
    if pins and len(pins) < 3 and all(_PIN.fullmatch(each) for each in pins):
        fix = _pinned(environment, made_with(old.facts, "scikit-learn"), with_numpy=len(pins) == 2)
    elif old.refusal.package == "python" and old.refusal.before:
        fix = raise_python(environment, old.refusal.releases.until)
    return (fix,) if fix is not None else ()


def _pinned(environment: EnvironmentFacts, version: str, *, with_numpy: bool) -> Fix | None:
    """Both pins in one repair; none where NumPy is listed already, in a way that only its author can change."""
    fix = pin_package(environment, "scikit-learn", version)
    if fix is None or not with_numpy:
        return fix
    added = add_package(environment, "numpy<2") if "numpy" not in environment.packages else None
    if added is None:
        return None
    file = environment.path.replace("\\", "/").rsplit("/", 1)[-1]
    title = l10n.t("Pin {package}=={version} and numpy<2 in {file}", package="scikit-learn", version=version, file=file)
    return Fix(title, (*fix.edits, *added.edits), path=fix.path)
