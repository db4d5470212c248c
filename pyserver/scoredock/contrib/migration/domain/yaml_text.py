"""Documents of v2 as YAML text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from scoredock.formats.v2.kinds import V2Kind
from scoredock.formats.v2.tables import schema_address


class _Writer(yaml.SafeDumper):
    """Lists are indented below their key, as people write them; nothing is an alias."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def document_text(kind: V2Kind, values: Mapping[str, Any], *, kubernetes: bool = False) -> str:
    """YAML of a document with its `$schema` first, without keys that have empty values."""
    said = {key: value for key, value in values.items() if value not in (None, "", {}, [])}
    return yaml_text({"$schema": schema_address(kind, kubernetes=kubernetes), **said})


def yaml_text(values: Mapping[str, Any]) -> str:
    """YAML in the order of the keys. Texts that look like something else are quoted."""
    return yaml.dump(
        dict(values), Dumper=_Writer, sort_keys=False, default_flow_style=False, allow_unicode=True, width=10_000
    )
