"""Files that are not there yet because another program of the project writes or copies them."""

from __future__ import annotations

import posixpath
import re

from scoredock.analysis.facts import Facts
from scoredock.checks.programs_beside import paths_around

_WRITES = re.compile(
    r"\b(?:dump|save|savez?|save_\w+|write\w*|export\w*|to_(?:csv|json|pickle|parquet|onnx|file)|urlretrieve|download\w*"
    r"|copy\w*|move|convert\w*)[ \t]*\(|\bopen\([^()\n]*[\"'][wax]b?\+?[\"']|\b(?:wget|curl|cp|mv)[ \t]"
)

_MAKES_FOLDER = r"(?:\bmkdir\b|\bmakedirs\b|\bcopytree\b|%%writefile\b|\btar[ \t])[^\n]{0,200}?"

_ON_THE_LINE = r"(?:(?!\\n)[^\n])"
"""A notebook may hold the lines of a cell as one text."""


def is_made(path: str, facts: Facts) -> bool:
    """True if another program around the document writes the very file: a cell that is one, or a call with its name."""
    if facts.listing is None or not facts.path:
        return False
    name = rf"(?<![\w.-]){re.escape(posixpath.basename(path.replace(chr(92), '/')))}(?![\w.-])"
    makes = re.compile(
        rf"(?:%%writefile\b|\b(?:write_text|save\w*|to_\w+|dump|copy\w*|move|download\w*|urlretrieve)\()"
        rf"{_ON_THE_LINE}{{0,200}}?{name}"
        rf"|\bopen\({_ON_THE_LINE}{{0,150}}?{name}\\?[\"']{_ON_THE_LINE}{{0,40}}?[\"'][wax]b?\+?\\?[\"']"
    )
    own = facts.path.replace("\\", "/")
    return any(makes.search(facts.read(each) or "") for each in paths_around(facts) if each != own)


def is_written(path: str, facts: Facts) -> bool:
    """True if another program beside the document, above it or in a folder beside that names the file and writes
    something, or makes the folder."""
    name = posixpath.basename(path.replace("\\", "/").rstrip("/"))
    if facts.listing is None or not facts.path or not name.strip("."):
        return False
    texts = (facts.read(each) or "" for each in paths_around(facts) if each != facts.path.replace("\\", "/"))
    if "." not in name.strip("."):
        made = re.compile(rf"{_MAKES_FOLDER}(?<![\w.-]){re.escape(name)}(?![\w.-])")
        return any(map(made.search, texts))
    named = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])")
    return any(named.search(text) and _WRITES.search(text) for text in texts)


def is_copied(module: str, facts: Facts) -> bool:
    """True if another program around the document copies a module or a package of that name: it puts together the
    folder that it deploys."""
    copies = re.compile(
        rf"\b(?:copytree|copy2?|copyfile|move)\([^)]{{0,300}}?[\"'/]{module}(?:\.py)?\\?[\"'/]"
        rf"|\b(?:cp|mv)[ \t][^\n]{{0,200}}?(?<![\w.-]){module}(?:\.py|/|\b)"
    )
    own = facts.path.replace("\\", "/")
    return facts.listing is not None and any(
        copies.search(facts.read(each) or "") for each in paths_around(facts) if each != own
    )
