"""Git state of registered files: commit, branch, and whether they differ from it. Never fails a registration.

The work tree is somebody's, and may be hostile: git is asked with everything off that would start a program of its
configuration, with no variable of ours, and for a few seconds at most.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry.git_head import COMMIT, plain_branch, read_head, work_tree
from scoredock.registry.records import SourceControl
from scoredock.run import TimedOut, child_environment, run

_SECONDS = 5.0
_MOST_FILTERS = 50
_QUIET = (
    "-c",
    "core.fsmonitor=false",
    "-c",
    f"core.hooksPath={os.devnull}",
    "-c",
    "core.untrackedCache=false",
    "-c",
    "core.pager=cat",
    "-c",
    "diff.external=",
    "-c",
    "submodule.recurse=false",
    "-c",
    "protocol.allow=never",
    "-c",
    "credential.helper=",
    "--no-optional-locks",
    "--no-pager",
    "--literal-pathspecs",
)


def look(paths: Sequence[Path], cancel: CancelToken | None = None) -> SourceControl | None:
    """Git state of the paths, which must all lie in one work tree; None outside of one."""
    folders = {work_tree(Path(os.path.abspath(path))) for path in paths}  # noqa: PTH100 (links stay as they are)
    if len(folders) != 1 or None in folders:
        return None
    folder = folders.pop()
    if folder is None:
        return None
    try:
        return _asked(folder, paths, cancel)
    except FileNotFoundError:
        return read_head(folder)  # git is not installed
    except (OSError, TimedOut, ValueError):
        return None
    except ScoredockError:  # cancelled: the registration notices it itself
        return None


def _asked(folder: Path, paths: Sequence[Path], cancel: CancelToken | None) -> SourceControl | None:
    """Dirty: a tracked file anywhere in the work tree differs, or a file below the paths is neither tracked nor
    ignored.

    That the model itself is ignored, as outputs mostly are, says nothing; that the script which made it differs does.
    """
    off = _filters_off(_git(folder, ["config", "--null", "--name-only", "--get-regexp", r"^filter\."], cancel) or "")
    status = [*(off or ()), "status", "--porcelain=v2", "-z", "--ignore-submodules=all", "--no-renames"]
    status_output = _git(folder, [*status, "--branch", "--untracked-files=no"], cancel) if off is not None else None
    if status_output is None:
        commit = (_git(folder, ["rev-parse", "--verify", "HEAD^{commit}"], cancel) or "").strip()
        return SourceControl(commit, "", None) if COMMIT.fullmatch(commit) else None
    lines = status_output.split("\0")
    heads = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# ") and line.count(" ") > 1)
    commit, branch = heads.get("branch.oid", ""), heads.get("branch.head", "")
    if not COMMIT.fullmatch(commit):
        return None  # nothing is committed yet
    dirty: bool | None = any(line and not line.startswith("#") for line in lines)
    if not dirty:
        inside = [os.path.relpath(os.path.abspath(path), folder) for path in paths]  # noqa: PTH100
        untracked = _git(folder, [*status, "--untracked-files=normal", "--", *inside], cancel)
        dirty = None if untracked is None else bool(untracked)
    return SourceControl(commit, "" if branch == "(detached)" else plain_branch(branch), dirty)


def _filters_off(names: str) -> list[str] | None:
    """Options that empty every filter of the configuration: they are commands, which comparing a file would start.

    None when that cannot be said on a command line.
    """
    filters = sorted({name.rpartition(".")[0] for name in names.split("\0") if name.count(".") >= 2})
    if len(filters) > _MOST_FILTERS or any("=" in each for each in filters):
        return None
    keys = ("clean=", "smudge=", "process=", "required=false")
    return [option for each in filters for key in keys for option in ("-c", f"{each}.{key}")]


def _git(folder: Path, arguments: Sequence[str], cancel: CancelToken | None) -> str | None:
    """Output of git; None when it fails."""
    environment = child_environment(
        {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"},
        drop=("GIT_", "SSH_ASKPASS"),
    )
    done = run(["git", *_QUIET, *arguments], cwd=folder, env=environment, timeout=_SECONDS, cancel=cancel)
    return done.stdout if done.returncode == 0 else None
