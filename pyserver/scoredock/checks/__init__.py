"""The checks of entry scripts and configuration files: text and facts to findings."""

from __future__ import annotations

from collections.abc import Callable

from scoredock.checks.azure_cli.commands import check_commands
from scoredock.checks.entry_script import check_batch_script, check_entry_script, check_module
from scoredock.checks.notebook import check_notebook
from scoredock.checks.project_settings import check_project_settings
from scoredock.checks.sdk.sdk_script import check_sdk_script
from scoredock.checks.suppression import apply_ignores
from scoredock.configs.conda import parse_conda
from scoredock.configs.deployment import parse_deployment
from scoredock.configs.document import DocumentKind, kind_of
from scoredock.configs.environment import parse_environment
from scoredock.configs.facts import Facts
from scoredock.configs.finding import Finding
from scoredock.configs.inference import parse_inference
from scoredock.configs.migration import check_migration
from scoredock.configs.project_settings import effective
from scoredock.configs.requirements import parse_requirements
from scoredock.configs.swagger import check_swagger
from scoredock.configs.v2.check import check_v2
from scoredock.configs.workspace_config import check_workspace

_CHECKS: dict[DocumentKind, Callable[[str, Facts], list[Finding]]] = {
    "entry-script": check_entry_script,
    "batch-script": check_batch_script,
    "module": check_module,
    "sdk-script": check_sdk_script,
    "notebook": check_notebook,
    "commands": check_commands,
    "inference-config": lambda text, facts: parse_inference(text, facts)[1],
    "deployment-config": lambda text, facts: parse_deployment(text, facts)[1],
    "conda": lambda text, facts: parse_conda(text, facts)[1],
    "requirements": lambda text, facts: parse_requirements(text, facts)[1],
    "environment": lambda text, facts: parse_environment(text, facts)[1],
    "workspace-config": check_workspace,
    "swagger": check_swagger,
    "project-settings": check_project_settings,
    "online-endpoint": check_v2("online-endpoint"),
    "online-deployment": check_v2("online-deployment"),
    "batch-endpoint": check_v2("batch-endpoint"),
    "batch-deployment": check_v2("batch-deployment"),
    "environment-asset": check_v2("environment-asset"),
    "model-asset": check_v2("model-asset"),
}


def check(text: str, facts: Facts, kind: DocumentKind | None = None) -> list[Finding]:
    """Findings of a text, sorted by position; empty for files that are not ours. Never raises.

    `kind` says what the file is when that is known better than name and content tell, for instance because an inference
    configuration names it as its entry script.
    """
    kind = kind or kind_of(facts.path, text)
    if kind is None:
        return []
    findings = _CHECKS[kind](text, facts) + check_migration(text, facts, kind)
    return settled(findings, text, facts, kind)


def settled(findings: list[Finding], text: str, facts: Facts, kind: str = "", *, unused: bool = True) -> list[Finding]:
    """What comments in the text and the settings of its project leave of the findings, sorted by position.

    With `unused` comments that silence nothing are told as well; wanted only where all findings of the text are there.
    """
    kept = effective(apply_ignores(findings, text, facts, kind, unused=unused), facts.path, facts.settings)
    return sorted(kept, key=lambda f: (f.range.start, f.range.end, f.code))


__all__ = ["check", "settled"]
