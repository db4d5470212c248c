"""A Python that the base image lacks, from the channels of conda: an old one for the script, or a supported one that
hosts the scoring runtime beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from packaging.specifiers import SpecifierSet

from scoredock import l10n
from scoredock.environments.conda.packages import available
from scoredock.environments.python.interpreters import own_interpreter
from scoredock.environments.spec import CondaPackages, EnvironmentSpec, place_of
from scoredock.errors import Remedy, ScoredockError
from scoredock.formats.service_python import OLDEST, OLDEST_OF_SCRIPTS

OLD_VERSIONS = tuple(f"3.{minor}" for minor in range(OLDEST_OF_SCRIPTS[1], OLDEST[1]))
"""Those that run scripts only."""
_PATCHES = 30
"""More releases than a minor version has had."""
_NEWEST = 30
"""More than there are minor versions."""


def is_old_alone(specifier: str | None) -> bool:
    """True if a specifier of Python takes none that hosts the scoring runtime, but one that runs a script."""
    specifiers = SpecifierSet(specifier or "")
    supported = any(_takes(specifiers, f"3.{minor}") for minor in range(OLDEST[1], _NEWEST))
    return bool(old_version(specifier)) and not supported


def old_version(specifier: str | None) -> str:
    """`3.7`: the newest of `OLD_VERSIONS` that a specifier takes; empty for none."""
    specifiers = SpecifierSet(specifier or "")
    return next((each for each in reversed(OLD_VERSIONS) if _takes(specifiers, each)), "")


def with_conda_python(spec: EnvironmentSpec) -> EnvironmentSpec:
    """The same environment with its Python as a conda package, below the packages of pip."""
    wanted = f"python {_match(spec.python or '')}"
    return replace(spec, conda=CondaPackages((wanted,), (), (_named(spec.python or ""),)))


def server_packages() -> CondaPackages:
    """The Python of this program itself, for the scoring runtime."""
    minor = ".".join(map(str, own_interpreter().minor))
    return CondaPackages((f"python {minor}.*",), (), (f"Python {minor}",))


def require_conda(message: str, spec: EnvironmentSpec) -> None:
    """Raises ScoredockError `image-python-missing` where conda packages cannot be installed: `message` says what the
    base image lacks."""
    if available():
        return
    raise ScoredockError(
        "image-python-missing",
        message,
        l10n.t(
            "{advice} Or install support for conda packages, which bring the Python that is missing"
            " (`scoredock environment enable conda`).",
            advice=_base_with_both(spec),
        ),
        place=place_of(spec.source),
        remedies=(Remedy(l10n.t("Install Conda Support"), "scoredock.enableConda"),),
    )


@contextmanager
def also_looked_at(lacks: str, spec: EnvironmentSpec) -> Iterator[None]:
    """A refusal of conda's channels says what the base image lacks, too: `lacks`, empty where that is nothing."""
    try:
        yield
    except ScoredockError as error:
        if not lacks or error.code not in ("conda-channel-unreachable", "conda-unsatisfiable"):
            raise
        message = f"{lacks} {error.message}"
        raise ScoredockError(
            error.code, message, _base_with_both(spec), place=error.place, details=error.details
        ) from error


def _base_with_both(spec: EnvironmentSpec) -> str:
    version = (spec.python or "").removeprefix("==").removesuffix(".*")
    if not version:
        return l10n.t("Name a base image that has Python 3.9 or later.")
    return l10n.t("Name a base image that has Python {version} and Python 3.9 or later.", version=version)


def _takes(specifiers: SpecifierSet, minor: str) -> bool:
    return any(specifiers.contains(f"{minor}.{patch}") for patch in range(_PATCHES))


def _match(specifier: str) -> str:
    """Specifier as conda writes it: `3.7.*` for `==3.7.*`."""
    return ",".join(re.sub(r"^={2,3}\s*(\S+\.\*)$", r"\1", each.strip()) for each in specifier.split(","))


def _named(specifier: str) -> str:
    return f"Python {specifier.removeprefix('==').removesuffix('.*')}"
