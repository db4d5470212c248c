"""The processes that hold the forwards of a workspace, so that an address lasts after the command that deployed.

A way to a cluster or another machine depends on variables: an agent of SSH, kubeconfig files, a proxy, a profile of a
cloud. So there is a process for each set of them, which has them of the command that began it and writes them nowhere;
`own_way` is their digest. `python -m scoredock.forwarding.forwards FOLDER WAY` goes to the background and listens for
what `FOLDER/forwards.json` names for its way, until that names nothing. In `FOLDER/WAY` lie `forwards-state.json`,
which this process alone writes, and the lock that it holds. Whoever changes the file calls the port `wake` of the
state; without that a change is seen some seconds later.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, field, replace
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from scoredock import __version__, l10n, processes, run
from scoredock.clusters.target import ClusterPlace
from scoredock.data_folder import make_private, use_home
from scoredock.docker_place import DockerPlace
from scoredock.errors import ClusterUnreachable, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.processes import fork_apart

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
    way: str = ""
    """Of the process that holds it, see `own_way`; set by `ensure_forward`, as the next one is."""
    turn: int = 0
    """Another one asks the process to look anew whether it leads there."""

    def is_like(self, other: ServiceForward) -> bool:
        """True if it is the same port for the same thing, whichever process holds it."""
        return replace(self, way=other.way, turn=other.turn) == other


@dataclass(slots=True)
class _Table:
    """Contents of `forwards.json`."""

    forwards: dict[str, ServiceForward] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    """The last port of each name, also of one that has no forward now."""


def own_way() -> str:
    """The digest of the variables of this program on which a way to a cluster or another machine may depend."""
    return hashlib.sha256(json.dumps(_variables(), sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _variables() -> dict[str, str]:
    """Variables for a program that signs in, and for where Docker has its contexts."""
    docker = {name: value for name, value in os.environ.items() if name.startswith("DOCKER_")}
    return run.login_environment(docker | _absolute_kubeconfig())


def _absolute_kubeconfig() -> dict[str, str]:
    """The process works in a folder of its own."""
    named = os.environ.get("KUBECONFIG", "")
    paths = [str(Path(each).absolute()) for each in named.split(os.pathsep) if each]
    return {"KUBECONFIG": os.pathsep.join(paths)} if paths else {}


def set_forward(folder: Path, forward: ServiceForward, *, anew: bool = False) -> ServiceForward:
    """Writes it, and gives it as written; another one of its name goes. With `anew` it gets another turn. Raises
    OSError."""
    with _changed(folder) as table:
        before = table.forwards.get(forward.name)
        turn = before.turn if before is not None else 0
        forward = replace(forward, turn=turn + 1 if anew else turn)
        table.forwards[forward.name] = forward
    return forward


def drop_forward(folder: Path, *names: str) -> dict[str, int]:
    """Their connections go on until they end; no new one is taken. The processes that held them, by their ways; each
    ends with its last forward. Raises OSError."""
    if not (folder / FORWARDS).is_file():
        return {}
    with _changed(folder) as table:
        dropped = [table.forwards.pop(name) for name in names if name in table.forwards]
    pids: dict[str, int] = {}
    for way in {each.way for each in dropped}:
        state = read_state(folder / way)
        _wake(folder / way)
        if is_written_now(state):
            pids[way] = int(state.get("pid") or 0)
    return pids


def await_dropped(folder: Path, port: int, pids: Mapping[str, int]) -> None:
    """Waits until a port is free whose forward was dropped, and the processes have ended that hold no other one. Gives
    up where connections go on, or the machine is too busy. Never raises."""
    deadline = time.monotonic() + _END_SECONDS
    while time.monotonic() < deadline and ((port and _listens(port)) or _is_ending(folder, pids)):
        time.sleep(_LOOK_SECONDS)


def _is_ending(folder: Path, pids: Mapping[str, int]) -> bool:
    needed = {each.way for each in read_forwards(folder).values()}
    return any(way not in needed and _runs(pid) for way, pid in pids.items())


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
    """The port of a forward that is held right now, and led there when it was looked at last; 0 where none is, or
    another one of its name."""
    held = read_forwards(folder).get(forward.name)
    if held is None or not held.is_like(forward):
        return 0
    entry = _settled_entry(folder, held)
    return int(entry["port"]) if entry is not None and not entry.get("code") else 0


def ensure_forward(folder: Path, forward: ServiceForward, *, doubted: bool = False) -> int:
    """The port at which it answers from now on, by a process that is started where none runs.

    One that leads there stays with the process that holds it, whatever variables that one has. Where it does not, or
    where that process has ended, it goes to the one with the variables of this program, which has been there just now.
    With `doubted` it is looked at anew, as nothing came through it.

    Raises ScoredockError `port-in-use`, and what `ssh`, a daemon or a cluster says to who wants to go there. The
    forward stays then: it works as soon as the way does.
    """
    if not doubted and (port := listening_port(folder, forward)):
        return port
    own = own_way()
    held = read_forwards(folder).get(forward.name)
    if held is not None and held.way != own:
        if held.is_like(forward) and is_running(folder / held.way):
            with contextlib.suppress(ScoredockError):
                return _begun(folder, replace(forward, way=held.way))
        await_dropped(folder, _last_port(folder, held), drop_forward(folder, forward.name))
    return _begun(folder, replace(forward, way=own))


def _begun(folder: Path, forward: ServiceForward) -> int:
    """Raises as `ensure_forward`."""
    entry = _settled_entry(folder, forward)
    forward = set_forward(folder, forward, anew=entry is not None)
    place = folder / forward.way
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if not is_running(place) or _is_older(read_state(place)):
            _start(folder, forward.way)
        _wake(place)
        state = _wait_for(folder, forward)
        if state is None:
            continue
        if state.get("code"):
            raise ScoredockError(str(state["code"]), str(state["message"]), str(state["fix"]))
        port = int(state["port"])
        if read_ports(folder).get(forward.name) != port:
            with _changed(folder) as table:
                table.ports[forward.name] = port
        return port
    raise ClusterUnreachable(
        l10n.t("The process that leads to the pods of {name} did not begin its work.", name=forward.name),
        l10n.t("See {file}, then try again.", file=place / "forwarding.log"),
    )


def _settled_entry(folder: Path, forward: ServiceForward) -> dict[str, Any] | None:
    """Entry of the process at work for a forward that is like it, of this turn or a later one; None while it has
    none."""
    state = read_state(folder / forward.way)
    entry = (state.get("forwards") or {}).get(forward.name) or {}
    if not entry.get("settled") or not is_written_now(state) or _is_older(state):
        return None
    with contextlib.suppress(TypeError, KeyError):
        held = _forward_from(entry["of"])
        return dict(entry) if held.is_like(forward) and held.turn >= forward.turn else None
    return None


def _last_port(folder: Path, forward: ServiceForward) -> int:
    return forward.local_port or read_ports(folder).get(forward.name, 0)


def is_running(folder: Path) -> bool:
    """True if a process is at work in the folder of a way."""
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
    """Forwards by name; empty if there is no file. What an unknown writer wrote counts for nothing."""
    return _read(folder).forwards


def read_ports(folder: Path) -> dict[str, int]:
    """The last port of each name."""
    return _read(folder).ports


def _read(folder: Path) -> _Table:
    try:
        content = json.loads((folder / FORWARDS).read_text(encoding="utf-8"))
        forwards = {each.name: each for each in map(_forward_from, content["forwards"])}
        return _Table(forwards, {str(name): int(port) for name, port in content["ports"].items()})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return _Table()


def _forward_from(raw: Mapping[str, Any]) -> ServiceForward:
    """Raises TypeError, KeyError."""
    place: Mapping[str, str] = raw["place"]
    kind = DockerPlace if "address" in place else ClusterPlace
    return ServiceForward(**{**raw, "place": kind(**place)})


def read_state(folder: Path) -> dict[str, Any]:
    """State that the process of a way wrote last into its folder; empty if there is none."""
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
    """True if the process that wrote it is at work."""
    try:
        return processes.began_at(psutil.Process(int(state["pid"])), float(state["began"]))
    except (psutil.Error, KeyError, ValueError, TypeError):
        return False


def release() -> tuple[int, ...]:
    """Release numbers of this Scoredock, to be compared."""
    return tuple(int(part) for part in __version__.split(".") if part.isdigit())


@contextlib.contextmanager
def _changed(folder: Path) -> Iterator[_Table]:
    """Table of all forwards, written when the block ends. Folders of ways that nothing needs any more go."""
    make_private(folder)
    with FileLock(str(folder / _FILE_LOCK), mode=0o600):
        table = _read(folder)
        yield table
        entries = [asdict(each) for each in table.forwards.values()]
        replace_json(folder / FORWARDS, {"release": list(release()), "forwards": entries, "ports": table.ports})
        ways = {each.way for each in table.forwards.values()}
        for place in folder.iterdir():
            if place.is_dir() and place.name not in ways and not is_running(place):
                shutil.rmtree(place, ignore_errors=True)


def _is_older(state: Mapping[str, Any]) -> bool:
    """True if the process that wrote it is of an earlier release; it ends when it sees the file."""
    return tuple(state.get("release") or release()) < release()


def _wake(place: Path) -> None:
    port = read_state(place).get("wake")
    if isinstance(port, int):
        with contextlib.suppress(OSError, OverflowError):
            socket.create_connection(("127.0.0.1", port), 0.5).close()


def _wait_for(folder: Path, forward: ServiceForward) -> dict[str, Any] | None:
    """Entry of the process for the forward; None when the process has ended, or writes none."""
    deadline = time.monotonic() + _READY_SECONDS
    next_look = time.monotonic() + _READY_SECONDS / 10
    while time.monotonic() < deadline:
        if (entry := _settled_entry(folder, forward)) is not None:
            return entry
        time.sleep(_LOOK_SECONDS)
        if time.monotonic() > next_look:
            if not is_running(folder / forward.way):
                return None
            next_look = time.monotonic() + 10 * _LOOK_SECONDS
    return None


def _start(folder: Path, way: str) -> None:
    """Raises ClusterUnreachable, OSError."""
    make_private(folder / way)
    command = [sys.executable, "-I", "-m", "scoredock.forwarding.forwards", str(folder), way]
    try:
        if os.name != "posix":
            run.start_apart([*command, "--stay"])
            return
        variables = run.child_environment(_absolute_kubeconfig())
        completed = run.run(command, cwd=folder, env=variables, timeout=_START_SECONDS)
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
    place = folder / arguments[1]
    if "--stay" not in arguments and os.name == "posix" and not fork_apart(place):
        return 0
    l10n.use(l10n.language_of_terminal())
    use_home(folder.parents[2])  # the data folder of the workspace
    return serve(place)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
