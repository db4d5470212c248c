"""The process that holds the forwards of a workspace, so that an address lasts after the command that deployed.

`python -m scoredock.forwarding.forwards FOLDER` goes to the background and listens for what `FOLDER/forwards.json`
names, until that names nothing. Beside it lie `forwards-state.json`, which this process alone writes, and the lock that
it holds. Whoever changes the file calls the port `wake` of the state; without that a change is seen some seconds later.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from scoredock import __version__, l10n, processes, run
from scoredock.background import fork_apart
from scoredock.clusters.target import ClusterPlace
from scoredock.data_folder import make_private, use_home
from scoredock.docker_place import DockerPlace
from scoredock.errors import ClusterUnreachable, ScoredockError
from scoredock.late_dataclass import dataclass

FORWARDS, STATE = "forwards.json", "forwards-state.json"
PROCESS_LOCK = "forwarding.lock"
_FILE_LOCK = "forwards.lock"
_START_SECONDS = 30.0
_READY_SECONDS = 15.0
"""For a first look at the cluster, which ends within 10."""
_LOOK_SECONDS = 0.05
_END_SECONDS = 10.0
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ServiceForward:
    """A port of this machine for a service elsewhere."""

    name: str
    """Of the service: one forward each. Of a container `service:port`, which has several."""
    place: ClusterPlace | DockerPlace
    selector: str
    """Labels of its pods: `app=prices`; of a container its name."""
    port: int
    """Of the container."""
    local_port: int = 0
    """0 for the one that it had before, else a free one."""


def set_forward(folder: Path, forward: ServiceForward) -> None:
    """Writes it; another one of its name goes. Raises OSError."""
    with _changed(folder) as forwards:
        forwards[forward.name] = forward


def drop_forward(folder: Path, *names: str) -> int:
    """Their connections go on until they end; no new one is taken. The process that held them, 0 for none; it ends with
    its last forward. Raises OSError."""
    if not (folder / FORWARDS).is_file():
        return 0
    state = read_state(folder)
    with _changed(folder) as forwards:
        for name in names:
            forwards.pop(name, None)
    _wake(folder)
    return int(state.get("pid") or 0) if is_written_now(state) else 0


def await_dropped(folder: Path, port: int, pid: int) -> None:
    """Until a port is free whose forward was dropped, and the process has ended where it holds no other one. Gives up
    where connections go on, or the machine is too busy. Never raises."""
    deadline = time.monotonic() + _END_SECONDS
    while time.monotonic() < deadline and (
        (port and _listens(port)) or (pid and not read_forwards(folder) and _runs(pid))
    ):
        time.sleep(_LOOK_SECONDS)


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _listens(port: int) -> bool:
    try:
        with socket.create_connection((_LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False


def listening_port(folder: Path, forward: ServiceForward) -> int:
    """The port of a forward that is held right now; 0 where none is, or another one of its name."""
    state = read_state(folder)
    entry = (state.get("forwards") or {}).get(forward.name) or {}
    if entry.get("of") != description(forward) or not entry.get("settled") or entry.get("code"):
        return 0
    return int(entry["port"]) if is_written_now(state) and not _is_older(state) else 0


def ensure_forward(folder: Path, forward: ServiceForward) -> int:
    """The port at which pods answer from now on, by a process that is started where none runs.

    Raises ScoredockError `port-in-use`, `cluster-unreachable` and what else a cluster says to who looks at its pods.
    The forward stays then: it works as soon as the cluster does.
    """
    set_forward(folder, forward)
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if not is_running(folder) or _is_older(read_state(folder)):
            _start(folder)
        _wake(folder)
        state = _wait_for(folder, forward)
        if state is None:
            continue
        if state.get("code"):
            raise ScoredockError(str(state["code"]), str(state["message"]), str(state["fix"]))
        return int(state["port"])
    raise ClusterUnreachable(
        l10n.t("The process that leads to the pods of {name} did not begin its work.", name=forward.name),
        l10n.t("See {file}, then try again.", file=folder / "forwarding.log"),
    )


def is_running(folder: Path) -> bool:
    """Whether a process holds the forwards of a folder."""
    if not folder.is_dir():
        return False
    lock = FileLock(str(folder / PROCESS_LOCK), mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False


def read_forwards(folder: Path) -> dict[str, ServiceForward]:
    """By name; none where there is no file. What an unknown writer wrote counts for nothing."""
    try:
        entries = json.loads((folder / FORWARDS).read_text(encoding="utf-8"))["forwards"]
        return {each["name"]: ServiceForward(**{**each, "place": _place_from(each["place"])}) for each in entries}
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def _place_from(raw: Mapping[str, str]) -> ClusterPlace | DockerPlace:
    """Raises TypeError, KeyError."""
    return DockerPlace(**raw) if "address" in raw else ClusterPlace(**raw)


def read_state(folder: Path) -> dict[str, Any]:
    """What the process wrote last; empty for nothing."""
    try:
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def replace_json(path: Path, content: Mapping[str, Any]) -> None:
    """Atomically. Raises OSError."""
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        temporary.touch(mode=0o600)
        temporary.write_text(json.dumps(content, indent=1), encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def is_written_now(state: Mapping[str, Any]) -> bool:
    """Whether the process that wrote it is at work."""
    try:
        return processes.began_at(psutil.Process(int(state["pid"])), float(state["began"]))
    except (psutil.Error, KeyError, ValueError, TypeError):
        return False


def release() -> tuple[int, ...]:
    """Of this Scoredock, to be compared."""
    return tuple(int(part) for part in __version__.split(".") if part.isdigit())


def description(forward: ServiceForward) -> str:
    """Tells one state of a forward from another."""
    return json.dumps(asdict(forward), sort_keys=True)


@contextlib.contextmanager
def _changed(folder: Path) -> Iterator[dict[str, ServiceForward]]:
    """All forwards, written when the block ends."""
    make_private(folder)
    with FileLock(str(folder / _FILE_LOCK), mode=0o600):
        forwards = read_forwards(folder)
        yield forwards
        entries = [asdict(each) for each in forwards.values()]
        replace_json(folder / FORWARDS, {"release": list(release()), "forwards": entries})


def _is_older(state: Mapping[str, Any]) -> bool:
    """Whether the process that wrote it is of an earlier release; it ends when it sees the file."""
    return tuple(state.get("release") or release()) < release()


def _wake(folder: Path) -> None:
    port = read_state(folder).get("wake")
    if isinstance(port, int):
        with contextlib.suppress(OSError, OverflowError):
            socket.create_connection(("127.0.0.1", port), 0.5).close()


def _wait_for(folder: Path, forward: ServiceForward) -> dict[str, Any] | None:
    """What the process says of it; None when that has ended, or says nothing."""
    deadline = time.monotonic() + _READY_SECONDS
    next_look = time.monotonic() + _READY_SECONDS / 10
    while time.monotonic() < deadline:
        state = read_state(folder)
        entry = (state.get("forwards") or {}).get(forward.name)
        if (
            entry
            and entry.get("of") == description(forward)
            and entry.get("settled")
            and is_written_now(state)
            and not _is_older(state)
        ):
            return dict(entry)
        time.sleep(_LOOK_SECONDS)
        if time.monotonic() > next_look:
            if not is_running(folder):
                return None
            next_look = time.monotonic() + 10 * _LOOK_SECONDS
    return None


def _start(folder: Path) -> None:
    """Raises ClusterUnreachable."""
    command = [sys.executable, "-I", "-m", "scoredock.forwarding.forwards", str(folder)]
    try:
        if os.name != "posix":
            run.start_apart([*command, "--stay"])
            return
        completed = run.run(command, cwd=folder, timeout=_START_SECONDS)
        reason = "" if completed.returncode == 0 else (completed.stderr.strip().splitlines() or ["?"])[-1]
    except (OSError, run.TimedOut) as error:
        reason = str(error)
    if reason:
        raise ClusterUnreachable(
            l10n.t("The process that leads to the pods could not be started: {reason}.", reason=reason)
        )


def main(arguments: list[str]) -> int:
    """Goes to the background, where it serves."""
    from scoredock.forwarding.process import serve

    folder = Path(arguments[0]).absolute()
    if "--stay" not in arguments and os.name == "posix" and not fork_apart(folder):
        return 0
    l10n.use(l10n.language_of_terminal())
    use_home(folder.parents[2])  # the data folder of the workspace
    return serve(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
