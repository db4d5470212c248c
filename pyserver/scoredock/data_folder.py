"""Where everything that Scoredock keeps of an account lies."""

from __future__ import annotations

import os
import shutil
import stat
import time
from pathlib import Path

import platformdirs

from scoredock import l10n

PRIVATE_HOME = "Choose another one with SCOREDOCK_HOME or scoredock.home, or take the permission away (chmod go-w)."
"""What to do about an exposure."""
_WRITERS_SECONDS = 5.0
_PAUSE_SECONDS = 0.05


_in_use: Path | None = None


def use_home(home: Path) -> None:
    """From now on `home_in_use` is this one."""
    global _in_use
    _in_use = home


def home_in_use() -> Path:
    """The data folder that this process works in, which need not be that of its environment."""
    return data_home() if _in_use is None else _in_use


def data_home() -> Path:
    """The data folder of this user, or `SCOREDOCK_HOME`. It need not exist yet."""
    chosen = os.environ.get("SCOREDOCK_HOME", "")
    if not chosen:
        return Path(platformdirs.user_data_dir("scoredock", appauthor=False))
    # Raises nothing where nobody's home is meant; resolve() would follow links.
    return Path(os.path.abspath(os.path.expanduser(chosen)))  # noqa: PTH100, PTH111


def keep_others_from_writing() -> None:
    """From now on no file that this process or its children make can be written by other accounts, whatever the shell's
    umask says; the data folder itself can only be entered by its owner."""
    os.umask(os.umask(0o022) | 0o022)


def make_private(folder: Path) -> None:
    """Create a folder with its parents, each readable by its owner only, unless they are there. Raises OSError.

    `Path.mkdir(parents=True, mode=…)` gives the mode to the last one alone.
    """
    if not folder.is_dir():
        if folder.parent != folder:
            make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def remove_folder(folder: Path) -> None:
    """Remove it with all that is in it, also while somebody else ends writing there. Raises OSError for what cannot be
    removed, and for writers that go on for longer than 5 seconds."""
    end = time.monotonic() + _WRITERS_SECONDS
    shutil.rmtree(folder, ignore_errors=True)
    while folder.exists() and time.monotonic() < end:
        time.sleep(_PAUSE_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        shutil.rmtree(folder)


def exposure(home: Path) -> str:
    """Who else can change what lies in the data folder, as a sentence; empty for nobody, and where it is not there yet.

    Whoever can, runs code as this account: environments, scripts of services and models lie there.
    """
    if os.name == "nt":
        return ""  # folders below a person's profile are theirs by inheritance
    own = os.geteuid()
    for folder in (home, *home.parents):
        try:
            status = folder.stat()
        except OSError:
            continue
        if status.st_uid not in (own, 0):
            return l10n.t(
                "The data folder {home} can be changed by another account: {folder} belongs to user {user}.",
                home=home,
                folder=folder,
                user=status.st_uid,
            )
        if status.st_mode & 0o002 and not status.st_mode & stat.S_ISVTX:
            return l10n.t(
                "The data folder {home} can be changed by every account: everyone can write to {folder}.",
                home=home,
                folder=folder,
            )
        if folder == home and status.st_mode & 0o022:
            mode = stat.filemode(status.st_mode)
            return l10n.t(
                "The data folder {home} can be changed by other accounts: its permissions are {mode}.",
                home=home,
                mode=mode,
            )
    return ""
