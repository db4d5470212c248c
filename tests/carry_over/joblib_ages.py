"""Files that joblib wrote, of each age beside scikit-learn of each age: written by the Pythons that are there, and kept
for machines without."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from packaging.version import Version

import interpreters
from carry_over.conftest import in_an_environment

OWN = "own"
"""The joblib in scikit-learn before 0.21."""
AGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "0.19.2": ("3.6", (OWN, "0.11", "1.1.1")),
    "0.20.4": ("3.7", (OWN, "0.13.2", "1.3.2")),
    "0.21.3": ("3.7", ("0.11", "0.14.1", "1.2.0")),
    "0.22.2": ("3.8", ("0.14.1", "1.1.1", "1.4.2")),
    "0.23.2": ("3.8", ("0.15.1", "1.1.1", "1.4.2")),
    "0.24.2": ("3.9", ("0.17.0", "1.1.1", "1.5.3")),
    "1.0.2": ("3.9", ("1.0.1", "1.2.0", "1.5.3")),
    "1.1.3": ("3.10", ("1.1.1", "1.6.0")),
    "1.2.2": ("3.10", ("1.1.1", "1.3.2")),
    "1.3.2": ("3.11", ("1.2.0", "1.6.0")),
    "1.4.2": ("3.11", ("1.2.0", "1.6.0")),
    "1.5.2": ("3.11", ("1.6.0",)),
    "1.6.1": ("3.11", ("1.6.0",)),
    "1.7.2": ("3.11", ("1.6.0",)),
    "1.8.0": ("3.11", ("1.6.0",)),
    "1.9.1": ("3.11", ("1.6.0",)),
}
"""scikit-learn → the Python that writes beside it, and the joblibs that do."""
MODELS = ("forest", "logistic")
KEPT = Path(__file__).parent / "joblib_files"
MAKER = Path(__file__).with_name("make_joblib_files.py")


@dataclass(frozen=True)
class Age:
    """Who wrote a file, or reads one."""

    sklearn: str
    joblib: str

    @property
    def python(self) -> Path | None:
        """The interpreter of that time, where this machine has it."""
        return interpreters.cpythons().get(AGES[self.sklearn][0])

    def kept(self, model: str) -> Path:
        """What it wrote once."""
        return KEPT / self.sklearn / f"{model}-{self.joblib}.joblib"

    def file(self, model: str) -> Path:
        """What it writes, where this machine can."""
        kept = self.kept(model)
        return kept if self.python is None else _written(self.sklearn, self.python) / kept.relative_to(KEPT)


def ages() -> list[Age]:
    return [Age(sklearn, joblib) for sklearn, (_, joblibs) in AGES.items() for joblib in joblibs]


def packages_of(sklearn: str, joblib: str) -> list[str]:
    """With the NumPy that they know: `numpy.float` is gone from 1.24 on, and 2 is another one in binary."""
    numpy = "numpy<1.20" if sklearn.startswith("0.") else "numpy<2" if Version(sklearn) < Version("1.4.2") else "numpy"
    return [f"scikit-learn=={sklearn}", "scipy", numpy, f"joblib=={joblib}"]


def running(python: Path, sklearn: str, joblib: str, *words: str) -> str:
    """What the maker prints there."""
    command = [
        *in_an_environment(python, *packages_of(sklearn, joblib)),
        "python",
        str(MAKER),
        *words,
    ]
    environment = {**os.environ, "UV_NO_BUILD": "1"}
    done = subprocess.run(
        command,
        check=True,
        timeout=250,
        env=environment,
        capture_output=True,
        text=True,
    )
    return done.stdout


def _written(sklearn: str, python: Path) -> Path:
    """Once for a machine and these texts."""
    joblibs = AGES[sklearn][1]
    name = "-".join(("joblib-ages", sklearn, *joblibs, str(MAKER.stat().st_size)))
    place = interpreters.CACHE / "carry-over" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{place}.lock", timeout=280):
        if not (place / "done").exists():
            write(sklearn, python, place / sklearn)
            (place / "done").touch()
    return place


def write(sklearn: str, python: Path, folder: Path) -> None:
    """All that this scikit-learn writes."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = [each for each in AGES[sklearn][1] if each != OWN]
    for number, joblib in enumerate(beside):
        modules = ["sklearn.externals.joblib"] * (OWN in AGES[sklearn][1] and not number) + ["joblib"]
        running(python, sklearn, joblib, "write", str(folder), joblib, *modules)
