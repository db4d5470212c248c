"""The nearest set of versions that installs here, for pins that are too old for any Python at hand."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from scoredock import l10n
from scoredock.environments.pip.folder_copies import FolderCopies
from scoredock.environments.pip.local_packages import sources_option
from scoredock.environments.pip.old_metadata import compile_packages
from scoredock.environments.pip.uv import explain, is_offline, scratch_folder
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec
from scoredock.environments.versions.python_target import MissingPython, PythonTarget, on_this_machine
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress, Silent
from scoredock.run import Completed, TimedOut

_TIMEOUT = 300.0
_LOWEST = ("--resolution", "lowest-direct")


@dataclass(frozen=True, slots=True)
class PinChange:
    """One pin that must give way."""

    name: str
    """`python`, or the package as it was written."""
    old: str
    """`0.20.0`, or the whole specifier where it is no single version."""
    new: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What installs here and is nearest to what was asked for."""

    python: str
    """`3.11`."""
    requirements: tuple[str, ...]
    """All lines, the changed ones in their places."""
    changed: tuple[PinChange, ...]
    """Empty where nothing must change."""
    impossible: tuple[str, ...]
    """What cannot be had, one sentence each."""
    resolver: Resolver = field(compare=False, repr=False)
    """For more questions about the same Python."""
    warning: str = ""
    """What the model at hand has to say to the change; empty when nothing."""


def suggest(
    spec: EnvironmentSpec,
    settings: EnvironmentSettings,
    progress: Progress,
    cancel: CancelToken,
    made_with: Mapping[str, str] | None = None,
    python: tuple[PythonTarget, MissingPython | None] | None = None,
) -> Suggestion:
    """Ask uv for the nearest working set: the lowest versions from those asked for that have a wheel for a Python here.

    `made_with` are the packages that the model at hand was written with (`scikit-learn` → `0.24.1`): where the pin must
    change anyway, that version is tried first. `python` is what a container has; without it this
    machine is asked. Raises ScoredockError `environment-offline`, `python-not-found`,
    `environment-requirement-unsatisfiable` when nothing near works either, `cancelled`.
    """
    target, missing = python or on_this_machine(spec, settings, cancel)
    changed = [PinChange("python", missing.requested, target.minor)] if missing is not None else []
    impossible = [missing.reason] if missing is not None else []
    lines: Sequence[str] = spec.requirements
    resolver = Resolver(target, settings, spec.source, cancel)
    progress.report(l10n.t("Looking for versions that can be installed on Python {version}", version=target.version))
    done = resolver.compile(lines, ())
    if done.returncode != 0:
        wanted = {str(canonicalize_name(name)): version for name, version in (made_with or {}).items()}
        lines, more = _relaxed(lines, resolver, wanted, progress)
        changed += [change for change, _ in more]
        impossible += [reason for _, reason in more]
    warning = _warning(changed, made_with or {})
    return Suggestion(target.minor, tuple(lines), tuple(changed), tuple(impossible), resolver, warning)


def _relaxed(
    lines: Sequence[str], resolver: Resolver, made_with: Mapping[str, str], progress: Progress
) -> tuple[list[str], list[tuple[PinChange, str]]]:
    """The lines with the pins that must give way replaced, and why each had to."""
    pins = {number: pin for number, line in enumerate(lines) if (pin := _pin(line)) is not None}
    lowest_versions = resolver.lowest({number: _from(pin, made_with) for number, pin in pins.items()}, pins)
    result = [
        rewritten(pins[at], lowest_versions[at]) if at in lowest_versions else line for at, line in enumerate(lines)
    ]
    version = resolver.target.version
    reasons = {
        at: l10n.t(
            "{name} {pin} cannot be installed: there is no wheel for Python {version}.",
            name=pins[at].name,
            pin=_shown(pins[at]),
            version=version,
        )
        for at in lowest_versions
    }
    if resolver.compile(result, ()).returncode != 0:
        progress.report(l10n.t("Looking for versions that are compatible with each other"))
        result, reasons = _together(lines, result, pins, lowest_versions, reasons, resolver)
    changes: list[tuple[PinChange, str]] = []
    for at, pin in pins.items():
        new = _pin(result[at])
        if new is None or str(new.specifier) == str(pin.specifier):
            continue
        change = PinChange(pin.name, _shown(pin), str(new.specifier).removeprefix("=="))
        why = l10n.t(
            "{name} {pin} cannot be installed: it is not compatible with the other packages.",
            name=pin.name,
            pin=change.old,
        )
        changes.append((change, reasons.get(at, why)))
    return result, changes


def _together(
    lines: Sequence[str],
    result: Sequence[str],
    pins: Mapping[int, Requirement],
    lowest_versions: Mapping[int, str],
    reasons: Mapping[int, str],
    resolver: Resolver,
) -> tuple[list[str], dict[int, str]]:
    """Where each has a wheel and they do not go together: the lowest set that does, else the newest."""
    explanations = dict(reasons)
    floors = [f"{pin.name}>={lowest_versions.get(at) or _floor(pin) or '0'}" for at, pin in pins.items()]
    others = [line for at, line in enumerate(lines) if at not in pins]
    for wanted, options in ((floors, _LOWEST), ([*floors, *others], ())):
        completed = resolver.compile(wanted, options)
        if completed.returncode != 0:
            continue
        versions = versions_of(completed.stdout)
        fitted = list(result)
        for at, pin in pins.items():
            version = versions.get(str(canonicalize_name(pin.name)))
            if version is not None and not pin.specifier.contains(version, prereleases=True):
                fitted[at] = rewritten(pin, version)
                explanations.setdefault(
                    at,
                    l10n.t(
                        "{name} {pin} cannot be installed: it is not compatible with the other"
                        " packages on this Python.",
                        name=pin.name,
                        pin=_shown(pin),
                    ),
                )
            elif version is not None:
                fitted[at] = lines[at]
        if resolver.compile(fitted, ()).returncode == 0:
            return fitted, explanations
    raise explain(completed.stderr, tuple(lines), resolver.source)


@dataclass(frozen=True, slots=True)
class Resolver:
    """Questions to the resolver for one Python."""

    target: PythonTarget
    settings: EnvironmentSettings
    source: str
    cancel: CancelToken

    def compile(self, lines: Sequence[str], options: Sequence[str]) -> Completed:
        """A resolution of wheels, or else with sources for what is not pinned: old releases must not be built to be
        asked.

        Raises ScoredockError `environment-offline`, `cancelled`.
        """
        done = self._ask(lines, ("--only-binary=:all:", *options))
        if done.returncode != 0 and "--no-deps" not in options:
            pinned = [f"--only-binary={pin.name}" for pin in map(_pin, lines) if pin is not None]
            done = self._ask(lines, (*pinned, *options))
        return done

    def _ask(self, lines: Sequence[str], options: Sequence[str]) -> Completed:
        command = ["pip", "compile", "--no-header", "--no-annotate", *options, *sources_option(lines)]
        with scratch_folder() as folder:
            requirements_path = folder / "requirements.in"
            copies = FolderCopies(folder / "packages")
            wanted = copies.lines(map(unhashed, lines))
            requirements_path.write_text("".join(f"{line}\n" for line in wanted), "utf-8")
            try:
                completed = compile_packages(
                    [*command, *self.target.options, str(requirements_path)],
                    index_url=self.settings.index_url,
                    timeout=_TIMEOUT,
                    cancel=self.cancel,
                    report=Silent().report,
                )
            except TimedOut as error:
                raise ScoredockError("environment-build-failed", f"{error}.") from None
        written = copies.as_written(completed.stdout), copies.as_written(completed.stderr)
        completed = Completed(completed.returncode, *written)
        if completed.returncode != 0 and is_offline(completed.stderr):
            raise explain(completed.stderr, tuple(lines), self.source)
        return completed

    def lowest(self, floors: Mapping[int, str], pins: Mapping[int, Requirement]) -> dict[int, str]:
        """Line → the version to take instead, only where the pin itself cannot be installed."""
        options = ("--no-deps", *_LOWEST)
        if self._each_works([pins[at] for at in pins]):
            return {}
        instead: dict[int, str] = {}
        for at, pin in pins.items():
            if self.compile([_plain(pin)], ("--no-deps",)).returncode == 0:
                continue
            for wish in dict.fromkeys((f"{pin.name}=={floors[at]}", f"{pin.name}>={floors[at]}", pin.name)):
                done = self.compile([wish], options) if floors[at] or wish == pin.name else None
                version = versions_of(done.stdout).get(str(canonicalize_name(pin.name))) if done is not None else None
                if version is not None:
                    instead[at] = version
                    break
        return instead

    def _each_works(self, pins: Sequence[Requirement]) -> bool:
        return self.compile([_plain(pin) for pin in pins], ("--no-deps",)).returncode == 0


def _pin(line: str) -> Requirement | None:
    """A requirement that excludes newer versions; None for any other line."""
    try:
        asked = Requirement(unhashed(line))
    except InvalidRequirement:
        return None
    strict = any(clause.operator in ("==", "===", "~=", "<", "<=") for clause in asked.specifier)
    return asked if strict and asked.url is None else None


def unhashed(line: str) -> str:
    """A line of requirements without the hashes of its files."""
    return line.split(" --hash", 1)[0]


def _plain(pin: Requirement) -> str:
    return f"{pin.name}{pin.specifier}"


def _floor(pin: Requirement) -> str:
    """The lowest version that a pin names; empty when it names only what is too new."""
    for clause in pin.specifier:
        if clause.operator in ("==", "===", "~=", ">=", ">"):
            return clause.version.removesuffix(".*")
    return ""


def _from(pin: Requirement, made_with: Mapping[str, str]) -> str:
    """Where to begin: with the version that the model was written with, where that is newer than the pin."""
    floor, made = _floor(pin), made_with.get(str(canonicalize_name(pin.name)), "")
    try:
        return made if made and Version(made) > Version(floor or "0") else floor
    except InvalidVersion:
        return floor


def names_of(lines: Sequence[str], target: PythonTarget) -> tuple[str, ...]:
    """The distributions that lines of requirements ask for on a Python."""
    names = []
    for line in lines:
        with contextlib.suppress(InvalidRequirement):
            asked = Requirement(unhashed(line))
            if asked.marker is None or asked.marker.evaluate(dict(target.markers)):
                names.append(asked.name)
    return tuple(names)


def rewritten(pin: Requirement, version: str) -> str:
    """The same requirement with another exact version; hashes of the old one go."""
    extras = f"[{','.join(sorted(pin.extras))}]" if pin.extras else ""
    marker = f"; {pin.marker}" if pin.marker is not None else ""
    return f"{pin.name}{extras}=={version}{marker}"


def _shown(pin: Requirement) -> str:
    text = str(pin.specifier)
    return text.removeprefix("==").removesuffix(".*") if text.startswith("==") and "," not in text else text


def versions_of(lock: str) -> dict[str, str]:
    """Package → version of the lines of a resolution."""
    found: dict[str, str] = {}
    for line in lock.splitlines():
        name, sign, version = line.partition(";")[0].partition("==")
        if sign and not line.startswith((" ", "#")):
            found[str(canonicalize_name(name.strip().split("[")[0]))] = version.strip()
    return found


def _warning(changed: Sequence[PinChange], made_with: Mapping[str, str]) -> str:
    new = {str(canonicalize_name(change.name)): change for change in changed}
    sentences: list[str] = []
    for name, version in made_with.items():
        change = new.get(str(canonicalize_name(name)))
        if change is not None and change.new != version:
            sentences.append(
                l10n.t(
                    "The model was saved with {name} {version}: with {new} it may not load, or its results may differ."
                    " Save it again with {new}, or compare its results.",
                    name=name,
                    version=version,
                    new=change.new,
                )
            )
    return " ".join(sentences)


def for_spec(spec: EnvironmentSpec, suggestion: Suggestion) -> EnvironmentSpec:
    """The specification as the suggestion has it."""
    return replace(spec, python=f"=={suggestion.python}.*", requirements=suggestion.requirements, fallback=None)
