"""`container` of a deployment configuration: what the hardened container of a service may do beyond its defaults.

Azure ML passes over the key, so that one file serves both.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

from scoredock.analysis.finding import Finding
from scoredock.analysis.tree import Mapping, Node, Scalar, Sequence
from scoredock.checks.configs.deployment import rules
from scoredock.formats.fields import Field

KEY = "container"
_SIZE = re.compile(r"(\d{1,12})\s*([kmg]?)i?b?", re.IGNORECASE)
_POWER = {"": 0, "k": 10, "m": 20, "g": 30}
_USER = re.compile(r"\d{1,9}(:\d{1,9})?")
_CAPABILITY = re.compile(r"(CAP_)?[A-Z][A-Z_]{2,30}")
_NEVER = frozenset({"ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO", "NET_ADMIN"})
"""With one of these a container is none any more."""

FIELDS = (
    Field("readOnlyRoot", "boolean", "Mount the image read-only; /tmp and /dev/shm can always be written.", default="true", nullable=False, snippet="false", v2="none"),
    Field("user", "text", "Account of the service as uid or uid:gid; 0 is root.", default="1000:1000", snippet='"1000:1000"', v2="none: the image says it"),
    Field("capabilities", "list", "Linux capabilities that are kept; all others are dropped.", default="[]", snippet='["CHOWN"]', v2="none"),
    Field("noNewPrivileges", "boolean", "Programs cannot gain rights by being started.", default="true", nullable=False, snippet="false", v2="none"),
    Field("pidsLimit", "integer", "Processes and threads at most.", default="512", least=16, most=1_000_000, snippet="2048", v2="none"),
    Field("shmSize", "text", "Size of /dev/shm.", default="256m", snippet='"1g"', v2="none"),
    Field("tmpSize", "text", "Size of /tmp.", default="512m", snippet='"2g"', v2="none"),
    Field("network", "boolean", "Let the script reach a network; the service can be called in any case.", default="true", nullable=False, snippet="false", v2="egress_public_network_access"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ContainerWish:
    """What the file says; None where it says nothing."""

    read_only: bool | None = None
    user: str | None = None
    capabilities: tuple[str, ...] | None = None
    no_new_privileges: bool | None = None
    pids_limit: int | None = None
    shm_bytes: int | None = None
    tmp_bytes: int | None = None
    network: bool | None = None

    def options(self) -> dict[str, Any]:
        """By the names of the engine's options."""
        return asdict(self)

    def weakened(self) -> list[str]:
        """The protections that are turned off, in the words of the file."""
        told = []
        if self.read_only is False:
            told.append("readOnlyRoot is false")
        if self.user is not None and self.user.partition(":")[0].strip("0") == "":
            told.append("user is root")
        if self.capabilities:
            told.append(f"capabilities keeps {', '.join(self.capabilities)}")
        if self.no_new_privileges is False:
            told.append("noNewPrivileges is false")
        return told


NOTHING_WISHED = ContainerWish()


def size_of(written: str) -> int | None:
    """Bytes of `512m`, `2g` or `1048576`; None for what is no size, or none above zero."""
    found = _SIZE.fullmatch(written.strip())
    if found is None:
        return None
    return int(found.group(1)) << _POWER[found.group(2).lower()] or None


def container_of(node: Node | None) -> tuple[ContainerWish, list[Finding]]:
    """The wish of the object under `container`, and what its values tell; their kinds are checked by the shape."""
    if not isinstance(node, Mapping):
        return NOTHING_WISHED, []
    findings: list[Finding] = []
    sizes = {name: _size(node, name, findings) for name in ("shmSize", "tmpSize")}
    wish = ContainerWish(
        read_only=_flag(node, "readOnlyRoot"),
        user=_user(node, findings),
        capabilities=_capabilities(node.get("capabilities"), findings),
        no_new_privileges=_flag(node, "noNewPrivileges"),
        pids_limit=_whole(node, "pidsLimit"),
        shm_bytes=sizes["shmSize"],
        tmp_bytes=sizes["tmpSize"],
        network=_flag(node, "network"),
    )
    weaker = wish.weakened()
    for entry in node.entries:
        told = next((each for each in weaker if each.startswith(f"{entry.key.value} ")), None)
        if told is not None:
            findings.append(rules.WEAKENED.finding(entry.key.range, what=told))
    return wish, findings


def _flag(node: Mapping, name: str) -> bool | None:
    value = node.get(name)
    return value.value if isinstance(value, Scalar) and isinstance(value.value, bool) else None


def _whole(node: Mapping, name: str) -> int | None:
    value = node.get(name)
    if not isinstance(value, Scalar) or isinstance(value.value, bool) or not isinstance(value.value, int):
        return None
    return value.value if value.value > 0 else None


def _text(node: Mapping, name: str) -> tuple[str, Scalar] | None:
    value = node.get(name)
    return (value.value, value) if isinstance(value, Scalar) and isinstance(value.value, str) else None


def _size(node: Mapping, name: str, findings: list[Finding]) -> int | None:
    found = _text(node, name)
    if found is None:
        return None
    size = size_of(found[0])
    if size is None:
        wanted = "a size such as 512m or 2g"
        findings.append(rules.VALUE.finding(found[1].range, key=name, wanted=wanted, got=found[0][:40] or "empty"))
    return size


def _user(node: Mapping, findings: list[Finding]) -> str | None:
    found = _text(node, "user")
    if found is None:
        return None
    if _USER.fullmatch(found[0]):
        return found[0]
    wanted = "numbers, as uid or uid:gid"
    findings.append(rules.VALUE.finding(found[1].range, key="user", wanted=wanted, got=found[0][:40] or "empty"))
    return None


def _capabilities(node: Node | None, findings: list[Finding]) -> tuple[str, ...] | None:
    if not isinstance(node, Sequence):
        return None
    kept: list[str] = []
    for item in node.items:
        name = item.value if isinstance(item, Scalar) and isinstance(item.value, str) else ""
        short = name.removeprefix("CAP_")
        if _CAPABILITY.fullmatch(name) and short not in _NEVER:
            kept.append(short)
            continue
        wanted = "names of single capabilities, such as CHOWN, that leave the container closed"
        findings.append(
            rules.VALUE.finding(item.range, key="capabilities", wanted=wanted, got=name[:40] or "another value")
        )
    return tuple(kept)
