"""The Python of this machine that pins are for, where nobody names one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from scoredock import l10n
from scoredock.checks.packages.package_facts import CUDA, NEWEST_MINOR, WHEELS
from scoredock.environments.pip.uv import run_uv, scratch_folder
from scoredock.environments.pip.uv_refusals import is_offline
from scoredock.environments.python.interpreters import Interpreter, interpreters_here, own_interpreter
from scoredock.formats.service_python import OLDEST_OF_SCRIPTS
from scoredock.progress import CancelToken
from scoredock.run import Completed

_PIN = re.compile(r"[\w.-]+(?:\[[^\]]*\])?\s*==\s*[\w.!+]+")
_SECONDS = 60.0


def older_ones(interpreter: Interpreter, cancel: CancelToken) -> Iterator[Interpreter]:
    """Older interpreters of this machine, the newest first: pins that cannot be had for one are of an earlier time."""
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


def nearest_python(requirements: Sequence[str], python: str, index_url: str, cancel: CancelToken) -> tuple[str, str]:
    """The Python nearest to one such as `3.11` that all exact pins are for, those of this machine first, and why, as
    one sentence; two empty texts where they are for this one as well, or for none."""
    own = Interpreter(Path(), python)
    spans = dict(_spans(requirements))
    lacking = [pin for pin, (low, high) in spans.items() if not low <= own.minor[1] <= high]
    fits = [
        minor
        for minor in range(OLDEST_OF_SCRIPTS[1], NEWEST_MINOR + 1)
        if all(low <= minor <= high for low, high in spans.values())
    ]
    if not lacking:
        return _nearest_of_index(requirements, own, index_url, cancel)
    if not fits:
        return "", ""
    here = {each.minor[1] for each in interpreters_here(cancel)}
    chosen = min(fits, key=lambda minor: (minor not in here, abs(minor - own.minor[1])))
    other = Interpreter(Path(), f"3.{chosen}")
    return other.version, reason(lacking[0], own, other)


def _nearest_of_index(
    requirements: Sequence[str], own: Interpreter, index_url: str, cancel: CancelToken
) -> tuple[str, str]:
    """The same for pins that no table has: one of this machine for which the package index has the wheels that it lacks
    for the own one. What has none for any is built from source everywhere, and decides nothing."""
    pins = [line for line in requirements if _PIN.fullmatch(line) and not line.startswith("azureml")]
    if not pins:
        return "", ""
    with scratch_folder() as folder:
        pinned = folder / "requirements.in"

        def ask(minor: str, lines: Sequence[str]) -> Completed:
            pinned.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            python = ["--python", str(own_interpreter().path), "--python-version", minor]
            command = ["pip", "compile", "--quiet", "--no-deps", "--only-binary=:all:", *python, str(pinned)]
            return run_uv(command, timeout=_SECONDS, index_url=index_url, cancel=cancel)

        answer = ask(own.version, pins)
        if answer.returncode == 0 or is_offline(answer.stderr):
            return "", ""
        lacking = [pin for pin in pins if ask(own.version, [pin]).returncode]
        others = [pin for pin in pins if pin not in lacking]
        best: tuple[list[str], str] = [], ""
        for minor in dict.fromkeys("{}.{}".format(*each.minor) for each in older_ones(own, cancel) if each.is_plain):
            there = [pin for pin in lacking if ask(minor, [pin]).returncode == 0]
            if len(there) > len(best[0]) and (not others or ask(minor, others).returncode == 0):
                best = there, minor
            if there == lacking:
                break
    if not best[0]:
        return "", ""
    return best[1], reason(best[0][0], own, Interpreter(Path(), best[1]))


def reason(pin: str, interpreter: Interpreter, other: Interpreter) -> str:
    """Sentence on why another one is taken."""
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
