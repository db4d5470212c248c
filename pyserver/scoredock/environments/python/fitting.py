"""The Python of this machine that pins are for, where nobody names one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from scoredock import l10n
from scoredock.checks.packages.package_facts import CUDA, NEWEST_MINOR, WHEELS
from scoredock.environments.python.interpreters import Interpreter, interpreters_here
from scoredock.formats.service_python import OLDEST_OF_SCRIPTS
from scoredock.progress import CancelToken


def older_ones(interpreter: Interpreter, cancel: CancelToken) -> Iterator[Interpreter]:
    """Those of this machine, the newest first: pins that cannot be had for one are of an earlier time."""
    return (each for each in interpreters_here(cancel) if each.minor < interpreter.minor)


def fitting_python(
    requirements: Sequence[str], interpreter: Interpreter, cancel: CancelToken
) -> tuple[Interpreter, str] | None:
    """An older one for which all exact pins have wheels, and why, as one sentence; None where they have them for this
    one as well, or for none that is here."""
    spans = dict(_spans(requirements))
    lacking = [pin for pin, (low, high) in spans.items() if not low <= interpreter.minor[1] <= high]
    if not lacking:
        return None
    for each in older_ones(interpreter, cancel):
        if all(low <= each.minor[1] <= high for low, high in spans.values()):
            return each, reason(lacking[0], interpreter, each)
    return None


def nearest_python(requirements: Sequence[str], python: str, cancel: CancelToken) -> tuple[str, str]:
    """The Python nearest to one such as `3.11` for which all exact pins have wheels, those of this machine first, and
    why, as one sentence; two empty texts where they have them for this one as well, or for none."""
    asked = int(python.split(".")[1])
    spans = dict(_spans(requirements))
    lacking = [pin for pin, (low, high) in spans.items() if not low <= asked <= high]
    fits = [
        minor
        for minor in range(OLDEST_OF_SCRIPTS[1], NEWEST_MINOR + 1)
        if all(low <= minor <= high for low, high in spans.values())
    ]
    if not lacking or not fits:
        return "", ""
    here = {each.minor[1] for each in interpreters_here(cancel)}
    chosen = min(fits, key=lambda minor: (minor not in here, abs(minor - asked)))
    own, other = (Interpreter(Path(), version) for version in (python, f"3.{chosen}"))
    return other.version, reason(lacking[0], own, other)


def reason(pin: str, interpreter: Interpreter, other: Interpreter) -> str:
    """Why another one is taken."""
    return l10n.t(
        "No Python is named, and {package} has no wheel for {version}: Python {other} is taken.",
        package=pin,
        version=interpreter.version,
        other=other.version,
    )


def _spans(requirements: Sequence[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Each exact pin that is in the table, with the oldest and the newest Python 3 that it has a wheel for."""
    for line in requirements:
        try:
            pin = Requirement(line.partition(" --hash")[0])
        except InvalidRequirement:
            continue
        versions = [clause.version for clause in pin.specifier if clause.operator == "=="]
        series = ".".join(versions[0].split("+")[0].split(".")[:2]) if versions and pin.marker is None else ""
        name = canonicalize_name(pin.name)
        span = WHEELS.get(CUDA.get(name, name), {}).get(series)
        if span is not None:
            yield str(pin), (span[0], span[1])
