"""Which fields of an object are ours: what a cluster notes of each field's owner, and what of the object remains with
these fields alone. What the cluster fills in, and what others have set, is not among them. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Fields = dict[str, Any]
"""As `fieldsV1` has them: `f:NAME` for a field, `k:{…}` for an item of a list by its keys, `v:…` for one by its value,
`.` for the thing itself; nothing below for a value as a whole."""


def own_fields(document: Mapping[str, Any] | None, manager: str) -> Fields:
    """Those that a field manager has applied."""
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
    """What these fields have of a value."""
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
