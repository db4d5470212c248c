"""Named sets of variables for `.http` files: `http-client.env.json` of the client of JetBrains, with private values in
a file of their own, and the setting `rest-client.environmentVariables` of REST Client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field

from scoredock.analysis.json_text import parse_json
from scoredock.analysis.tree import Mapping as JsonObject
from scoredock.analysis.tree import Node, Scalar
from scoredock.late_dataclass import dataclass

FILES = ("http-client.env.json", "http-client.private.env.json")
"""In this order: private values go before the others of their folder."""
SETTINGS = ".vscode/settings.json"
SHARED = "$shared"
"""Variables that every environment has."""
_SETTING = "rest-client.environmentVariables"

Sets = Mapping[str, Mapping[str, str]]
"""Variables with their values, by environment."""


@dataclass(frozen=True, slots=True)
class NamedVariables:
    """Variables of the environments, seen from the one that is chosen."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Of the chosen environment, and those that all share."""
    shared: Mapping[str, str] = field(default_factory=dict, repr=False)
    elsewhere: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By variable the environments that know it, for those that the chosen one does not."""


NO_ENVIRONMENT = NamedVariables()


def sets_of_file(text: str) -> Sets | None:
    """Environments of one of the files of JetBrains; None where the text is not a JSON object."""
    root = parse_json(text).root
    return _sets(root) if isinstance(root, JsonObject) else None


def sets_of_settings(text: str) -> Sets:
    """Environments in the settings of a folder, which may have comments."""
    root = parse_json(text).root
    entries = root.entries if isinstance(root, JsonObject) else ()
    return next((_sets(each.value) for each in entries if each.key.value == _SETTING), {})


def joined(sets: Iterable[Sets]) -> dict[str, dict[str, str]]:
    """Environments of all sets; of a variable that several name, the last one counts."""
    found: dict[str, dict[str, str]] = {}
    for each in sets:
        for name, values in each.items():
            found.setdefault(name, {}).update(values)
    return found


def environment_names(sets: Sets) -> list[str]:
    """Names of the environments that can be chosen, in their order."""
    return [name for name in sets if name != SHARED]


def variables_in(sets: Sets, environment: str) -> NamedVariables:
    """Variables seen from one environment; an empty name is none of them."""
    shared = sets.get(SHARED, {})
    values = {**shared, **sets.get(environment, {})}
    elsewhere: dict[str, tuple[str, ...]] = {}
    for name in environment_names(sets):
        for variable in sets[name]:
            if variable not in values:
                elsewhere[variable] = (*elsewhere.get(variable, ()), name)
    return NamedVariables(values, shared, elsewhere)


def _sets(node: Node) -> dict[str, dict[str, str]]:
    if not isinstance(node, JsonObject):
        return {}
    return {str(each.key.value): _values(each.value) for each in node.entries if isinstance(each.value, JsonObject)}


def _values(node: JsonObject) -> dict[str, str]:
    """Texts, numbers and truth values, as they are written; what is nested is meant for other things than variables."""
    found = {}
    for each in node.entries:
        if isinstance(each.value, Scalar) and each.value.value is not None:
            value = each.value.value
            found[str(each.key.value)] = value if isinstance(value, str) else each.value.raw
    return found
