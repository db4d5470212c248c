"""Another machine with a Docker, for tests: a daemon with TLS and an SSH server in a network namespace of their own.

It has its own addresses, processes of containers, images and volumes; what goes between it and this machine goes over
one link, which a test may cut. Needs root, dockerd, `ip`, and sshd of Debian's openssh-server.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from scoredock.containers.connection import Docker, DockerSettings, connect, reachable
from scoredock.docker_place import DockerPlace

import docker_daemon
from certificates import authority, issued
from pace import patience

_SSHD = "/usr/sbin/sshd"


@dataclass
class RemoteHost:
    """The machine. Its daemon and its link may be taken away and given back."""

    folder: Path
    name: str = field(default_factory=lambda: f"sdr{secrets.token_hex(3)}")
    daemon: subprocess.Popen[bytes] | None = None
    sshd: subprocess.Popen[bytes] | None = None
    address: str = ""

    @property
    def place(self) -> DockerPlace:
        """By TLS."""
        ca, certificate, key = (str(self.folder / each) for each in ("authority.pem", "client.pem", "client-key.pem"))
        return DockerPlace(f"tcp://{self.address}:2376", tls_ca=ca, tls_cert=certificate, tls_key=key)

    @property
    def ssh_place(self) -> DockerPlace:
        return DockerPlace(self.ssh_url)

    @property
    def ssh_url(self) -> str:
        return f"ssh://root@{self.address}{self.folder}/docker.sock"

    @property
    def path(self) -> str:
        """A PATH whose `ssh` has the configuration of the tests in place of the person's."""
        return f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    def start(self) -> None:
        self._make_link()
        self._make_certificates()
        self.start_daemon()

    def _make_link(self) -> None:
        taken = subprocess.run(["ip", "-4", "-o", "address"], check=True, capture_output=True, text=True).stdout
        number = next(each for each in range(1, 255) if f" 10.213.{each}." not in taken)
        self.address = f"10.213.{number}.2"
        for words in (
            ["netns", "add", self.name],
            ["link", "add", self.name, "type", "veth", "peer", "name", "eth0", "netns", self.name],
            ["address", "add", f"10.213.{number}.1/24", "dev", self.name],
            ["link", "set", self.name, "up"],
            ["-n", self.name, "address", "add", f"{self.address}/24", "dev", "eth0"],
            ["-n", self.name, "link", "set", "eth0", "up"],
            ["-n", self.name, "link", "set", "lo", "up"],
        ):
            subprocess.run(["ip", *words], check=True, capture_output=True)

    def _inside(self) -> list[str]:
        """`ip netns exec` would hide control groups."""
        return ["nsenter", f"--net=/run/netns/{self.name}"]

    def _make_certificates(self) -> None:
        by = authority(self.folder)
        issued(self.folder, by, f"IP:{self.address}", "server")
        issued(self.folder, by, "DNS:person", "client")

    def start_daemon(self) -> None:
        for left in ("dockerd.pid", "exec/containerd/containerd.pid"):
            (self.folder / left).unlink(missing_ok=True)
        command = [*self._inside(), "dockerd", "-H", f"unix://{self.folder}/docker.sock"]
        command += ["-H", f"tcp://{self.address}:2376", "--tlsverify", "--tlscacert", f"{self.folder}/authority.pem"]
        command += ["--tlscert", f"{self.folder}/server.pem", "--tlskey", f"{self.folder}/server-key.pem"]
        command += ["--data-root", f"{self.folder}/data", "--exec-root", f"{self.folder}/exec"]
        command += ["--pidfile", f"{self.folder}/dockerd.pid"]
        with (self.folder / "dockerd.log").open("ab") as log:
            self.daemon = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + patience(60)
        while reachable(DockerSettings(place=self.place))[0] is None:
            assert self.daemon.poll() is None, (self.folder / "dockerd.log").read_text()[-2000:]
            assert time.monotonic() < deadline, reachable(DockerSettings(place=self.place))
            time.sleep(0.05)

    def docker(self) -> Docker:
        return connect(DockerSettings(place=self.place))

    def kill_daemon(self) -> None:
        """As a crash would; its containers end when it is started again."""
        assert self.daemon is not None
        pid = int((self.folder / "dockerd.pid").read_text())
        os.kill(pid, signal.SIGKILL)
        self.daemon.wait(10)

    def cut(self) -> None:
        """Nothing gets through the link any more, in either direction, and nobody is told."""
        # At its end: at ours the route would go as well, and what is sent take another one.
        subprocess.run(["ip", "-n", self.name, "link", "set", "eth0", "down"], check=True)

    def mend(self) -> None:
        """Waits until something gets through: for a moment this machine goes by what it knew while it was cut."""
        subprocess.run(["ip", "-n", self.name, "link", "set", "eth0", "up"], check=True)
        deadline = time.monotonic() + patience(30)
        while time.monotonic() < deadline:
            try:
                with socket.create_connection((self.address, 2376), 1):
                    return
            except ConnectionRefusedError:  # by the machine, whose daemon was killed
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"nothing gets through to {self.address}")

    # ------------------------------------------------------------------------------------------ SSH

    def start_ssh(self) -> None:
        """With an account that a key opens, known to `ssh` of `path`."""
        if not Path(_SSHD).is_file():
            docker_daemon.missing("sshd of openssh-server")
        if not (self.folder / "key").is_file():
            self._make_key("key")
            self.new_host_key()
            (self.folder / "authorized").write_text((self.folder / "key.pub").read_text())
            binaries = self.folder / "bin"
            binaries.mkdir()
            real = shutil.which("ssh")
            (binaries / "ssh").write_text(f'#!/bin/sh\nexec {real} -F {self.folder}/ssh_config "$@"\n')
            (binaries / "ssh").chmod(0o755)
            (self.folder / "ssh_config").write_text(
                f"IdentityFile {self.folder}/key\nIdentitiesOnly yes\nUserKnownHostsFile {self.known_hosts}\n"
                "GlobalKnownHostsFile /dev/null\n"
            )
            self.trust()
        Path("/run/sshd").mkdir(exist_ok=True)
        settings = (
            f"ListenAddress {self.address}",
            f"HostKey {self.folder}/host_key",
            f"AuthorizedKeysFile {self.folder}/authorized",
            f"PidFile {self.folder}/sshd.pid",
            "StrictModes no",
            "UsePAM no",
            "PasswordAuthentication yes",
            "KbdInteractiveAuthentication no",
            "PermitRootLogin yes",
        )
        (self.folder / "sshd_config").write_text("\n".join(settings) + "\n")
        command = [*self._inside(), _SSHD, "-D", "-e", "-f", f"{self.folder}/sshd_config"]
        with (self.folder / "sshd.log").open("ab") as log:
            self.sshd = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + patience(20)
        while True:
            with suppress(OSError), socket.create_connection((self.address, 22), 1):
                return
            assert time.monotonic() < deadline, (self.folder / "sshd.log").read_text()
            time.sleep(0.02)

    def stop_ssh(self) -> None:
        """With all its connections."""
        if self.sshd is not None:
            _end(self.sshd)
            self.sshd = None

    def new_host_key(self) -> None:
        for each in ("host_key", "host_key.pub"):
            (self.folder / each).unlink(missing_ok=True)
        self._make_key("host_key")

    def trust(self) -> None:
        """What a person does who has compared the fingerprint."""
        kind, key = (self.folder / "host_key.pub").read_text().split()[:2]
        self.known_hosts.write_text(f"{self.address} {kind} {key}\n")

    def _make_key(self, name: str) -> None:
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / name)]
        subprocess.run(words, check=True, capture_output=True)

    # ------------------------------------------------------------------------------------------ end

    def end(self) -> None:
        with suppress(Exception):
            self.mend()
            for container in self.docker().api.containers(all=True):
                self.docker().api.remove_container(container["Id"], force=True, v=True)
        self.stop_ssh()
        if self.daemon is not None:
            self.daemon.terminate()  # not its containerd, which it needs until then
            with suppress(subprocess.TimeoutExpired):
                self.daemon.wait(20)
            _end(self.daemon)
        subprocess.run(["ip", "netns", "delete", self.name], check=False, capture_output=True)
        subprocess.run(["ip", "link", "delete", self.name], check=False, capture_output=True)
        for mount in reversed([line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]):
            if mount.startswith(str(self.folder)):
                subprocess.run(["umount", "-l", mount], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


def _end(process: subprocess.Popen[bytes]) -> None:
    """A group of processes that was started here."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def require_remote_host() -> None:
    docker_daemon.require_dockerd()
    if shutil.which("ip") is None:
        docker_daemon.missing("ip, for a network namespace")


@contextmanager
def remote_host() -> Iterator[RemoteHost]:
    """A machine for some tests, gone with all that it held afterwards."""
    require_remote_host()
    # Short, as the path of a socket is limited.
    host = RemoteHost(Path(tempfile.mkdtemp(prefix="sdr-", dir="/tmp")))
    host.folder.chmod(0o755)
    try:
        host.start()
        yield host
    finally:
        host.end()
