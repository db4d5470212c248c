"""Holds NumPy to what the other packages were made for, while packages are chosen."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from scoredock import l10n
from scoredock.checks.packages.numpy_releases import NUMPY, NumpyBound, bound_of_all, says_itself
from scoredock.environments.pip import locks
from scoredock.environments.pip.uv_refusals import is_offline
from scoredock.run import Completed


def compile_with_numpy(
    requirements: Sequence[str], python: str, ask: Callable[[str], Completed]
) -> tuple[Completed, str]:
    """A resolution whose NumPy works with the packages beside it, and one sentence about what was held or could not be,
    empty where there is nothing to say.

    `ask` resolves the requirements with a bound such as `numpy<2`, or without for an empty one. What the pins imply is
    resolved at once; what only the resolution shows, once more. Where nothing goes with the bound, the resolution
    without it stays: who never imports the package has no trouble. `python` is the version that packages are for.
    """
    bound = bound_of_all(_pins(requirements))
    if bound is not None and (not bound.concerns(python) or _says_numpy(requirements, bound)):
        bound = None
    answer = ask(bound.requirement if bound is not None else "")
    if bound is not None and answer.returncode != 0 and not is_offline(answer.stderr):
        bound, answer = None, ask("")
    if answer.returncode != 0 or f"{NUMPY}==" not in answer.stdout:
        return answer, ""
    versions = lock_versions(answer.stdout)
    unfit = unfit_bound(versions)
    if unfit is None:
        return answer, _note(bound, versions)
    again = ask(unfit.requirement)
    if again.returncode != 0:
        return answer, l10n.t(
            "{reason} {numpy} is installed all the same: no older one goes with the other packages.",
            reason=unfit.reason(),
            numpy=f"{NUMPY} {versions[NUMPY]}",
        )
    return again, _note(unfit, lock_versions(again.stdout))


def _note(bound: NumpyBound | None, versions: Mapping[str, str]) -> str:
    """That a bound was held, where nothing else would have held it."""
    if bound is None or NUMPY not in versions or any(says_itself(*each, bound.below) for each in versions.items()):
        return ""
    return l10n.t("{reason} {numpy} is taken.", reason=bound.reason(), numpy=f"{NUMPY} {versions[NUMPY]}")


def unfit_bound(versions: Mapping[str, str]) -> NumpyBound | None:
    """The bound that a resolution, as package and version, breaks; None where all go together."""
    bound = bound_of_all(versions) if NUMPY in versions else None
    return bound if bound is not None and Version(versions[NUMPY]) >= Version(bound.below) else None


def _says_numpy(requirements: Sequence[str], bound: NumpyBound) -> bool:
    """True if the requirements say themselves on which side of the bound NumPy is; a bound would hold nothing then."""
    return any(
        wanted.name.lower() == NUMPY and not wanted.specifier.contains(bound.below, prereleases=True)
        for wanted in _read(requirements)
        if wanted.specifier
    )


def _pins(requirements: Sequence[str]) -> dict[str, str]:
    """Package → the one release that it is pinned to."""
    pins: dict[str, str] = {}
    for pin in _read(requirements):
        exact = [clause.version for clause in pin.specifier if clause.operator == "==" and "*" not in clause.version]
        if exact:
            pins[str(canonicalize_name(pin.name))] = exact[0]
    return pins


def _read(requirements: Sequence[str]) -> Iterator[Requirement]:
    for requirement, _ in locks.entries("\n".join(requirements)):
        with contextlib.suppress(InvalidRequirement):
            yield Requirement(requirement)


def lock_versions(lock: str) -> dict[str, str]:
    """Package → version of a resolution."""
    return _pins([requirement for requirement, _ in locks.entries(lock) if "==" in requirement.partition(";")[0]])
