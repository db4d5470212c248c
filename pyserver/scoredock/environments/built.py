"""A finished environment on disk, and what is written down about it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, field
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.environments.pip.locks import PLAIN_FILE
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass

MARKER = "scoredock-environment.json"
"""Written last: a folder without it is not an environment."""
SERVER = "server"
"""Folder of the environment that serves, within one whose Python cannot host the scoring runtime."""
LOCK_FILE = PLAIN_FILE
"""The exact packages, for people and for building it again."""


@dataclass(frozen=True, slots=True)
class BuiltEnvironment:
    """A finished environment on disk."""

    key: str
    folder: Path
    python: Path
    """Its interpreter, which the script runs in."""
    size: int
    """Bytes of its files, those shared with uv's cache included."""
    created: float
    display_name: str
    base: Path
    """The interpreter it was made from; when that goes, the environment is dead."""
    kind: str = "pip"
    """`pip`, `conda` or `interpreter`, as `resolve.Kind` says."""
    python_version: str = ""
    """`3.11.7`; empty for one that an older Scoredock made."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What a process that runs in it must be given, CONDA_PREFIX or JAVA_HOME for example."""
    path: tuple[str, ...] = ()
    """Folders that come first on its PATH; without any that of its interpreter."""
    source: str = ""
    """What asked for it first."""
    builder: str = ""
    """The account that built it."""
    requirements: tuple[str, ...] = ()
    """pip requirements as they were asked for."""
    notes: tuple[str, ...] = ()
    """What was left out or replaced and why."""
    beside: bool = False
    """Its Python cannot host the scoring runtime, which is in an environment of its own within the folder."""

    @property
    def server(self) -> Path:
        """The interpreter of the scoring runtime."""
        return environment_python(self.folder / SERVER) if self.beside else self.python

    @property
    def script_python(self) -> Path | None:
        """The interpreter of the script's own process; None where the script runs in the runtime's."""
        return self.python if self.beside else None

    @property
    def works(self) -> bool:
        """True if its interpreters are still there."""
        return self.python.is_file() and self.server.is_file()

    def process_environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """The variables of a process of it. `variables`, the inherited ones and the person's own, come first, and its
        programs before all others, as in an activated one."""
        own = [*self.path] or [str(self.python.parent)]
        if self.kind == "interpreter":
            own.append(str(self.base.parent))  # what the person has installed lies there
        inherited = variables.get("PATH") or os.environ.get("PATH", os.defpath)
        return {**self.variables, **variables, "PATH": os.pathsep.join([*dict.fromkeys(own), inherited])}


def environment_python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def conda_python(prefix: Path) -> Path:
    """The interpreter among conda packages."""
    return prefix / ("python.exe" if os.name == "nt" else "bin/python")


def python_minor(environment: BuiltEnvironment) -> str:
    """`3.11`, as the environment itself says. Raises ScoredockError `environment-build-failed`."""
    if environment.python_version:
        return ".".join(environment.python_version.split(".")[:2])
    for name, pattern in (
        (MARKER, r'"python_version":\s*"(\d+\.\d+)'),
        ("pyvenv.cfg", r"^version(?:_info)?\s*=\s*(\d+\.\d+)"),
    ):
        try:
            text = (environment.folder / name).read_text("utf-8")
        except OSError:
            continue
        if match := re.search(pattern, text, re.MULTILINE):
            return match.group(1)
    raise ScoredockError(
        "environment-build-failed", l10n.t("{folder} is no longer an environment.", folder=environment.folder)
    )


def existing(root: Path, key: str) -> BuiltEnvironment | None:
    """The finished environment of a key, or None when there is none or its interpreter has vanished."""
    built = recorded(root, key)
    return built if built is not None and built.works else None


def recorded(root: Path, key: str) -> BuiltEnvironment | None:
    """Record of the environment of a key, whether it still works or not; None if there is none."""
    folder = root / key
    try:
        document = json.loads((folder / MARKER).read_text("utf-8"))
        kind = str(document.get("kind", "pip"))
        beside = document.get("beside") is True
        python = conda_python(folder) if kind == "conda" else environment_python(folder)
        return BuiltEnvironment(
            key=key,
            folder=folder,
            python=Path(document["base"]) if beside and kind == "interpreter" else python,
            size=int(document["size"]),
            created=float(document["created"]),
            display_name=str(document["display_name"]),
            base=Path(document["base"]),
            kind=kind,
            python_version=str(document.get("python_version", "")),
            variables={str(name): str(value) for name, value in dict(document.get("variables") or {}).items()},
            path=tuple(map(str, document.get("path") or ())),
            source=str(document.get("source", "")),
            builder=str(document.get("builder", "")),
            requirements=tuple(map(str, document.get("requirements") or ())),
            notes=tuple(map(str, document.get("notes") or ())),
            beside=beside,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_marker(path: Path, built: BuiltEnvironment) -> None:
    """The last file of an environment, synced."""
    document: dict[str, Any] = {**asdict(built), "folder": built.folder.name, "python": "", "base": str(built.base)}
    with path.open("w", encoding="utf-8") as stream:
        json.dump(document, stream)
        stream.flush()
        os.fsync(stream.fileno())
