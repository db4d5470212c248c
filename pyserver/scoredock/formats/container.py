"""`container` of a deployment configuration: what the hardened container of a service may do beyond its defaults.

Azure ML passes over the key, so that one file serves both.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from scoredock import l10n
from scoredock.analysis.tree import Mapping, Node, Scalar, Sequence
from scoredock.formats.fields import Field
from scoredock.late_dataclass import dataclass
from scoredock_runtime.contract import LEAST_PROCESSES

KEY = "container"
_SIZE = re.compile(r"(\d{1,12})\s*([kmg]?)i?b?", re.IGNORECASE)
_POWER = {"": 0, "k": 10, "m": 20, "g": 30}
_USER = re.compile(r"\d{1,9}(:\d{1,9})?")
_CAPABILITY = re.compile(r"(CAP_)?[A-Z][A-Z_]{2,30}")
_NEVER = frozenset({"ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO", "NET_ADMIN"})
"""With one of these a container is none any more."""

FIELDS = (
    Field(
        "readOnlyRoot",
        "boolean",
        "Mount the image read-only; /tmp and /dev/shm can always be written.",
        default="true",
        nullable=False,
        snippet="false",
        v2="none",
    ),
    Field(
        "user",
        "text",
        "Account of the service as uid or uid:gid; 0 is root.",
        default="1000:1000",
        snippet='"1000:1000"',
        v2="none: the image says it",
    ),
    Field(
        "capabilities",
        "list",
        "Linux capabilities that are kept; all others are dropped.",
        default="[]",
        snippet='["CHOWN"]',
        v2="none",
    ),
    Field(
        "noNewPrivileges",
        "boolean",
        "Programs cannot gain rights by being started.",
        default="true",
        nullable=False,
        snippet="false",
        v2="none",
    ),
    Field(
        "pidsLimit",
        "integer",
        "Processes and threads at most.",
        default="512",
        least=LEAST_PROCESSES,
        most=1_000_000,
        snippet="2048",
        v2="none",
    ),
    Field("shmSize", "text", "Size of /dev/shm.", default="256m", snippet='"1g"', v2="none"),
    Field("tmpSize", "text", "Size of /tmp.", default="512m", snippet='"2g"', v2="none"),
    Field(
        "network",
        "boolean",
        "Let the script reach a network; the service can be called in any case.",
        default="true",
        nullable=False,
        snippet="false",
        v2="egress_public_network_access",
    ),
)


@dataclass(frozen=True, slots=True)
class ContainerWish:
    """Options of the file for a hardened container; None where it says nothing."""

    read_only: bool | None = None
    user: str | None = None
    capabilities: tuple[str, ...] | None = None
    no_new_privileges: bool | None = None
    pids_limit: int | None = None
    shm_bytes: int | None = None
    tmp_bytes: int | None = None
    network: bool | None = None

    def options(self) -> dict[str, Any]:
        """Values by the names of the engine's options."""
        return asdict(self)

    def weakened(self) -> dict[str, str]:
        """The protections that are turned off: key of the file to the words that say so."""
        weaker = {}
        if self.read_only is False:
            weaker["readOnlyRoot"] = l10n.t("“{key}” is {value}", key="readOnlyRoot", value="false")
        if self.user is not None and self.user.partition(":")[0].strip("0") == "":
            weaker["user"] = l10n.t("“{key}” is {value}", key="user", value="root")
        if self.capabilities:
            weaker["capabilities"] = l10n.t("“capabilities” keeps {names}", names=", ".join(self.capabilities))
        if self.no_new_privileges is False:
            weaker["noNewPrivileges"] = l10n.t("“{key}” is {value}", key="noNewPrivileges", value="false")
        return weaker


NOTHING_WISHED = ContainerWish()


def size_of(text: str) -> int | None:
    """Bytes of `512m`, `2g` or `1048576`; None for what is not a size, or none above zero."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        return None
    return int(found.group(1)) << _POWER[found.group(2).lower()] or None


def container_of(node: Node | None) -> ContainerWish:
    """Options of the object under `container`; a value of a wrong type counts as nothing said."""
    if not isinstance(node, Mapping):
        return NOTHING_WISHED
    user = text_of(node.get("user"))
    return ContainerWish(
        read_only=_flag(node, "readOnlyRoot"),
        user=user if user is not None and is_user(user) else None,
        capabilities=_capabilities(node.get("capabilities")),
        no_new_privileges=_flag(node, "noNewPrivileges"),
        pids_limit=_whole(node, "pidsLimit"),
        shm_bytes=_size(node, "shmSize"),
        tmp_bytes=_size(node, "tmpSize"),
        network=_flag(node, "network"),
    )


def is_user(text: str) -> bool:
    """True if a text is an account as uid or uid:gid."""
    return _USER.fullmatch(text) is not None


def capability_of(item: Node) -> str | None:
    """The Linux capability that an item names, without `CAP_`; None where it is none, or one that opens the
    container."""
    name = text_of(item) or ""
    short = name.removeprefix("CAP_")
    return short if _CAPABILITY.fullmatch(name) and short not in _NEVER else None


def text_of(node: Node | None) -> str | None:
    """The value of a text; None for everything else."""
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else None


def _flag(node: Mapping, name: str) -> bool | None:
    value = node.get(name)
    return value.value if isinstance(value, Scalar) and isinstance(value.value, bool) else None


def _whole(node: Mapping, name: str) -> int | None:
    value = node.get(name)
    if not isinstance(value, Scalar) or isinstance(value.value, bool) or not isinstance(value.value, int):
        return None
    return value.value if value.value > 0 else None


def _size(node: Mapping, name: str) -> int | None:
    written = text_of(node.get(name))
    return size_of(written) if written is not None else None


def _capabilities(node: Node | None) -> tuple[str, ...] | None:
    if not isinstance(node, Sequence):
        return None
    return tuple(name for item in node.items if (name := capability_of(item)) is not None)
