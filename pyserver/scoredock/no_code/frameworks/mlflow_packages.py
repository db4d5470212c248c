"""The packages that an MLflow model names: those of the conda file that its MLmodel gives for `mlflow.pyfunc`, else
those of `requirements.txt`.

MLflow writes `env` into the flavor `python_function` as the name of the conda file, and since 2.0 as names by tool:
`{conda: conda.yaml, virtualenv: python_env.yaml}` (https://mlflow.org/docs/latest/ml/model, "MLmodel"). Azure ML builds
the environment of a model without code from that conda file
(https://learn.microsoft.com/azure/machine-learning/how-to-deploy-mlflow-models, "Packages and dependencies").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from packaging.version import Version

from scoredock.analysis.facts import Facts
from scoredock.checks.configs.environment.conda import CondaSpec, parse_conda
from scoredock.environments.spec import CondaPackages, from_conda
from scoredock.late_dataclass import dataclass
from scoredock.no_code.subject import Subject

_MLFLOW = re.compile(r"mlflow(?:-skinny)?(?:\[[^\]]*\])?(?P<pin>==\d+(?:\.\d+)*)?(?=[=<>!~\s;]|$)")
_VERSION = re.compile(r"\d+(?:\.\d+)*")
_OLDEST_SKINNY = Version("1.14")
"""The first release of MLflow whose part that loads models is a package of its own."""
_INDEX = ("--index-url", "--extra-index-url", "-i ", "--find-links", "-f ", "--pre")
_INCLUDED = re.compile(r"(?:-r|--requirement)[ =]*(?P<name>[\w.-]+)$")
_LOCAL = re.compile(r"\.{0,2}/|[\w-]+/[^@]*$")
"""Files of the model's own folder, which an environment does not have."""


@dataclass(frozen=True, slots=True)
class ModelPackages:
    """Packages that are installed for a model."""

    mlflow: str
    """MLflow itself: the part that loads models, in the version that MLmodel or the list names."""
    lines: tuple[str, ...]
    """The other lines for pip."""
    conda: CondaPackages | None
    """What only conda has."""
    notes: tuple[str, ...] = ()
    python: str | None = None
    """Version specifier of the Python that pip's lines are for."""


def packages_of(subject: Subject, document: Mapping[str, object]) -> ModelPackages:
    """Packages of a model by MLmodel's `document`. Raises ScoredockError `environment-requirement-invalid`."""
    name = _conda_file(document)
    spec = _conda(subject, name) if name else None
    if spec is None:
        return _of_lines(document, _lines(subject.text_beside("requirements.txt").splitlines(), subject), None, ())
    whole = replace(spec, pip=tuple(_lines(spec.pip, subject)))
    read = from_conda(whole, f"{subject.title}/{name}")
    packages = _of_lines(document, read.requirements, read.conda, read.notes)
    return packages if read.conda is not None else replace(packages, python=read.python)


def without_pin(line: str) -> str:
    """A requirement in any version; options and addresses stay."""
    if line.startswith("-") or "://" in line or "@" in line:
        return line
    return re.split(r"[=<>!~; ]", line)[0]


def _of_lines(
    document: Mapping[str, object], lines: Iterable[str], conda: CondaPackages | None, notes: tuple[str, ...]
) -> ModelPackages:
    others: list[str] = []
    pin = ""
    for line in lines:
        named = _MLFLOW.match(line)
        if named is None:
            others.append(line)
        elif named["pin"]:
            pin = named["pin"]
    version = document.get("mlflow_version")
    if isinstance(version, str) and _VERSION.fullmatch(version):
        pin = f"=={version}"
    name = "mlflow" if pin and Version(pin[2:]) < _OLDEST_SKINNY else "mlflow-skinny"
    return ModelPackages(f"{name}{pin}", tuple(others), conda, notes)


def _conda_file(document: Mapping[str, object]) -> str:
    """Conda file of the flavor that is served; empty where it names none."""
    flavors = document.get("flavors")
    pyfunc = flavors.get("python_function") if isinstance(flavors, dict) else None
    env = pyfunc.get("env") if isinstance(pyfunc, dict) else None
    name = env.get("conda") if isinstance(env, dict) else env
    return name if isinstance(name, str) else ""


def _conda(subject: Subject, name: str) -> CondaSpec | None:
    """None where the file is not there or lists nothing."""
    text = subject.text_beside(name)
    spec = parse_conda(text, Facts())[0] if text else None
    return spec if spec is not None and (spec.conda or spec.pip) else None


def _lines(lines: Iterable[str], subject: Subject) -> Iterator[str]:
    """Requirements and where they come from. Lines of a file that one includes stand in its place; constraints and
    files of the model's folder are left out."""
    for raw in lines:
        line = raw.split(" #")[0].strip()
        included = _INCLUDED.match(line)
        if included is not None:
            more = subject.text_beside(included["name"]).splitlines()
            yield from _lines((each for each in more if not _INCLUDED.match(each.strip())), subject)
        elif line and _is_installed(line):
            yield line


def _is_installed(line: str) -> bool:
    return line.startswith(_INDEX) if line.startswith("-") else not line.startswith("#") and not _LOCAL.match(line)
