"""Pins of a conda file that conda has and pip has not: where they are installed by pip's means, the nearest release
that pip has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from scoredock import l10n
from scoredock.environments.python.interpreters import find
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec
from scoredock.environments.versions.nearest import Resolver, floor_of, rewritten
from scoredock.environments.versions.python_target import PythonTarget
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken

_CODES = ("environment-build-failed", "environment-requirement-unsatisfiable")


def with_nearest_release(
    spec: EnvironmentSpec, error: ScoredockError, settings: EnvironmentSettings, cancel: CancelToken
) -> EnvironmentSpec | None:
    """The specification with another release of the package that an installation failed for, where that is one of the
    conda packages of the file; None where it is not, or pip has none. The last note says which one is taken, and why.

    Raises ScoredockError `environment-offline`, `cancelled`.
    """
    pins = dict(_pins(spec)) if error.code in _CODES else {}
    pin = next((each for each in pins.values() if f"{each.name}{each.specifier}" in error.message), None)
    if pin is None:
        return None
    interpreter, _ = find(spec.python, settings.interpreter, spec.source, cancel)
    target = PythonTarget(interpreter.version, ("--python", str(interpreter.path)))
    found = Resolver(target, settings, spec.source, cancel).lowest({0: floor_of(pin)}, {0: pin}).get(0)
    if found is None or not found[0]:
        return None
    version, why = found
    new = {line: rewritten(each, version) for line, each in pins.items() if each is pin}
    note = l10n.t("{reason} {numpy} is taken.", reason=why, numpy=f"{canonicalize_name(pin.name)} {version}")
    return replace(
        spec,
        requirements=tuple(new.get(line, line) for line in spec.requirements),
        of_conda=tuple(line for line in spec.of_conda if line not in new),
        notes=(*spec.notes, note),
    )


def _pins(spec: EnvironmentSpec) -> Iterator[tuple[str, Requirement]]:
    for line in spec.of_conda:
        try:
            pin = Requirement(line)
        except InvalidRequirement:
            continue
        if any(clause.operator == "==" for clause in pin.specifier):
            yield line, pin
