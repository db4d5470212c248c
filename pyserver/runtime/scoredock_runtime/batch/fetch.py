"""`python fetch.py SPEC`: copies of files that lie in a storage which fsspec reaches.

SPEC is a JSON file: `urls` with `url` and the `folder` of its copies, and `suffixes` of the files that count in a
folder. It runs by the interpreter of a script, which has fsspec and what that needs for a storage, and needs nothing
else of this package. A copy has its name once all of it is there. What it prints is JSON, one document a line: `files`
and `bytes` that are behind it, `fault` with its `url`, `package` for one that is missing.
"""

import json
import os
import posixpath
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, Iterable, Iterator, List, Tuple
from urllib.parse import unquote, urlsplit

PACKAGES = {
    "s3": "s3fs",
    "s3a": "s3fs",
    "abfs": "adlfs",
    "abfss": "adlfs",
    "az": "adlfs",
    "adl": "adlfs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "http": "aiohttp",
    "https": "aiohttp",
    "sftp": "paramiko",
    "ssh": "paramiko",
    "hdfs": "pyarrow",
    "azureml": "azureml-fsspec",
}
"""What pip calls the one that reaches a storage."""
_WEB = ("http", "https")
_BLOCK = 4 << 20
_AT_ONCE = 8
_MANY = 256
_MAGIC = "*?["

StoredFile = Tuple[str, str, Any]
"""Path in the storage, path below the folder of the copies, bytes where the storage tells them."""


class MissingPackage(Exception):
    """Raised where a package is missing: its name, the message of the import, and the address that needs it."""


class Unreachable(Exception):
    """Raised where an address cannot be reached, with the message of its storage."""


def filesystem(url: str) -> Tuple[Any, str]:
    """File system that reaches an address, and its path there. Raises MissingPackage, Unreachable."""
    scheme = url.split("://", 1)[0]
    try:
        import fsspec
        import fsspec.core
    except ImportError as fault:
        raise MissingPackage("fsspec", str(fault)) from None
    try:
        system, path = fsspec.core.url_to_fs(url)
    except ImportError as fault:
        raise MissingPackage(PACKAGES.get(scheme, scheme), str(fault)) from None
    except Exception as fault:  # each storage has classes of its own
        raise Unreachable(_said(fault)) from None
    return system, path


def stored_files(system: Any, path: str, url: str, suffixes: List[str]) -> Iterator[StoredFile]:
    """Files by their paths: the file that is named, those that fit a pattern, or those of a folder. Raises what the
    storage raises."""
    is_web = url.split("://", 1)[0] in _WEB
    if not is_web and any(each in path for each in _MAGIC):
        root = posixpath.dirname(path[: min(path.index(each) for each in _MAGIC if each in path)])
        yield from _below(system.glob(path, detail=True), root)
    elif url.endswith("/") or (not is_web and system.isdir(path)):
        # With the name of the folder, unless the address says that what is in it is meant.
        is_inside = url.endswith("/") or "/" not in url.split("://", 1)[1]
        for each in _below(system.find(path, detail=True), path.rstrip("/") if is_inside else posixpath.dirname(path)):
            if not suffixes or each[1].lower().endswith(tuple(suffixes)):
                yield each
    else:
        name = unquote(urlsplit(url).path) if is_web else path
        yield path, posixpath.basename(name.rstrip("/")) or "file", system.info(path).get("size")


def _below(listing: Dict[str, Dict[str, Any]], root: str) -> Iterator[StoredFile]:
    for path in sorted(listing):
        facts = listing[path]
        if facts.get("type") == "directory":
            continue
        name = urlsplit(path).path if "://" in path else path
        start = urlsplit(root).path if "://" in root else root
        below = posixpath.normpath(unquote(name[len(start) :] if name.startswith(start) else name).lstrip("/"))
        if below.startswith("../") or below == "..":
            raise Unreachable(f"{path} lies outside of {root}")
        yield path, below, facts.get("size")


def copy(system: Any, file: StoredFile, folder: str) -> int:
    """Copies a file and returns its size in bytes. Raises Unreachable, OSError, and what the storage raises."""
    path, below, expected = file
    target = os.path.join(folder, *below.split("/"))
    os.makedirs(os.path.dirname(target), exist_ok=True)
    temporary = target + ".unfinished"
    size = 0
    with system.open(path, "rb") as source, open(temporary, "wb") as copied:
        while True:
            block = source.read(_BLOCK)
            if not block:
                break
            copied.write(block)
            size += len(block)
    if expected is not None and size != expected:
        raise Unreachable(f"{path} has {expected} bytes, and {size} came")
    os.replace(temporary, target)
    return size


def _copies(spec: Dict[str, Any]) -> None:
    files = total = 0
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for each in spec["urls"]:
            url, folder = each["url"], each["folder"]
            try:
                system, path = filesystem(url)
                for some in _pieces(stored_files(system, path, url, spec["suffixes"])):
                    for size in pool.map(lambda one: copy(system, one, folder), some):  # noqa: B023 (ends in this turn)
                        files, total = files + 1, total + size
                        _tell(files=files, bytes=total)
            except MissingPackage as fault:
                raise MissingPackage(*fault.args, url) from None
            except Exception as fault:  # each storage has classes of its own
                raise Unreachable(_said(fault), url) from None


def _pieces(files: Iterable[StoredFile]) -> Iterator[List[StoredFile]]:
    some = []  # type: List[StoredFile]
    for each in files:
        some.append(each)
        if len(some) == _MANY:
            yield some
            some = []
    yield some


def _said(fault: BaseException) -> str:
    """A class says something only where the text does not."""
    text = " ".join(str(fault).split())
    if isinstance(fault, FileNotFoundError):
        return "there is nothing at this address"
    return text if isinstance(fault, (Unreachable, OSError)) and text else f"{type(fault).__name__}: {text}"


def main(arguments: List[str]) -> int:
    """The exit code."""
    with open(arguments[0], encoding="utf-8") as stream:
        spec = json.load(stream)
    try:
        _copies(spec)
    except MissingPackage as fault:
        return _tell(package=fault.args[0], said=fault.args[1], url=fault.args[2])
    except Unreachable as fault:
        return _tell(fault=fault.args[0], url=fault.args[1])
    return 0


def _tell(**facts: Any) -> int:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()
    return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
