"""Causes read from the cluster's messages when it places, creates or pulls a replica. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from scoredock import l10n
from scoredock.engines.kubernetes.reading import quantity_of, rows_of, text_of
from scoredock.late_dataclass import dataclass
from scoredock.visible import one_line

_GIGABYTE = 1 << 30
_DETAIL = 400
"""Characters of what others say."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Cause why a replica does not serve."""

    code: str
    """Of the table of error codes, which has the next step."""
    sentence: str
    is_certain: bool = True
    """It does not pass by waiting."""


def detail(text: str) -> str:
    """Text from outside, cut to one short line for a part of a sentence of ours."""
    shown = one_line(text.strip().rstrip("."))
    return shown if len(shown) <= _DETAIL else f"{shown[: _DETAIL - 1]}…"


# Images

_PULL = (
    ("image-platform", r"no match for platform|no matching manifest for|does not match the specified platform"),
    ("replica-image-untrusted", r"x509: .*"),
    ("replica-image-http", r"server gave HTTP response to HTTPS client|does not look like a TLS handshake"),
    ("registry-busy", r"toomanyrequests|429 Too Many Requests|rate limit"),
    (
        "replica-image-refused",
        r"\b40[13] (?:Unauthorized|Forbidden)|\bunauthorized\b|authentication required|no basic auth credentials"
        r"|access denied|authorization failed|insufficient_scope|\bdenied: |failed to fetch (?:oauth|anonymous) token",
    ),
    (
        "replica-image-unreachable",
        r"no such host|connection refused|i/o timeout|deadline exceeded|no route to host|network is unreachable"
        r"|server misbehaving|connection reset by peer|TLS handshake timeout|Temporary failure in name resolution"
        r"|proxyconnect \S+|\bEOF\b|\b50[0234] [A-Z][A-Za-z ]+",
    ),
    ("replica-image-missing", r"not\sfound|manifest unknown|name unknown|does not exist"),
)
_WITHOUT_WAITING = frozenset(
    ("image-platform", "replica-image-untrusted", "replica-image-http", "replica-image-refused")
)


def pull_cause(image: str, node: str, message: str, secrets: Iterable[str] = ()) -> Cause:
    """Cause of a failed pull, from the registry's message to a node. `secrets`: those that the pod names for its
    login."""
    said = message.replace(image, "")
    for code, pattern in _PULL:
        if match := re.search(pattern, said, re.IGNORECASE):
            is_certain = code in _WITHOUT_WAITING or code == "replica-image-missing"
            return Cause(code, _pull_sentence(code, image, node, match[0], list(secrets)), is_certain)
    last = said.rpartition(" desc = ")[2] or said
    sentence = l10n.t("{node} cannot pull {image}: {reason}.", node=node, image=image, reason=detail(last))
    return Cause("replica-image-failed", sentence, is_certain=False)


def _pull_sentence(code: str, image: str, node: str, answer: str, secrets: list[str]) -> str:
    registry = registry_of(image)
    if code == "image-platform":
        return l10n.t("{image} was not made for the architecture of {node}.", image=image, node=node)
    if code == "replica-image-untrusted":
        reason = detail(answer.partition(": ")[2])
        return l10n.t(
            "{node} does not trust the certificate of the registry {registry}: {reason}.",
            node=node,
            registry=registry,
            reason=reason,
        )
    if code == "replica-image-http":
        return l10n.t(
            "{node} speaks HTTPS to the registry {registry}, which speaks HTTP only.", node=node, registry=registry
        )
    if code == "registry-busy":
        return l10n.t(
            "The registry {registry} takes no more requests from {node} for now.", registry=registry, node=node
        )
    if code == "replica-image-missing":
        return l10n.t("The registry {registry} does not have {image}.", registry=registry, image=image)
    if code == "replica-image-unreachable":
        return l10n.t(
            "{node} cannot reach the registry {registry}: {reason}.",
            node=node,
            registry=registry,
            reason=detail(answer),
        )
    if secrets:
        return l10n.t(
            "The registry {registry} refuses {image} to {node}, with the login of {secrets}.",
            registry=registry,
            image=image,
            node=node,
            secrets=", ".join(f"“{each}”" for each in secrets),
        )
    return l10n.t(
        "The registry {registry} refuses {image} to {node}, which has no login for it.",
        registry=registry,
        image=image,
        node=node,
    )


def registry_of(image: str) -> str:
    """Host of an image's name, `docker.io` where none stands."""
    first, slash, _ = image.partition("/")
    return first if slash and (set(first) & set(".:") or first == "localhost") else "docker.io"


# Places

_NODES = re.compile(r"0/(\d+) nodes are available:? ?(.*?)\.*", re.DOTALL)
_AFTERWARDS = re.compile(r"\.? (?:preemption|no new claims to deallocate)\b.*", re.DOTALL)
_PIECE = re.compile(r"(\d+) (?:node\(s\) )?(.*)", re.DOTALL)
_SHORT = re.compile(r"Insufficient (\S+)")
_TAINT = re.compile(r"(?:had|had untolerated|that the pod didn't tolerate).*?taint.*?\{([^}:]*)")
_TAINTS = {
    "node.kubernetes.io/not-ready": "silent",
    "node.kubernetes.io/unreachable": "silent",
    "node.kubernetes.io/unschedulable": "closed",
    "node.kubernetes.io/disk-pressure": "disk",
    "node.kubernetes.io/memory-pressure": "memory",
    "node.kubernetes.io/pid-pressure": "processes",
    "node.kubernetes.io/network-unavailable": "network",
    "node-role.kubernetes.io/master": "control",
    "node-role.kubernetes.io/control-plane": "control",
}
_PLACES = (
    ("closed", r"were unschedulable"),
    ("labels", r"node affinity|node selector|affinity/selector"),
    ("spread", r"topology spread"),
    ("apart", r"anti-affinity"),
    ("ports", r"free ports"),
    ("disk", r"disk pressure"),
    ("memory", r"memory pressure"),
    ("silent", r"not ready|unreachable"),
    ("kept", r"taint"),
)


def placing_cause(pod: Mapping[str, Any], message: str, nodes: Iterable[Mapping[str, Any]] = ()) -> Cause:
    """Cause why a pod is not placed, from the scheduler's message. `nodes`: those of the cluster, where they can be
    seen."""
    match = _NODES.fullmatch(_AFTERWARDS.sub("", message.strip()))
    if match is None:
        reason = detail(message) or l10n.t("the cluster gives no reason")
        return Cause("replica-no-node", l10n.t("The cluster places no replica: {reason}.", reason=reason))
    total, rest = int(match[1]), match[2]
    pieces = [(int(count), text) for count, text in map(_piece, re.split(r", +(?=\d+ )", rest)) if text]
    short = [name[1] for _, text in pieces if (name := _SHORT.match(text))]
    is_full = any(text.startswith("Too many pods") for _, text in pieces)
    kinds = "; ".join(
        l10n.t("{what}: {count} of {total}", what=_place(text), count=count, total=total) for count, text in pieces
    )
    if not short and not is_full:
        return Cause(
            "replica-no-node",
            l10n.t("No node takes a replica ({nodes}).", nodes=kinds or l10n.t("{total} nodes", total=total)),
        )
    wanted = ", ".join(_amounts(pod, short)) or l10n.t("a place")
    sentence = l10n.t("No node has room for a replica, which requests {wanted} ({nodes}).", wanted=wanted, nodes=kinds)
    return Cause("replica-no-room", f"{sentence}{_largest(nodes, short)}")


def _piece(text: str) -> tuple[str, str]:
    match = _PIECE.fullmatch(text.strip().rstrip(",."))
    return (match[1], match[2]) if match else ("0", "")


def _place(text: str) -> str:
    """Phrase for why some nodes do not take a pod."""
    if short := _SHORT.match(text):
        return _shortage(short[1])
    if text.startswith("Too many pods"):
        return l10n.t("nodes with as many pods as they may have")
    if taint := _TAINT.search(text):
        kind = _TAINTS.get(taint[1].strip(), "")
        return _KINDS[kind]() if kind else l10n.t("nodes kept for others ({taint})", taint=taint[1].strip())
    kind = next((kind for kind, pattern in _PLACES if re.search(pattern, text)), "")
    return _KINDS[kind]() if kind else l10n.t("nodes that refuse it ({reason})", reason=detail(text))


_KINDS = {
    "silent": lambda: l10n.t("nodes that do not respond"),
    "closed": lambda: l10n.t("nodes closed to new pods"),
    "disk": lambda: l10n.t("nodes short of disk space"),
    "memory": lambda: l10n.t("nodes short of memory"),
    "processes": lambda: l10n.t("nodes with too many processes"),
    "network": lambda: l10n.t("nodes without a network"),
    "control": lambda: l10n.t("nodes kept for the control plane"),
    "labels": lambda: l10n.t("nodes without the labels that it asks for"),
    "spread": lambda: l10n.t("nodes with too many of its replicas"),
    "apart": lambda: l10n.t("nodes with pods that it stays away from"),
    "ports": lambda: l10n.t("nodes where its port is taken"),
    "kept": lambda: l10n.t("nodes kept for others"),
}


def _shortage(resource: str) -> str:
    if resource == "cpu":
        return l10n.t("nodes with too few free cores")
    if resource == "memory":
        return l10n.t("nodes with too little free memory")
    if resource.endswith("/gpu"):
        return l10n.t("nodes with too few free GPUs")
    return l10n.t("nodes with too little free {resource}", resource=resource)


def _amounts(pod: Mapping[str, Any], resources: Iterable[str]) -> list[str]:
    """Amounts of these resources that a pod requests, as text."""
    containers = rows_of(pod, "spec", "containers")
    amounts = []
    for resource in dict.fromkeys(resources):
        paths = (("resources", "requests", resource), ("resources", "limits", resource))
        values = [next(filter(None, (quantity_of(each, *path) for path in paths)), 0.0) for each in containers]
        if sum(values):
            amounts.append(_amount(resource, sum(values)))
    return amounts


def _amount(resource: str, value: float) -> str:
    if resource == "cpu":
        return l10n.t("{cores:g} CPU", cores=value)
    if resource == "memory":
        return l10n.t("{gigabytes} GB of memory", gigabytes=gigabytes(value))
    if resource.endswith("/gpu"):
        return l10n.t("{count:g} GPU", count=value)
    return f"{resource} {value:g}"


def _largest(nodes: Iterable[Mapping[str, Any]], resources: Iterable[str]) -> str:
    """A sentence on how much the nodes have at most; empty where they cannot be seen."""
    listed = list(nodes)
    amounts = []
    for resource in dict.fromkeys(resources):
        sizes = [quantity_of(each, "status", "allocatable", resource) for each in listed]
        if amounts_there := [each for each in sizes if each]:
            amounts.append(_amount(resource, max(amounts_there)))
    return l10n.t(" The largest node has {amounts}.", amounts=", ".join(amounts)) if amounts else ""


def gigabytes(amount: float) -> str:
    """Bytes as text in GB, as the deployment configuration counts them."""
    return f"{amount / _GIGABYTE:.3g}"


# Refusals

_FORBIDDEN = re.compile(r'(?:Error creating: )?(?:[a-z.]+ "[^"]*" is forbidden: )?(.*)', re.DOTALL)
_REFUSALS = (
    ("namespace-ending", r"because it is being terminated"),
    ("cluster-quota", r"exceeded quota: (?P<name>[^,\s]+), (?P<rest>.*)"),
    ("cluster-limits", r"failed quota: (?P<name>[^:\s]+): must specify (?P<rest>.*)"),
    ("cluster-limits", r"\[?(?P<rest>(?:minimum|maximum) \S+ usage per .*|\S+ max limit to request ratio per .*)"),
    ("cluster-policy", r'violates PodSecurity "(?P<name>[^":]+)[^"]*": (?P<rest>.*)'),
    (
        "cluster-policy",
        r"(?P<name>unable to (?:validate against|admit pod to) any pod security policy):? ?(?P<rest>.*)",
    ),
    ("cluster-policy", r'admission webhook "(?P<name>[^"]+)" denied the request(?:: (?P<rest>.*))?'),
    ("cluster-admission-failed", r'failed calling webhook "(?P<name>[^"]+)":? ?(?P<rest>.*)'),
    ("replica-config-missing", r'error looking up service account \S+: serviceaccount "(?P<name>[^"]+)" not\sfound'),
)
_QUOTAS = re.compile(r"requested: (\S+), used: (\S+), limited: (\S+)")


def refusal_cause(message: str) -> Cause:
    """Cause why the cluster creates no pod, or no object, from its own words."""
    match = _FORBIDDEN.fullmatch(message.strip())
    text = match[1] if match else message
    for code, pattern in _REFUSALS:
        if met := re.search(pattern, text, re.DOTALL):
            fields = met.groupdict()
            name, rest = fields.get("name") or "", detail((fields.get("rest") or "").rstrip("]"))
            return Cause(code, _refusal_sentence(code, text, name, rest))
    return Cause("cluster-policy", l10n.t("The cluster refuses the replica: {reason}.", reason=detail(text)))


def _refusal_sentence(code: str, text: str, name: str, rest: str) -> str:
    if code == "namespace-ending":
        return l10n.t("The namespace is being deleted and takes no replicas.")
    if code == "cluster-quota":
        return l10n.t(
            "The quota “{name}” of the namespace has no room for the replica: {rest}.", name=name, rest=_quota(rest)
        )
    if code == "cluster-admission-failed":
        return l10n.t("The webhook “{name}”, which admits pods, does not work: {rest}.", name=name, rest=rest)
    if code == "replica-config-missing":
        return l10n.t("The namespace has no service account “{name}”.", name=name)
    if code == "cluster-limits" and name:
        return l10n.t("The quota “{name}” of the namespace wants {rest} of each replica.", name=name, rest=rest)
    if code == "cluster-limits":
        return l10n.t("The limits of the namespace do not allow the replica: {rest}.", rest=rest)
    if "PodSecurity" in text:
        return l10n.t(
            "The Pod Security level “{name}” of the namespace refuses the replica: {rest}.", name=name, rest=rest
        )
    if "webhook" in text:
        reason = rest or l10n.t("it gives no reason")
        return l10n.t("The policy “{name}” of the cluster refuses the replica: {rest}.", name=name, rest=reason)
    return l10n.t("No pod security policy of the cluster allows the replica: {rest}.", rest=rest)


def _quota(text: str) -> str:
    match = _QUOTAS.search(text)
    if match is None:
        return text
    amounts, used, limits = (
        dict(pair.split("=", 1) for pair in part.split(",") if "=" in pair) for part in match.groups()
    )
    return "; ".join(
        l10n.t(
            "{resource}: {amount} requested, {used} of {limit} in use",
            resource=resource,
            amount=amount,
            used=used.get(resource, "?"),
            limit=limits.get(resource, "?"),
        )
        for resource, amount in amounts.items()
    )


def absent_cause(message: str) -> Cause | None:
    """The Secret or ConfigMap that a container or volume names and that is not there."""
    if match := re.search(r'(secret|configmap) "([^"]+)" not\sfound', message, re.IGNORECASE):
        kind = "Secret" if match[1].lower() == "secret" else "ConfigMap"
        return Cause(
            "replica-config-missing", l10n.t("The namespace has no {kind} “{name}”.", kind=kind, name=match[2])
        )
    if match := re.search(r"couldn't find key (\S+) in (Secret|ConfigMap) \S+/(\S+)", message):
        sentence = l10n.t("The {kind} “{name}” has no key “{key}”.", kind=match[2], name=match[3], key=match[1])
        return Cause("replica-config-missing", sentence)
    if match := re.search(r"references non-existent (secret|configmap) key: (\S+)", message, re.IGNORECASE):
        sentence = l10n.t("A {kind} of the service has no key “{key}”.", kind=match[1], key=match[2])
        return Cause("replica-config-missing", sentence)
    return None


def node_of(pod: Mapping[str, Any]) -> str:
    """Name of the node of a pod, as the subject of a sentence."""
    return text_of(pod, "spec", "nodeName") or l10n.t("The node")
