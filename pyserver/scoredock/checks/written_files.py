"""Files that are not there yet: another program of the project writes them."""

from __future__ import annotations

import posixpath
import re

from scoredock.analysis.facts import Facts
from scoredock.checks.programs_beside import paths_around

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
    texts = (facts.read(each) or "" for each in paths_around(facts) if each != facts.path.replace("\\", "/"))
    return any(named.search(text) and _WRITES.search(text) for text in texts)
