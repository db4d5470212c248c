"""Links between the share of a deployment in an endpoint and the file of that deployment: YAML of Azure ML v2."""

from __future__ import annotations

from collections.abc import Iterator

from scoredock.analysis.facts import Facts
from scoredock.analysis.paths import known_folder, resolve
from scoredock.analysis.tree import Mapping, Scalar, path_at
from scoredock.analysis.yaml_text import parse_yaml
from scoredock.checks.configs.v2.references import text_of
from scoredock.formats.document_kind import DocumentKind, kind_of
from scoredock.text import Position, Range

_SHARES = ("traffic", "mirror_traffic")
_MOST_FILES = 50
_MOST_FOLDERS = 10


def file_of_the_other(text: str, kind: DocumentKind | None, facts: Facts, place: Position) -> tuple[str, Range] | None:
    """Path of the deployment that a share of traffic is for, or of the endpoint that a deployment names, and the
    range of the name in that file; None where there is no such name, or no such file in the same folder or right
    below it."""
    if kind not in ("online-endpoint", "online-deployment"):
        return None
    root = parse_yaml(text).root
    if not isinstance(root, Mapping):
        return None
    keys, node, _ = path_at(root, place)
    if kind == "online-endpoint" and len(keys) == 2 and keys[0] in _SHARES:
        return _named(facts, "online-deployment", str(keys[1]), endpoint=text_of(root.get("name")) or "")
    if kind == "online-deployment" and keys == ("endpoint_name",) and isinstance(node, Scalar):
        return _named(facts, "online-endpoint", str(node.value))
    return None


def _named(facts: Facts, kind: DocumentKind, name: str, *, endpoint: str = "") -> tuple[str, Range] | None:
    for path in _files(facts):
        text = facts.read(path)
        if not text or name not in text or kind_of(path, text) != kind:
            continue
        root = parse_yaml(text).root
        if not isinstance(root, Mapping) or text_of(root.get("name")) != name:
            continue
        if endpoint and text_of(root.get("endpoint_name")) not in (None, "", endpoint):
            continue
        node = root.get("name")
        return path, node.range if node is not None else Range(Position(0, 0), Position(0, 0))
    return None


def _files(facts: Facts) -> Iterator[str]:
    """YAML files of the folder and of the folders in it, but the document itself."""
    folder = known_folder(facts)
    if folder is None or facts.listing is None:
        return
    inner = [resolve(folder, name) for name in sorted(facts.listing(folder)) if "." not in name]
    for each in [folder, *[path for path in inner if facts.is_folder(path)][:_MOST_FOLDERS]]:
        names = [name for name in sorted(facts.listing(each)) if name.lower().endswith((".yml", ".yaml"))]
        for name in names[:_MOST_FILES]:
            path = resolve(each, name)
            if path != facts.path:
                yield path
