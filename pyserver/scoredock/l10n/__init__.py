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
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from types import MappingProxyType

ENGLISH = "en"
_CATALOGS = Path(__file__).parent
_TRADITIONAL = frozenset({"tw", "hk", "mo", "hant"})
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
_CHINESE = re.compile("[\u3400-\u9fff]")
_SIGN = re.compile("[\u2018-\u201d\u2026\u3000-\u303f\uff00-\uff65]")
"""Full-width signs and quotes, which have no space beside them."""
_FORMATTER = Formatter()


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
    global _catalog, _language
    _catalog, _language = catalog(language), language


def language() -> str:
    """Language that this process speaks, as `language_of` gives it."""
    return _language


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
_language = ENGLISH


def filled(template: str, values: Mapping[str, object]) -> str:
    """`template` with its placeholders filled in, without the spaces that Chinese beside Chinese does not have."""
    sentence = value = ""
    for literal, name, spec, conversion in _FORMATTER.parse(template):
        text = literal[1:] if literal.startswith(" ") and _is_close(value[-1:], literal[1:2]) else literal
        sentence += text
        value = ""
        if name is not None:
            field = name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
            value = f"{{{field}}}".format_map(values)
            if text.endswith(" ") and _is_close(value[:1], sentence[-2:-1]):
                sentence = sentence[:-1]
            sentence += value
    return sentence


def _is_close(edge: str, beside: str) -> bool:
    """True if the edge of a value stands beside a character without a space between them."""
    return bool(_SIGN.match(edge) or (_CHINESE.match(edge) and (_CHINESE.match(beside) or _SIGN.match(beside))))
