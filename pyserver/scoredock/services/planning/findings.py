"""Findings of the checks in the files of a deployment, and when they refuse it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.checks.configs.environment.rules import OLD_PYTHON
from scoredock.checks.configs.v2.reference_rules import CASE, PATH_MISSING, SCRIPT_MISSING
from scoredock.checks.configs.v2.rules import NAME
from scoredock.checks.environment.rules import MISSING, MODEL_NEEDS
from scoredock.checks.models.rules import PATH as MODEL_PATH
from scoredock.checks.script.entry_rules import MAGIC, NO_INIT, NO_RUN, SYNTAX
from scoredock.environments.spec import find_versions
from scoredock.errors import Place, ScoredockError
from scoredock.formats.service_python import ADVICE
from scoredock.late_dataclass import dataclass
from scoredock.progress import WARNING

_MOST_WARNINGS = 10
_AT_ITS_START = frozenset(each.code for each in (SYNTAX, MAGIC, NO_INIT, NO_RUN))
"""With which a script is not an entry script, so that it helps nobody to deploy it."""
_REFUSED_LATER = frozenset(each.code for each in (SCRIPT_MISSING, PATH_MISSING, CASE, NAME))
"""Of v2 files: a deployment that passes over them is refused for the same when it comes to the name or the path."""
_OF_CONFIGURATIONS = "234"
"""First digits of the rules about configurations and environments."""


@dataclass(frozen=True, slots=True)
class LocatedFinding:
    """A finding and the file it lies in."""

    path: str
    finding: Finding
    is_placed: bool = True
    """False where nobody knows at which line of the file."""


def require_checked(findings: Sequence[LocatedFinding], skip_checks: bool, *, is_read: bool = True) -> None:
    """Raises ScoredockError `check-failed` when a finding would fail the deployment.

    `skip_checks` passes over what is said of the script, which only running it can prove. A configuration or an
    environment file with an error cannot be skipped: what it was to say would have to be guessed. Nor can a file that
    is not `is_read`: its reader refuses it as well. The details of the error say `lasting` then, and `repairable`
    names the files with errors that a certain repair removes, `proposals` are the titles of repairs that a person must
    choose, `packages` a script that lacks packages and the file that they belong into, which need not exist yet.
    """
    errors = [each for each in findings if each.finding.severity == "error"]
    lasting = [each for each in errors if each.finding.code[2] in _OF_CONFIGURATIONS]
    if skip_checks:
        errors = lasting
    if not errors:
        return
    is_lasting = bool(lasting) or not is_read or any(each.finding.code in _REFUSED_LATER for each in errors)
    first = errors[0]
    message = first.finding.message
    if len(errors) > 1:
        message = l10n.t(
            "{message}, and {count} more.", message=message.rstrip(".?\u3002\uff1f"), count=len(errors) - 1
        )
    start = first.finding.range.start
    repairable = list(dict.fromkeys(each.path for each in errors if each.finding.certain_fix is not None))
    proposals = [_proposal(each.finding) for each in errors if each.finding.certain_fix is None]
    titles = list(dict.fromkeys(filter(None, proposals)))
    old = next((each.path for each in errors if each.finding.code == OLD_PYTHON.code), "")
    name = PurePath(first.path).name
    if first.is_placed:
        message = l10n.t("{name}, line {line}: {message}", name=name, line=start.line + 1, message=message)
    else:
        message = f"{name}: {message}"
    raise ScoredockError(
        "check-failed",
        message,
        _advice(errors, lasting=is_lasting),
        remedies=find_versions(old) if old else (),
        place=Place(first.path, start.line, start.character) if first.is_placed else Place(first.path),
        details={
            "findings": [describe(each) for each in errors],
            **({"lasting": "yes"} if is_lasting else {}),
            **({"repairable": repairable} if repairable else {}),
            **({"proposals": titles} if titles else {}),
            **_packages(errors),
        },
    )


def _proposal(finding: Finding) -> str:
    """The repair that the person is offered first, and at which line; empty where there is none."""
    fix = finding.proposed_fix
    if fix is None:
        return ""
    return l10n.t("{repair} (line {line})", repair=fix.title, line=finding.range.start.line + 1)


def _packages(errors: Sequence[LocatedFinding]) -> dict[str, list[str]]:
    """Files in which the packages are listed that a script or its model lacks."""
    lacking = [each for each in errors if each.finding.code in (MISSING.code, MODEL_NEEDS.code)]
    if not lacking:
        return {}
    script = Path(lacking[0].path)
    listed = next((fix.path for each in lacking for fix in each.finding.fixes if fix.path), "")
    if listed:
        return {"packages": [str(script), listed]}
    first = script.with_name("conda.yml")
    new = script.with_name(f"conda_{script.stem}.yml") if first.exists() else first
    return {"packages": [str(script), str(new), "new"]}


def _advice(errors: Sequence[LocatedFinding], *, lasting: bool) -> str:
    """Advice on the first error; empty for one that cannot be passed over, or ends the service at its start, as
    `check-failed` has its own."""
    finding = errors[0].finding
    if finding.code == OLD_PYTHON.code:
        return ADVICE
    if finding.code == MODEL_PATH.code and finding.related:
        return l10n.t(
            "Register it during the deployment with `--register-model {path}`, or name a registered model.",
            path=finding.related[0].path,
        )
    return (
        ""
        if lasting or any(each.finding.code in _AT_ITS_START for each in errors)
        else l10n.t("Fix it and deploy again, or deploy anyway with `--skip-checks`.")
    )


def warnings_of(findings: Sequence[LocatedFinding]) -> list[str]:
    """Warnings of the checks, as lines for the log of the deployment; in the editor they stand at their lines."""
    lines = [f"{WARNING}{describe(each)}" for each in findings if each.finding.severity == "warning"]
    more = len(lines) - _MOST_WARNINGS
    return [
        *lines[:_MOST_WARNINGS],
        *([WARNING + l10n.t("{count} more warnings; `scoredock check` shows them", count=more)] if more > 0 else []),
    ]


def describe(each: LocatedFinding) -> str:
    """`path:line:column: code message`, one-based, as compilers write it."""
    start = each.finding.range.start
    if not each.is_placed:
        return f"{each.path}: {each.finding.code} {each.finding.message}"
    return f"{each.path}:{start.line + 1}:{start.character + 1}: {each.finding.code} {each.finding.message}"
