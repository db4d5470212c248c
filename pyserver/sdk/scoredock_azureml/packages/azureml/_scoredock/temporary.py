"""The one place of temporary folders of the SDK. Their names say whose they are, as those of the server do
(`scoredock_runtime.contract_owner`), which takes them away when this process was killed."""

import os
import shutil
import tempfile
from binascii import crc32
from contextlib import contextmanager
from typing import Dict, Iterator, Optional, Tuple

_HELD: Dict[str, int] = {}
"""Of each folder the lock that says that it is in use, until this process ends and all that it was passed on to."""


def new_folder(purpose: str) -> str:
    """Stays until somebody removes it, or until the next command of Scoredock when this process has ended. Raises
    OSError."""
    folder = tempfile.mkdtemp(prefix=f"scoredock-{purpose}-{mark()}-")
    descriptor = _hold(folder)
    if descriptor is not None:
        _HELD[folder] = descriptor
    return folder


def holds(folder: str) -> Tuple[int, ...]:
    """The `pass_fds` of a process that works in such a folder: it is then not taken away before that ends as well, were
    this one killed. Empty on Windows, where such a folder stays for a day."""
    return (_HELD[folder],) if folder in _HELD else ()


@contextmanager
def scratch_folder(purpose: str) -> Iterator[str]:
    """A folder for a moment. TemporaryDirectory would be gone at the end of the script, which threads outlive."""
    folder = tempfile.mkdtemp(prefix=f"scoredock-{purpose}-{mark()}-")
    descriptor = _hold(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


def mark() -> str:
    """Mark for a name that the server reads: the number of this process, when it began, and where that number holds."""
    facts = [os.uname().nodename.encode()] if hasattr(os, "uname") else [os.environ.get("COMPUTERNAME", "").encode()]
    began = 0  # where nothing tells, the lock does
    try:
        with open("/proc/sys/kernel/random/boot_id", "rb") as boot:
            facts.append(boot.read())
        facts.append(os.readlink(b"/proc/self/ns/pid"))
        with open("/proc/self/stat", "rb") as file:
            began = int(file.read().rpartition(b")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        pass
    return f"sd{os.getpid()}x{began:x}x{crc32(b'|'.join(facts)):08x}"


def _hold(folder: str) -> Optional[int]:
    try:
        import fcntl

        descriptor = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        pass  # a network share without locks: age protects what lies there
    return descriptor
