"""Packages that read the tables of a job and write its output, and whether the environment of its script has them: said
before a job begins, wherever its workers run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from scoredock import l10n, run
from scoredock.contrib.batch.domain.work.configuration import BatchConfiguration
from scoredock.contrib.batch.options import BatchOutputFormat
from scoredock.deploy_options import BatchInputFormat
from scoredock.errors import ScoredockError

_READERS: dict[BatchInputFormat, tuple[str, ...]] = {"files": (), "csv": ("pandas",), "parquet": ("pandas", "pyarrow")}
_WRITERS: dict[BatchOutputFormat, tuple[str, ...]] = {"text": (), "csv": (), "parquet": ("pyarrow",)}
_MISSING = "import importlib.util, sys; print(*[n for n in sys.argv[1:] if importlib.util.find_spec(n) is None])"


def needed_packages(form: BatchInputFormat, output: BatchOutputFormat) -> tuple[str, ...]:
    """Their names, which are those of their modules as well."""
    return tuple(dict.fromkeys((*_READERS[form], *_WRITERS[output])))


def require_packages(configuration: BatchConfiguration, missing: Callable[[Sequence[str]], Iterable[str]]) -> None:
    """`missing` says which of some names the environment of the script lacks; it is not called where none is needed.

    Raises ScoredockError `batch-package-missing`.
    """
    needed = needed_packages(configuration.input_format, configuration.output_format)
    names = ", ".join(missing(needed)) if needed else ""
    if not names:
        return
    raise ScoredockError(
        "batch-package-missing",
        l10n.t("The environment of the script lacks what reads or writes the tables: {packages}.", packages=names),
        l10n.t("Add {packages} to its packages, and run the job again.", packages=names),
    )


def missing_for(python: str) -> Callable[[Sequence[str]], Iterable[str]]:
    """Function that gives the names of packages that an interpreter of this machine lacks."""
    return lambda names: run.run([python, "-I", "-c", _MISSING, *names], env=run.service_environment()).stdout.split()


def missing_among(packages: Iterable[str]) -> Callable[[Sequence[str]], Iterable[str]]:
    """Function that gives the names of packages that an environment elsewhere lacks, which has `packages` and no
    others.
    """
    has = frozenset(packages)
    return lambda names: [each for each in names if each not in has]
