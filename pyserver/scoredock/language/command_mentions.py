"""Names of configurations, scripts and models in `az ml` lines."""

from __future__ import annotations

from collections.abc import Iterator

from scoredock.analysis.facts import Facts
from scoredock.analysis.paths import folder_of, known_folder, resolve
from scoredock.analysis.tree import Lines
from scoredock.formats.az_lines.lines import Word, command_lines
from scoredock.language.mention import Mention

_PATHS = frozenset(
    (
        "--ic",
        "--inference-config-file",
        "--dc",
        "--deploy-config-file",
        "--cf",
        "--conda-file",
        "--es",
        "--entry-script",
        "--ds",
        "--extra-docker-file-steps",
        "-f",
        "--file",
        "--model-metadata-file",
        "-p",
        "--model-path",
        "--pi",
        "--profile-input",
        "-r",
        "--request-file",
        "--sd",
        "--source-directory",
        "--ed",
        "--environment-directory",
    )
)
_MODELS = frozenset(("-m", "--model", "-i", "--model-id"))
_ABOVE = 4
"""Folders above a script or pipeline that it may be started from."""


def command_mentions(lines: Lines, facts: Facts) -> Iterator[Mention]:
    """Paths that exist, and models by name and version."""
    base = known_folder(facts)
    for line in command_lines(lines.text):
        previous = ""
        for word in line.words:
            option, separator, value = word.text.partition("=")
            if word.text.startswith("-"):
                previous = word.text
                if separator and not word.quoted and not word.variable:
                    yield from _named(lines, facts, base, option, value, word.end - len(value))
            elif previous and not word.variable and not word.placeholder:
                yield from _named(lines, facts, base, previous, word.text, _start(lines.text, word))
                previous = ""


def _start(text: str, word: Word) -> int:
    return word.start + (1 if word.quoted and text[word.start : word.start + 1] in ("'", '"') else 0)


def _named(lines: Lines, facts: Facts, base: str | None, option: str, value: str, start: int) -> Iterator[Mention]:
    span = lines.range(start, start + len(value))
    if not value or "\x00" in value or lines.text[start : start + len(value)] != value:
        return
    if option in _MODELS:
        name, _, number = value.partition(":")
        version = int(number) if number.isdecimal() and number.isascii() and len(number) < 10 else None
        if name and (version is not None or option in ("-m", "--model")):
            yield Mention("model", name, span, value, version=version)
    elif option in _PATHS and base is not None:
        folder = base
        for _ in range(_ABOVE):
            target = resolve(folder, value)
            if facts.exists(target) or facts.is_folder(target):
                yield Mention("path", target, span, value, folder)
                return
            above = folder_of(folder)
            if above == folder:
                return
            folder = above
