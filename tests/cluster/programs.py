"""The programs of a cluster, and why a machine cannot have one."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path

import parts

_INSTALL = Path(__file__).parent / "install.sh"
_OF_DEBIAN = {
    "containerd": "containerd",
    "ctr": "containerd",
    "runc": "runc",
    "docker-registry": "docker-registry",
    "iptables": "iptables",
    "conntrack": "conntrack",
    "ip": "iproute2",
    "openssl": "openssl",
    "skopeo": "skopeo",
    "unshare": "util-linux",
}
"""Program → Debian's package."""
PLUGINS = Path("/usr/lib/cni")
"""Of containernetworking-plugins."""


@functools.cache
def place() -> Path:
    """The folder that install.sh fills."""
    return Path(subprocess.run([_INSTALL, "--place"], check=True, capture_output=True, text=True).stdout.strip())


@functools.cache
def lacking() -> str:
    """What this machine lacks for a cluster; empty where it has all."""
    if "cluster" in parts.WITHOUT:
        return "a Kubernetes cluster (this run was told to do without)"
    if os.geteuid() != 0:
        return "root, for a Kubernetes cluster"
    if not Path("/sys/fs/cgroup/cpuacct").is_dir():
        return "control groups of version 1, for Kubernetes 1.20"
    absent = sorted({package for program, package in _OF_DEBIAN.items() if shutil.which(program) is None})
    if not (PLUGINS / "bridge").exists():
        absent.append("containernetworking-plugins")
    if absent:
        return f"{', '.join(absent)} of Debian, for a Kubernetes cluster"
    if not place().is_dir():
        return "Kubernetes: tests/cluster/install.sh builds it"
    return ""


def require() -> None:
    """Skips the test, or fails in CI, where a cluster cannot be had."""
    if what := lacking():
        parts.missing(what, "cluster")
