"""Names of our packages in texts that have somebody install them from an index, where they need not be ours."""

from __future__ import annotations

import re

_NAME = r"(?<![\w./:@-])scoredock(?:[-_](?:azureml|runtime|check))?(?:\[[\w,-]+\])?(?![\w./-])"
_PROGRAM = r"\b(?:pip3?|uv|pipx|poetry|conda|mamba|micromamba)\b"
_INSTALLED = re.compile(rf"{_PROGRAM}[^`\n#]*?\s(?:install|add|run|download)\s[^`\n#]*?{_NAME}|\buvx\s[^`\n#]*?{_NAME}")
_PINNED = re.compile(rf"{_NAME}\s*(?:==|~=|>=)")


def names_of_ours(text: str, *, pins: bool = True) -> list[str]:
    """Lines that install one of our packages by its name; with `pins`, those that require a version without the hash
    of its file as well."""
    lines = (line.strip() for line in text.replace("\\\n", " ").splitlines())
    return [
        line
        for line in lines
        if (_INSTALLED.search(line) and "--no-index" not in line)
        or (pins and _PINNED.search(line) and "--no-index" not in line and "--hash=sha256:" not in line)
    ]
