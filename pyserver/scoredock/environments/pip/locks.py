"""Lock files of pip packages: exact versions, and the SHA-256 of every file that may be installed for them. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

PLAIN_FILE = "scoredock-lock.txt"
"""The exact packages, one `name==version` a line, for people."""
HASHED_FILE = "scoredock-lock-hashes.txt"
"""The same with `--hash` lines: what was installed, and what must come out again elsewhere."""
RUNTIME = "scoredock-runtime"
_OPTION = re.compile(r"(?:-[if]|--(?:index-url|extra-index-url|find-links|no-index|no-binary|only-binary))(?=[\s=]|$)")
_HERE = re.compile(
    r"(?:(?P<address>file:/{0,2})|(?<![^\s=]))(?:/|[A-Za-z]:[\\/])(?:[^\s/\\]+[\\/])*(?P<name>[^\s/\\]+)[\\/]?(?!\S)"
)
"""A file or folder of this machine: as an address, or as a path that is a word of its own."""
_LOGIN = re.compile(r"(\b(?!(?:[a-z]+\+)?ssh://)(?:[a-z]+\+)?[a-z]+://)[^/\s@\"]*(?:@[^/\s@\"]*)*@", re.IGNORECASE)
"""`https://name:password@`, also where the password holds an `@`."""


def entries(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each requirement with its hashes (`sha256:…`), continuation lines joined."""
    joined = re.sub(r"\\\r?\n", " ", text)
    for line in joined.splitlines():
        line = re.sub(r"(^|\s)#.*$", "", line).strip()
        if line:
            requirement = re.split(r"\s+--hash", line, maxsplit=1)[0].strip()
            yield requirement, tuple(re.findall(r"--hash[= ]([a-z0-9]+:[0-9a-fA-F]+)", line))


def plain(hashed: str) -> str:
    """Lock without the hashes."""
    return "".join(f"{requirement}\n" for requirement, _ in entries(hashed))


def lock_lines(requirement: str, hashes: Sequence[str]) -> str:
    """Requirement with its hashes, as uv and pip write it in a lock."""
    return " \\\n    ".join([requirement, *(f"--hash={each}" for each in hashes)]) + "\n"


def with_own_hashes(hashed: str, requirements: Sequence[str]) -> str:
    """The lock, with the hashes that the person's own file gives in the place of the index's."""
    own = {_name(requirement): hashes for line in requirements for requirement, hashes in entries(line) if hashes}
    return "".join(lock_lines(each, own.get(_name(each), hashes)) for each, hashes in entries(hashed))


def options(requirements: Sequence[str]) -> tuple[str, ...]:
    """Lines of a person's that say where packages come from, such as `--extra-index-url`; a lock has none of them."""
    return tuple(line for line in requirements if _OPTION.match(line))


def indexed(requirements: Sequence[str]) -> tuple[str, ...]:
    """Names of the packages that come from an index: not those named by an address."""
    plain_lines = (line for line in requirements if "@" not in line.partition(";")[0] and "://" not in line)
    return tuple(name for line in plain_lines if (name := _name(line)))


def package_names(lock: str) -> frozenset[str]:
    """Normalised, of all packages of a lock; of a line that is nothing but a place, by the name of its wheel."""
    return frozenset(_package(requirement) for requirement, _ in entries(lock) if not requirement.startswith("-"))


def without_credentials(lock: str) -> str:
    """Lines of requirements without the users, passwords and tokens in their addresses; of SSH the user stays."""
    return _LOGIN.sub(r"\1", lock)


def without_folders(lock: str) -> str:
    """Lines of requirements with what lies on this machine by its name alone, without the folders."""
    return _HERE.sub(lambda found: f"{'file:///' if found['address'] else './'}{found['name']}", lock)


def is_complete(hashed: str) -> bool:
    """True if every line has a hash, so that nothing else can be installed."""
    return all(hashes for _, hashes in entries(hashed))


def runtime_at(wheel: Path, extra: str = "") -> str:
    """The requirement of the runtime by its file: at an index the name may be a stranger's."""
    return f"{RUNTIME}{extra} @ {wheel.resolve().as_uri()}"


def with_runtime_file(hashed: str, wheel: Path, *, require: bool) -> str:
    """The lock with the runtime by its file: of a folder of wheels uv remembers names only, and would take an older
    build."""
    lines: list[str] = []
    for requirement, hashes in entries(hashed):
        if requirement.startswith(f"{RUNTIME}=="):
            digest = (f"sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}",) if require else ()
            lines.append(lock_lines(runtime_at(wheel), digest))
        else:
            lines.append(lock_lines(requirement, hashes if require else ()))
    return "".join(lines)


def _package(requirement: str) -> str:
    is_place = "/" in requirement.partition(" @ ")[0]
    return _name(requirement.rpartition("/")[2].partition("-")[0] if is_place else requirement)


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", requirement)
    from packaging.utils import canonicalize_name

    return str(canonicalize_name(found.group())) if found else ""
