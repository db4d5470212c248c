"""Texts in the language of the person: English in the code, other languages in the catalogs of this folder.

`t("Model {name} is not registered.", name=name)` is to the server what `l10n.t` is to the extension. A process speaks
one language: that of the editor which started it (`locale` of LSP's `initialize`), or that of the terminal. What is
only declared at import, such as titles of rules and next steps of errors, is written as plain text there and goes
through `t` where it is shown.

A catalog is a JSON file `LANGUAGE/PART.json`, template to template with the same placeholders. `zh-tw` is generated
from `zh-cn` (`pyserver/tools/generate.py`). May be imported from everywhere and imports nothing of Scoredock.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from scoredock.l10n.spacing import filled

ENGLISH = "en"
_CATALOGS = Path(__file__).parent
_TRADITIONAL = frozenset({"tw", "hk", "mo", "hant"})
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def language_of(tag: str) -> str:
    """The language for a tag of an editor (`zh-tw`) or of POSIX (`zh_TW.UTF-8`): one that has a catalog, or English."""
    language, *regions = tag.partition(".")[0].partition("@")[0].lower().replace("_", "-").split("-")
    if language != "zh":
        return ENGLISH
    return "zh-tw" if _TRADITIONAL.intersection(regions) else "zh-cn"


def language_of_terminal(variables: Mapping[str, str] = os.environ) -> str:
    """The language that the environment variables of POSIX ask for; the first that is set counts."""
    return language_of(next((variables[name] for name in _VARIABLES if variables.get(name)), ENGLISH))


def use(language: str) -> None:
    """From now on this process speaks `language`, as `language_of` gives it."""
    global _catalog
    _catalog = catalog(language)


def spoken() -> Mapping[str, str]:
    """The catalog of the language that this process speaks: the same object until another one is used."""
    return _catalog


@cache
def catalog(language: str) -> Mapping[str, str]:
    """Each English template with its translation; empty for English."""
    merged: dict[str, str] = {}
    for path in sorted((_CATALOGS / language).glob("*.json")):
        merged |= json.loads(path.read_text("utf-8"))
    return MappingProxyType(merged)


def t(template: str, /, **values: object) -> str:
    """`template` in the language of this process, with its `{placeholders}` filled in as `str.format` does it.

    Without values nothing is filled in, so that a text may hold braces.
    """
    sentence = _catalog.get(template, template)
    if not values:
        return sentence
    return filled(sentence, values) if _catalog else sentence.format_map(values)


_catalog: Mapping[str, str] = MappingProxyType({})
