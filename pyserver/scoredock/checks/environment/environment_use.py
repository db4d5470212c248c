"""A script against the environment, the folder and the machine that it will run in."""

from __future__ import annotations

from dataclasses import replace

from scoredock.analysis.finding import Finding
from scoredock.checks.environment.api_use import check_api_use
from scoredock.checks.environment.imports import check_imports
from scoredock.checks.environment.network import check_network
from scoredock.checks.environment.pickle_release import check_pickled_with
from scoredock.checks.environment.python_version import check_python
from scoredock.checks.environment.secrets import check_secrets
from scoredock.checks.environment.service_use import check_service_use
from scoredock.checks.script.script import ParsedScript


def check_environment_use(script: ParsedScript) -> list[Finding]:
    """Findings about imports, releases, Python, files, secrets and the network."""
    findings = check_imports(script)
    told = {finding.range.start.line for finding in findings}
    # What is not there at all needs no word about its releases.
    findings += [finding for finding in check_api_use(script) if finding.range.start.line not in told]
    findings += [finding for finding in check_python(script) if finding.range.start.line not in told]
    environment = script.facts.environment
    if environment is not None and environment.assumed:
        # The file beside the script may belong to something else.
        findings = [replace(f, severity="warning") if f.severity == "error" else f for f in findings]
    findings += check_pickled_with(script)
    findings += check_secrets(script)
    findings += check_network(script)
    findings += check_service_use(script)
    return findings


__all__ = ["check_environment_use"]
