"""Places of the instructions that a build runs in a person's files: the file and line behind a step of a Dockerfile
that is put together here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.images.steps import BuildContext, Instruction

_MOST_BYTES = 4_000_000
_NAMED = re.compile(r"[\"']([^\"'\n]{1,400})[\"']")


def by_its_line(error: ScoredockError, context: BuildContext, file: str) -> ScoredockError:
    """A failed build, whose step is named by what a person has written for it: in this file, where it has a
    path. As it is where nobody has written the step."""
    text, number = str(error.details.get("instruction", "")), str(error.details.get("number", ""))
    index = _index(context, int(number) - 1 - context.generated, text) if text and number else None
    if index is None:
        return error
    step = context.steps[index]
    first = _first(step)
    place = place_in(file, first, sum(_first(each) == first for each in context.steps[:index]))
    where, line = "extraDockerfileSteps" if context.generated else "baseDockerfile", step.line
    if place is not None and place.line is not None:
        where, line = place.path, place.line
    words = l10n.t("{file}, line {line}: {instruction}", file=where, line=line + 1, instruction=text)
    error.message = error.message.replace(str(error.details["step"]), words, 1)
    error.place = place
    return error


def _index(context: BuildContext, at: int, text: str) -> int | None:
    """By the text; where several are equal, or none is, as the builder writes some otherwise, by the number."""
    equal = [number for number, each in enumerate(context.steps) if _plain(each.text) == _plain(text)]
    if len(equal) == 1 or (equal and at not in equal):
        return equal[0]
    return at if 0 <= at < len(context.steps) else None


def with_place(error: ScoredockError, lines: Sequence[str], file: str) -> ScoredockError:
    """An error whose place has a line of a text (`lines`), with the place of that line in a person's file."""
    if error.place is not None and error.place.line is not None:
        line = [each for part in lines for each in part.splitlines()][error.place.line]
        error.place = place_in(file, line.strip()) or Place(error.place.path)
    return error


def place_in(file: str, line: str, before: int = 0) -> Place | None:
    """Place of an instruction's line in a person's file, or in one that this file names; without a line if it is in
    neither. `before` equal ones come first. None without a file."""
    if not file or not Path(file).is_absolute():
        return None
    text = _text(Path(file))
    for path, content in ((Path(file), text), *_files_in(Path(file).parent, text)):
        numbers = [number for number, each in enumerate(content.splitlines()) if any(_spelt(line, each))]
        if numbers:
            return Place(str(path), numbers[min(before, len(numbers) - 1)])
    return Place(file)


def _spelt(line: str, text: str) -> Iterator[bool]:
    """Bare, and as JSON and Python write it in a string."""
    yield line in text
    yield json.dumps(line)[1:-1] in text
    yield json.dumps(line, ensure_ascii=False)[1:-1] in text
    yield repr(line)[1:-1] in text


def _files_in(folder: Path, text: str) -> Iterator[tuple[Path, str]]:
    """Files that a text names in quotes, below or beside its folder, with their text."""
    for name in dict.fromkeys(_NAMED.findall(text)):
        path = folder / name
        try:
            if path.is_file():
                yield path.resolve(), _text(path)
        except (OSError, ValueError):
            continue


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace") if path.stat().st_size <= _MOST_BYTES else ""
    except OSError:
        return ""


def _first(step: Instruction) -> str:
    return step.text.strip().splitlines()[0].strip()


def _plain(text: str) -> str:
    """Text with its lines joined and its blanks made equal, as builders show an instruction."""
    return " ".join(re.sub(r"\\\s*\n", " ", text).split())
