"""Checks of files and what a rule means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class DocumentCheckParams:
    paths: list[str]
    """Files or folders."""


@dataclass(frozen=True)
class DocumentFinding:
    path: str
    code: str
    severity: Literal["error", "warning", "information", "hint"]
    message: str
    line: int
    """Zero-based, as the other three; columns count UTF-16 units."""
    character: int
    end_line: int
    end_character: int
    fixable: bool


@dataclass(frozen=True)
class DocumentFindings:
    checked: list[str]
    """Files that were recognised and read."""
    findings: list[DocumentFinding]


@dataclass(frozen=True)
class DocumentExplainParams:
    code: str


@dataclass(frozen=True)
class DocumentExplanation:
    code: str
    markdown: str
