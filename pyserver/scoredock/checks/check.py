"""The checks of entry scripts and configuration files: text and facts to findings."""

from __future__ import annotations

import dataclasses
import threading
import unicodedata
from typing import TYPE_CHECKING

from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.project_settings import effective
from scoredock.analysis.result_cache import result_cache
from scoredock.analysis.tree import Lines
from scoredock.checks.contributions import Check, check_of, remarks
from scoredock.checks.encoding import encoding_findings
from scoredock.checks.line_ends import MARK, behind_mark, with_line_ends
from scoredock.checks.secret_shapes import configuration_secrets
from scoredock.checks.suppression import apply_ignores
from scoredock.text import Fix, Position, Range

if TYPE_CHECKING:
    from scoredock.formats.document_kind import DocumentKind

_loaded: dict[DocumentKind, Check] = {}
_loading = threading.Lock()


def _check_of(kind: DocumentKind) -> Check:
    """The checks of one kind of file."""
    known = _loaded.get(kind)
    if known is None:
        with _loading:  # files are checked in several threads; one after the other imports
            known = _loaded[kind] = _imported(kind)
    return known


def _imported(kind: DocumentKind) -> Check:
    """The checks of one kind, imported when the first file of it appears: few people have all kinds."""
    match kind:
        case "entry-script" | "batch-script" | "module":
            from scoredock.checks import entry_script as scripts

            return {
                "entry-script": scripts.check_entry_script,
                "batch-script": scripts.check_batch_script,
                "module": scripts.check_module,
            }[kind]
        case "sdk-script" | "notebook" | "commands":
            return check_of(kind)
        case "inference-config":
            from scoredock.checks.configs.inference.check import parse_inference

            return lambda text, facts: parse_inference(text, facts)[1]
        case "deployment-config":
            from scoredock.checks.configs.deployment.check import check_deployment
            from scoredock.formats.deployment import read_deployment

            return lambda text, facts: check_deployment(read_deployment(text, facts.path), facts)
        case "conda":
            from scoredock.checks.configs.environment.conda import parse_conda

            return lambda text, facts: parse_conda(text, facts)[1]
        case "requirements":
            from scoredock.checks.configs.environment.requirements import parse_requirements

            return lambda text, facts: parse_requirements(text, facts)[1]
        case "environment":
            from scoredock.checks.configs.environment.inline import parse_environment

            return lambda text, facts: parse_environment(text, facts)[1]
        case "workspace-config":
            from scoredock.checks.configs.workspace_config import check_workspace

            return check_workspace
        case "swagger":
            from scoredock.checks.configs.swagger import check_swagger

            return check_swagger
        case "project-settings":
            from scoredock.checks.project_settings import check_project_settings

            return check_project_settings
        case _:
            from scoredock.checks.configs.v2.check import check_v2

            return check_v2(kind)


@result_cache
def check(text: str, facts: Facts, kind: DocumentKind | None = None) -> list[Finding]:
    """Findings of a text, sorted by position; empty for files that are not ours. Never raises.

    `kind` says what the file is when that is known better than name and content tell, for instance because an inference
    configuration names it as its entry script.
    """
    if text.startswith(MARK):
        return behind_mark(check(text[1:], facts, kind), facts)
    kind = kind or _kind_of(text, facts)
    if kind is None:
        return []
    findings = [*_check_of(kind)(text, facts), *remarks(text, facts, kind), *encoding_findings(text, facts)]
    findings += configuration_secrets(text, kind)
    return apply_settings(with_line_ends(in_text(findings, text), text, facts), text, facts, kind)


def _kind_of(text: str, facts: Facts) -> DocumentKind | None:
    """By its signs, which a deployment never asks for: it names its files."""
    from scoredock.formats.document_kind import kind_of

    return kind_of(facts.path, text)


def apply_settings(
    findings: list[Finding], text: str, facts: Facts, kind: str = "", *, unused: bool = True
) -> list[Finding]:
    """Findings that comments in the text and the settings of its project leave, sorted by position.

    With `unused` comments that silence nothing are told as well; wanted only where all findings of the text are there.
    """
    kept = effective(apply_ignores(findings, text, facts, kind, unused=unused), facts.path, facts.settings)
    return sorted(kept, key=lambda f: (f.range.start, f.range.end, f.code))


def in_text(findings: list[Finding], text: str) -> list[Finding]:
    """The findings, none of which reaches beyond the end of its line.

    Python reads a name in another spelling than it is written in when letters of it are joined, such as the one for
    "fi": the name that a rule knows is longer than the one in the text then. Repairs of such names are left out, as
    they would take what stands behind them along.
    """
    if not findings or text.isascii() or unicodedata.is_normalized("NFKC", text):
        return findings
    lines = Lines(text)
    return [_within(finding, lines) for finding in findings]


def _within(finding: Finding, lines: Lines) -> Finding:
    place = Range(_clamped(finding.range.start, lines), _clamped(finding.range.end, lines))
    fixes = tuple(fix for fix in finding.fixes if fix.path or _is_sure(fix, lines))
    return dataclasses.replace(finding, range=place, fixes=fixes)


def _clamped(place: Position, lines: Lines) -> Position:
    return Position(place.line, min(place.character, len(lines.line(place.line))))


def _is_sure(fix: Fix, lines: Lines) -> bool:
    """True if every edit stands in the text and takes no name away that is read in another spelling."""
    for edit in fix.edits:
        if _clamped(edit.range.end, lines) != edit.range.end:
            return False
        gone = lines.text[lines.offset(edit.range.start) : lines.offset(edit.range.end)]
        if not unicodedata.is_normalized("NFKC", gone) and any(map(str.isalnum, gone)):
            return False
    return True


__all__ = ["check", "apply_settings"]
