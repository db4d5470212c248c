"""Files that are not there yet: another program of the project writes them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from scoredock.analysis.facts import Facts
from scoredock.analysis.paths import folder_above, folder_of, names_in

_PROGRAMS = (".py", ".ipynb", ".sh")
_MOST_PROGRAMS = 40
"""Of one folder that are looked into."""
_MOST_FOLDERS = 20
_WRITES = re.compile(
    r"\b(?:dump|save|savez?|save_\w+|write\w*|export\w*|to_(?:csv|json|pickle|parquet|onnx|file)|urlretrieve|download\w*"
    r"|copy\w*|move|convert\w*)[ \t]*\(|\bopen\([^()\n]*[\"'][wax]b?\+?[\"']|\b(?:wget|curl|cp|mv)[ \t]"
)


def is_written(path: str, facts: Facts) -> bool:
    """Whether another program beside the document, above it or in a folder beside that names the file and writes
    something."""
    name = posixpath.basename(path.replace("\\", "/").rstrip("/"))
    if facts.listing is None or not facts.path or "." not in name.strip("."):
        return False
    named = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])")
    texts = (facts.read(each) or "" for each in _programs(facts) if each != facts.path.replace("\\", "/"))
    return any(named.search(text) and _WRITES.search(text) for text in texts)


def _programs(facts: Facts) -> Iterator[str]:
    own = folder_of(facts.path)
    above = folder_above(own, facts)
    beside = [posixpath.join(above, name) for name in names_in(facts, above) if "." not in name][:_MOST_FOLDERS]
    for folder in dict.fromkeys((own, above, *beside)):
        programs = (each for each in sorted(names_in(facts, folder)) if each.endswith(_PROGRAMS))
        yield from [posixpath.join(folder, each) for each in programs][:_MOST_PROGRAMS]
