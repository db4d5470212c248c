"""Paths that a Dockerfile makes in its image, as far as its text tells. Pure."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import field

from scoredock.late_dataclass import dataclass

_LOOK = 100_000
_CONTINUED = re.compile(r"[\\`][ \t]*\r?\n(?:[ \t]*#[^\n]*\n)*")
_INSTRUCTION = re.compile(
    r"^[ \t]*(COPY|ADD|WORKDIR|ENV|ARG|VOLUME|RUN|FROM)[ \t]+([^\r\n]+)", re.MULTILINE | re.IGNORECASE
)
_OPTION = re.compile(r"^--[\w-]+(?:=\S*)?[ \t]+")
_ABSOLUTE = re.compile(r"(?<![\w./:$}-])/[\w.+@-][\w./+@-]*")
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")
_ASSIGNED = re.compile(r"(\w+)(?:=|[ \t]+)[\"']?([^\s\"']+)")
_EVERYBODYS = frozenset(("/", "/tmp", "/usr", "/etc", "/bin", "/opt", "/var", "/home", "/root", "/dev/null"))  # noqa: S108 (names of folders)


def is_dockerfile(name: str) -> bool:
    """True if a file of this name says how an image is made."""
    folded = name.lower()
    return folded.startswith(("dockerfile", "containerfile")) or folded.endswith(".dockerfile")


@dataclass(slots=True)
class ImagePaths:
    """Absolute paths in the image, forward slashes."""

    files: set[str] = field(default_factory=set)
    """Where single files and folders land that are copied."""
    folders: set[str] = field(default_factory=set)
    """Folders and files that instructions name: where something is copied to, worked in, or made by a command."""

    def holds(self, path: str) -> bool:
        """True if a path of a project may be one of the image: absolute, one that an instruction names or that is below
        one; else one that something is copied to under the same name."""
        path = posixpath.normpath(path.replace("\\", "/"))
        if path.startswith("/"):
            around = {path}
            while path not in ("", "/"):
                path = posixpath.dirname(path)
                around.add(path)
            return bool(around & (self.files | self.folders))
        while path.startswith("../"):
            path = path[3:]
        return any(each.endswith(f"/{path}") for each in self.files)


def image_files(text: str) -> ImagePaths:
    """Paths that the stages of a Dockerfile make, all together."""
    paths = ImagePaths()
    folder = "/"
    values: dict[str, str] = {}
    for match in _INSTRUCTION.finditer(_CONTINUED.sub(" ", text[:_LOOK])):
        name, rest = match[1].upper(), _VARIABLE.sub(lambda v: values.get(v[1], v[0]), match[2].strip())
        if name == "FROM":
            folder = "/"
        elif name == "WORKDIR":
            folder = posixpath.normpath(posixpath.join(folder, rest.strip("\"'")))
            paths.folders.add(folder)
        elif name in ("COPY", "ADD"):
            _copied(paths, folder, rest)
        else:
            if name in ("ENV", "ARG"):
                values.update(_ASSIGNED.findall(rest))
            paths.folders.update(posixpath.normpath(each) for each in _ABSOLUTE.findall(rest))
    paths.folders -= _EVERYBODYS
    return paths


def _copied(paths: ImagePaths, folder: str, rest: str) -> None:
    while option := _OPTION.match(rest):
        rest = rest[option.end() :]
    *sources, target = list(_words(rest)) or [""]
    if not sources:
        return
    place = posixpath.normpath(posixpath.join(folder, target))
    paths.folders.add(place)
    for source in sources:
        last = posixpath.basename(source.rstrip("/"))
        # A folder is copied with what is in it, a file under its name where the target is a folder.
        paths.files.add(place)
        if last not in ("", ".", "..") and "*" not in last:
            paths.files.add(posixpath.join(place, last))


def _words(rest: str) -> Iterator[str]:
    if rest.startswith("["):
        try:
            listed = json.loads(rest)
        except ValueError:
            return
        yield from (each for each in listed if isinstance(each, str))
    else:
        yield from (each.strip("\"'") for each in rest.split())
