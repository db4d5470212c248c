"""What the programs in the folder of a script do with it: who sends it what, and which packages it gets."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator

from scoredock.analysis.facts import Facts
from scoredock.analysis.paths import folder_of, names_in

_MOST = 40
"""Programs of a folder that are looked into."""
_TO_SERVICE = re.compile(r"/score\b|scoring_uri|\.run\([ \t]*(?:input_data|json\.dumps|\w+[ \t]*\))")
_KEY = re.compile(r"[\"']data\\?[\"'][ \t]*[:\]]")
_ARRAY = r"\[|[^\n#]*\.tolist\(\)[ \t]*\)?[ \t]*(?:#[^\n]*)?$"
_SENT = re.compile(r"json\.dumps\([ \t]*(?:(?P<array>\[|[^\n{}#]*\.tolist\(\))|(?P<name>\w+)[ \t]*\))")


def sends_array(facts: Facts) -> bool:
    """Whether clients beside a script send it arrays, and none an object with the key data."""
    clients = [text for _, text in _programs(facts) if _TO_SERVICE.search(text)]
    return any(map(_dumps_array, clients)) and not any(map(_KEY.search, clients))


def _dumps_array(text: str) -> bool:
    for sent in _SENT.finditer(text):
        made = rf"^[ \t]*{sent['name']}[ \t]*=[ \t]*(?:{_ARRAY})"
        if sent["array"] or re.search(made, text, re.MULTILINE):
            return True
    return False


def is_pinned_beside(pin: re.Pattern[str], facts: Facts) -> bool:
    """Whether a program beside a script names the script and the release of a package."""
    named = re.compile(rf"(?<![\w.-]){re.escape(posixpath.basename(facts.path))}(?![\w.-])")
    return any(named.search(text) and pin.search(text) for _, text in _programs(facts))


def do_without(package: str, part: re.Pattern[str], facts: Facts) -> bool:
    """Whether programs beside a list of packages import one of them, and none the part of it that is meant."""
    using = [text for _, text in _programs(facts) if package in text]
    return bool(using) and not any(map(part.search, using))


def may_be_called(function: str, facts: Facts) -> bool:
    """Whether the entry script that imports a module, or a module beside that the script names, has the name of a
    function of it."""
    script = (facts.read(facts.imported_by) or "") if facts.imported_by else ""
    named = re.compile(rf"\b{re.escape(function)}\b")
    modules = (text for stem, text in _programs(facts) if re.search(rf"\b{re.escape(stem)}\b", script))
    return any(map(named.search, (script, *modules)))


def _programs(facts: Facts) -> Iterator[tuple[str, str]]:
    """Name without suffix, and code, of the other programs in the folder of a document."""
    if not facts.path:
        return
    folder, own = folder_of(facts.path), posixpath.basename(facts.path)
    names = [name for name in sorted(names_in(facts, folder)) if name.endswith((".py", ".ipynb")) and name != own]
    for name in names[:_MOST]:
        stem, suffix = posixpath.splitext(name)
        text = facts.read(posixpath.join(folder, name)) or ""
        yield stem, _code(text) if suffix == ".ipynb" else text


def _code(text: str) -> str:
    """The code of a notebook's cells, one after the other; empty for what is none."""
    try:
        cells = json.loads(text)["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        return "\n".join("".join(source) for source in sources)
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
