"""Options of a container as the daemon expects them: user, variables, memory, ports, network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scoredock.engines.base import ContainerOptions
from scoredock_runtime.contract import LEAST_PROCESSES, MORE_PROCESSES

APP_ROOT = "/var/azureml-app"
STATE_FOLDER = "/var/scoredock"
SERVICE_PORT = 5001
CONTROL_PORTS = (5002, 5003)
"""Two, so that a container that replaces another one in the same network has one while the old one still holds its
own."""

_ACCOUNT = "1000:1000"
WRITABLE = "/tmp"  # noqa: S108 (the container's own, in memory)
LIMIT_NAMES = {"pids": "pidsLimit", "memory": "memoryInGB", WRITABLE: "tmpSize", "/dev/shm": "shmSize"}  # noqa: S108
"""What the limits of a container are called in a deployment configuration."""
_CACHES = ("HOME", "HF_HOME", "TORCH_HOME", "NUMBA_CACHE_DIR", "MPLCONFIGDIR", "XDG_CACHE_HOME")
"""Variables that libraries take their writable folders from; the account has no home on a read-only root."""
_LOG_BYTES, _LOG_FILES = "10m", "3"
_CPU_PERIOD = 1_000_000_000
_NO_DNS = ["127.0.0.1"]
"""The name server of a service that reaches no network: nobody listens there."""


def account(options: ContainerOptions, image: Mapping[str, Any]) -> str:
    """`uid:gid` that the service runs as: the one asked for, else the image's own unless that is root."""
    asked = options.user or str((image.get("Config") or {}).get("User") or "")
    user, _, group = asked.partition(":")
    if not user.isdigit() or (int(user) == 0 and not options.user):
        return _ACCOUNT
    return f"{user}:{group if group.isdigit() else user}"


def environment(options: ContainerOptions) -> list[str]:  # noqa: ARG001 (the same for all so far)
    """Variables of the container; those of the service are part of its spec."""
    return [*(f"{name}={WRITABLE}" for name in _CACHES), "USER=scoredock"]


def host_config(
    options: ContainerOptions,
    binds: Sequence[str],
    port: int | None,
    network: str,
    *,
    publishes: bool = True,
    workers: int = 1,
) -> dict[str, Any]:
    """The daemon's `HostConfig`: hardened unless `options` say otherwise.

    `port` is the one asked for on this machine, where it `publishes` any; `network` is the name of a network, or
    `container:<id>` for that of another container, which then publishes the ports.
    """
    config: dict[str, Any] = {
        "Binds": list(binds),
        "NetworkMode": network,
        "RestartPolicy": {"Name": "no"},
        "AutoRemove": False,
        "Privileged": False,
        "Init": True,
        "CapDrop": ["ALL"],
        "CapAdd": list(options.capabilities),
        "SecurityOpt": ["no-new-privileges"] if options.no_new_privileges else [],
        "ReadonlyRootfs": options.read_only,
        # Several workers need more, and a revision of an earlier release may have been given less than any does by now.
        "PidsLimit": max(options.pids_limit, LEAST_PROCESSES + MORE_PROCESSES * (workers - 1)),
        "ShmSize": options.shm_bytes,
        # The mode is needed: without it only root may write there.
        "Tmpfs": {WRITABLE: f"rw,size={options.tmp_bytes},mode=1777"},
        "LogConfig": {"Type": "json-file", "Config": {"max-size": _LOG_BYTES, "max-file": _LOG_FILES}},
    }
    if options.memory_bytes is not None:
        config["Memory"] = config["MemorySwap"] = options.memory_bytes
    if options.cpus is not None:
        config["NanoCpus"] = int(options.cpus * _CPU_PERIOD)
    if options.gpus:
        config["DeviceRequests"] = [{"Driver": "", "Count": options.gpus, "Capabilities": [["gpu"]]}]
    if not network.startswith("container:"):
        if publishes:
            config["PortBindings"] = {
                f"{SERVICE_PORT}/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port or "")}],
                **{f"{each}/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}] for each in CONTROL_PORTS},
            }
        if not options.network:
            config["Dns"] = _NO_DNS
            config["DnsOptions"] = ["timeout:1", "attempts:1"]  # a lookup is to fail, not to hang
    return config


def reaches_network(inspected: Mapping[str, Any]) -> bool:
    """True if the network of a container that was made so leads beyond this machine; ask the one that holds it."""
    return (inspected.get("HostConfig") or {}).get("Dns") != _NO_DNS


def published(inspected: Mapping[str, Any], inside: int) -> int:
    """The port of this machine that leads to one of the container; 0 for none."""
    ports = (inspected.get("NetworkSettings") or {}).get("Ports") or {}
    for each in ports.get(f"{inside}/tcp") or ():
        if str(each.get("HostPort", "")).isdigit():
            return int(each["HostPort"])
    return 0
