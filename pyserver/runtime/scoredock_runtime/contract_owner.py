"""Owners of temporary files and folders: the name says which process made it, so that the next one knows what is left.

A process is its number, when it began and where that number holds: one boot, and there one namespace of
processes. Where that is another one, as in a container beside this, the numbers tell nothing, and a lock does that the
owner holds on what it made. Who is given the descriptor of that lock owns it as well, and may outlive the one that is
named. What another account made is never looked at. Standard library only: server and runtime make such names, and
`scoredock_azureml` has its own copy of `mark`.
"""

import contextlib
import functools
import os
import re
import shutil
import stat
import sys
import time
from binascii import crc32
from typing import List, Optional, Tuple

_MARK = re.compile(r"(?<![0-9A-Za-z])sd([0-9]{1,10})x([0-9a-f]{1,16})x([0-9a-f]{8})(?![0-9A-Za-z])")
_TRIES, _PAUSE_SECONDS = 8, 0.05
_FRESH_SECONDS = 60
"""So young, what was made elsewhere may not have its lock yet."""
_ABANDONED_SECONDS = 24 * 3600
"""After so long it is nobody's where the file system has no locks that would say so."""


def mark() -> str:
    """Mark for the names of what this process makes for a while, with something else than letters and digits around
    it."""
    own = os.getpid()
    return f"sd{own}x{_began(own) or 0:x}x{_place()}"


def new_folder(purpose: str, above: str = "") -> str:
    """A new folder that only this account can enter, in `above`, else where the system has temporary ones. What is left
    over there is removed on the way. Whoever asks removes it. Raises OSError."""
    import tempfile

    place = above or tempfile.gettempdir()
    sweep(place)
    return tempfile.mkdtemp(prefix=f"scoredock-{purpose}-{mark()}-", dir=place)


def hold(path: str) -> Optional[int]:
    """A descriptor that says to processes elsewhere, until it is closed or this process ends, that the file or folder
    is in use; None where the system has no such thing."""
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with contextlib.suppress(OSError):  # network shares without locks: age protects them
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor


def is_left_over(path: str) -> bool:
    """True if that was made by a process of this account that has ended. False for whatever is not marked."""
    owner = _MARK.search(os.path.basename(path))
    if owner is None:
        return False
    try:
        status = os.lstat(path)
    except OSError:
        return False
    if stat.S_ISLNK(status.st_mode) or (sys.platform != "win32" and status.st_uid != os.geteuid()):
        return False
    began = int(owner[2], 16)
    if began and owner[3] == _place():
        now = _began(int(owner[1]))
        return now is not None and now != began and not _is_held(path)
    age = abs(time.time() - status.st_mtime)
    if age < _FRESH_SECONDS:
        return False
    held = _is_held(path)
    return age > _ABANDONED_SECONDS if held is None else not held


def left_over(folder: str) -> List[str]:
    """The paths in a folder that are; none where it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if _MARK.search(entry.name)]
    except OSError:
        return []
    return [path for path in (os.path.join(folder, name) for name in sorted(names)) if is_left_over(path)]


def remove(path: str) -> bool:
    """Removes a file or a folder, with folders in it that were made read-only; True if nothing of it is there."""
    with contextlib.suppress(OSError):
        os.unlink(path)
    for number in range(_TRIES):
        if not os.path.isdir(path):
            break
        if number:  # what a killed process started may end writing there, or a folder be read-only
            time.sleep(_PAUSE_SECONDS)
            for above, _, _ in os.walk(path):
                with contextlib.suppress(OSError):
                    os.chmod(above, 0o700)
        shutil.rmtree(path, ignore_errors=True)
    return not os.path.lexists(path)


def sweep(folder: str) -> List[str]:
    """Removes what is left over in a folder, and says what that was. Never raises."""
    return [path for path in left_over(folder) if remove(path)]


def _is_held(path: str) -> Optional[bool]:
    """True if its owner, or a process to which that gave the descriptor of `hold`, is still at it; None where nothing
    tells."""
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return False


@functools.lru_cache(maxsize=1)
def _place_of(_: int) -> str:
    return f"{crc32(b'|'.join(_place_facts())):08x}"


def _place() -> str:
    return _place_of(os.getpid())  # a fork may have been put elsewhere


def _place_facts() -> Tuple[bytes, ...]:
    """Facts that are the same for all processes that see one another by their numbers."""
    if sys.platform == "win32":
        return (os.environ.get("COMPUTERNAME", "").encode(),)
    facts = [os.uname().nodename.encode()]
    with contextlib.suppress(OSError), open("/proc/sys/kernel/random/boot_id", "rb") as boot:
        facts.append(boot.read())
    with contextlib.suppress(OSError):
        facts.append(os.readlink(b"/proc/self/ns/pid"))
    return tuple(facts)


def _began(pid: int) -> Optional[int]:
    """When a process began, in the measure of the system; 0 when it has ended, None where nothing tells."""
    if sys.platform != "linux":
        return _began_by_psutil(pid)
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        return 0 if fields[0] in (b"Z", b"X") else int(fields[19])
    except (FileNotFoundError, ProcessLookupError):
        return 0 if os.path.exists("/proc/self/stat") else None
    except (OSError, ValueError, IndexError):
        return None


def _began_by_psutil(pid: int) -> Optional[int]:
    try:
        import psutil
    except ImportError:
        return None
    try:
        process = psutil.Process(pid)
        return 0 if process.status() == psutil.STATUS_ZOMBIE else int(process.create_time() * 100)
    except psutil.NoSuchProcess:
        return 0
    except psutil.Error:
        return None
