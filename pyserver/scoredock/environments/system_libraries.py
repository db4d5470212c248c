"""Libraries of the operating system that Python packages leave to it, and what Debian and Ubuntu call their
packages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from scoredock import l10n

_PACKAGES = Path(__file__).with_name("system_libraries.txt.gz")
"""Packages of Debian 12, each with its libraries; written by pyserver/tools/system_libraries.py."""
_LEFT_OUT = {"lightgbm": ("libgomp.so.1", "libgomp1")}
"""Wheels of PyPI that load such a file and do not bring it, by normalised name, and its package."""
_INSTEAD = {
    "opencv-python": ("cv2", "opencv-python-headless>=4.3"),
    "opencv-contrib-python": ("cv2", "opencv-contrib-python-headless>=4.3"),
    "psycopg2": ("psycopg2", "psycopg2-binary"),
}
"""Distributions by normalised name: their module, and what to list instead: it has the same one, and needs none of
them. OpenCV without a screen still needed GLib before 4.3."""
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_MISSING = re.compile(r"\b(lib[\w+.-]*\.so(?:\.\d+)*): cannot open shared object file")
_OTHERS = re.compile(r" \((\S+) needs it((?:, [^,)\s]+)*)\)")
"""What the runtime adds of the package that failed."""


def missing_library(message: str) -> str:
    """The file that the dynamic linker did not find, of the text of an exception; empty when it is about something
    else."""
    found = _MISSING.search(message)
    return found.group(1) if found else ""


def advice_for(message: str, requirements: Iterable[str] = ()) -> str:
    """Advice on the libraries that the text of an exception names: what to install on a machine and in an image, or
    another distribution in place of one of `requirements`."""
    others = _OTHERS.search(message)
    names = [missing_library(message), *(others.group(2).split(", ")[1:] if others is not None else ())]
    package_of = _packages(names)
    sentences = []
    if package_of:
        packages = " ".join(sorted(set(package_of.values())))
        sentences.append(
            l10n.t(
                "Debian and Ubuntu have {library} in {package}: run `apt-get install {package}` on this"
                " machine; for a container, install it in your own base image or with the step `{step}`"
                " in extraDockerfileSteps.",
                library=", ".join(name for name in names if name in package_of),
                package=packages,
                step=_install(packages),
            )
        )
    unknown = [name for name in names if name not in package_of]
    if unknown:
        sentences.append(
            l10n.t(
                "Install the system package with {library} on this machine; for a container, install"
                " it in your own base image.",
                library=", ".join(unknown),
            )
        )
    listed = _names(requirements)
    for name, (module, instead) in _INSTEAD.items():
        if others is not None and others.group(1) == module and name in listed:
            sentences.append(
                l10n.t("Or list {instead} in place of {name}: it needs none of this.", instead=instead, name=name)
            )
    return " ".join(sentences)


def _packages(libraries: Iterable[str]) -> dict[str, str]:
    """Library → package, of those that Debian has."""
    libraries_to_find = set(libraries)
    package_of: dict[str, str] = {}
    import gzip  # read on a failure only

    with gzip.open(_PACKAGES, "rt", encoding="ascii") as stream:
        for line in stream:
            package, *names = line.split()
            package_of.update(dict.fromkeys(libraries_to_find.intersection(names), package))
    return package_of


def _names(requirements: Iterable[str]) -> set[str]:
    """Normalised names of distributions."""
    matches = filter(None, map(_REQUIREMENT.match, requirements))
    return {re.sub(r"[-_.]+", "-", match.group(1)).lower() for match in matches}


def steps_for(requirements: Iterable[str]) -> tuple[str, ...]:
    """Instructions of a Dockerfile for what these requirements leave out; each does nothing where the file is there.

    A base image without apt-get stays as it is: what is missing is then reported when the script starts.
    """
    names = _names(requirements)
    return tuple(
        f"RUN ldconfig -p | grep -qF {library} || ! command -v apt-get || ({_install(package)[4:]})"
        for library, package in sorted({place for name, place in _LEFT_OUT.items() if name in names})
    )


def _install(package: str) -> str:
    return f"RUN apt-get update && apt-get install -y --no-install-recommends {package} && rm -rf /var/lib/apt/lists/*"
