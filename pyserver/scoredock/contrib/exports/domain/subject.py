"""Subject and files of an export: plain data between those who ask and the kinds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from scoredock import l10n
from scoredock.clusters.manifest_text import manifest_text
from scoredock.clusters.objects import DIGESTS, KEY_DIGESTS, PORT, cluster_values
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.packaging.package import Hints
from scoredock.packaging.texts import require_image
from scoredock.registry.grammar import printable
from scoredock.service import LOST_NODE_SECONDS

TO_FILL_IN = "<fill in>"
CPU, MEMORY = 0.1, 0.5
"""What Azure ML gave a service without a configuration: cores, and GB of 2³⁰ bytes."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DNS_NAME = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class ExportSubject:
    """An image that another place is to run, under a name of that place."""

    name: str
    image: str
    origin: str = ""
    """What the export is made of, as the first lines say it: `the service diabetes, revision 3`."""
    hints: Hints = field(default_factory=Hints)
    variables: Mapping[str, str] = field(default_factory=dict)
    location: str = ""
    """Region of Azure."""
    dns_label: str = ""
    namespace: str = ""
    replicas: int = 0
    pull_secret: str = ""
    host_port: int = PORT
    lost_node_seconds: int = LOST_NODE_SECONDS

    @property
    def cpu(self) -> float:
        """Cores."""
        return self.hints.resources.cpu or CPU

    @property
    def memory_gb(self) -> float:
        """Memory in units of 2³⁰ bytes."""
        return self.hints.resources.memory_gb or MEMORY

    @property
    def scale(self) -> tuple[int, int]:
        """The least and the most of replicas, where the place decides in between."""
        values = cluster_values(self.hints.configuration)
        fixed = self.replicas or _whole(values.get("numReplicas"))
        if fixed or not _is_autoscaled(values):
            return fixed or 1, fixed or 1
        return _whole(values.get("autoScaler.minReplicas")) or 1, _whole(values.get("autoScaler.maxReplicas")) or 10


@dataclass(frozen=True, slots=True)
class ExportFiles:
    """The files of an export by their names below its folder; one alone where it is no folder."""

    texts: Mapping[str, str]
    main: str
    """The one that a person reads first."""
    fill_in: tuple[str, ...] = ()
    """Names of what whoever deploys it gives: nothing secret is in the files."""
    executables: frozenset[str] = frozenset()


def require_subject(subject: ExportSubject) -> None:
    """Checks names and values that no target takes. Raises ScoredockError `base-image-invalid`,
    `package-export-invalid`.
    """
    require_image(subject.image)
    for name, value in subject.variables.items():
        if not _VARIABLE.fullmatch(name):
            raise invalid(l10n.t("{name} is not a valid name for an environment variable.", name=printable(name)))
        if any(character in value for character in "\0\r\n"):
            raise invalid(l10n.t("The value of {name} has more than one line.", name=name))


def require_dns_name(subject: ExportSubject, longest: int = 63) -> None:
    """Checks that the name is one that most places take. Raises ScoredockError `package-export-invalid`."""
    if not _DNS_NAME.fullmatch(subject.name) or len(subject.name) > longest or "--" in subject.name:
        raise invalid(
            l10n.t("{name} is not a valid name there.", name=printable(subject.name)),
            l10n.t(
                "Give another one, with at most {longest} lower-case letters, digits and single hyphens, a letter first"
                " (--name for a package, --target-name for a service).",
                longest=longest,
            ),
        )


def invalid(message: str, hint: str = "") -> ScoredockError:
    return ScoredockError("package-export-invalid", message, hint)


def head(subject: ExportSubject, use: str, lines: Sequence[str] = ()) -> str:
    """The first lines of a file in which `#` begins a comment: what it was made of, how it is used, what to fill in."""
    first = f"# Written by Scoredock from {subject.origin or subject.image} for `{use}`."
    return "".join(f"{line}\n" for line in (first, *(f"# {line}" if line else "#" for line in lines)))


def key_lines(subject: ExportSubject, how: str) -> list[str]:
    """Lines of a head on keys, if callers need one, or that nothing is to be filled in."""
    if not subject.hints.keys:
        return ["There is nothing to fill in."]
    return [f"Callers need a key. Fill in {KEY_DIGESTS}, the SHA-256 of each key, separated by commas: {how}"]


def secret_lines(secret: str, namespace: str = "") -> list[str]:
    """Lines of a head on a Secret of Kubernetes with the digests of keys."""
    place = f" --namespace {namespace}" if namespace else ""
    return [
        "Callers need a key. Before, fill in the SHA-256 of each key, separated by commas, for DIGESTS:",
        f"  kubectl create secret generic {secret} --from-literal {DIGESTS}=DIGESTS{place}",
    ]


def to_yaml(document: Mapping[str, Any]) -> str:
    """YAML of a document without anchors, in its order."""
    return manifest_text(document)


def _is_autoscaled(values: Mapping[str, Any]) -> bool:
    wanted = values.get("autoScaler.autoscaleEnabled")
    return wanted is True or (wanted is None and values.get("computeType") in ("aks", "aksendpoint"))


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0
    return int(value) if 0 < value < 1e6 else 0
