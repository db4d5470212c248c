"""The checks of entry scripts and configuration files: text and facts to findings."""

from __future__ import annotations

import threading
from collections.abc import Callable

from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.project_settings import effective
from scoredock.analysis.result_cache import result_cache
from scoredock.checks.finding_ranges import in_text
from scoredock.checks.line_ends import MARK, behind_mark, with_line_ends
from scoredock.checks.migration.check import check_migration
from scoredock.checks.suppression import apply_ignores
from scoredock.formats.document_kind import DocumentKind, kind_of

Check = Callable[[str, Facts], list[Finding]]


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
        case "sdk-script":
            from scoredock.checks.sdk.sdk_script import check_sdk_script

            return check_sdk_script
        case "notebook":
            from scoredock.checks.notebooks.notebook import check_notebook

            return check_notebook
        case "commands":
            from scoredock.checks.azure_cli.commands import check_commands

            return check_commands
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
    kind = kind or kind_of(facts.path, text)
    if kind is None:
        return []
    findings = _check_of(kind)(text, facts) + check_migration(text, facts, kind)
    return apply_settings(with_line_ends(in_text(findings, text), text, facts), text, facts, kind)


def apply_settings(
    findings: list[Finding], text: str, facts: Facts, kind: str = "", *, unused: bool = True
) -> list[Finding]:
    """What comments in the text and the settings of its project leave of the findings, sorted by position.

    With `unused` comments that silence nothing are told as well; wanted only where all findings of the text are there.
    """
    kept = effective(apply_ignores(findings, text, facts, kind, unused=unused), facts.path, facts.settings)
    return sorted(kept, key=lambda f: (f.range.start, f.range.end, f.code))


__all__ = ["check", "apply_settings"]
