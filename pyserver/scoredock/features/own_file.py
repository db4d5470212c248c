"""Failures that name a file which a program wrote for the person, such as the inference configuration of a script."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from scoredock.errors import Place, ScoredockError

_POSITION = r"(?:, line \d+|:\d+(?::\d+)?)?"


def in_own_file(error: ScoredockError, generated: str, own: str) -> ScoredockError:
    """The same error with the person's own file in place of the generated one, without a line, which nobody knows."""
    if not own or not generated:
        return error
    bare = rf"(?<![\w./\\-]){re.escape(Path(generated).name)}"
    names = re.compile(f"(?:{re.escape(generated)}|{bare}){_POSITION}")

    def renamed(text: str) -> str:
        return names.sub(lambda _: own, text)

    details: Mapping[str, str | list[str]] = {
        key: renamed(value) if isinstance(value, str) else [renamed(str(each)) for each in value]
        for key, value in error.details.items()
    }
    place = Place(own) if error.place is not None and error.place.path == generated else error.place
    return ScoredockError(error.code, renamed(error.message), renamed(error.fix), place, error.remedies, details)
