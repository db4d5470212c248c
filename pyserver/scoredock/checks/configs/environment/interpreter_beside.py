"""Which Python a list of packages is installed with, where files of the project say so."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from scoredock.analysis.facts import Facts
from scoredock.analysis.paths import folder_of, names_in
from scoredock.formats.dockerfile import is_dockerfile

_MOST = 10
_FROM = re.compile(r"^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)", re.MULTILINE | re.IGNORECASE)
_IMAGE = re.compile(r"(?:^|/)python:(\d)\.(\d+)")
_RUNTIME = re.compile(r"^python-(\d)\.(\d+)", re.MULTILINE)
_WORKFLOW = re.compile(r"^[ \t-]*python-version:[ \t]*(.*)$", re.MULTILINE)
_NUMBER = re.compile(r"(?<![\d.])(\d)\.(\d+)")


def python_beside(facts: Facts) -> tuple[int, int] | None:
    """The newest Python that a Dockerfile that installs the list, a runtime.txt or the workflows of the repository
    name; None where nothing does, or not which."""
    if facts.listing is None or not facts.path:
        return None
    folder = folder_of(facts.path)
    found = [*_of_images(facts, folder)] or [*_of_runtime(facts, folder)] or [*_of_workflows(facts, folder)]
    return max((each for each in found if each is not None), default=None) if None not in found else None


def _of_images(facts: Facts, folder: str) -> Iterator[tuple[int, int] | None]:
    name = posixpath.basename(facts.path)
    for each in [each for each in names_in(facts, folder) if is_dockerfile(each)][:_MOST]:
        text = facts.read(posixpath.join(folder, each)) or ""
        if name in text:
            for image in _FROM.findall(text):
                number = _IMAGE.search(image)
                yield (int(number[1]), int(number[2])) if number else None


def _of_runtime(facts: Facts, folder: str) -> Iterator[tuple[int, int]]:
    if "runtime.txt" in names_in(facts, folder):
        text = facts.read(posixpath.join(folder, "runtime.txt")) or ""
        yield from ((int(first), int(second)) for first, second in _RUNTIME.findall(text))


def _of_workflows(facts: Facts, folder: str) -> Iterator[tuple[int, int] | None]:
    place = posixpath.join(folder, ".github", "workflows")
    for each in [each for each in names_in(facts, place) if each.endswith((".yml", ".yaml"))][:_MOST]:
        for value in _WORKFLOW.findall(facts.read(posixpath.join(place, each)) or ""):
            numbers = _NUMBER.findall(value)
            yield from ((int(first), int(second)) for first, second in numbers)
            if not numbers:
                yield None
