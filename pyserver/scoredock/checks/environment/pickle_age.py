"""Pickles that the packages or the Python of the environment cannot load, reported before they fail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from packaging.version import InvalidVersion, Version

from scoredock import l10n
from scoredock.analysis.facts import EnvironmentFacts, ModelFacts
from scoredock.analysis.finding import Finding, Related, Severity
from scoredock.checks.environment import rules
from scoredock.checks.environment.edits import add_package, pin_package, raise_python
from scoredock.checks.packages.numpy_releases import NUMPY, bound_of, says_itself
from scoredock.checks.packages.package_facts import NEWEST_MINOR
from scoredock.checks.packages.pickled_releases import Refusal, made_with, refusals
from scoredock.checks.packages.releases import (
    Releases,
    Verdict,
    asked_release,
    minors,
    newest_of,
    newest_release,
    verdict,
)
from scoredock.checks.script.loaded_pickles import label, loaded_pickles
from scoredock.checks.script.script import ParsedScript
from scoredock.late_dataclass import dataclass
from scoredock.pickles.facts import PickleFacts
from scoredock.text import Fix, Range

_SKLEARN = "scikit-learn"
_OLDEST = "0"
_TITLES = {"python": "Python"}


@dataclass(frozen=True, slots=True)
class OldPickle:
    """A pickle of a model, and why the environment refuses it."""

    model: ModelFacts
    facts: PickleFacts
    refusal: Refusal
    certain: bool


def check_refused(script: ParsedScript, place: Range) -> list[Finding]:
    """A finding at the call that loads the pickle."""
    described = script.facts.environment
    environment = with_wish(described) if described is not None else None
    old = next(_old_pickles(script, environment), None) if environment is not None else None
    if old is None or environment is None:
        return []
    deployed = script.facts.deployed_models is not None
    sure = old.certain and deployed and not environment.assumed and environment is described
    severity: Severity | None = None if sure else "warning"
    if not (old.certain or deployed):
        severity = "information"  # what is open is decided, and said, when it is deployed
    related = (Related(environment.path, l10n.t("The environment is described here.")),) if environment.path else ()
    return [
        rules.PICKLE_REFUSED.finding(
            place,
            severity=severity,
            fixes=_fixes(old, environment),
            related=related,
            model=label(old.model),
            made=_made(old)[0],
            wanted=_environment_version(old.refusal.package, environment),
            reason=_reason(old.refusal),
            ways=l10n.t(", or ").join(ways_out(old, environment)),
        )
    ]


def with_wish(environment: EnvironmentFacts) -> EnvironmentFacts:
    """The environment with the scikit-learn that is installed where it can be."""
    wish = environment.wished.get(_SKLEARN, "")
    if environment.installed is not None or wish in ("", environment.packages.get(_SKLEARN)):
        return environment
    return replace(environment, packages={**environment.packages, _SKLEARN: wish})


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


def first_refusal(model: ModelFacts, facts: PickleFacts, environment: EnvironmentFacts) -> tuple[str, str] | None:
    """Sentence that says why an environment surely refuses a pickle, and the next step; None where it does not."""
    refusal = next((each for each in refusals(facts) if _verdict(environment, each) == "surely"), None)
    if refusal is None:
        return None
    old = OldPickle(model, facts, refusal, certain=True)
    text = l10n.t(
        "“{model}” was made with {made}, but the environment has {wanted}: {reason}.",
        model=label(model),
        made=_made(old)[0],
        wanted=_environment_version(refusal.package, environment),
        reason=_reason(refusal),
    )
    return text, _next_step(old, environment)


def other_release(model: ModelFacts, facts: PickleFacts, environment: EnvironmentFacts) -> tuple[str, str] | None:
    """Sentence that says that a pickle was made with another scikit-learn than an environment has, and the next step;
    None where it was not."""
    exact, release = made_with(facts, _SKLEARN), _release(environment)
    if not exact or release is None or Version(exact) == release:
        return None
    text = l10n.t(
        "“{model}” was made with scikit-learn {made}, but the environment has scikit-learn {wanted}.",
        model=label(model),
        made=exact,
        wanted=str(release),
    )
    refusal = Refusal(_SKLEARN, Releases(_OLDEST), "", "state", before=False)
    return text, _next_step(OldPickle(model, facts, refusal, certain=False), environment)


def _next_step(old: OldPickle, environment: EnvironmentFacts) -> str:
    ways = ways_out(old, environment)
    if "sklearn" in old.facts.modules and old.model.version:
        command = f"scoredock model convert {label(old.model)}"
        ways.insert(-1, l10n.t("save it for the newest scikit-learn with `{command}`", command=command))
    return l10n.t("What helps: {ways}.", ways=l10n.t(", or ").join(ways))


def _verdict(environment: EnvironmentFacts, refusal: Refusal) -> Verdict:
    if refusal.package != "python":
        return verdict(environment, refusal.package, refusal.releases)
    try:
        asked = Version(environment.python or "")
    except InvalidVersion:
        return "unknown"
    return "surely" if len(asked.release) > 1 and refusal.releases.holds(asked) else "no"


def _environment_version(package: str, environment: EnvironmentFacts) -> str:
    """Release of a package in the environment, in words."""
    if package == "python":
        return f"Python {environment.python}"
    requirement = asked_release(environment, package)
    if requirement is not None:
        return f"{package} {requirement[0]}"
    written = environment.packages.get(package, "")
    if written:
        return f"{package} {written}"
    release = newest_release(package, environment.python or "")
    if not release:
        return l10n.t("the newest {package}", package=package)
    return l10n.t(
        "{package} {release}, the newest for Python {python}",
        package=package,
        release=release,
        python=environment.python or "",
    )


def _made(old: OldPickle) -> tuple[str, str]:
    """Release that the pickle was made with, in words, and the exact release where it names the refused package's."""
    exact = made_with(old.facts, _SKLEARN)
    if exact and old.refusal.package == _SKLEARN:
        return f"{_SKLEARN} {exact}", exact
    title = _TITLES.get(old.refusal.package, old.refusal.package)
    boundary = old.refusal.releases
    if old.refusal.before:
        return l10n.t("{package} {release} or later", package=title, release=boundary.until), ""
    return l10n.t("{package} before {release}", package=title, release=boundary.since), ""


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
    """Advice about what can be done today, the quickest first."""
    lowest, highest = _minors(old, environment)
    ways = [_way(old, environment, lowest, highest)] if lowest <= highest else []
    return [*ways, l10n.t("train the model again")]


def _way(old: OldPickle, environment: EnvironmentFacts, lowest: int, highest: int) -> str:
    """Pins and a Python of these minor releases."""
    package, minor = old.refusal.package, _minor(environment)
    outside = minor is not None and not lowest <= minor <= highest
    newest_is_old = outside and old.refusal.before and not environment.packages.get(package) and not _made(old)[1]
    if package == "python" and not old.refusal.before:
        return l10n.t("use a Python before {release}", release=f"3.{highest + 1}")
    if package == "python" or newest_is_old:
        return l10n.t("use Python {release} or later", release=f"3.{lowest}")
    pins = [f"“{each}”" for each in _pins(old, environment)]
    if outside:
        nearest = lowest if minor is not None and minor < lowest else highest
        pins.append(l10n.t("Python {release}", release=f"3.{nearest}"))
    return l10n.t("pin {pins}", pins=l10n.t(" and ").join(pins))


def _pins(old: OldPickle, environment: EnvironmentFacts) -> list[str]:
    """Requirements: the release that the model was made with, or the releases that read it, with what they need."""
    package, wanted = old.refusal.package, _wanted(old, environment)
    exact = _made(old)[1]
    if not exact:
        bounds = (f">={wanted.since}" * (wanted.since != _OLDEST), f"<{wanted.until}" * bool(wanted.until))
        return [package + ",".join(filter(None, bounds))]
    return [f"{package}=={exact}", *filter(None, (_numpy_pin(exact, environment),))]


def _numpy_pin(release: str, environment: EnvironmentFacts) -> str:
    """The requirement of NumPy that a release of scikit-learn needs and does not say; empty where the environment has
    such a NumPy."""
    bound = bound_of(_SKLEARN, release)
    if bound is None or (environment.python and not bound.concerns(environment.python)):
        return ""
    return bound.requirement if verdict(environment, NUMPY, Releases(bound.below)) != "no" else ""


def _wanted(old: OldPickle, environment: EnvironmentFacts) -> Releases:
    """The releases of the package that read the pickle, and go with the scikit-learn of the environment."""
    package, boundary = old.refusal.package, old.refusal.releases
    exact = _made(old)[1]
    if exact:
        return Releases(exact, _following(Version(exact)))
    if not old.refusal.before:
        return Releases(_OLDEST, boundary.since)
    release = _release(environment)
    of_numpy_1 = (
        package == NUMPY
        and release is not None
        and (bound_of(_SKLEARN, str(release)) is not None or says_itself(_SKLEARN, str(release), "2"))
    )
    return Releases(boundary.until, "2" if of_numpy_1 and Version(boundary.until) < Version("2") else "")


def _minors(old: OldPickle, environment: EnvironmentFacts) -> tuple[int, int]:
    """The lowest and the highest minor Python 3 that reads the pickle with the packages that do, and can have the
    scikit-learn of the environment."""
    spans = []
    if old.refusal.package != "python":
        spans.append(minors(old.refusal.package, _wanted(old, environment)))
    release = _release(environment)
    if old.refusal.package != _SKLEARN and release is not None:
        spans.append(minors(_SKLEARN, Releases(str(release), _following(release))))
    for refusal in refusals(old.facts):
        if refusal.package == "python":
            boundary = refusal.releases
            spans.append(
                (Version(boundary.until).minor, NEWEST_MINOR)
                if refusal.before
                else (0, Version(boundary.since).minor - 1)
            )
        elif refusal.kind == "padding":
            spans.append(minors(refusal.package, Releases(refusal.releases.until)))
    return max(low for low, _ in spans), min(high for _, high in spans)


def _release(environment: EnvironmentFacts) -> Version | None:
    """Release of scikit-learn that the environment has or pins."""
    requirement = asked_release(environment, _SKLEARN)
    try:
        return Version(requirement[0].removesuffix(".*")) if requirement is not None else None
    except InvalidVersion:
        return None


def _following(release: Version) -> str:
    """The minor release after this one."""
    return f"{release.major}.{release.minor + 1}"


def _minor(environment: EnvironmentFacts) -> int | None:
    found = re.match(r"3\.(\d+)", environment.python or "")
    return int(found[1]) if found else None


def _fixes(old: OldPickle, environment: EnvironmentFacts) -> tuple[Fix, ...]:
    lowest, highest = _minors(old, environment)
    minor, package = _minor(environment), old.refusal.package
    exact, fix = _made(old)[1], None
    if lowest > highest:
        return ()
    if package == "python":
        fix = raise_python(environment, f"3.{lowest}") if old.refusal.before else None
    elif minor is not None and not lowest <= minor <= highest:
        pinned = exact or environment.packages.get(package)
        fix = raise_python(environment, f"3.{lowest}") if not pinned and minor < lowest else None
    elif exact:
        fix = _pinned(environment, exact, _numpy_pin(exact, environment))
    elif package not in environment.packages:
        fix = add_package(environment, _pins(old, environment)[0])
    elif minor is not None:
        newest = newest_of(package, _wanted(old, environment), minor)
        fix = pin_package(environment, package, newest) if newest else None
    return (fix,) if fix is not None else ()


def _pinned(environment: EnvironmentFacts, version: str, numpy: str) -> Fix | None:
    """Both pins in one repair; none where NumPy is listed already, in a way that only its author can change."""
    fix = pin_package(environment, _SKLEARN, version)
    if fix is None or not numpy:
        return fix
    added = add_package(environment, numpy) if NUMPY not in environment.packages else None
    if added is None:
        return None
    file = environment.path.replace("\\", "/").rsplit("/", 1)[-1]
    title = l10n.t(
        "Pin {package}=={version} and {numpy} in {file}", package=_SKLEARN, version=version, numpy=numpy, file=file
    )
    return Fix(title, (*fix.edits, *added.edits), path=fix.path)
