"""A request as text of an `.http` file, that REST Client sends as we do."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import field

from scoredock.late_dataclass import dataclass

_SPECIAL_LINE = re.compile(r"[ \t]*(?:#|//|<[ \t]|<@|>[ \t]|>>|<>|\{%)")
"""A line of a body that would be read as something else."""


@dataclass(frozen=True, slots=True)
class WrittenRequest:
    """Parts of a request that are written down."""

    title: str
    method: str
    target: str
    """`{{service}}/score`"""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    """Text, or empty for one in a file."""
    body_file: str = ""
    expectations: tuple[str, ...] = ()
    """Behind `# @expect `, or other comments that begin with `@`."""


def request_text(request: WrittenRequest) -> str:
    """Text of a request from the separator to the end of the body, with a line end."""
    lines = [f"### {one_line(request.title)}".rstrip()]
    lines += [f"# {comment}" for each in request.expectations for comment in each.split("\n")]
    lines.append(f"{request.method} {request.target}")
    lines += [f"{name}: {one_line(value)}" for name, value in request.headers.items()]
    if request.body_file:
        lines += ["", f"< {request.body_file}"]
    elif request.body:
        lines += ["", request.body]
    return "\n".join(lines) + "\n"


def fits_in_file(body: str) -> bool:
    """True if a body can stand in an `.http` file: what is read back is the same."""
    lines = body.split("\n")
    ends_well = body == body.rstrip() and body.strip() != ""
    return ends_well and "\r" not in body and "{{" not in body and not any(_SPECIAL_LINE.match(line) for line in lines)


def one_line(text: str) -> str:
    """Text in one line, with every run of white space as one space."""
    return re.sub(r"\s+", " ", text).strip()


def has_floats(text: str) -> bool:
    """True if a JSON text has a number that may come out otherwise on another machine."""
    has_float = False

    def seen(number: str) -> float:
        nonlocal has_float
        has_float = True
        return float(number)

    try:
        json.loads(text, parse_float=seen)
    except (ValueError, RecursionError):
        return False
    return has_float
