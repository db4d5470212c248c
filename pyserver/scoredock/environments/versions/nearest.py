"""The nearest set of versions that installs here, for pins that are too old for any Python at hand."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from scoredock import l10n
from scoredock.environments.pip.folder_copies import FolderCopies
from scoredock.environments.pip.local_packages import sources_option
from scoredock.environments.pip.old_metadata import compile_packages
from scoredock.environments.pip.refusals import is_unknown, reason_of
from scoredock.environments.pip.uv import scratch_folder
from scoredock.environments.pip.uv_refusals import explain, is_offline
from scoredock.environments.python.interpreters import find
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec, place_of
from scoredock.environments.versions.model_needs import PackageNeeds
from scoredock.environments.versions.python_target import MissingPython, PythonTarget, on_this_machine
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress, Silent
from scoredock.run import Completed, TimedOut

_TIMEOUT = 300.0
_GROUP = 8
"""Pins that are wished together where some of all of them cannot be had."""
_LOWEST = ("--resolution", "lowest-direct")
_MOST_LEFT_OUT = 12
"""Lines that are left out, one at a time, to see which of them stands in the way."""
_NO_SUCH = re.compile(r"there is no version of \S+")


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
    """Environment that installs here and is nearest to what was asked for."""

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
    loads_models: bool = True
    """False where a model that was tried could not be loaded."""


def suggest(
    spec: EnvironmentSpec,
    settings: EnvironmentSettings,
    progress: Progress,
    cancel: CancelToken,
    needs: PackageNeeds | None = None,
    python: tuple[PythonTarget, MissingPython | None] | None = None,
) -> Suggestion:
    """Ask uv for the nearest working set: the lowest versions from those asked for that have a wheel for a Python here.

    `needs` is what the models ask for that it is for: where a pin must change anyway, the version that wrote them is
    tried first, and none is taken that cannot load them. `python` is what a container has; without it this
    machine is asked. Raises ScoredockError `environment-offline`, `python-not-found`,
    `environment-requirement-unsatisfiable` when nothing near works either, `cancelled`.
    """
    target, missing = python or on_this_machine(spec, settings, cancel)
    changed = [PinChange("python", missing.requested, target.minor)] if missing is not None else []
    impossible = [missing.reason] if missing is not None else []
    lines: Sequence[str] = spec.requirements
    made_with = needs.made_with if needs is not None else {}
    bounds = needs.lines() if needs is not None else ()
    resolver = Resolver(target, settings, spec.source, cancel, bounds=bounds)
    progress.report(l10n.t("Looking for versions that can be installed on Python {version}", version=target.version))
    done = resolver.compile(lines, ())
    if done.returncode != 0:
        lines, more, resolver = _relaxed(lines, resolver, made_with, progress)
        changed += [change for change, _ in more]
        impossible += [reason for _, reason in more]
    warning = _warning(changed, made_with)
    return Suggestion(target.minor, tuple(lines), tuple(changed), tuple(impossible), resolver, warning)


def _relaxed(
    lines: Sequence[str], resolver: Resolver, made_with: Mapping[str, str], progress: Progress
) -> tuple[list[str], list[tuple[PinChange, str]], Resolver]:
    """The lines with the pins that must give way replaced, why each had to, and the resolver for more questions, which
    takes the sources of what has no wheel in any release."""
    pins = {number: pin for number, line in enumerate(lines) if (pin := _pin(line)) is not None}
    replacements = resolver.lowest({number: _from(pin, made_with) for number, pin in pins.items()}, pins)
    lowest_versions = {at: version for at, (version, _) in replacements.items() if version}
    reasons = {at: replacements[at][1] for at in lowest_versions}
    resolver = replace(resolver, sources=frozenset(pins[at].name for at in replacements if at not in lowest_versions))
    result = [
        rewritten(pins[at], lowest_versions[at]) if at in lowest_versions else line for at, line in enumerate(lines)
    ]
    done = resolver.compile(result, ())
    if done.returncode != 0:
        progress.report(l10n.t("Looking for versions that are compatible with each other"))
        result = _together(lines, result, pins, lowest_versions, resolver)
    conflict = reason_of(done.stderr) or l10n.t("it is not compatible with the other packages.")
    changes: list[tuple[PinChange, str]] = []
    for at, pin in pins.items():
        new = _pin(result[at])
        if new is None or str(new.specifier) == str(pin.specifier):
            continue
        change = PinChange(pin.name, _shown(pin), str(new.specifier).removeprefix("=="))
        why = l10n.t("{name} {pin} cannot stay: {reason}", name=pin.name, pin=change.old, reason=conflict)
        changes.append((change, reasons.get(at, why)))
    return result, changes, resolver


def _together(
    lines: Sequence[str],
    result: Sequence[str],
    pins: Mapping[int, Requirement],
    lowest_versions: Mapping[int, str],
    resolver: Resolver,
) -> list[str]:
    """Lines where each has a wheel and they do not go together: the lowest set that does, else the newest."""
    floors = [f"{pin.name}>={lowest_versions.get(at) or floor_of(pin) or '0'}" for at, pin in pins.items()]
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
            elif version is not None:
                fitted[at] = lines[at]
        completed = resolver.compile(fitted, ())
        if completed.returncode == 0:
            return fitted
    raise _nothing_together([*floors, *others], lines, completed.stderr, resolver)


def _nothing_together(
    lines: Sequence[str], own_lines: Sequence[str], stderr: str, resolver: Resolver
) -> ScoredockError:
    """Error for lines at or above the pins of a file that by `stderr` do not go together: which of them the others
    could do without. A name that no index has is said as it is."""
    explained = explain(stderr, tuple(own_lines), resolver.source)
    if is_unknown(stderr):
        return explained
    blocking = [
        name
        for line in lines[:_MOST_LEFT_OUT]
        if (name := "".join(names_of([line], resolver.target)))
        and resolver.compile([each for each in lines if each is not line], ()).returncode == 0
    ]
    return ScoredockError(
        "environment-requirement-unsatisfiable",
        l10n.t(
            "Neither these pins nor later versions of them can be installed together on Python {version}: {reason}",
            version=resolver.target.version,
            reason=reason_of(stderr) or explained.message,
        ),
        l10n.t(
            "Without {packages} the others can be installed: remove it, or list what has taken its place.",
            packages=l10n.t(" or ").join(blocking),
        )
        if blocking
        else l10n.t("Remove some of the pins, or use a Python from their time, for example in a container."),
        place=explained.place or place_of(resolver.source),
        details=explained.details,
    )


@dataclass(frozen=True, slots=True)
class Resolver:
    """Questions to the resolver for one Python."""

    target: PythonTarget
    settings: EnvironmentSettings
    source: str
    cancel: CancelToken
    sources: frozenset[str] = frozenset()
    """Packages that may be built of their source although they are pinned."""
    bounds: tuple[str, ...] = ()
    """What no package may be outside of, listed or not."""

    def compile(self, lines: Sequence[str], options: Sequence[str]) -> Completed:
        """A resolution of wheels, or else with sources for what is not pinned: old releases must not be built to be
        asked.

        Raises ScoredockError `environment-offline`, `cancelled`.
        """
        done = self._ask(lines, ("--only-binary=:all:", *options))
        if done.returncode != 0 and (self.sources or "--no-deps" not in options):
            names = [pin.name for pin in map(_pin, lines) if pin is not None and pin.name not in self.sources]
            done = self._ask(lines, (*(f"--only-binary={name}" for name in names), *options))
        return done

    def listed_for(self, lines: Sequence[str], package: str) -> str:
        """The line that asks for a package, itself or by what it needs; empty where none does."""
        needed_by: dict[str, str] = {}
        name = ""
        for line in self.compile(lines, ("--annotate",)).stdout.splitlines():
            if not line.startswith(" "):
                name = str(canonicalize_name(line.partition("==")[0].split("[")[0].strip()))
            elif name not in needed_by and (word := line.strip().lstrip("# ").removeprefix("via").strip()):
                needed_by[name] = str(canonicalize_name(word.split("[")[0]))
        own = {str(canonicalize_name(name)): line for line in lines for name in names_of([line], self.target)}
        at = str(canonicalize_name(package))
        for _ in range(len(needed_by)):
            at = at if at in own else needed_by.get(at, "")
        return own.get(at, "")

    def _ask(self, lines: Sequence[str], options: Sequence[str]) -> Completed:
        command = ["pip", "compile", "--no-header", "--no-annotate", *options, *sources_option(lines)]
        with scratch_folder() as folder:
            requirements_path = folder / "requirements.in"
            copies = FolderCopies(folder / "packages")
            wanted = copies.lines(map(unhashed, lines))
            requirements_path.write_text("".join(f"{line}\n" for line in wanted), "utf-8")
            if self.bounds:
                bounds_path = folder / "bounds.txt"
                bounds_path.write_text("".join(f"{line}\n" for line in self.bounds), "utf-8")
                command += ["--constraint", str(bounds_path)]
            try:
                completed = compile_packages(
                    [*command, *self.target.options, str(requirements_path)],
                    index_url=self.settings.index_url,
                    timeout=_TIMEOUT,
                    cancel=self.cancel,
                    progress=Silent(),
                )
            except TimedOut:
                raise ScoredockError(
                    "environment-requirement-unsatisfiable",
                    l10n.t("Looking for versions was given up after {seconds} seconds.", seconds=round(_TIMEOUT)),
                    l10n.t("Take out pins that need many other packages, such as those of azureml, and look again."),
                    place=place_of(self.source),
                ) from None
        written = copies.as_written(completed.stdout), copies.as_written(completed.stderr)
        completed = Completed(completed.returncode, *written)
        if completed.returncode != 0 and is_offline(completed.stderr):
            raise explain(completed.stderr, tuple(lines), self.source)
        return completed

    def lowest(self, floors: Mapping[int, str], pins: Mapping[int, Requirement]) -> dict[int, tuple[str, str]]:
        """Line → the version to take instead and why, only where the pin itself cannot be installed; no version where
        no release has a wheel."""
        instead: dict[int, tuple[str, str]] = {}
        for at, stderr in self._refused(pins).items():
            pin = pins[at]
            if _NO_SUCH.search(stderr):
                why = l10n.t("{name} {pin} does not exist.", name=pin.name, pin=_shown(pin))
            else:
                why = l10n.t(
                    "{name} {pin} cannot be installed: there is no wheel for Python {version}.",
                    name=pin.name,
                    pin=_shown(pin),
                    version=self.target.version,
                )
            instead[at] = self._nearest(pin.name, floors[at]), why
        return instead

    def _nearest(self, name: str, floor: str) -> str:
        """The lowest release from a version on, else the newest before it; empty where none has a wheel."""
        wishes = [(f"{name}=={floor}", _LOWEST), (f"{name}>={floor}", _LOWEST), (name, ())] if floor else []
        for wish, options in wishes or [(name, _LOWEST)]:
            done = self.compile([wish], ("--no-deps", *options))
            version = versions_of(done.stdout).get(str(canonicalize_name(name)))
            if version is not None:
                return version
        return ""

    def _refused(self, pins: Mapping[int, Requirement]) -> dict[int, str]:
        """Line → what uv says, of the pins that cannot be had by themselves. All are tried at once, then in groups,
        so that hundreds of pins of which few cannot be had take few questions."""
        done = self.compile([_plain(pin) for pin in pins.values()], ("--no-deps",))
        if done.returncode == 0:
            return {}
        if len(pins) == 1:
            return dict.fromkeys(pins, done.stderr)
        size = _GROUP if len(pins) > _GROUP else 1
        items = list(pins.items())
        groups = (dict(items[at : at + size]) for at in range(0, len(items), size))
        return {at: stderr for group in groups for at, stderr in self._refused(group).items()}


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


def floor_of(pin: Requirement) -> str:
    """The lowest version that a pin names; empty when it names only what is too new."""
    for clause in pin.specifier:
        if clause.operator in ("==", "===", "~=", ">=", ">"):
            return clause.version.removesuffix(".*")
    return ""


def _from(pin: Requirement, made_with: Mapping[str, str]) -> str:
    """Version to begin with: the one that the model was written with, if that is newer than the pin."""
    floor, made = floor_of(pin), made_with.get(str(canonicalize_name(pin.name)), "")
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
    lowest = Resolver(target, settings, spec.source, cancel).lowest({0: floor_of(pin)}, {0: pin}).get(0)
    if lowest is None or not lowest[0]:
        return None
    version, why = lowest
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
