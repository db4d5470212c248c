"""Paths inside of an image, such as `/app`: a Dockerfile beside what names them says so."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import replace

from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import folder_of, names_in
from scoredock.formats.dockerfile import image_files, is_dockerfile

_LEVELS = 3
_MOST_FILES = 5


def is_in_image(path: str, facts: Facts) -> bool:
    """True if a Dockerfile in the folder of the document, above it or in `docker` beside it puts something there."""
    if facts.listing is None or not facts.path or not path:
        return False
    folder = folder_of(facts.path)
    for _ in range(_LEVELS):
        for place in (folder, posixpath.join(folder, "docker")):
            names = [name for name in names_in(facts, place) if is_dockerfile(name)][:_MOST_FILES]
            texts = (facts.read(posixpath.join(place, name)) for name in names)
            if any(image_files(text).holds(path) for text in texts if text):
                return True
        above = folder_of(folder)
        if not above or above == folder:
            break
        folder = above
    return False


def judged(findings: Sequence[Finding], path: str, facts: Facts) -> list[Finding]:
    """Findings about a path that is not there: a remark where it is one of the image."""
    problems = [each for each in findings if each.severity in ("error", "warning")]
    if not problems or not is_in_image(path, facts):
        return list(findings)
    return [replace(each, severity="information") if each in problems else each for each in findings]
