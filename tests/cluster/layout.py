"""Where everything of a cluster is: its folder, its addresses, its groups of processes. The same for all who look.

A machine has room for a few clusters beside one another. Each has a place of its own, and with it a folder, a network
and names that no other has.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

PLACES = range(8)
SERVICES = "10.96.0.0/16"
PODS = "10.244.0.0/16"
"""Both live in the networks of the nodes and are the same in every cluster: the machine itself does not see them."""
REGISTRY_PORT = 5000
METRICS_PORT = 8444
CONTROLLERS = ("cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "systemd")
GROUPS = Path("/sys/fs/cgroup")
ALL_CONTROLLERS = (*CONTROLLERS, "unified")
"""With the hierarchy of version 2, in which programs of the nodes make groups by themselves."""


@dataclass(frozen=True)
class Place:
    number: int

    @property
    def name(self) -> str:
        return f"scoredock-cluster-{self.number}"

    @property
    def folder(self) -> Path:
        """Short, as the paths of sockets are limited."""
        return Path(tempfile.gettempdir()) / self.name

    @property
    def users(self) -> Path:
        """Whoever uses the cluster holds a shared lock on this file. The kernel takes it away from whoever is killed,
        and a cluster without users ends itself."""
        return self.folder / "users"

    @property
    def lock(self) -> Path:
        """Tests hold a shared lock on this file, those that disturb the others an exclusive one."""
        return self.folder / "lock"

    @property
    def commands(self) -> Path:
        """Socket of the control process."""
        return self.folder / "commands"

    @property
    def admin(self) -> Path:
        return self.folder / "credentials" / "admin.conf"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def network(self) -> str:
        """The network of machine, control plane and nodes, without its last number."""
        return f"10.199.{self.number}"

    @property
    def interface(self) -> str:
        """The only one that the machine's own network gets."""
        return f"scoredock-k{self.number}"

    @property
    def machine(self) -> str:
        return f"{self.network}.1"

    @property
    def control(self) -> str:
        return f"{self.network}.2"

    @property
    def server(self) -> str:
        return f"https://{self.control}:6443"

    @property
    def registry(self) -> str:
        return f"{self.control}:{REGISTRY_PORT}"

    @property
    def guarded_registry(self) -> str:
        """Where a test may serve one with accounts, in plain HTTP, of which the nodes know."""
        return f"{self.machine}:{REGISTRY_PORT}"

    def node(self, number: int) -> NodePlace:
        return NodePlace(self, number)

    def groups(self, controller: str) -> Path:
        return GROUPS / controller / self.name


@dataclass(frozen=True)
class NodePlace:
    place: Place
    number: int

    @property
    def name(self) -> str:
        return f"node{self.number}"

    @property
    def folder(self) -> Path:
        return self.place.folder / self.name

    @property
    def address(self) -> str:
        return f"{self.place.network}.{10 + self.number}"

    @property
    def pods(self) -> str:
        return f"10.244.{self.number}.0/24"

    @property
    def containerd(self) -> Path:
        return self.folder / "containerd.sock"
