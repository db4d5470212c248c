"""The YAML of an online endpoint of Azure ML v2, as far as it says who gets which requests. What is wrong with the rest
is said by `checks.configs.v2`."""

from __future__ import annotations

from collections.abc import Mapping as ReadMapping

from scoredock import l10n
from scoredock.analysis.tree import Mapping, Node, Scalar
from scoredock.analysis.yaml_text import parse_yaml
from scoredock.late_dataclass import dataclass
from scoredock.text import Range

SCHEMA = "https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json"


@dataclass(frozen=True, slots=True)
class EndpointFile:
    """What a file says."""

    name: str
    """Empty where it says none."""
    traffic: ReadMapping[str, int] | None
    """Percent by deployment; None where it does not say."""
    mirror: ReadMapping[str, int] | None
    """Percent of the requests by deployment that gets copies; None where it does not say."""


@dataclass(frozen=True)
class EndpointFileFault(Exception):
    """The first thing that is wrong."""

    message: str
    range: Range


def read_endpoint_file(text: str) -> EndpointFile:
    """Raises EndpointFileFault."""
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


def _percent(node: Node) -> int:
    value = node.value if isinstance(node, Scalar) else None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 100:
        raise EndpointFileFault(l10n.t("A share is a whole number of percent, 0 to 100."), node.range)
    return value


def _range(node: Node | None, root: Mapping) -> Range:
    return (node or root).range
