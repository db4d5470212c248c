"""Unpacks the data folder of an older commit, with the absolute paths of the place where it now lies."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import tarfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from scoredock.run import service_environment

from scoredock_runtime import contract

HERE = Path(__file__).parent
_COLUMNS = {
    "services": ("handle",),
    "revisions": ("request", "python"),
    "last_deployments": ("folder", "entry_script", "request"),
}
"""Where the store holds absolute paths."""


@dataclass(frozen=True)
class OldHome:
    """A data folder that `commit` made, unpacked below `root`."""

    commit: str
    root: Path
    made: Mapping[str, Any]

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def project(self) -> Path:
        return self.root / "project"

    @property
    def workspace(self) -> Path:
        return self.home / "workspaces" / "local"

    def service(self, name: str) -> Path:
        return self.workspace / "services" / name

    def died(self, name: str, *, before_a_restart: bool) -> None:
        """Makes the processes of a service some that began since this machine was started last, or before."""
        own = contract.beginning(os.getpid()) or time.time()
        boot = own // contract.BOOT * contract.BOOT if own >= contract.BOOT else psutil.boot_time()
        other = boot + contract.BOOT * (1 if boot < 2 * contract.BOOT else -1) if own >= contract.BOOT else boot - 100
        began = (other if before_a_restart else boot) + 2.0
        file = self.service(name) / contract.STATUS_FILE
        told = json.loads(file.read_text())
        file.write_text(json.dumps({**told, "parent_started": began}))
        self._write_identity(name, told["parent_pid"], began, told["port"])

    def start(self, name: str, python: Path) -> int:
        """Starts a service as the older server did, with the interpreter of an environment that has its runtime.

        The row gets the process as that server wrote it. Gives the process id of the parent.
        """
        folder = self.service(name)
        spec = folder / contract.SPEC_FILE
        spec.write_text(json.dumps({**json.loads(spec.read_text()), "python": str(python)}))
        done = subprocess.run(
            [str(python), "-I", "-m", "scoredock_runtime", "start", str(folder)],
            env=service_environment({}),
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
        status = json.loads(done.stdout.strip().splitlines()[-1])
        self._write_identity(name, status["parent_pid"], status["parent_started"], status["port"])
        return int(status["parent_pid"])

    def _write_identity(self, name: str, pid: int, started: float, port: int) -> None:
        with contextlib.closing(sqlite3.connect(self.workspace / "store.sqlite3")) as store, store:
            (text,) = store.execute("SELECT handle FROM services WHERE name = ?", (name,)).fetchone()
            handle = json.dumps({**json.loads(text), "pid": pid, "started": started, "port": port})
            store.execute("UPDATE services SET handle = ?, port = ? WHERE name = ?", (handle, port, name))


def unpack(commit: str, root: Path) -> OldHome:
    """The data folder and the project of a commit, below `root`."""
    made = json.loads((HERE / commit / "made.json").read_text())
    for name in ("home", "project"):
        with tarfile.open(HERE / commit / f"{name}.tar.gz") as archive:
            # Pythons before 3.11.4 have no filters; what is unpacked is our own.
            archive.extractall(root, **({"filter": "tar"} if hasattr(tarfile, "tar_filter") else {}))
    found = OldHome(commit, root, made)
    _relocate(found.workspace, str(made["root"]), str(root))
    return found


def _relocate(workspace: Path, old: str, new: str) -> None:
    for path in (workspace / "services").rglob("*.json*"):
        text = path.read_text(encoding="utf-8")
        if old in text:
            times = path.stat()
            path.write_text(text.replace(old, new), encoding="utf-8")
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    with contextlib.closing(sqlite3.connect(workspace / "store.sqlite3")) as store, store:
        for table, columns in _COLUMNS.items():
            for column in columns:
                store.execute(f"UPDATE {table} SET {column} = replace({column}, ?, ?)", (old, new))
