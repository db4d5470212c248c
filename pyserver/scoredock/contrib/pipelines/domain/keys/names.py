"""The names that an expression reads, and the job that it is of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from scoredock.contrib.pipelines.domain.expressions.tokens import ExpressionFault, tokens
from scoredock.contrib.pipelines.domain.pipeline import Job, Pipeline
from scoredock.contrib.pipelines.domain.running.start import RunStart

_BRACKETS = re.compile(r"\$\{\{|\}\}")

DEEPEST = 8
"""Of names that stand for others."""


class NamesOfJob(NamedTuple):
    """Sources of the names in a job: pipeline, job and start of the run."""

    pipeline: Pipeline
    job: Job
    start: RunStart


Chain = tuple[str, ...]
"""`github.event_name` and `variables['Build.Reason']`, by their parts."""


def chains(expression: str) -> Iterator[Chain]:
    """The names that an expression reads, with their parts; `*` for a part that is an expression. None where it cannot
    be read: that is said when it is evaluated."""
    try:
        words = tokens(_BRACKETS.sub(" ", expression))
    except ExpressionFault:
        return
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        if word.kind != "name" or (position < len(words) and words[position].text == "("):
            continue
        parts = [word.text]
        while position + 1 < len(words) and words[position].text in (".", "["):
            part = words[position + 1]
            is_plain = words[position].text == "." or part.kind == "text"
            parts.append(part.text.strip("'") if is_plain else "*")
            if not is_plain:
                break  # what stands in the brackets is read as well
            position += 2 if words[position].text == "." else 3
        yield tuple(parts)
