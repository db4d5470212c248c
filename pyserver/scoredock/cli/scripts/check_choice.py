"""Which findings of a check are shown: by code and by severity."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.project_settings import ProjectSettings
from scoredock.cli.command import UsageError

SEVERITIES = ("error", "warning", "information", "hint")


@dataclass(frozen=True, slots=True)
class RuleSelection:
    """Of one run."""

    settings: ProjectSettings
    """Codes and patterns; they come on top of what the project says."""
    least: str

    def shows(self, finding: Finding) -> bool:
        return SEVERITIES.index(finding.severity) <= SEVERITIES.index(self.least)


def choice(options: Namespace) -> RuleSelection:
    """Raises UsageError for codes that no rule has."""
    select, ignore = _codes(options.select), _codes(options.ignore)
    # Who names rules wants to see them, hints as well.
    least = options.min_severity or ("hint" if select else "information")
    return RuleSelection(ProjectSettings(str(Path.cwd()), ignore, select, exclude=tuple(options.exclude)), least)


def _codes(written: list[str]) -> tuple[str, ...]:
    if not written:
        return ()  # the catalogue is not needed then
    from scoredock.checks.catalogue import RULES
    from scoredock.checks.similar import similar_code

    codes = [code.strip().upper() for words in written for code in words.split(",") if code.strip()]
    for code in codes:
        if len(code) < 3 or not any(rule.code.startswith(code) for rule in RULES):
            near = similar_code(code, [rule.code for rule in RULES])
            if near:
                raise UsageError(l10n.t("Rule {code} does not exist. Did you mean {near}?", code=code, near=near[0]))
            raise UsageError(l10n.t("Rule {code} does not exist.", code=code))
    return tuple(codes)
