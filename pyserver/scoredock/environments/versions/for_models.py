"""The nearest versions that install and that load the models which an environment is for."""

from __future__ import annotations

from dataclasses import replace

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from scoredock import l10n
from scoredock.checks.packages.package_facts import WHEELS
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec
from scoredock.environments.versions.companions import NOT_NAMED
from scoredock.environments.versions.model_needs import SKLEARN, PackageNeeds
from scoredock.environments.versions.nearest import (
    PinChange,
    Suggestion,
    floor_of,
    rewritten,
    suggest,
    unhashed,
    versions_of,
)
from scoredock.environments.versions.python_target import MissingPython, PythonTarget
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Progress


def suggest_for_models(
    spec: EnvironmentSpec,
    settings: EnvironmentSettings,
    progress: Progress,
    cancel: CancelToken,
    needs: PackageNeeds,
    python: tuple[PythonTarget, MissingPython | None],
) -> Suggestion:
    """The nearest versions that install and that can load the models, as far as their pickles say.

    A package that wrote one of them and that the file leaves open, or pins to a release that cannot load it, is the
    release that wrote it, else the next one that installs. Raises what `nearest.suggest` raises.
    """
    lines = [_with_needs(line, needs) for line in spec.requirements]
    listed = {str(canonicalize_name(each.name)) for line in lines if (each := _requirement(line)) is not None}
    added = [f"{name}=={needs.made_with[name]}" for name in sorted(needs.pickled - listed) if name in needs.made_with]
    needed_spec = replace(spec, requirements=(*lines, *added), fallback=None)
    suggestion = suggest(needed_spec, settings, progress, cancel, needs, python)
    suggestion = _pinned_to_bounds(suggestion, needs)
    changes = [change for change in suggestion.changed if change.name == "python"]
    reasons = [suggestion.impossible[0]] if changes else []
    for at, line in enumerate(suggestion.requirements):
        before = spec.requirements[at] if at < len(spec.requirements) else ""
        requirement = _requirement(line)
        if line == before or requirement is None:
            continue
        changes.append(PinChange(requirement.name, _shown(before), str(requirement.specifier).removeprefix("==")))
        if at >= len(needed_spec.requirements) or needed_spec.requirements[at] != before:
            reasons.append(_reason(requirement.name, before, needs))
    reasons += suggestion.impossible[1:] if changes and changes[0].name == "python" else suggestion.impossible
    return replace(suggestion, changed=tuple(changes), impossible=tuple(reasons))


def _with_needs(line: str, needs: PackageNeeds) -> str:
    requirement = _requirement(line)
    name = str(canonicalize_name(requirement.name)) if requirement is not None else ""
    if requirement is None or requirement.url or not (name in needs.made_with or name in needs.bounds):
        return line
    made = needs.made_with.get(name, "")
    if _is_refused(requirement, name, needs):
        return rewritten(requirement, made) if made else needs.said_of(name)
    is_open = not any(clause.operator in ("~=", "<", "<=", "==", "===") for clause in requirement.specifier)
    return rewritten(requirement, made) if made and is_open and requirement.specifier.contains(made) else line


def _is_refused(requirement: Requirement, name: str, needs: PackageNeeds) -> bool:
    """True if all releases that a requirement allows are too new for the models, or its one release cannot load
    them."""
    if exact := _exact(requirement):
        return not needs.allow(name, exact)
    lowest = floor_of(requirement)
    return bool(lowest) and any(
        part.operator == "<" and not part.contains(lowest, prereleases=True) for part in needs.bounds.get(name, ())
    )


def _pinned_to_bounds(suggestion: Suggestion, needs: PackageNeeds) -> Suggestion:
    """The suggestion with those packages pinned that a file which does not name them would get in a release that cannot
    load the models."""
    if not needs.bounds:
        return suggestion
    lines = list(suggestion.requirements)
    within = versions_of(suggestion.resolver.compile(lines, ()).stdout)
    free = versions_of(replace(suggestion.resolver, bounds=()).compile(lines, ()).stdout)
    places = {str(canonicalize_name(each.name)): at for at, line in enumerate(lines) if (each := _requirement(line))}
    for name in needs.bounds:
        version, at = within.get(name), places.get(name)
        is_open = at is None or not _is_bound(lines[at], needs)
        if version is None or (is_open and needs.allow(name, free.get(name, "0"))):
            continue
        if at is None:
            lines.append(f"{name}=={version}")
        elif (requirement := _requirement(lines[at])) is not None:
            lines[at] = rewritten(requirement, version)
    return replace(suggestion, requirements=tuple(lines))


def _is_bound(line: str, needs: PackageNeeds) -> bool:
    """True if it is a line that `_with_needs` made of a pin."""
    return line in needs.lines()


def _reason(name: str, before: str, needs: PackageNeeds) -> str:
    package = str(canonicalize_name(name))
    models, release = ", ".join(needs.models), needs.made_with.get(package, "")
    requirement = _requirement(before) if before else None
    if requirement is not None and _is_refused(requirement, package, needs):
        return l10n.t(
            "{name} {pin} cannot load {models}, which {needed} can.",
            name=name,
            pin=_shown(before),
            models=models,
            needed=needs.said_of(package),
        )
    if release:
        return l10n.t(
            "{models} was saved with {name} {release}, and the file does not pin it.",
            models=models,
            name=name,
            release=release,
        )
    return l10n.t("{models} can be loaded with {needed} only.", models=models, needed=needs.said_of(package))


def suggest_with_registered(
    spec: EnvironmentSpec,
    settings: EnvironmentSettings,
    progress: Progress,
    cancel: CancelToken,
    needs: PackageNeeds,
    python: tuple[PythonTarget, MissingPython | None],
) -> Suggestion:
    """The same where no model is named and those of the workspace count: they change only what the file leaves open and
    what would get a release that cannot load them. Raises what `nearest.suggest` raises."""
    plain = suggest(spec, settings, progress, cancel, replace(needs, bounds={}), python)
    left_open = [
        name
        for line in spec.requirements
        if (requirement := _requirement(line)) is not None
        and not requirement.specifier
        and (name := str(canonicalize_name(requirement.name))) in needs.made_with
    ]
    if not any(name in needs.bounds for name in left_open):
        return plain
    versions = versions_of(plain.resolver.compile(plain.requirements, ()).stdout)
    refused = [name for name in left_open if name in versions and not needs.allow(name, versions[name])]
    if not refused:
        return plain
    try:
        return suggest_for_models(spec, settings, progress, cancel, needs.only_of(refused), python)
    except ScoredockError as error:
        if error.code != "environment-requirement-unsatisfiable":
            raise
        return plain


def has_written(suggestion: Suggestion, needs: PackageNeeds) -> bool:
    """True if it has the very releases that wrote the models."""
    pins = {
        str(canonicalize_name(each.name)): _exact(each) for each in map(_requirement, suggestion.requirements) if each
    }
    return all(name not in pins or pins[name] == version for name, version in needs.made_with.items())


def what_loads(needs: PackageNeeds, suggestion: Suggestion) -> str:
    """Advice where nothing that loads the models can be had; empty if the suggestion has the releases that wrote them,
    as then others are of no use."""
    if has_written(suggestion, needs) and needs.allow("python", f"{suggestion.python}.99"):
        return ""
    release = needs.made_with.get(SKLEARN, "")
    span = WHEELS[SKLEARN].get(".".join(release.split(".")[:2])) if release else None
    ways: list[str] = []
    if span is not None:
        package = f"scikit-learn {release}"
        ways.append(l10n.t("install Python 3.{minor}, which has {package}", minor=span[1], package=package))
    registered = next((name for name in needs.models if ":" in name), "")
    if release and registered:
        ways.append(l10n.t("run `scoredock model convert {model}`", model=registered))
    models = ", ".join(needs.models)
    said = [l10n.t("{models} can be loaded with {needed} only.", models=models, needed=needs.said())]
    if not needs.bounds:
        said = []
    if ways:
        said.append(l10n.t("To use it, {ways}.", ways=l10n.t(", or ").join(ways)))
    return " ".join(said)


def _requirement(line: str) -> Requirement | None:
    try:
        return Requirement(unhashed(line))
    except InvalidRequirement:
        return None


def _exact(requirement: Requirement) -> str:
    """The one release of a pin; empty for what leaves more open."""
    clauses = list(requirement.specifier)
    is_one = len(clauses) == 1 and clauses[0].operator == "==" and not clauses[0].version.endswith("*")
    return clauses[0].version if is_one else ""


def _shown(line: str) -> str:
    requirement = _requirement(line) if line else None
    if requirement is None:
        return NOT_NAMED
    return (
        _exact(requirement) or str(requirement.specifier).removeprefix("==").removesuffix(".*") or l10n.t("any version")
    )
