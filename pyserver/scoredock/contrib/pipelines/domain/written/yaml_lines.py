"""Pieces of YAML for the pipelines that are written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from scoredock.contrib.pipelines.domain.written.project import PipelineProject
from scoredock.contrib.pipelines.domain.written.steps import SECRET, variables

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))


def scalar(text: str) -> str:
    """A text as it can stand behind a colon."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS else json.dumps(text, ensure_ascii=False)


def block(key: str, script: str, indent: str) -> Iterator[str]:
    """`key: |` and the lines; one line stands behind the colon where it may."""
    lines = script.splitlines()
    if len(lines) == 1 and not re.search(r": | #|^[\[{&*!|>'\"%@`-]|:$", lines[0]):
        yield f"{indent}{key}: {lines[0]}"
        return
    yield f"{indent}{key}: |"
    inner = " " * (len(indent.replace("-", " ")) + 2)
    yield from (f"{inner}{line}" if line else "" for line in lines)


def comments(lines: tuple[str, ...], indent: str) -> Iterator[str]:
    yield from (f"{indent}# {line}" for line in lines)


def head(platform: str, secret: str) -> Iterator[str]:
    """Above everything; `secret` says what a secret is there."""
    yield f"# Written by scoredock pipeline create {platform}; yours to change. Nothing secret is in it:"
    yield f"# {SECRET} is {secret}, and needed only where IMAGE is filled in."


def variable_lines(project: PipelineProject, commit: str) -> Iterator[str]:
    """Yields a line for each variable with what it is for behind it; `commit` is the platform's word."""
    yield from (f"  {each.name}: {scalar(each.value)}  # {each.comment}" for each in variables(project))
    yield f"  COMMIT: {commit}"
    yield ""
