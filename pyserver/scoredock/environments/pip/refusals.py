"""Reasons why a package cannot be installed here, from what uv says: no wheel for this Python, nothing to build it
with, no such name or version, or another requirement that stands against it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from scoredock import l10n
from scoredock.checks.packages.package_facts import PIP_NAMES
from scoredock.errors import ScoredockError
from scoredock.run import Completed

_TAGS = re.compile(
    r"You require (?:CPython|PyPy|GraalPy)? ?(?P<python>\d+\.\d+)[^,]*, but we only found wheels for"
    r" `(?P<name>[^`]+)` \((?P<version>v[^)]+)\) with the following Python (?:ABI )?tags?: (?P<tags>.+)"
)
_PLATFORMS = re.compile(
    r"You're on (?P<here>[^,]+), but `?(?P<name>[^` ]+)`? \((?P<version>v[^)]+)\) only has wheels for the following"
    r" platforms?: (?P<tags>[^;]+)"
)
_NEEDS_PYTHON = re.compile(
    r"the (?:requested|current) Python version \((?P<has>[^)]+)\) does not satisfy Python(?P<needs>[<>=!~][^\s]+) and"
    r" (?P<package>\S+) depends on Python"
)
_PYTHON_TAG = re.compile(r"(?:cp|pp|py)(\d)(\d+)")
_STABLE = re.compile(r"`abi3`|`none`")
_NAME, _BOUND = r"([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?", r"([<>=!~][^\s,]*(?:,[<>=!~][^\s,]*)*)"
_DEPENDS = re.compile(rf"(\S+) depends on {_NAME}(?:\{{[^}}]*\}})?{_BOUND}")
_REQUIRED = re.compile(rf"you require {_NAME}{_BOUND}")
_GONE = re.compile(
    r"only (?P<name>[A-Za-z0-9][\w.-]*?)(?P<here>[<>=!~]\S+) is available and (?:all versions of )?"
    r"(?P<package>\S+) depends? on (?P=name)(?:\[[^\]]*\])?(?P<bound>[<>=!~][^\s]*[^\s,])"
)
_UNKNOWN = re.compile(r"(\S+) was not found in the package registry")
_DID_YOU_MEAN = re.compile(r"`([^`]+)` is often confused for `([^`]+)`")
_UNDECLARED = re.compile(r"depends on `([^`]+)`, but doesn't declare it as a build dependency")
_ONLY_FAILS = re.compile(r"[^\n]*\bdeprecated\b[^\n]*\bcannot be installed\b[^\n]*")
"""The text of a package that exists only to say so."""
_NO_FILE = re.compile(r"all versions of (\S+) have no usable wheels")
_UNREADABLE = re.compile(
    r"hint: Metadata for `(?P<name>[^`]+)` \(v(?P<version>[^)]+)\) could not be parsed:\n +(?P<why>.+?):?\n"
    r"(?: +(?P<line>.*)\n +\^+)?"
)
_MALFORMED = re.compile(r"hint: The structure of `(?P<name>[^`]+)` \(v(?P<version>[^)]+)\) was invalid:\n +(?P<why>.+)")
_OTHER_NAME = re.compile(
    r"Package metadata (?:name|version) `(?P<actual>[^`]+)` does not match given (?:name|version) `(?P<named>[^`]+)`"
    r"|expected distribution metadata for (?P<expected>\S+), got distribution metadata for (?P<given>\S+)"
)
_OTHER_FILE = re.compile(
    r"Failed to install: (\S+) .*\n\s+cause: Wheel (?:package name|version) does not match filename \((\S+) != (\S+)\)"
)
_NO_ARCHIVE = re.compile(r"Failed to download `([^`]+)`\n\s+cause: Failed to extract archive: (\S+)")
_BUILT = re.compile(r"Failed to parse metadata from built wheel\n\s+cause: .*\n(.+)")
_LIBRARY = re.compile(r"fatal error: (\S+): No such file or directory|provides `([^`]+)` for")
_MISSING_TOOL = re.compile(
    r"(?:No such file or directory: '|command '|unable to execute '|Could not find |/bin/sh: 1: "
    r"|Unknown compiler\(s\): \[\[')"
    r"((?:[\w./-]*(?:gcc|g\+\+|cc|clang|cmake|ninja|gfortran|cargo|rustc|swig|mysql_config|pg_config|nvcc)))'?"
    r"|(pg_config|mysql_config)(?: executable)?:? not found"
    r"|CMAKE_(C|CXX|Fortran|CUDA)_COMPILER (?:could be found|not set)"
    r"|(?:Rust compiler|rustup|Cargo, the Rust)"
)
_COMPILERS = {"C": "cc", "CXX": "c++", "Fortran": "gfortran", "CUDA": "nvcc"}
"""In the words of CMake."""
_DEBIAN = (
    (re.compile(r"gfortran$"), "gfortran"),
    (re.compile(r"(?:gcc|g\+\+|cc|c\+\+)$"), "build-essential"),
    (re.compile(r"(?:rustc|cargo)$"), "cargo"),
    (re.compile(r"pg_config$"), "libpq-dev"),
    (re.compile(r"mysql_config$"), "default-libmysqlclient-dev"),
    (re.compile(r"ninja$"), "ninja-build"),
    (re.compile(r"(?:clang|cmake|swig)$"), ""),
)
"""Programs that a build needs, and the packages of Debian that bring those; empty for one of the same name."""
_FAILED = re.compile(r"Command '?\['([^']+)'.*returned non-zero exit status")
_OLD_BUILD = (
    ("No module named 'distutils'", "distutils"),
    ("numpy.distutils", "numpy.distutils"),
    ("name 'CCompiler' is not defined", "numpy.distutils"),
    ("ImpImporter", "pkgutil.ImpImporter"),
    ("No module named 'imp'", "imp"),
    ("No module named 'pkg_resources'", "pkg_resources"),
    ("use_2to3 is invalid", "use_2to3"),
)
"""Signs of a release that is older than this Python, and what it misses here."""


def reason_of(stderr: str) -> str:
    """Sentence on why a set of requirements has no solution; empty for what is not known."""
    return (
        _no_wheel(stderr)
        or _unreadable(stderr)
        or _needs_python(stderr)
        or _unknown(stderr)
        or _other_name(stderr)
        or _gone(stderr)
        or _conflict(stderr)
    )


def is_unknown(stderr: str) -> bool:
    """True if a name is none of the index."""
    return bool(unknown_name(stderr))


def unknown_name(stderr: str) -> str:
    """The name that is none of the index; empty for another refusal."""
    refusal = _UNKNOWN.search(stderr)
    return refusal.group(1).split("==")[0] if refusal is not None else ""


def is_gone(stderr: str) -> bool:
    """True if the index has no more what a package needs."""
    return bool(_gone(stderr))


def _no_wheel(stderr: str) -> str:
    match = _TAGS.search(stderr)
    if match is None:
        platforms = _PLATFORMS.search(stderr)
        if platforms is None:
            return ""
        return l10n.t(
            "{name} {version} has no wheel for this system ({here}), only for {platforms}.",
            name=platforms["name"],
            version=platforms["version"].removeprefix("v"),
            here=platforms["here"].strip("`"),
            platforms=platforms["tags"].replace("`", "").strip().rstrip("."),
        )
    minors = sorted({(int(major), int(minor)) for major, minor in _PYTHON_TAG.findall(match["tags"])})
    here = (int(match["python"].split(".")[0]), int(match["python"].split(".")[1]))
    name, version, python = match["name"], match["version"].removeprefix("v"), match["python"]
    if minors and minors[-1] < here and not _STABLE.search(match["tags"]):
        last = ".".join(map(str, minors[-1]))
        return l10n.t(
            "{name} {version} has no wheel for Python {python}; the last Python that it has one for is {last}.",
            name=name,
            version=version,
            python=python,
            last=last,
        )
    if minors and minors[0] > here:
        first = ".".join(map(str, minors[0]))
        return l10n.t(
            "{name} {version} has no wheel for Python {python}; the first Python that it has one for is {first}.",
            name=name,
            version=version,
            python=python,
            first=first,
        )
    return l10n.t("{name} {version} has no wheel for Python {python}.", name=name, version=version, python=python)


def _unreadable(stderr: str) -> str:
    """Sentence on what cannot be read of a package; empty for other refusals."""
    match = _UNREADABLE.search(f"{stderr}\n")
    if match is None:
        match = _MALFORMED.search(stderr)
        if match is None:
            return ""
        return l10n.t("{name} {version} is not a package that can be installed: {error}.", **_fields(match))
    if not match["line"]:
        return l10n.t("the metadata of {name} {version} cannot be read: {error}.", **_fields(match))
    return l10n.t(
        "the metadata of {name} {version} says “{line}”, which cannot be read: {error}.",
        line=match["line"].strip(),
        **_fields(match),
    )


def _fields(match: re.Match[str]) -> dict[str, str]:
    return {"name": match["name"], "version": match["version"], "error": match["why"].strip().rstrip(".:")}


def untrue(stderr: str) -> tuple[str, str]:
    """A package whose file is not what its name says, and in which way; two empty texts for another refusal."""
    if match := _OTHER_FILE.search(stderr):
        return match[1], l10n.t("its metadata says {actual} instead of {named}", actual=match[2], named=match[3])
    if match := _OTHER_NAME.search(stderr):
        named, actual = match["named"] or match["expected"], match["actual"] or match["given"]
        return named, l10n.t("its metadata says {actual} instead of {named}", actual=actual, named=named)
    if match := _NO_ARCHIVE.search(stderr):
        return match[1], l10n.t("{file} is not an archive, or only a part of one", file=match[2].rpartition("/")[2])
    return "", ""


def _needs_python(stderr: str) -> str:
    match = _NEEDS_PYTHON.search(" ".join(stderr.split()))
    if match is None:
        return ""
    return l10n.t(
        "{package} needs Python {needs}, and this one is Python {python}.",
        package=match["package"],
        needs=match["needs"].rstrip(","),
        python=match["has"].lstrip("=<>~!"),
    )


def _unknown(stderr: str) -> str:
    name = unknown_name(stderr)
    if not name:
        return ""
    meant = _DID_YOU_MEAN.search(stderr)
    if meant is not None:
        return l10n.t("{name} is not in the package index; {meant} is meant.", name=name, meant=meant[2])
    return l10n.t("{name} is not in the package index.", name=name)


def meant_by(stderr: str) -> tuple[str, str]:
    """A name of nothing that can be installed, and the package that is meant; two empty texts for another refusal."""
    if meant := _DID_YOU_MEAN.search(stderr):
        return meant[1], meant[2]
    without = _NO_FILE.search(stderr)
    right = PIP_NAMES.get(without[1].lower()) if without is not None else None
    return (without[1], right) if without is not None and right else ("", "")


def _other_name(stderr: str) -> str:
    name, meant = meant_by(stderr)
    return l10n.t("{name} is not a package to install; {meant} is meant", name=name, meant=meant) + "." if meant else ""


def _gone(stderr: str) -> str:
    """A release that another package needs and the index has no more."""
    match = _GONE.search(" ".join(stderr.split()))
    if match is None:
        return ""
    return l10n.t(
        "{package} needs {name}{bound}, and the package index has only {name}{here}.",
        package=match["package"],
        name=match["name"],
        bound=match["bound"],
        here=match["here"],
    )


def _conflict(stderr: str) -> str:
    """Two requirements that stand against each other; empty where more than two do."""
    text = " ".join(stderr.split())
    depends = [(package, name.lower(), bound) for package, name, bound in _DEPENDS.findall(text)]
    bounds_by_name = {name.lower().replace("_", "-"): bound for name, bound in _REQUIRED.findall(text)}
    if len(depends) == 2 and depends[0][1] == depends[1][1]:
        (first, name, one), (second, _, other) = depends
        return l10n.t(
            "{first} needs {name}{one}, and {second} needs {name}{other}.",
            first=first,
            second=second,
            name=name,
            one=one,
            other=other.rstrip("."),
        )
    conflicts = [
        (package, name, bound)
        for package, name, bound in depends
        if name in bounds_by_name and bounds_by_name[name] != bound
    ]
    if len(depends) != 1 or not conflicts:
        return ""
    package, name, bound = conflicts[0]
    theirs = [each for at, each in _REQUIRED.findall(text) if at.lower() == name and each.rstrip(".") != bound]
    if not theirs:
        return ""
    return l10n.t(
        "{package} needs {name}{bound}, and {name}{asked} is asked for.",
        package=package,
        name=name,
        bound=bound,
        asked=theirs[-1].rstrip("."),
    )


def build_reason(stderr: str) -> str:
    """Reason why a source could not be built here; empty for what is not known."""
    if other := _other_name(stderr):
        return other.rstrip(".")
    if said := _ONLY_FAILS.search(stderr):
        return l10n.t("it says itself “{line}”", line=said[0].strip().rstrip("."))
    if undeclared := _UNDECLARED.search(stderr):
        return l10n.t("its build imports {module}, which it does not name as needed", module=undeclared[1])
    if written := _BUILT.search(stderr):
        return l10n.t("its metadata says “{line}”, which cannot be read", line=written[1].strip())
    if library := _LIBRARY.search(stderr):
        return l10n.t("its build needs {file}, which is not installed here", file=library[1] or library[2])
    if tool := _missing_tool(stderr):
        return l10n.t("its build needs the program {tool}, which is not installed here", tool=tool)
    for sign, missing in _OLD_BUILD:
        if sign in stderr:
            return l10n.t("its build uses {missing}, which newer Pythons and build tools lack", missing=missing)
    if failed := _FAILED.search(stderr):
        return l10n.t("its build calls {program}, which failed", program=failed[1])
    return ""


def needs_a_wheel(stderr: str) -> bool:
    """True if a source can be built with no Python as it is."""
    return _UNDECLARED.search(stderr) is not None


def only_fails(stderr: str) -> bool:
    """True if a release exists only to say that it cannot be installed, with any Python."""
    return _ONLY_FAILS.search(stderr) is not None


def how_to_build(stderr: str) -> str:
    """Command that installs the program that a build lacks, on Debian and its relatives; empty for other programs."""
    tool = _missing_tool(stderr)
    for pattern, package in _DEBIAN:
        if tool and pattern.search(tool):
            return f"apt install {package or tool}"
    return ""


def _missing_tool(stderr: str) -> str:
    """The program that a build did not find; empty for another refusal."""
    match = _MISSING_TOOL.search(stderr)
    if match is None:
        return ""
    return match[1] or match[2] or _COMPILERS.get(match[3] or "", "rustc")


_PIN = re.compile(r"(azureml-(?:train-)?automl[\w-]*)==((1\.\d+\.\d+)(?:\.post\d+)?)$")
_PART = "azureml-dataset-runtime"
"""What every release of automated ML needs of the same version, less its `.post1`, and through it the parts that are
gone."""
_OF_PART = "azureml-dataprep"


def refusal_of_release(
    requirements: Sequence[str], source: str, ask: Callable[[str], Completed]
) -> ScoredockError | None:
    """Error for a pinned release of automated ML that cannot be installed, as its parts are gone from the index, by one
    question about them (`ask` resolves one requirement); None where that is open. Asked for all packages, the resolver
    first goes through the source archives of hundreds of releases, which takes minutes."""
    from scoredock.environments.pip.uv_refusals import explain

    pin = next(filter(None, (_PIN.match(line.partition(" --")[0].strip()) for line in requirements)), None)
    if pin is None:
        return None
    part = f"{_PART}=={pin[3]}"
    answer = ask(part)
    if answer.returncode == 0 or _OF_PART not in answer.stderr or not is_gone(answer.stderr):
        return None
    return explain(answer.stderr.replace(part, pin[0]).replace(_PART, pin[1]), requirements, source)
