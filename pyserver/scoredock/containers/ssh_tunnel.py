"""The Docker socket of another machine as a socket here, through the system's `ssh`.

One connection for each process and machine: `ssh` forwards a socket of a private folder and runs `cat` there, which
ends with its input, so that nothing is left of it when this process is killed. The person's own `~/.ssh/config`, keys,
agent and jump hosts count; host keys are checked whatever it says, and no question is ever put.
"""

from __future__ import annotations

import atexit
import contextlib
import re
import shutil
import socket
import threading
import time
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from scoredock import l10n, run, threads
from scoredock.errors import DockerUnavailable, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.temporary.folders import TemporaryFolder
from scoredock.temporary.places import socket_scratch

SOCKET = "/var/run/docker.sock"
_SECONDS = 20.0
_CONNECT_SECONDS = 8
_ALIVE_SECONDS, _ALIVE_COUNT = 5, 3
"""A machine that answers nothing for so long is gone: the connection ends."""
_LOOK_SECONDS = 0.02
_LINES = 40
_USER = re.compile(r"[A-Za-z0-9_][-A-Za-z0-9_.@\\]*")
_HOST = re.compile(r"[A-Za-z0-9_]([-A-Za-z0-9_.:]*[A-Za-z0-9_])?")


@dataclass(frozen=True, slots=True)
class SshAddress:
    """Parts of `ssh://user@host:port/socket`."""

    host: str
    """As in the person's `~/.ssh/config`, where it has one."""
    user: str = ""
    port: int = 0
    socket: str = SOCKET


def ssh_address(address: str) -> SshAddress | None:
    """Parsed address; None if it is not one of ssh."""
    try:
        parts = urlsplit(address)
        host, user, port = parts.hostname or "", unquote(parts.username or ""), parts.port or 0
    except ValueError:
        return None
    if parts.scheme != "ssh" or parts.password or parts.query or parts.fragment or not _HOST.fullmatch(host):
        return None
    if user and not _USER.fullmatch(user):
        return None
    # Names of hosts in ~/.ssh/config tell upper from lower case.
    written = parts.netloc.rpartition("@")[2]
    host = next((each for each in (written, written.rpartition(":")[0]) if each.lower() == host), host)
    path = unquote(parts.path) if parts.path not in ("", "/") else SOCKET
    return SshAddress(host, user, port, path) if ":" not in path and path.isprintable() else None


class SshTunnel:
    """One connection. Raises ScoredockError `ssh-host-key-unknown`, `ssh-host-key-changed`, `ssh-login-failed`,
    `docker-unavailable`, `docker-host-unsupported` where there is no `ssh`."""

    def __init__(self, address: str) -> None:
        parsed = ssh_address(address)
        program = shutil.which("ssh")
        if parsed is None or program is None or not hasattr(socket, "AF_UNIX"):
            raise ScoredockError(
                "docker-host-unsupported",
                l10n.t("{address} needs the program ssh, which this machine does not have.", address=address)
                if parsed is not None
                else l10n.t("{address} is not the address of a Docker daemon.", address=address),
                l10n.t("Install OpenSSH, or attach a Docker that answers over TLS."),
            )
        self._address = address
        self._folder = TemporaryFolder("ssh", socket_scratch())
        self.socket = self._folder.path / "docker.sock"
        self._said: list[str] = []
        try:
            self._process = run.start_piped(
                _command(program, parsed, self.socket), self._folder.path, run.child_environment({"LC_ALL": "C"})
            )
        except OSError:
            self._folder.close()
            raise
        errors = self._process.stderr
        if errors is not None:
            threads.start(self._listen, errors, name="ssh", at_fault=threads.logged)
        atexit.register(self.close)
        try:
            self._await()
        except BaseException:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        """True if it leads there still, as far as this machine can see."""
        return self._process.poll() is None

    def said(self) -> str:
        """The last line that `ssh` said of the way; empty for none."""
        return next((each for each in reversed(self._said) if each), "")

    def close(self) -> None:
        """Ends the tunnel at once; safe to call twice."""
        atexit.unregister(self.close)
        if self._process.poll() is None:
            run.kill_tree(self._process.pid)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._folder.close()

    def _listen(self, errors: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError), errors:
            for line in errors:
                self._said.append(line.decode("utf-8", "replace").strip())
                del self._said[:-_LINES]

    def _await(self) -> None:
        deadline = time.monotonic() + _SECONDS
        while self._process.poll() is None:
            if self.socket.exists():
                return
            if time.monotonic() > deadline:
                raise DockerUnavailable(
                    l10n.t("{address} did not answer within {seconds:.0f} s.", address=self._address, seconds=_SECONDS)
                )
            time.sleep(_LOOK_SECONDS)
        time.sleep(_LOOK_SECONDS)  # for its last words
        raise ssh_failure(self._address, self._said)


_tunnels: dict[str, SshTunnel] = {}
_lock = threading.Lock()
_making: dict[str, threading.Lock] = {}


def tunnel_to(address: str) -> SshTunnel:
    """Tunnel of this process to the machine, made anew where it has ended. Raises as `SshTunnel`."""
    with _lock:
        making = _making.setdefault(address, threading.Lock())
    with making:
        kept = _tunnels.get(address)
        if kept is not None and kept.alive:
            return kept
        if kept is not None:
            kept.close()
            del _tunnels[address]
        made = _tunnels[address] = SshTunnel(address)
        return made


def _command(program: str, address: SshAddress, local: Path) -> list[str]:
    settings = (
        "BatchMode=yes",
        "StrictHostKeyChecking=yes",
        "UpdateHostKeys=no",
        "ExitOnForwardFailure=yes",
        f"ServerAliveInterval={_ALIVE_SECONDS}",
        f"ServerAliveCountMax={_ALIVE_COUNT}",
        f"ConnectTimeout={_CONNECT_SECONDS}",
        "ConnectionAttempts=1",
        "ControlMaster=no",
        "ControlPath=none",
        "ClearAllForwardings=no",
        "ForwardAgent=no",
        "ForwardX11=no",
        "PermitLocalCommand=no",
        "RequestTTY=no",
        "LogLevel=ERROR",
    )
    options = [part for each in settings for part in ("-o", each)]
    to = [*(["-p", str(address.port)] if address.port else []), *(["-l", address.user] if address.user else [])]
    return [program, *options, *to, "-L", f"{local}:{address.socket}", "--", address.host, "cat"]


def ssh_failure(address: str, lines: list[str]) -> ScoredockError:
    """Error for a failure of `ssh`, from its last lines, with the code that fits it."""
    text = "\n".join(lines)
    reason = next((each for each in reversed(lines) if each), "").rstrip(".") or l10n.t("ssh ended without a word")
    parsed = ssh_address(address)
    host = parsed.host if parsed is not None else address
    port = f" -p {parsed.port}" if parsed is not None and parsed.port else ""
    if "IDENTIFICATION HAS CHANGED" in text or "revoked host key" in text.lower():
        return ScoredockError(
            "ssh-host-key-changed",
            l10n.t("The host key of {host} is not the one that ssh has kept.", host=host),
            details={"host": host},
        )
    if "Host key verification failed" in text:
        return ScoredockError(
            "ssh-host-key-unknown",
            l10n.t("The host key of {host} is new to ssh.", host=host),
            l10n.t(
                "Run `{command}` once in a terminal, and compare the fingerprint before you accept it.",
                command=f"ssh{port} {host}",
            ),
            details={"host": host},
        )
    if "Permission denied" in text or "Too many authentication failures" in text:
        return ScoredockError(
            "ssh-login-failed",
            l10n.t("{address} does not accept the keys of this account, or asks for a password.", address=address),
            details={"host": host},
        )
    return DockerUnavailable(
        l10n.t("{address} cannot be reached: {reason}.", address=address, reason=reason),
        l10n.t("See that the machine runs and that `{command}` works, then try again.", command=f"ssh{port} {host}"),
    )
