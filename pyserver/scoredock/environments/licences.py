"""Licences of installed packages, as their own metadata say (core metadata specification, PEP 639)."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Mapping
from email.message import Message
from pathlib import Path
from typing import cast

LICENCES_FILE = "scoredock-licences.json"
"""In images, beside the lock: what was said when the packages were put there."""
_LONGEST = 200
"""Some packages have the whole text where the name belongs."""
_CLASSIFIER = "License :: "
_GROUP = "License :: OSI Approved"


def licences_in(modules: Path) -> dict[str, str]:
    """Licences of the packages whose modules lie in a folder: an SPDX expression or the packages' own words, by
    canonical name.

    Packages that say nothing are left out, and so are those whose metadata cannot be read.
    """
    licences: dict[str, str] = {}
    for distribution in importlib.metadata.distributions(path=[str(modules)]):
        try:
            metadata = cast("Message", distribution.metadata)
            name, words = metadata["Name"], _words(metadata)
        except (OSError, ValueError, KeyError):
            continue
        if name and words:
            licences[_canonical(name)] = words
    return dict(sorted(licences.items()))


def licences_to_json(licences: Mapping[str, str]) -> str:
    return json.dumps(dict(sorted(licences.items())), indent=1) + "\n"


def licences_from_json(text: str) -> dict[str, str]:
    """Licences by package; empty for a text that `licences_to_json` did not write: images of earlier releases have
    none."""
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    return {str(name): str(words) for name, words in document.items()} if isinstance(document, dict) else {}


def _words(metadata: Message) -> str:
    expression = metadata.get("License-Expression")
    if expression:
        return str(expression).strip()
    licence = str(metadata.get("License") or "").strip()
    if licence and "\n" not in licence and len(licence) <= _LONGEST and licence.upper() != "UNKNOWN":
        return licence
    classified = [str(each) for each in metadata.get_all("Classifier") or ()]
    named = [each.rpartition(" :: ")[2] for each in classified if each.startswith(_CLASSIFIER) and each != _GROUP]
    return ", ".join(dict.fromkeys(named))


def _canonical(name: str) -> str:
    from packaging.utils import canonicalize_name

    return str(canonicalize_name(name))
