"""The YAML of an online endpoint of Azure ML v2, as far as it says who gets which requests. What is wrong with the rest
is said by `checks.configs.v2`."""

from __future__ import annotations

from collections.abc import Mapping as ReadMapping
from dataclasses import field

from scoredock import l10n
from scoredock.analysis.edits import plain
from scoredock.analysis.tree import Mapping, Node, Scalar
from scoredock.analysis.yaml_text import parse_yaml
from scoredock.late_dataclass import dataclass
from scoredock.text import Range

_AUTH_MODES = {"key": "key", "amltoken": "aml_token", "aadtoken": "aad_token"}
SCHEMA = "https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json"


@dataclass(frozen=True, slots=True)
class EndpointFile:
    """Values of an endpoint file."""

    name: str
    """Empty where it says none."""
    traffic: ReadMapping[str, int] | None
    """Percent by deployment; None where it does not say."""
    mirror: ReadMapping[str, int] | None
    """Percent of the requests by deployment that gets copies; None where it does not say."""
    auth: str = "key"
    """`key`, `aml_token` or `aad_token`, which may be spelt in other ways in the file."""
    compute: str = ""
    """The Kubernetes cluster that it is for; empty for a managed endpoint."""
    ranges: ReadMapping[str, Range] = field(default_factory=dict, hash=False)
    """Where the fields are, by name."""
    notes: tuple[str, ...] = ()
    """One sentence for each field that means less on this machine, or nothing."""


@dataclass(frozen=True)
class EndpointFileFault(Exception):
    """The first thing that is wrong."""

    message: str
    range: Range


def read_endpoint_file(text: str) -> EndpointFile:
    """Values of an endpoint file. Raises EndpointFileFault."""
    tree = parse_yaml(text)
    if tree.problems:
        raise EndpointFileFault(tree.problems[0].message, tree.problems[0].range)
    root = tree.root
    if not isinstance(root, Mapping):
        raise EndpointFileFault(l10n.t("The file describes no endpoint."), tree.lines.range(0, 0))
    name = root.get("name")
    traffic = _shares(root, "traffic")
    if traffic is not None and sum(traffic.values()) not in (0, 100):
        message = l10n.t(
            "The traffic adds up to {total}%, and Azure ML v2 takes 0 or 100.", total=sum(traffic.values())
        )
        raise EndpointFileFault(message, _range(root.get("traffic"), root))
    return EndpointFile(
        name.value if isinstance(name, Scalar) and isinstance(name.value, str) else "",
        traffic,
        _shares(root, "mirror_traffic"),
        _auth(root.get("auth_mode")),
        _compute(root.get("compute")),
        {str(entry.key.value): entry.value.range for entry in root.entries},
        _notes(root),
    )


def endpoint_file(name: str, traffic: ReadMapping[str, int], mirror: ReadMapping[str, int], *, auth_mode: str) -> str:
    """The text of such a file. Names are those of services and versions, which need no quotes."""
    lines = [f"$schema: {SCHEMA}", f"name: {name}", f"auth_mode: {auth_mode}"]
    for key, shares in (("traffic", traffic), ("mirror_traffic", mirror)):
        if shares:
            lines += [f"{key}:", *(f'  "{version}": {share}' for version, share in shares.items())]
    return "\n".join(lines) + "\n"


def _shares(root: Mapping, key: str) -> dict[str, int] | None:
    node = root.get(key)
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return None
    if not isinstance(node, Mapping):
        raise EndpointFileFault(
            l10n.t("{key} is to say a percentage for each deployment.", key=f"“{key}”"), _range(node, root)
        )
    return {str(entry.key.value): _percent(entry.value) for entry in node.entries}


def _auth(node: Node | None) -> str:
    """`AMLToken`, `aml_token` and `Key` are what Azure ML takes as well."""
    value = node.value if isinstance(node, Scalar) else None
    if node is None or value is None:
        return "key"
    folded = str(value).lower().replace("_", "")
    if folded not in _AUTH_MODES:
        message = l10n.t("auth_mode is key, aml_token or aad_token, and not {written}.", written=str(value)[:40])
        raise EndpointFileFault(message, node.range)
    return _AUTH_MODES[folded]


def _compute(node: Node | None) -> str:
    value = node.value if isinstance(node, Scalar) else None
    return value.removeprefix("azureml:") if isinstance(value, str) else ""


def _percent(node: Node) -> int:
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 3:
        value = int(value)  # which Azure ML takes as well
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 100:
        raise EndpointFileFault(l10n.t("A share is a whole number of percent, 0 to 100."), node.range)
    return value


def _range(node: Node | None, root: Mapping) -> Range:
    return (node or root).range


def _notes(root: Mapping) -> tuple[str, ...]:
    """One sentence for each field that means less on this machine, or nothing."""
    values = {str(entry.key.value): plain(entry.value) for entry in root.entries}
    notes = []
    for name, is_said, reason in (
        ("identity", bool(values.get("identity")), l10n.t("a service runs as the person who deployed it")),
        (
            "public_network_access",
            values.get("public_network_access") == "disabled",
            l10n.t("an endpoint listens on 127.0.0.1 only"),
        ),
        ("location", bool(values.get("location")), l10n.t("the endpoint runs where its services run")),
        ("description", bool(values.get("description")), l10n.t("endpoints have none; deployments have")),
        ("tags", bool(values.get("tags")), l10n.t("endpoints have none; deployments have")),
        ("properties", bool(values.get("properties")), l10n.t("endpoints have none; deployments have")),
    ):
        if is_said:
            notes.append(l10n.t("{name} is not used: {reason}.", name=name, reason=reason))
    return tuple(notes)
