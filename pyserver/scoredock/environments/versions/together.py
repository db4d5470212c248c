"""Holds packages to releases that work beside each other, while they are chosen, where their metadata does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from scoredock import l10n
from scoredock.checks.packages.numpy_releases import NUMPY
from scoredock.checks.packages.release_pairs import PAIRS
from scoredock.environments.versions.numpy import compile_with_numpy, lock_versions
from scoredock.run import Completed

_MOST_ROUNDS = 3
"""A package that is held brings others along."""
_WHOLE, _PART = "mlflow", "mlflow-skinny"
"""MLflow, and a part of it that other packages bring: they put the same files into one folder."""
_ENTRY = re.compile(rf"^{_PART}==[^\n]*\n(?:[ \t]+[^\n]*\n)*", re.MULTILINE)


def compile_together(
    requirements: Sequence[str], python: str, ask: Callable[[tuple[str, ...]], Completed]
) -> tuple[Completed, tuple[str, ...]]:
    """A resolution whose packages work beside each other and with its NumPy, as far as they can, and what was held and
    why, one sentence each.

    `ask` resolves the requirements within bounds such as `jinja2<3.1`. A bound that does not go with the others is left
    out: the person's own pins come first. `python` is the version that packages are for.
    """

    def within(bounds: tuple[str, ...]) -> tuple[Completed, str]:
        return compile_with_numpy(requirements, python, lambda numpy: ask((*bounds, *filter(None, (numpy,)))))

    answer, note = within(())
    bounds: dict[str, str] = {}
    refused: set[str] = set()
    for _ in range(_MOST_ROUNDS):
        proposals = {} if answer.returncode != 0 else _bounds(lock_versions(answer.stdout))
        open_bounds = {bound: why for bound, why in proposals.items() if bound not in refused}
        if not open_bounds:
            break
        # All at once, or those that go with the others.
        for group in (open_bounds, *({bound: why} for bound, why in open_bounds.items())):
            again, its_note = within((*bounds, *group))
            if again.returncode == 0:
                answer, note, bounds = again, its_note, {**bounds, **group}
                if group is open_bounds:
                    break
            elif group is not open_bounds:
                refused.update(group)
    notes = (*filter(None, (note,)), *_notes(answer, bounds))
    return _with_one_mlflow(answer, notes)


def never_built(bounds: Sequence[str]) -> tuple[str, ...]:
    """Packages that are not built from source for a bound on them: an old NumPy."""
    return (NUMPY,) if any(each.startswith(NUMPY) for each in bounds) else ()


def _bounds(versions: Mapping[str, str]) -> dict[str, str]:
    """Bounds that a resolution breaks, as requirement and reason."""
    bounds = {
        pair.requirement: pair.reason(versions[pair.package])
        for pair in PAIRS
        if pair.imports is None and pair.concerns(versions)
    }
    if _are_apart(versions):
        bounds[f"{_PART}=={versions[_WHOLE]}"] = l10n.t(
            "{part} is a part of {package}, and both are of one release.", part=_PART, package=_WHOLE
        )
    return bounds


def _are_apart(versions: Mapping[str, str]) -> bool:
    return _WHOLE in versions and versions.get(_PART, versions[_WHOLE]) != versions[_WHOLE]


def _notes(answer: Completed, bounds: Mapping[str, str]) -> tuple[str, ...]:
    versions = lock_versions(answer.stdout)
    reasons = ((why, re.split("[<=]", bound)[0]) for bound, why in bounds.items())
    return tuple(
        l10n.t("{reason} {numpy} is taken.", reason=why, numpy=f"{name} {versions[name]}")
        for why, name in reasons
        if name in versions
    )


def _with_one_mlflow(answer: Completed, notes: tuple[str, ...]) -> tuple[Completed, tuple[str, ...]]:
    """Answer with MLflow as a whole, which has all of its part, if both are pinned to releases of their own."""
    versions = lock_versions(answer.stdout)
    if answer.returncode != 0 or not _are_apart(versions):
        return answer, notes
    note = l10n.t(
        "{part} {other} is left out: {package} {release} has all of it, and the files of two releases cannot share"
        " one folder.",
        part=_PART,
        other=versions[_PART],
        package=_WHOLE,
        release=versions[_WHOLE],
    )
    return Completed(answer.returncode, _ENTRY.sub("", answer.stdout), answer.stderr), (*notes, note)
