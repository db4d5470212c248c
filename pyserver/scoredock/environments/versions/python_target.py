"""The Python that versions of packages are looked for: one of this machine, or one that a container has."""

from __future__ import annotations

import re
from collections.abc import Sequence

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from scoredock import l10n
from scoredock.environments.python.interpreters import choose, interpreters_here, own_interpreter
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec
from scoredock.errors import ScoredockError
from scoredock.formats.service_python import OLDEST, OLDEST_OF_SCRIPTS
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken


@dataclass(frozen=True, slots=True)
class PythonTarget:
    """A Python, with the options that name it to uv."""

    version: str
    """`3.11.4`, or `3.11` where only that is known."""
    options: tuple[str, ...]
    """Of `uv pip compile`."""
    linux: bool = False
    """It is in a container, whatever this machine is."""

    @property
    def minor(self) -> str:
        return ".".join(self.version.split(".")[:2])

    @property
    def markers(self) -> dict[str, str]:
        """Marker values that differ from this program's own Python, for the conditions of requirements."""
        full = self.version if self.version.count(".") > 1 else f"{self.version}.0"
        fields = {"python_version": self.minor, "python_full_version": full}
        if self.linux:
            fields |= {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
        return fields


@dataclass(frozen=True, slots=True)
class MissingPython:
    """A Python that was asked for and cannot be had."""

    requested: str
    """`3.6`, or the whole specifier."""
    reason: str
    """One sentence."""


def on_this_machine(
    spec: EnvironmentSpec, settings: EnvironmentSettings, cancel: CancelToken
) -> tuple[PythonTarget, MissingPython | None]:
    """The one that services in a process would get; a supported one in the place of an older one. Raises
    ScoredockError `python-not-found`, `cancelled`."""
    requested = _requested(spec.python or "")
    if _is_pinned_old(requested):
        interpreter = choose(None, settings.interpreter, spec.source, cancel)
        supported = interpreter if interpreter.hosts else own_interpreter()
        return PythonTarget(supported.version, ("--python", str(supported.path))), MissingPython(
            requested, _unsupported(requested)
        )
    missing: MissingPython | None = None
    try:
        interpreter = choose(spec.python, settings.interpreter, spec.source, cancel, download=settings.download_python)
    except ScoredockError as error:
        if error.code != "python-not-found" or spec.python is None:
            raise
        missing = MissingPython(requested, l10n.t("Python {version} is not on this machine.", version=requested))
        interpreter = choose(None, settings.interpreter, spec.source, cancel)
    return PythonTarget(interpreter.version, ("--python", str(interpreter.path))), missing


def in_containers(
    spec: EnvironmentSpec, versions: Sequence[str], platform: str
) -> tuple[PythonTarget, MissingPython | None]:
    """The one of `versions` (`3.11`, or `3.11.2`; those that the base images have) that is asked for, else the nearest.

    `platform` is as uv writes it. Raises ScoredockError `python-not-found` where there are none.
    """
    pythons = sorted((Version(each) for each in versions if _minor(Version(each)) >= OLDEST_OF_SCRIPTS), reverse=True)
    if not pythons:
        raise ScoredockError("python-not-found", l10n.t("The base image has no Python 3.6 or later."))
    usable = [each for each in pythons if _minor(each) >= OLDEST] or pythons
    specifiers = SpecifierSet(spec.python or "")
    own = own_interpreter().minor
    fitting = [each for each in usable if _fits(each, specifiers)]
    missing: MissingPython | None = None
    if fitting:
        version = next((each for each in fitting if spec.python is None and _minor(each) == own), fitting[0])
    else:
        requested = _requested(spec.python or "")
        missing = MissingPython(requested, _in_no_image(requested))
        # Old pins have wheels for the oldest Pythons rather than for the newest.
        version = usable[-1] if _is_old(requested) else usable[0]
    options = ("--python-version", str(version), "--python-platform", platform)
    return PythonTarget(str(version), options, linux=True), missing


@dataclass(frozen=True, slots=True)
class HerePythons:
    """The Pythons of this machine, for one environment."""

    spec: EnvironmentSpec
    settings: EnvironmentSettings
    cancel: CancelToken

    def first(self) -> tuple[PythonTarget, MissingPython | None]:
        """Same as `on_this_machine`."""
        return on_this_machine(self.spec, self.settings, self.cancel)

    def others(self, first: PythonTarget) -> list[PythonTarget]:
        """The one that is wished, then those that host services, the newest first, then older ones."""
        here = [each for each in interpreters_here(self.cancel) if "{}.{}".format(*each.minor) != first.minor]
        ordered = sorted(here, key=lambda each: not each.hosts)
        targets = [PythonTarget(each.version, ("--python", str(each.path))) for each in ordered]
        return sorted(targets, key=lambda each: not self.is_wished(each))

    def named(self, minor: str) -> PythonTarget | None:
        """The one of a minor version. Raises ScoredockError `cancelled`."""
        try:
            interpreter = choose(f"=={minor}.*", self.settings.interpreter, self.spec.source, self.cancel)
        except ScoredockError as error:
            if error.code != "python-not-found":
                raise
            return None
        return PythonTarget(interpreter.version, ("--python", str(interpreter.path)))

    def requested(self) -> str:
        """`3.6`, or the whole specifier; empty for none."""
        return _requested(self.spec.python or "")

    def is_wished(self, target: PythonTarget) -> bool:
        """True if the environment names this one."""
        return self.spec.python is not None and _fits(Version(target.version), SpecifierSet(self.spec.python))


@dataclass(frozen=True, slots=True)
class ImagePythons:
    """The Pythons of base images, for one environment."""

    spec: EnvironmentSpec
    versions: tuple[str, ...]
    platform: str

    def first(self) -> tuple[PythonTarget, MissingPython | None]:
        """Same as `in_containers`."""
        return in_containers(self.spec, self.versions, self.platform)

    def others(self, first: PythonTarget) -> list[PythonTarget]:
        """Same as `HerePythons.others`, for the Pythons of images."""
        pythons = [each for each in map(Version, self.versions) if _minor(each) >= OLDEST_OF_SCRIPTS]
        ordered = sorted(sorted(pythons, reverse=True), key=lambda each: _minor(each) < OLDEST)
        targets = [target for each in ordered if (target := self._target(str(each))).minor != first.minor]
        return sorted(targets, key=lambda each: not self.is_wished(each))

    def named(self, minor: str) -> PythonTarget | None:
        """The one of a minor version."""
        return next((target for each in self.versions if (target := self._target(each)).minor == minor), None)

    def requested(self) -> str:
        """`3.6`, or the whole specifier; empty for none."""
        return _requested(self.spec.python or "")

    def is_wished(self, target: PythonTarget) -> bool:
        """True if the environment names this one."""
        return self.spec.python is not None and _fits(Version(target.version), SpecifierSet(self.spec.python))

    def _target(self, version: str) -> PythonTarget:
        options = ("--python-version", version, "--python-platform", self.platform)
        return PythonTarget(version, options, linux=True)


def _minor(version: Version) -> tuple[int, int]:
    return version.major, version.minor


def _fits(version: Version, specifiers: SpecifierSet) -> bool:
    if len(version.release) > 2:
        return specifiers.contains(version, prereleases=True)
    return any(specifiers.contains(f"{version}.{patch}") for patch in (0, 9, 18))


def _requested(specifier: str) -> str:
    pinned = re.fullmatch(r"==(\d+)\.(\d+)\.\*", specifier)
    return f"{pinned[1]}.{pinned[2]}" if pinned else specifier


def _is_old(requested: str) -> bool:
    found = re.search(r"(\d+)\.(\d+)", requested)
    return found is not None and (int(found[1]), int(found[2])) < OLDEST


def _in_no_image(requested: str) -> str:
    if _is_pinned_old(requested):
        return _unsupported(requested)
    return l10n.t("No base image has Python {version}.", version=requested)


def _unsupported(requested: str) -> str:
    return l10n.t("Python {version} is out of support; these versions are for a supported one.", version=requested)


def _is_pinned_old(requested: str) -> bool:
    return re.fullmatch(r"\d+\.\d+", requested) is not None and _is_old(requested)
