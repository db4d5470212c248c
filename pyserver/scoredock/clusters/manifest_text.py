"""Objects of Kubernetes as YAML for people: to be read, compared, and kept in git. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

_WIDTH = 120
_TEXT = "tag:yaml.org,2002:str"


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
