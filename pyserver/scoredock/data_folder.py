"""The data folder (SCOREDOCK_HOME): where all that Scoredock keeps of an account lies, whose it is, and its times.

A time that lies ahead was written while the clock was wrong, and nobody can tell how long ago. What only happens again,
or is made again, counts as due then; what would be lost for good waits (decision 147).
"""

from __future__ import annotations

import contextlib
import errno
import math
import os
import shlex
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from scoredock import l10n
from scoredock.errors import Place, ScoredockError

_PRIVATE_HOME = "Choose another one with SCOREDOCK_HOME or scoredock.home, or take the permission away (chmod go-w)."
"""What to do about an exposure."""
_WRITERS_SECONDS = 5.0
_PAUSE_SECONDS = 0.05


_SLACK_SECONDS = 300.0
"""Two machines that share a disk, or one whose clock is corrected as it runs, differ by less."""

_in_use: Path | None = None


def use_home(home: Path) -> None:
    """Makes this folder `home_in_use`."""
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
    """Lets no file that this process or its children make be written by other accounts, whatever the shell's umask
    says; the data folder itself can only be entered by its owner."""
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


def is_ahead(moment: float, now: float | None = None) -> bool:
    """True if a time, in seconds since the epoch, cannot have been yet."""
    return moment > (time.time() if now is None else now) + _SLACK_SECONDS


def seconds_since(moment: float, now: float | None = None) -> float:
    """Seconds since a moment, never less than 0; infinitely long for one that lies ahead."""
    if is_ahead(moment, now):
        return math.inf
    return max(0.0, (time.time() if now is None else now) - moment)


def age(path: Path, now: float | None = None) -> float:
    """Seconds since a file or folder was changed. One of a time ahead is touched, and counts from now on: another
    process may be at work on it, and it is old some day. Raises OSError where there is none."""
    changed = path.lstat().st_mtime
    if is_ahead(changed, now):
        with contextlib.suppress(OSError, NotImplementedError):
            os.utime(path, (now, now) if now is not None else None, follow_symlinks=False)
        return 0.0
    return max(0.0, (time.time() if now is None else now) - changed)


def account_name(number: int) -> str:
    """Name of an account; one that the system has no name for is `user 1234`."""
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return l10n.t("user {number}", number=number)


def foreign_owner(folder: Path) -> int | None:
    """Whose a folder is, where a file that this process makes there would not be theirs, or cannot be made; else None.

    A file without a name tells what the file system does:
    a disk may give every file to one account, whoever makes it (FAT, shares, 9p, NFS that trusts no root).
    """
    if os.name == "nt":
        return None  # folders below a person's profile are theirs by inheritance
    try:
        owner = folder.stat().st_uid
        if owner == os.geteuid():
            return None
        import tempfile

        with tempfile.TemporaryFile(dir=folder) as file:
            return None if os.fstat(file.fileno()).st_uid == owner else owner
    except PermissionError:
        return owner
    except OSError:
        return None  # no folder, a full disk, one that can only be read: writing there says it better


def refusal_of_stranger(home: Path) -> ScoredockError | None:
    """Error for an account that may make nothing in a data folder, as its owner could not open it any more (decision
    143).

    Whose a data folder is, says the folder `workspaces` in it, which Scoredock makes; before that the folder itself,
    unless root has made it for another account, as volumes of containers are. One that is not there yet is of whom the
    folder above it is, if root is meant by `sudo`.
    """
    if os.name == "nt":
        return None
    place, owner = next(
        (each, owner) for each in (home / "workspaces", home, *home.parents) if (owner := _owner(each)) is not None
    )
    if owner == os.geteuid() or (place == home and owner == 0 and os.access(home, os.W_OK)):
        return None
    if place not in (home / "workspaces", home):
        is_closed = not os.access(place, os.X_OK)
        by_sudo = os.geteuid() == 0 and os.environ.get("SUDO_UID") == str(owner)
        if not is_closed and not by_sudo:
            return None
    return None if foreign_owner(place) is None else _of_another(home, owner, place)


def require_owner(home: Path) -> None:
    """Raises ScoredockError `workspace-not-yours` for what `refusal_of_stranger` gives."""
    if refusal := refusal_of_stranger(home):
        raise refusal


def refusal_in(folder: Path) -> ScoredockError | None:
    """The same of one folder below it, as that of a workspace."""
    owner = foreign_owner(folder)
    return None if owner is None else _of_another(home_of(folder), owner, folder)


def home_of(folder: Path) -> Path:
    """The data folder in use, or a folder that lies elsewhere itself."""
    home = home_in_use()
    return home if folder.is_relative_to(home) else folder


def refusal_at(path: Path) -> ScoredockError | None:
    """Error if this account may not open or change what is at a path of the data folder in use, or make that, because
    it, or a folder above it, is another account's."""
    home = home_in_use()
    if home.is_relative_to(path) and (reason := _why_not_made(home)):
        fix = l10n.t("Choose another data folder with SCOREDOCK_HOME or the setting scoredock.home.")
        return ScoredockError("workspace-read-only", reason, fix, Place(str(home)))
    if os.name == "nt" or not path.is_relative_to(home):
        return None
    for each in (path, *path.parents):
        owner = _owner(each)
        if owner not in (None, os.geteuid()):
            return _of_another(home, owner, each)
        if each == home:
            break
    return None


def of_others(folder: Path) -> Iterator[tuple[Path, int]]:
    """Paths below a data folder, or a workspace, that its owner does not own, each with the number of its owner; for a
    folder of another only the folder itself. Never raises."""
    owners = [] if os.name == "nt" else [_owner(folder / "workspaces"), _owner(folder)]
    owner = next((each for each in owners if each is not None), None)
    pending = [] if owner is None else [folder]
    while pending:
        with contextlib.suppress(OSError), os.scandir(pending.pop()) as entries:
            for entry in sorted(entries, key=lambda each: each.name):
                if (number := entry.stat(follow_symlinks=False).st_uid) != owner:
                    yield Path(entry.path), number
                elif entry.is_dir(follow_symlinks=False):
                    pending.append(Path(entry.path))


def giving_back(home: Path) -> str:
    """The command that gives all of a data folder to its owner, or to this account where it is the one meant."""
    meant = _owner(home) or _owner(home.parent) or os.geteuid()
    return f"sudo chown -R {_in_command(meant)} {shlex.quote(str(home))}"


def _of_another(home: Path, owner: int, path: Path) -> ScoredockError:
    own = os.geteuid()
    names = {"owner": account_name(owner), "account": account_name(own)}
    if own != 0 and own in (_owner(home), _owner(home.parent)):
        message = l10n.t("{path} belongs to {owner}; you are {account}.", path=path, **names)
        fix = l10n.t("Give the data folder back to {account}: `{command}`.", command=giving_back(home), **names)
    else:
        message = l10n.t("The data folder {home} belongs to {owner}; you are {account}.", home=home, **names)
        unnamed = "'#{}'"
        command = f"sudo -u {_in_command(owner, unnamed)} scoredock --home {shlex.quote(str(home))} …"
        fix = l10n.t(
            "Run the command as {owner}: `{command}`. Or choose another data folder with SCOREDOCK_HOME or the setting"
            " scoredock.home.",
            command=command,
            **names,
        )
    return ScoredockError("workspace-not-yours", message, fix, Place(str(path)))


def _owner(path: Path) -> int | None:
    try:
        return path.lstat().st_uid
    except OSError:
        return None


def _in_command(account: int, unnamed: str = "{}") -> str:
    """Account as `chown` takes it; `unnamed` is the form of one that the system has no name for."""
    import pwd

    try:
        return shlex.quote(pwd.getpwuid(account).pw_name)
    except KeyError:
        return unnamed.format(account)


def unused_home(home: Path) -> str:
    """Sentence on why a command that only reads found nothing here, or changed nothing; empty where this account can
    use the data folder. Where it cannot be made it counts as empty."""
    if stranger := refusal_of_stranger(home):
        return l10n.t("{problem} It is only read, as far as it can be.", problem=stranger.message)
    reason = _why_not_made(home)
    return l10n.t("{problem} It counts as empty.", problem=reason) if reason else ""


def _why_not_made(home: Path) -> str:
    """A sentence; empty for a data folder that is there, or can be."""
    if os.path.isdir(home):  # noqa: PTH112 (answers False where Path raises)
        return ""
    place = next(each for each in (home, *home.parents) if os.path.lexists(each))
    if not place.is_dir():
        reason = os.strerror(errno.ENOTDIR)
    elif not os.access(place, os.W_OK | os.X_OK):
        reason = os.strerror(errno.EACCES)
    else:
        return ""
    return l10n.t(
        "The data folder {home} cannot be created in {folder}: {reason}.", home=home, folder=place, reason=reason
    )


def exposure(home: Path) -> str:
    """Sentence on who else can change what lies in the data folder; empty for nobody, and if it is not there yet.

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


def advice(home: Path) -> str:
    """The same, and what to do about it."""
    exposed = exposure(home)
    return f"{exposed} {_PRIVATE_HOME}" if exposed else ""
