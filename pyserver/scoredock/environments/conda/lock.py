"""Exact conda packages of an environment, and where each of them comes from. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from scoredock.late_dataclass import dataclass

LOCK_FILE = "scoredock-conda-lock.json"
"""In the environment's folder: each package with all that its channel tells of it."""
EXPLICIT_FILE = "scoredock-conda-explicit.txt"
"""Beside it: the same for conda's own `conda create --file`."""

STEP = "> "
"""Begins a line of the worker that is shown to the person; its other lines are output."""
DOWNLOAD = ">> "
"""Begins a line of the worker with the bytes that are there and those of all packages."""


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """One file of a channel."""

    name: str
    version: str
    build: str
    build_number: int
    subdir: str
    file_name: str
    url: str
    channel: str
    sha256: str
    """Hex; empty where the channel does not say it."""
    md5: str
    size: int
    """Bytes; 0 where the channel does not say it."""
    noarch: str
    """`python`, `generic` or empty."""
    depends: tuple[str, ...]
    constrains: tuple[str, ...] = ()
    site_packages: str = ""
    """Of a Python that has its packages elsewhere."""
    license: str = ""
    """As the channel says it; empty where it says none."""

    @property
    def is_python_package(self) -> bool:
        """True if it puts modules into site-packages."""
        return self.noarch == "python" or any(each.split()[0] in ("python", "python_abi") for each in self.depends)


@dataclass(frozen=True, slots=True)
class CondaLock:
    """A solved set of packages for one system."""

    platform: str
    """`linux-64` as conda names it."""
    packages: tuple[LockedPackage, ...]
    """By name."""

    @property
    def python(self) -> str:
        """Version of its Python; empty when it has none."""
        return next((package.version for package in self.packages if package.name == "python"), "")

    def explicit(self) -> str:
        """The text that `conda create --file` installs from: addresses with their SHA-256 (MD5 where that is all)."""
        lines = [f"# platform: {self.platform}", "@EXPLICIT"]
        for package in self.packages:
            digest = f"#sha256:{package.sha256}" if package.sha256 else f"#{package.md5}" if package.md5 else ""
            lines.append(package.url + digest)
        return "\n".join(lines) + "\n"

    def to_json(self) -> str:
        """Sorted, so that equal locks are equal texts."""
        document = {"platform": self.platform, "packages": [asdict(package) for package in self.packages]}
        return json.dumps(document, indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> CondaLock:
        """Raises ValueError for anything that `to_json` did not write."""
        try:
            document = json.loads(text)
            return cls(str(document["platform"]), tuple(map(_package, document["packages"])))
        except (KeyError, TypeError) as error:
            raise ValueError(f"no lock of conda packages: {error!r}") from None


def locked(platform: str, packages: list[Mapping[str, Any]]) -> CondaLock:
    """Lock from what the worker answers."""
    return CondaLock(platform, tuple(sorted(map(_package, packages), key=lambda package: package.name)))


def _package(document: Mapping[str, Any]) -> LockedPackage:
    values: dict[str, Any] = {
        each.name: document[each.name] for each in fields(LockedPackage) if each.name != "license"
    }
    values["license"] = str(document.get("license") or "")  # locks of earlier releases have none
    values["depends"], values["constrains"] = tuple(document["depends"]), tuple(document["constrains"])
    return LockedPackage(**values)
