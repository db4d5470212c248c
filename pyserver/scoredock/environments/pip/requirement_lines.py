"""Place of a requirement that cannot be had in the person's file."""

from __future__ import annotations

import re
from dataclasses import replace

from scoredock.environments.pip.locks import without_credentials
from scoredock.environments.spec import place_of
from scoredock.errors import Place

_MOST_READ = 1 << 20
"""Characters of a file of packages."""


def requirement_place(source: str, requirement: str) -> Place | None:
    """Place of a requirement in the file that an environment comes from; the file alone if no line names it."""
    place, name = place_of(source), re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", requirement)
    if place is None or name is None:
        return place
    if "://" in requirement:
        line = re.compile(rf"[\s\"'-]*({re.escape(requirement)})")
    else:
        # `-`, `_` and `.` are one in package names; conda writes a channel before them.
        named = "[-_.]+".join(map(re.escape, re.split(r"[-_.]+", name.group())))
        line = re.compile(rf"[\s\"'\[-]*(?:[\w./-]+::)?({named})(?=[\s\"'=<>~!\[;@,]|$)", re.IGNORECASE)
    from scoredock.file_text import file_text

    try:
        with open(source, "rb") as file:  # noqa: PTH123 (a path as it was written)
            lines = file_text(file.read(_MOST_READ), source).text.splitlines()
    except (OSError, ValueError):
        return place
    for number, text in enumerate(lines):
        if found := line.match(without_credentials(text)):
            return replace(place, line=number, character=found.start(1))
    return place
