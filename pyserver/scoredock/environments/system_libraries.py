"""Libraries of the operating system that Python packages leave to it, and what Debian and Ubuntu call their
packages."""

from __future__ import annotations

import re
from collections.abc import Iterable

from scoredock import l10n

_DEBIAN = {
    "libGL.so.1": "libgl1",
    "libSM.so.6": "libsm6",
    "libXext.so.6": "libxext6",
    "libXrender.so.1": "libxrender1",
    "libasound.so.2": "libasound2",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgfortran.so.5": "libgfortran5",
    "libgomp.so.1": "libgomp1",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libmagic.so.1": "libmagic1",
    "libodbc.so.2": "unixodbc",
    "libopenblas.so.0": "libopenblas0",
    "libpq.so.5": "libpq5",
    "libsndfile.so.1": "libsndfile1",
    "libstdc++.so.6": "libstdc++6",
}
"""Names of the packages in Debian 12; each file is in exactly one."""
_LEFT_OUT = {"lightgbm": "libgomp.so.1"}
"""Wheels of PyPI that load such a file and do not bring it, by normalised name."""
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_MISSING = re.compile(r"\b(lib[\w+.-]*\.so(?:\.\d+)*): cannot open shared object file")


def missing_library(message: str) -> str:
    """The file that the dynamic linker did not find, of the text of an exception; empty when it is about something
    else."""
    found = _MISSING.search(message)
    return found.group(1) if found else ""


def advice_for(library: str) -> str:
    """What a person does about a missing library, on a machine and in an image."""
    package = _DEBIAN.get(library)
    if package is None:
        return l10n.t(
            "Install the system package with {library} on this machine; for a container, install"
            " it in your own base image.",
            library=library,
        )
    return l10n.t(
        "Debian and Ubuntu have {library} in {package}: run `apt-get install {package}` on this"
        " machine; for a container, install it in your own base image or with the step `{step}`"
        " in extraDockerfileSteps.",
        library=library,
        package=package,
        step=_install(package),
    )


def steps_for(requirements: Iterable[str]) -> tuple[str, ...]:
    """Instructions of a Dockerfile for what these requirements leave out; each does nothing where the file is there.

    A base image without apt-get stays as it is: what is missing is then reported when the script starts.
    """
    names = {
        re.sub(r"[-_.]+", "-", found.group(1)).lower() for line in requirements if (found := _REQUIREMENT.match(line))
    }
    libraries = sorted({library for name, library in _LEFT_OUT.items() if name in names})
    return tuple(
        f"RUN ldconfig -p | grep -qF {library} || ! command -v apt-get || ({_install(_DEBIAN[library])[4:]})"
        for library in libraries
    )


def _install(package: str) -> str:
    return f"RUN apt-get update && apt-get install -y --no-install-recommends {package} && rm -rf /var/lib/apt/lists/*"
