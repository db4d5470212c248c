"""Installs the conda packages of a lock into a folder, by py-rattler: no conda, no Scoredock, nothing that is not in
the lock.

This file goes into packaged folders as it is, and runs while their image is built: `install_conda.py LOCK PREFIX`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rattler import RepoDataRecord

_MACHINES = {"linux-64": "x86_64", "linux-aarch64": "aarch64"}


def main(lock_file: Path, prefix: Path) -> None:
    """Ends with a sentence and a code that is not 0 when a package is not the one of the lock."""
    lock = json.loads(lock_file.read_text("utf-8"))
    here = platform.machine()
    if here != _MACHINES.get(lock["platform"]):
        target = {"linux-64": "linux/amd64", "linux-aarch64": "linux/arm64"}.get(lock["platform"])
        sys.exit(f"The conda packages are for {lock['platform']}, this is {here}: docker build --platform {target} ...")
    packages = [_found(entry, lock_file.parent) for entry in lock["packages"]]
    asyncio.run(_install([_record(entry) for entry in packages], prefix, lock["platform"]))


def _found(entry: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The package with its address; those of the folder are compared here, those of a channel by rattler."""
    if "://" in entry["url"]:
        return entry
    path = folder / entry["url"]
    if hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
        sys.exit(f"{entry['url']} is not the file of the lock: its SHA-256 is another one.")
    return {**entry, "url": path.resolve().as_uri(), "channel": folder.resolve().as_uri()}


async def _install(records: list[RepoDataRecord], prefix: Path, system: str) -> None:
    from rattler import Client, Subdir, install

    await install(
        records,
        str(prefix),
        platform=Subdir(system),
        client=Client.default_client(max_retries=3, timeout=60),
        show_progress=False,
        execute_link_scripts=False,
    )


def _record(entry: dict[str, Any]) -> RepoDataRecord:
    from rattler import BuildString, PackageRecord, RepoDataRecord

    package = PackageRecord(
        entry["name"],
        entry["version"],
        BuildString(entry["build"]),
        entry["build_number"],
        entry["subdir"],
        noarch=entry["noarch"] or None,
        depends=entry["depends"],
        constrains=entry["constrains"],
        sha256=bytes.fromhex(entry["sha256"]) if entry["sha256"] else None,
        md5=bytes.fromhex(entry["md5"]) if entry["md5"] else None,
        size=entry["size"] or None,
        python_site_packages_path=entry["site_packages"] or None,
    )
    return RepoDataRecord(package, entry["file_name"], entry["url"], entry["channel"])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
    # Without the end of the interpreter: threads of rattler may call into it then, which ends in a segmentation fault
    # (PyO3/pyo3-async-runtimes, issue 40). All is done and written.
    sys.stdout.flush()
    os._exit(0)
