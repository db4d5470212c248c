"""All checks of an entry script, of a batch script and of modules, in one place and in their order."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import replace

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import ScriptKind
from scoredock.analysis.tree import Lines
from scoredock.checks.environment.api_use import check_api_use
from scoredock.checks.environment.corpora import check_corpora
from scoredock.checks.environment.imports import check_imports
from scoredock.checks.environment.lost_prints import check_lost_prints
from scoredock.checks.environment.network import check_network
from scoredock.checks.environment.pickle_release import check_pickled_with
from scoredock.checks.environment.python_version import check_python
from scoredock.checks.environment.secrets import check_secrets
from scoredock.checks.environment.service_use import check_service_use
from scoredock.checks.library.check import check_library
from scoredock.checks.library.single_numbers import check_single_numbers
from scoredock.checks.models.beside_script import check_beside_script
from scoredock.checks.models.context import check_model_context
from scoredock.checks.models.files import check_model_files
from scoredock.checks.models.hidden_failure import check_hidden_failure
from scoredock.checks.models.loading import check_loading
from scoredock.checks.models.names import check_model_names
from scoredock.checks.models.paths import check_model_paths
from scoredock.checks.models.pickle_loader import check_loader
from scoredock.checks.models.pickled_names import check_pickled_names
from scoredock.checks.requests.answers import check_answers
from scoredock.checks.requests.batch import check_batch
from scoredock.checks.requests.batch_files import check_batch_files
from scoredock.checks.requests.functions import check_functions
from scoredock.checks.requests.raw_use import check_raw_use
from scoredock.checks.requests.request_rules import SWALLOWED
from scoredock.checks.requests.request_use import check_request_use
from scoredock.checks.requests.sample_columns import check_sample_columns
from scoredock.checks.requests.sample_use import check_samples
from scoredock.checks.requests.schema_use import check_schemas
from scoredock.checks.requests.text_use import check_text_use
from scoredock.checks.script import entry_rules as rules
from scoredock.checks.script.definitions import check_definitions
from scoredock.checks.script.flow import check_flow, check_unbound
from scoredock.checks.script.kept_script import kept_script
from scoredock.checks.script.left_placeholders import check_placeholders
from scoredock.checks.script.names import check_names
from scoredock.checks.script.script import ParsedScript, TooComplex, parse_script
from scoredock.checks.script.syntax import (
    ipython_findings,
    is_read_by,
    magic_findings,
    misplaced_findings,
    syntax_finding,
)
from scoredock.checks.script_rules import is_asked_of


def _check_environment_use(script: ParsedScript) -> list[Finding]:
    """Findings about imports, releases, Python, files, secrets and the network."""
    findings = check_imports(script)
    with_findings = {finding.range.start.line for finding in findings}
    # What is not there at all needs no word about its releases.
    findings += [finding for finding in check_api_use(script) if finding.range.start.line not in with_findings]
    findings += [finding for finding in check_python(script) if finding.range.start.line not in with_findings]
    environment = script.facts.environment
    if environment is not None and environment.assumed:
        # The file beside the script may belong to something else.
        findings = [replace(f, severity="warning") if f.severity == "error" else f for f in findings]
    findings += check_pickled_with(script)
    findings += check_secrets(script)
    findings += check_network(script)
    findings += check_corpora(script)
    findings += check_service_use(script)
    findings += [] if script.on_cluster else check_lost_prints(script)
    return findings


_CHECKS: Mapping[ScriptKind, tuple[Callable[[ParsedScript], list[Finding]], ...]] = {
    "entry-script": (
        misplaced_findings,
        check_functions,
        check_definitions,
        check_schemas,
        check_samples,
        check_sample_columns,
        check_names,
        check_flow,
        check_request_use,
        check_text_use,
        check_raw_use,
        check_answers,
        check_single_numbers,
        check_loading,
        check_model_names,
        check_model_paths,
        check_model_files,
        check_model_context,
        check_hidden_failure,
        check_pickled_names,
        check_loader,
        _check_environment_use,
        check_placeholders,
        check_beside_script,
    ),
    "batch-script": (
        misplaced_findings,
        check_batch,
        check_batch_files,
        check_names,
        check_unbound,
        check_loading,
        check_model_names,
        check_model_paths,
        check_model_files,
        check_pickled_names,
        check_loader,
        _check_environment_use,
    ),
    "module": (misplaced_findings, check_names, check_unbound, _check_environment_use),
}


def check_entry_script(text: str, facts: Facts) -> list[Finding]:
    """Findings of an entry script. Never raises, whatever the text."""
    return _guarded(text, facts, "entry-script")


def check_batch_script(text: str, facts: Facts) -> list[Finding]:
    """Findings of a script that scores mini-batches. Never raises, whatever the text."""
    return _guarded(text, facts, "batch-script")


def check_module(text: str, facts: Facts) -> list[Finding]:
    """Findings of a module that an entry script imports. Never raises, whatever the text."""
    findings = _guarded(text, facts, "module")
    if facts.surely_imported:
        return findings
    return [replace(each, severity="warning") if each.severity == "error" else each for each in findings]


def _guarded(text: str, facts: Facts, kind: ScriptKind) -> list[Finding]:
    # A syntax tree is tens of thousands of small objects; looking for garbage amid them triples the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _check(text, facts, kind)
    finally:
        if collecting:
            gc.enable()


def _check(text: str, facts: Facts, kind: ScriptKind) -> list[Finding]:
    findings: list[Finding] = []
    try:
        with kept_script(facts.path) as memory:
            try:
                script = parse_script(text, facts, memory.read)
            except SyntaxError:
                # Only a text that Python refuses can hold notebook commands; a formatted string may look like one.
                without, findings = magic_findings(text)
                if not findings:
                    raise
                script = parse_script(without, facts, memory.read)
            script.memory = memory.memory
            findings += ipython_findings(script.tree, text)
            _apply(script, findings, kind)
    except SyntaxError as error:
        if not is_read_by(facts, text):
            findings.append(syntax_finding(error, text, facts))
    except TooComplex as error:
        findings.append(rules.TOO_COMPLEX.finding(Lines(text).range(0, 0), problem=str(error)))
    except (RecursionError, MemoryError):
        findings.append(
            rules.TOO_COMPLEX.finding(
                Lines(text).range(0, 0), problem=l10n.t("The script is nested too deeply to be checked.")
            )
        )
    return findings


def _touch(one: Finding, other: Finding) -> bool:
    return one.range.start <= other.range.end and other.range.start <= one.range.end


def _apply(script: ParsedScript, findings: list[Finding], kind: ScriptKind) -> None:
    """Every check of a script."""
    script.treat_as(kind)
    for check in _CHECKS[kind]:
        findings += check(script)
    # Last, and silent where another rule has spoken, not only hinted: those know what the place is for.
    spoken = [finding for finding in findings if finding.severity != "hint"]
    findings += [f for f in check_library(script) if not any(_touch(f, other) for other in spoken)]
    # What is returned there raises a NameError, and never reaches the caller.
    unnamed = [finding for finding in findings if finding.code == rules.UNDEFINED.code]
    findings[:] = [
        each
        for each in findings
        if is_asked_of(each.code, kind)
        and not (each.code == SWALLOWED.code and any(_touch(each, other) for other in unnamed))
    ]
