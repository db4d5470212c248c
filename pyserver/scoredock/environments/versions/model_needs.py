"""Needs of models for the packages of an environment: the release that wrote each, and the releases that can load
it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from scoredock import l10n
from scoredock.checks.packages.pickled_releases import Refusal, is_version, made_with, refusals
from scoredock.late_dataclass import dataclass
from scoredock.pickles.facts import PickleFacts

FRAMEWORKS = {"scikitlearn": "scikit-learn", "tensorflow": "tensorflow", "pytorch": "torch"}
"""Frameworks whose files depend on the version that wrote them → their package."""
SKLEARN = "scikit-learn"


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model as far as packages matter to it."""

    name: str
    """For people: `name:version`, or the name of a file."""
    framework: str = ""
    framework_version: str = ""
    pickles: tuple[PickleFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class PackageNeeds:
    """Package needs of several models together."""

    made_with: Mapping[str, str]
    """Package → the release that wrote them."""
    bounds: Mapping[str, SpecifierSet]
    """Package, or `python` → the releases that can load them all."""
    pickled: frozenset[str] = frozenset()
    """Packages whose classes are in their pickles: without them none is loaded."""
    models: tuple[str, ...] = ()
    """Their names."""

    def lines(self) -> tuple[str, ...]:
        """The bounds as requirements."""
        return tuple(self.said_of(name) for name in self.bounds if name != "python")

    def allow(self, package: str, version: str) -> bool:
        """True if a release of a package, or of Python, can load them."""
        bound = self.bounds.get(package)
        return bound is None or bound.contains(version, prereleases=True)

    def only_of(self, packages: Sequence[str]) -> PackageNeeds:
        """Needs for these packages alone."""
        return replace(
            self,
            made_with={name: version for name, version in self.made_with.items() if name in packages},
            bounds={name: bound for name, bound in self.bounds.items() if name in packages},
            pickled=frozenset(),
        )

    def said(self) -> str:
        """The releases for a sentence: `scikit-learn>=0.22,<1.3 and python>=3.8`."""
        return l10n.t(" and ").join(map(self.said_of, self.bounds))

    def said_of(self, package: str) -> str:
        """The releases of one package, the lowest first."""
        parts = sorted(map(str, self.bounds[package]), reverse=True)
        return f"{package}{','.join(parts)}"


def needs_of(models: Sequence[LoadedModel]) -> PackageNeeds:
    """Package needs of the models. Where releases wrote them that differ, the newest that can load all."""
    wrote: dict[str, set[str]] = {}
    bounds: dict[str, SpecifierSet] = {}
    pickled: set[str] = set()
    for model in models:
        for package, version in _writers(model):
            wrote.setdefault(package, set()).add(version)
        for facts in model.pickles:
            if "sklearn" in facts.modules:
                pickled.add(SKLEARN)
            for refusal in refusals(facts):
                bound = _bound(refusal)
                if bound is not None:
                    bounds[refusal.package] = _shortest(bounds.get(refusal.package, SpecifierSet()) & bound)
    made: dict[str, str] = {}
    for package, versions in wrote.items():
        newest_first = sorted(versions, key=Version, reverse=True)
        bound = bounds.get(package, SpecifierSet())
        made[package] = next((each for each in newest_first if bound.contains(each)), newest_first[0])
    return PackageNeeds(made, bounds, frozenset(pickled), tuple(model.name for model in models))


def _writers(model: LoadedModel) -> Iterator[tuple[str, str]]:
    """A pickle knows better than what somebody wrote when it was registered."""
    own = {version for facts in model.pickles if (version := made_with(facts, SKLEARN))}
    for version in own:
        yield SKLEARN, version
    package = FRAMEWORKS.get(model.framework.lower(), "")
    if package and is_version(model.framework_version) and not (own and package == SKLEARN):
        yield package, model.framework_version


def _bound(refusal: Refusal) -> SpecifierSet | None:
    """The releases that a refusal leaves, where they are on one side of it."""
    releases = refusal.releases
    if not releases.until:
        return SpecifierSet(f"<{releases.since}")
    return SpecifierSet(f">={releases.until}") if refusal.before else None


def _shortest(bound: SpecifierSet) -> SpecifierSet:
    """The same without what another part of it says more narrowly."""
    lowest = [Version(part.version) for part in bound if part.operator == ">="]
    highest = [Version(part.version) for part in bound if part.operator == "<"]
    parts = [f">={max(lowest)}"] if lowest else []
    return SpecifierSet(",".join([*parts, *([f"<{min(highest)}"] if highest else [])]))
