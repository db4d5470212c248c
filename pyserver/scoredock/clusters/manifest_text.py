"""Objects of Kubernetes for people: as YAML, to be read, compared and kept in git, and what of one is ours. What the
cluster fills in, and what others have set, is not, by what the cluster notes of the owner of each field. Pure."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

_WIDTH = 120
_TEXT = "tag:yaml.org,2002:str"


Fields = dict[str, Any]
"""As `fieldsV1` has them: `f:NAME` for a field, `k:{…}` for an item of a list by its keys, `v:…` for one by its value,
`.` for the thing itself; nothing below for a value as a whole."""


class _Dumper(yaml.SafeDumper):
    """Without anchors, which are for machines."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Texts of several lines line by line."""
    return dumper.represent_scalar(_TEXT, text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def manifest_text(*documents: Mapping[str, Any], in_order: bool = True) -> str:
    """YAML of one object or of several; without `in_order` by the alphabet, as kubectl compares."""
    return str(
        yaml.dump_all(
            [dict(each) for each in documents],
            Dumper=_Dumper,
            sort_keys=not in_order,
            allow_unicode=True,
            width=_WIDTH,
        )
    )


def manifest_diff(former: Mapping[str, Any] | None, later: Mapping[str, Any] | None) -> str:
    """A unified diff of one object; empty where nothing differs. None is one that is not there."""
    before, after = ([] if each is None else _lines(each) for each in (former, later))
    return "".join(difflib.unified_diff(before, after, _title("standing", former), _title("applied", later)))


def _title(side: str, document: Mapping[str, Any] | None) -> str:
    return "/dev/null" if document is None else f"{side}/{document['kind']} {document['metadata']['name']}"


def _lines(document: Mapping[str, Any]) -> Sequence[str]:
    return manifest_text(document, in_order=False).splitlines(keepends=True)


# ------------------------------------------------------------------------------------------ owners of fields


def own_fields(document: Mapping[str, Any] | None, manager: str) -> Fields:
    """Fields that a field manager has applied."""
    own: Fields = {}
    for entry in ((document or {}).get("metadata") or {}).get("managedFields") or []:
        if entry.get("manager") == manager and entry.get("operation") == "Apply":
            own = joined(own, entry.get("fieldsV1") or {})
    return own


def joined(first: Fields, second: Fields) -> Fields:
    """The fields of both."""
    return {
        key: joined(first.get(key, {}), second.get(key, {}))
        for key in (*first, *(each for each in second if each not in first))
    }


def extract(value: Any, fields: Fields) -> Any:
    """Part of a value that these fields cover."""
    below = {key: inner for key, inner in fields.items() if key != "."}
    if not below:
        return type(value)() if "." in fields and isinstance(value, (dict, list)) else value
    if isinstance(value, dict):
        names = ((key.removeprefix("f:"), inner) for key, inner in below.items() if key.startswith("f:"))
        return {name: extract(value[name], inner) for name, inner in names if name in value}
    if isinstance(value, list):
        return [extract(each, below[key]) for each in value if (key := _key_of(each, below)) is not None]
    return value


def _key_of(item: Any, fields: Fields) -> str | None:
    for key in fields:
        wanted: Any = json.loads(key[2:]) if key.startswith(("k:", "v:")) else None
        if key.startswith("v:") and item == wanted:
            return key
        if key.startswith("k:") and isinstance(item, dict) and wanted.items() <= item.items():
            return key
    return None
