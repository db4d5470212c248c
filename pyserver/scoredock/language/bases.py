"""The folder that a path in a configuration is relative to."""

from __future__ import annotations

import re
from collections.abc import Mapping

from scoredock.analysis.facts import Facts
from scoredock.analysis.paths import known_folder, resolve
from scoredock.checks.configs.inference.check import base_folder
from scoredock.formats.document_kind import DocumentKind

_TOP = {
    name: re.compile(rf"""["']?\b{name}\b["']?[ \t]*:[ \t]*(?:"([^"\r\n]*)"|'([^'\r\n]*)'|([^\s"',{{}}#]+))""")
    for name in ("entryScript", "sourceDirectory")
}
_INNER = {"scoring_script": "code", "dockerfile_path": "path"}
"""Keys of v2 whose path is below that of another key of the same object."""


def base_of(kind: DocumentKind, text: str, facts: Facts, name: str, siblings: Mapping[str, str]) -> str | None:
    """The folder for the path under a key; None when the file system is not known.

    The text need not be valid: the keys that decide are looked for as words.
    """
    base = known_folder(facts)
    if base is None:
        return None
    if kind == "inference-config":
        source = _word("sourceDirectory", text)
        base = base_folder(_word("entryScript", text), source or None, facts)
        return resolve(base, source) if source and name != "sourceDirectory" else base
    outer = siblings.get(_INNER.get(name, ""), "")
    return resolve(base, outer) if outer and "\x00" not in outer else base


def _word(name: str, text: str) -> str:
    found = _TOP[name].search(text[:200_000])
    value = next((group for group in found.groups() if group), "") if found else ""
    return "" if "\x00" in value or value == "null" else value
