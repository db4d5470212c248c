"""The repository that a pipeline is in: where it begins, its files, and what git says of it."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from scoredock import l10n
from scoredock.context import absolute
from scoredock.errors import Place, ScoredockError
from scoredock.file_text import file_text
from scoredock.late_dataclass import dataclass
from scoredock.registry.blobs.plain_files import read_text

_MOST_BYTES = 1_000_000
_MOST_PATHS = 100_000
"""That one pattern is held against."""
_MOST_STARS = 6
_FOLDERS = ((".github", "workflows"), (".pipelines",), (".azure-pipelines",), ("pipelines",))
_FROM_ROOT = re.compile(r"^[ \t]*(?:-[ \t]*)?(?:template|local):[ \t]*['\"]?/([\w./ -]+\.ya?ml)\b", re.MULTILINE)
"""A template of Azure, or a file that GitLab includes, by its path from the root of the repository."""
_URL = re.compile(r"[/:]([^/:]+/[^/]+?)(?:\.git)?/?$")


@dataclass(frozen=True, slots=True)
class Checkout:
    """Facts of git on a folder, or their substitutes without git."""

    branch: str
    commit: str
    repository: str
    unsure: frozenset[str]
    """Which of the three git does not know."""
    default_branch: str


def place_of(path: str, root: str) -> tuple[Path, str]:
    """The root of the repository, and the file relative to it. Raises ScoredockError `pipeline-file-missing`,
    `file-unreadable`, `file-too-large`."""
    file = absolute(path)
    if not file.is_file():
        raise ScoredockError(
            "pipeline-file-missing", l10n.t("There is no file {path}.", path=file), place=Place(str(file))
        )
    text = read_text(file, _MOST_BYTES)
    folder = absolute(root) if root else _root_of(file, Path.cwd(), _FROM_ROOT.findall(text))
    try:
        return folder, file.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        raise ScoredockError(
            "pipeline-file-missing",
            l10n.t("{path} is not in the folder {root}.", path=file, root=folder),
            l10n.t("Name the folder of the repository with --root."),
            place=Place(str(file)),
        ) from None


def _root_of(file: Path, here: Path, names: Sequence[str]) -> Path:
    """Root of the repository: the folder of git, or the one that has the files of these names, which are relative to
    the root; or the one in which the platform has its folder; else the working directory, as pipelines of Azure begin
    in the root of the repository, wherever they lie.
    """
    for folder in file.parents:
        if (folder / ".git").exists():
            return folder
    likely = [Path(*file.parent.parts[: -len(each)]) for each in _FOLDERS if file.parent.parts[-len(each) :] == each]
    likely += [here] if file.is_relative_to(here) else []
    having = (each for each in (*likely, *file.parents) if all((each / name).is_file() for name in names))
    return (next(having, None) if names else None) or (*likely, file.parent)[0]


def files_of(root: Path) -> Callable[[str], str | None]:
    """Texts of the repository by path; nothing that is outside of it, large, or not text."""
    inside = root.resolve()

    def text(path: str) -> str | None:
        try:
            file = (root / path).resolve()
            if not file.is_relative_to(inside) or not file.is_file() or file.stat().st_size > _MOST_BYTES:
                return None
            read = file_text(file.read_bytes(), path)
            return read.text if read.encoding.is_readable else None
        except (OSError, ValueError):
            return None

    return text


def matching_in(root: Path) -> Callable[[str], tuple[str, ...]]:
    """Files of the repository by a pattern, in their order: none that is outside of it, and so many at most."""

    def paths(pattern: str) -> tuple[str, ...]:
        name = pattern.strip().lstrip("/")
        if ".." in name.split("/") or name.count("*") > _MOST_STARS or name.count("{") != name.count("}"):
            return ()
        if not re.search(r"[*?{\[]", name):
            return (name,) if name and (root / name).is_file() else ()
        expression = re.compile(path_expression(name))
        above = root / re.split(r"[*?{\[]", name)[0].rpartition("/")[0]
        files = (relative_name(Path(folder, each), root) for folder, _, names in os.walk(above) for each in names)
        return tuple(sorted(filter(expression.fullmatch, itertools.islice(files, _MOST_PATHS))))

    return paths


def path_expression(pattern: str) -> str:
    """Regular expression for a pattern of paths, as Ruby reads it for GitLab, and minimatch for Azure Pipelines: two
    stars go through folders, and a leading dot is a letter like others.
    """
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|[*?]|\{[^{}]*\})", pattern)
    return "".join(
        words.get(part) or "|".join(map(re.escape, part.strip("{}").split(","))).join(("(?:", ")")) for part in parts
    )


def checkout_of(root: Path, branch: str = "") -> Checkout:
    """Facts of git on a folder, from its files: no process is started for it. `branch` stands for the one that is
    checked out.
    """
    git, common = _git_folders(root)
    head = _line(git / "HEAD")
    reference = head.removeprefix("ref: ") if head.startswith("ref: ") else ""
    commit = (_line(common / reference) or _packed(common, reference)) if reference else head
    match = _URL.search(_remote(common))
    branch = branch or reference.removeprefix("refs/heads/")
    facts = {"branch": branch, "commit": commit, "repository": match}
    return Checkout(
        branch or ("HEAD" if commit else "main"),
        commit or "0" * 40,
        match.group(1) if match else f"local/{root.name}",
        frozenset(name for name, fact in facts.items() if not fact),
        _line(git / "refs" / "remotes" / "origin" / "HEAD").rpartition("/")[2] or "main",
    )


def _git_folders(root: Path) -> tuple[Path, Path]:
    """Git folders of the working tree and of the repository: they differ in worktrees and submodules."""
    git = root / ".git"
    if elsewhere := _line(git):
        git = root / elsewhere.removeprefix("gitdir: ")
    return git, git / (_line(git / "commondir") or ".")


def _line(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, ValueError):
        return ""


def _packed(git: Path, reference: str) -> str:
    for line in _line(git / "packed-refs").splitlines():
        commit, _, name = line.partition(" ")
        if name == reference:
            return commit
    return ""


def _remote(git: Path) -> str:
    """The address of the first remote."""
    for line in _line(git / "config").splitlines():
        name, _, value = line.strip().partition("=")
        if name.strip() == "url":
            return value.strip()
    return ""


def relative_name(path: Path, root: Path) -> str:
    """Path of a file as a pipeline names it: from the root, with forward slashes."""
    return os.path.relpath(path, root).replace(os.sep, "/")
