"""The packages that a script and its models lack, written into the file of the environment or into a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.checks.check import check
from scoredock.checks.environment.rules import MISSING, MODEL_NEEDS
from scoredock.environments.facts import environment_facts
from scoredock.formats.document_kind import DocumentKind
from scoredock.late_dataclass import dataclass
from scoredock.scripts.environment import OverlayReader
from scoredock.scripts.fixing import applied
from scoredock.services.planning.environment import environment_of_file
from scoredock.text import Fix

_NEW = """name: {name}
channels:
  - conda-forge
dependencies:
  - pip
  - pip:
      - azureml-defaults
"""
_RULES = (MISSING.code, MODEL_NEEDS.code)
_MOST = 40
"""Packages that are added at once."""


@dataclass(frozen=True, slots=True)
class LackingScript:
    """An entry script, and what is known around it."""

    path: Path
    text: str
    kind: DocumentKind
    facts: Facts


def new_text(script: Path) -> str:
    """A conda file that brings what every service has."""
    from scoredock.registry.formats.recognise import name_of

    return _NEW.format(name=name_of(script.parent.name) or "environment")


def with_packages(script: LackingScript, target: Path, text: str, reader: OverlayReader) -> tuple[str, list[str]]:
    """The text of the environment's file with what the script and its models lack, and what was added.

    Raises what reading the file raises.
    """
    reading = replace(reader, overlays={**reader.overlays, str(target): text})
    environment = environment_facts(environment_of_file(target, reading), text)
    added: list[str] = []
    for number in range(_MOST):
        # All of the same list of packages: one that is not well known may bring others as well, and then nobody knows.
        facts = replace(script.facts, environment=replace(environment, text=text))
        fixes = _fixes(check(script.text, facts, script.kind), str(target))
        if number >= len(fixes):
            break
        if fixes[number].title not in added:
            text = applied(text, fixes[number].edits)
            added.append(fixes[number].title)
    return text, added


def _fixes(findings: Sequence[Finding], path: str) -> list[Fix]:
    fixes = (fix for finding in findings if finding.code in _RULES for fix in finding.fixes)
    return [fix for fix in fixes if fix.path == path]
