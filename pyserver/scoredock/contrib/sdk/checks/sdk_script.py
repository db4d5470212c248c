"""Runs all checks of a script or of the joined cells of a notebook that use the SDK."""

from __future__ import annotations

import dataclasses
import gc

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.tree import Lines
from scoredock.checks.script import entry_rules
from scoredock.checks.script.script import ParsedScript, TooComplex, parse_script
from scoredock.checks.script.syntax import ipython_findings, magic_findings, misplaced_findings
from scoredock.contrib.sdk.checks.calls import check_calls
from scoredock.contrib.sdk.checks.clients import check_clients
from scoredock.contrib.sdk.checks.exposure import check_exposure
from scoredock.contrib.sdk.checks.files import check_files
from scoredock.contrib.sdk.checks.listed_packages import check_listed_packages
from scoredock.contrib.sdk.checks.names import check_imports, check_names
from scoredock.contrib.sdk.checks.not_here import check_absences
from scoredock.contrib.sdk.checks.script_arguments import check_script_arguments
from scoredock.contrib.sdk.checks.sdk_version import for_version
from scoredock.contrib.sdk.checks.services import check_services
from scoredock.contrib.sdk.checks.settings import check_settings
from scoredock.contrib.sdk.checks.syntax import sdk_syntax_finding
from scoredock.contrib.sdk.checks.values import SdkValues
from scoredock.formats.client_kinds import has_cells

_LONGEST = 600
"""Characters of a message that are shown."""


def check_sdk_script(text: str, facts: Facts) -> list[Finding]:
    """Findings of a deployment or client script. Never raises."""
    collecting = gc.isenabled()
    gc.disable()  # as for entry scripts: the tree is large, and looking for garbage amid it triples the time
    try:
        return _check(text, facts)
    finally:
        if collecting:
            gc.enable()


def _check(text: str, facts: Facts) -> list[Finding]:
    findings: list[Finding] = []
    try:
        try:
            script = parse_script(text, facts)
        except SyntaxError:
            without, findings = magic_findings(text)
            if not findings:
                raise
            script = parse_script(without, facts)
        # A run with Scoredock answers it.
        findings += ipython_findings(script.tree, text, "warning")
        if has_cells(text):  # where they are run they are not a mistake
            findings = [dataclasses.replace(each, severity="information") for each in findings]
        findings += check_parsed(script, cells=has_cells(text))
    except SyntaxError as error:
        findings.append(sdk_syntax_finding(error, text))
    except TooComplex as error:
        findings.append(entry_rules.TOO_COMPLEX.finding(Lines(text).range(0, 0), problem=str(error)))
    except (RecursionError, MemoryError):
        findings.append(
            entry_rules.TOO_COMPLEX.finding(
                Lines(text).range(0, 0), problem=l10n.t("The script is nested too deeply to be checked.")
            )
        )
    return findings


def clipped(finding: Finding) -> Finding:
    """The finding with a message of bounded length, whatever names the text is made of."""
    if len(finding.message) <= _LONGEST:
        return finding
    return dataclasses.replace(finding, message=l10n.t("{beginning}….", beginning=finding.message[:_LONGEST]))


def check_parsed(script: ParsedScript, *, cells: bool) -> list[Finding]:
    """Findings of every check of a parsed script, which is used up by it."""
    try:
        values = SdkValues(script)
        findings = [f for f in misplaced_findings(script) if not (cells and "await" in f.message)]
        findings += check_names(script, cells=cells)
        findings += check_imports(script)
        findings += check_calls(script, values)
        findings += check_absences(script, values)
        findings += check_settings(script, values)
        findings += check_files(script, values)
        findings += check_listed_packages(script, values)
        findings += check_services(script, values)
        findings += check_clients(script, values)
        findings += check_script_arguments(script)
        findings += check_exposure(script, findings)
        return [clipped(finding) for finding in for_version(findings, script.facts)]
    finally:
        script.walk.release()
